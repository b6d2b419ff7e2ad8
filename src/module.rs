//! Modules: go.mod, vendor/modules.txt, the module cache; which folder an import path means.
//!
//! In: a folder, an import path. Out: a folder with the language version of its module, or what is wrong in the go command's words.
//! Requires: nothing is downloaded, so required modules must be vendored, replaced by folders, or in the module cache.
//! Guarantees: of several required versions of a module the highest is chosen, as Go's minimal version selection does.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::load::{DEFAULT_VERSION, parse_version};

/// The language version of a go.mod without a `go` line.
const UNSTATED: (u32, u32) = (1, 16);

/// A parsed go.mod.
#[derive(Default)]
struct GoMod {
    path: String,
    version: Option<(u32, u32)>,
    require: Vec<(String, String)>,
    replace: Vec<Replace>,
}

/// A `replace` line.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Replace {
    path: String,
    /// None: any.
    version: Option<String>,
    target: String,
    /// None: the target is a folder.
    target_version: Option<String>,
    /// What a relative target is relative to.
    base: PathBuf,
}

impl Replace {
    fn parse(words: &[String], base: &Path) -> Option<Replace> {
        let at = words.iter().position(|w| w == "=>")?;
        let (old, new) = (&words[..at], &words[at + 1..]);
        Some(Replace {
            path: old.first()?.clone(),
            version: old.get(1).cloned(),
            target: new.first()?.clone(),
            target_version: new.get(1).cloned(),
            base: base.to_owned(),
        })
    }
}

/// A go.mod's lines as words, blocks unfolded; comments are gone. Strings may be quoted.
fn lines(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut out = Vec::new();
    let mut block: Option<String> = None;
    for (i, line) in text.lines().enumerate() {
        let line = line.split("//").next().unwrap_or("");
        let mut words: Vec<String> =
            line.split_whitespace().map(|w| w.trim_matches(['"', '`']).to_owned()).collect();
        match (&block, words.len()) {
            (_, 0) => continue,
            (Some(_), 1) if words[0] == ")" => {
                block = None;
                continue;
            }
            (Some(verb), _) => words.insert(0, verb.clone()),
            (None, n) if n >= 2 && words[n - 1] == "(" => {
                block = Some(words[0].clone());
                continue;
            }
            _ => {}
        }
        out.push((i + 1, words));
    }
    out
}

impl GoMod {
    fn parse(file: &Path, text: &str, main: bool) -> Result<GoMod> {
        let name = if main { "go.mod".to_owned() } else { file.display().to_string() };
        let mut errors = Vec::new();
        let mut out = GoMod::default();
        for (number, words) in lines(text) {
            let args = &words[1..];
            match words[0].as_str() {
                "module" if args.len() == 1 => out.path = args[0].clone(),
                "go" if args.len() == 1 => match parse_version(&args[0]) {
                    Some(v) if args[0].starts_with(|c: char| c.is_ascii_digit()) => out.version = Some(v),
                    _ => errors.push(format!(
                        "{name}:{number}: invalid go version '{}': must match format 1.23.0",
                        args[0]
                    )),
                },
                "require" if args.len() == 2 => out.require.push((args[0].clone(), args[1].clone())),
                "replace" => {
                    if args.iter().all(|w| w != "=>") {
                        errors.push(format!("{name}:{number}: usage: replace module/path [v1.2.3] => other/module v1.4\n\t or replace module/path [v1.2.3] => ../local/directory"));
                        continue;
                    }
                    out.replace.extend(Replace::parse(args, file.parent().unwrap_or(Path::new("."))));
                }
                "exclude" | "retract" | "toolchain" | "godebug" | "tool" | "ignore" | "require"
                | "module" | "go" => {}
                verb => errors.push(format!("{name}:{number}: unknown directive: {verb}")),
            }
        }
        if !errors.is_empty() && main {
            bail!("errors parsing {name}:\n{}", errors.join("\n"));
        }
        if out.path.is_empty() && main {
            bail!(
                "error reading go.mod: missing module declaration. To specify the module path:\n\tgo mod edit -module=example.com/mod"
            );
        }
        Ok(out)
    }

    fn read(dir: &Path) -> Option<GoMod> {
        let file = dir.join("go.mod");
        let text = std::fs::read_to_string(&file).ok()?;
        GoMod::parse(&file, &text, false).ok()
    }
}

/// Semantic versions in their order; a version with a pre-release part comes before the one without.
fn compare_versions(a: &str, b: &str) -> Ordering {
    let split = |v: &str| {
        let v = v.trim_start_matches('v');
        let v = v.split('+').next().unwrap_or(v);
        let (core, pre) = v.split_once('-').map_or((v, None), |(c, p)| (c, Some(p.to_owned())));
        let numbers: Vec<u64> = core.split('.').map(|n| n.parse().unwrap_or(0)).collect();
        (numbers, pre)
    };
    let ((x, p), (y, q)) = (split(a), split(b));
    x.cmp(&y).then_with(|| match (p, q) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(p), Some(q)) => {
            let (mut p, mut q) = (p.split('.'), q.split('.'));
            loop {
                let order = match (p.next(), q.next()) {
                    (None, None) => return Ordering::Equal,
                    (None, Some(_)) => return Ordering::Less,
                    (Some(_), None) => return Ordering::Greater,
                    (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                        (Ok(a), Ok(b)) => a.cmp(&b),
                        (Ok(_), Err(_)) => Ordering::Less,
                        (Err(_), Ok(_)) => Ordering::Greater,
                        _ => a.cmp(b),
                    },
                };
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    })
}

/// In the module cache's folder names a capital letter is `!` and the small one.
fn escape_path(path: &str) -> String {
    let mut out = String::new();
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// A module of the build.
struct Module {
    path: String,
    /// None: its folder is not there.
    dir: Option<PathBuf>,
    version: (u32, u32),
    /// What go.mod files say of it.
    required: UsedModule,
}

/// A module as a program's build information names it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct UsedModule {
    path: String,
    version: String,
    /// Path and version of what stands for it.
    replaced: Option<(String, String)>,
}

impl UsedModule {
    /// Its lines in the build information.
    pub fn line(&self) -> String {
        let mut text = format!("dep\t{}\t{}\t\n", self.path, self.version);
        if let Some((path, version)) = &self.replaced {
            text += &format!("=>\t{path}\t{version}\t\n");
        }
        text
    }
}

/// A go.work: its folder, those of its modules, and what it replaces.
struct Workspace {
    modules: Vec<(PathBuf, GoMod)>,
    replace: Vec<Replace>,
}

impl Workspace {
    /// The workspace that a folder is in; `GOWORK` names one, or says that there is `off`.
    fn find(dir: &Path) -> Result<Option<Workspace>> {
        let file = match std::env::var("GOWORK") {
            Ok(v) if v == "off" => return Ok(None),
            Ok(v) if !v.is_empty() => Some(PathBuf::from(v)),
            _ => dir.ancestors().map(|d| d.join("go.work")).find(|f| f.is_file()),
        };
        let Some(file) = file else { return Ok(None) };
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let root = file.parent().unwrap_or(Path::new("/")).to_owned();
        let mut out = Workspace { modules: Vec::new(), replace: Vec::new() };
        for (number, words) in lines(&text) {
            match words[0].as_str() {
                "use" if words.len() == 2 => {
                    let dir = root.join(&words[1]);
                    let module = GoMod::read(&dir).with_context(|| {
                        format!(
                            "cannot load module {} listed in go.work file: open {}: no such file or directory",
                            words[1].trim_start_matches("./"),
                            words[1].trim_start_matches("./").to_owned() + "/go.mod"
                        )
                    })?;
                    out.modules.push((dir.canonicalize().unwrap_or(dir), module));
                }
                "replace" => out.replace.extend(Replace::parse(&words[1..], &root)),
                "go" | "toolchain" | "godebug" | "use" => {}
                verb => bail!(
                    "errors parsing {}:\n{}:{number}: unknown directive: {verb}",
                    file.display(),
                    file.display()
                ),
            }
        }
        Ok(Some(out))
    }
}

/// The modules of a build.
pub struct Modules {
    /// The main module's folder.
    pub root: PathBuf,
    /// The main module's path.
    pub path: String,
    /// The main module's language version.
    pub version: (u32, u32),
    /// Without the main module.
    modules: Vec<Module>,
    /// The modules of the workspace are main modules, too.
    workspace: Vec<(PathBuf, String, (u32, u32))>,
    /// Packages of the vendor folder with their module's language version; None: no vendoring.
    vendored: Option<HashMap<String, (u32, u32)>>,
    sums: String,
}

/// What an import path means.
pub enum Found {
    Folder(PathBuf, (u32, u32)),
    Missing(String),
}

/// Whether `path` is `prefix` or lies below it; the rest.
pub fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

impl Modules {
    /// The modules of the build of a folder; None: no go.mod in it or above it. `mode`: what `-mod` says.
    pub fn find(dir: &Path, mode: Option<&str>) -> Result<Option<Modules>> {
        let dir = dir.canonicalize().with_context(|| format!("cannot resolve {}", dir.display()))?;
        let workspace = Workspace::find(&dir)?;
        let above = dir.ancestors().find(|d| d.join("go.mod").is_file());
        // From a folder in no module, a workspace's modules can be named by their paths.
        let first = || workspace.as_ref()?.modules.first().map(|m| m.0.as_path());
        let Some(root) = above.or_else(first) else { return Ok(None) };
        let root = &root.to_owned();
        let file = root.join("go.mod");
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let main = GoMod::parse(&file, &text, true)?;
        let version = main.version.unwrap_or(UNSTATED);
        if version > DEFAULT_VERSION {
            bail!(
                "go.mod requires go >= {}.{} (running go {}.{})",
                version.0,
                version.1,
                DEFAULT_VERSION.0,
                DEFAULT_VERSION.1
            );
        }
        let mut out = Modules {
            root: root.to_owned(),
            path: main.path.clone(),
            version,
            modules: Vec::new(),
            workspace: Vec::new(),
            vendored: None,
            sums: std::fs::read_to_string(root.join("go.sum")).unwrap_or_default(),
        };
        let mut main = main;
        if let Some(workspace) = workspace {
            if workspace.modules.iter().all(|m| m.0 != *root) && out.path != "std" {
                bail!(
                    "current directory is contained in a module that is not one of the workspace modules listed in go.work. You can add the module to the workspace using:\n\tgo work use ."
                );
            }
            main.replace.splice(0..0, workspace.replace);
            for (dir, module) in workspace.modules.into_iter().filter(|m| m.0 != *root) {
                main.require.extend(module.require);
                main.replace.extend(module.replace);
                out.workspace.push((dir, module.path, module.version.unwrap_or(UNSTATED)));
            }
            out.select(&main);
            return Ok(Some(out));
        }
        let vendor = root.join("vendor");
        let by_default = mode.is_none() && version >= (1, 14) && vendor.is_dir();
        if mode == Some("vendor") || by_default {
            out.vendored = Some(vendored(root, &main)?);
        } else {
            out.select(&main);
        }
        Ok(Some(out))
    }

    /// Chooses a version of every required module.
    fn select(&mut self, main: &GoMod) {
        let mut chosen: BTreeMap<String, String> = BTreeMap::new();
        let mut work: Vec<(String, String)> = main.require.clone();
        while let Some((path, version)) = work.pop() {
            if path == self.path
                || self.workspace.iter().any(|w| w.1 == path)
                || chosen.get(&path).is_some_and(|v| compare_versions(v, &version) != Ordering::Less)
            {
                continue;
            }
            if let Some(dir) = self.module_folder(main, &path, &version)
                && let Some(m) = GoMod::read(&dir)
            {
                work.extend(m.require);
            }
            chosen.insert(path, version);
        }
        for (path, version) in chosen {
            let dir = self.module_folder(main, &path, &version).filter(|d| d.is_dir());
            let replaced = replacement(main, &path, &version)
                .map(|r| (r.target.clone(), r.target_version.clone().unwrap_or("(devel)".into())));
            let required = UsedModule { path: path.clone(), version, replaced };
            let version = dir.as_deref().and_then(GoMod::read).and_then(|m| m.version).unwrap_or(UNSTATED);
            self.modules.push(Module { path, dir, version, required });
        }
        for (dir, path, version) in &self.workspace {
            let required = UsedModule { path: path.clone(), version: "(devel)".into(), replaced: None };
            let dir = Some(dir.clone());
            self.modules.push(Module { path: path.clone(), dir, version: *version, required });
        }
    }

    /// The module that a package comes from, if it is not the main one.
    pub fn module_of(&self, path: &str) -> Option<UsedModule> {
        if below(path, &self.path).is_some_and(|rest| has_go_files(&self.root.join(rest))) {
            return None;
        }
        let of = self.modules.iter().filter(|m| below(path, &m.path).is_some());
        of.max_by_key(|m| m.path.len()).map(|m| m.required.clone())
    }

    /// Where a version of a module should lie.
    fn module_folder(&self, main: &GoMod, path: &str, version: &str) -> Option<PathBuf> {
        let in_cache = |path: &str, version: &str| {
            cache().map(|c| c.join(format!("{}@{}", escape_path(path), escape_path(version))))
        };
        match replacement(main, path, version) {
            Some(Replace { target, target_version: None, base, .. }) => Some(base.join(target)),
            Some(Replace { target, target_version: Some(v), .. }) => in_cache(target, v),
            None => in_cache(path, version),
        }
    }

    /// The import path of a folder of the main module.
    pub fn import_path(&self, dir: &Path) -> Option<String> {
        let rest = dir.strip_prefix(&self.root).ok()?;
        let rest = rest.to_string_lossy();
        // Go's own library has no module path in front.
        Some(match (self.path.as_str(), &*rest) {
            ("std", rest) => rest.to_owned(),
            (module, "") => module.to_owned(),
            (module, rest) => format!("{module}/{rest}"),
        })
    }

    /// The folder of an import path; `importer` imports it.
    pub fn resolve(&self, path: &str, importer: &str) -> Found {
        if let Some(rest) = below(path, &self.path) {
            let dir = self.root.join(rest);
            if has_go_files(&dir) {
                return Found::Folder(dir, self.version);
            }
        }
        if self.path == "std" && has_go_files(&self.root.join(path)) {
            return Found::Folder(self.root.join(path), self.version);
        }
        let in_std = !path.split('/').next().is_some_and(|first| first.contains('.'));
        if let Some(vendored) = &self.vendored {
            return match vendored.get(path) {
                Some(version) => Found::Folder(self.root.join("vendor").join(path), *version),
                None if in_std => Found::Missing(not_in_std(path)),
                None => Found::Missing(format!(
                    "cannot find module providing package {path}: import lookup disabled by -mod=vendor\n\t(Go version in go.mod is at least 1.14 and vendor directory exists.)"
                )),
            };
        }
        // The module with the longest path that provides the package.
        let mut candidates: Vec<&Module> =
            self.modules.iter().filter(|m| below(path, &m.path).is_some()).collect();
        candidates.sort_by_key(|m| std::cmp::Reverse(m.path.len()));
        for m in &candidates {
            let Some(dir) = &m.dir else {
                if !self.sums.lines().any(|l| l.split(' ').next() == Some(m.path.as_str())) {
                    return Found::Missing(format!(
                        "missing go.sum entry for module providing package {path} (imported by {importer}); to add:\n\tgo get {importer}"
                    ));
                }
                return Found::Missing(format!(
                    "module {} providing package {path} is not in the module cache; to download it:\n\tgo mod download",
                    m.path
                ));
            };
            let dir = below(path, &m.path).map_or(dir.clone(), |rest| dir.join(rest));
            if has_go_files(&dir) {
                return Found::Folder(dir, m.version);
            }
        }
        match candidates.first() {
            Some(m) if below(path, &self.path).is_none() => Found::Missing(format!(
                "module {} provides package {path} and is replaced but not required; or the package is not in it",
                m.path
            )),
            _ if in_std && below(path, &self.path).is_none() => Found::Missing(not_in_std(path)),
            _ => Found::Missing(format!(
                "no required module provides package {path}; to add it:\n\tgo get {path}"
            )),
        }
    }
}

/// What stands for a version of a module.
fn replacement<'m>(main: &'m GoMod, path: &str, version: &str) -> Option<&'m Replace> {
    main.replace.iter().find(|r| r.path == path && r.version.as_ref().is_none_or(|v| v == version))
}

/// What is said of a path that only the standard library could have.
pub fn not_in_std(path: &str) -> String {
    format!("package {path} is not in std")
}

/// Whether the folder has a Go file.
pub fn has_go_files(dir: &Path) -> bool {
    std::fs::read_dir(dir).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|e| e.file_name().to_str().is_some_and(|n| n.ends_with(".go")) && e.path().is_file())
    })
}

/// The module cache.
pub fn cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("GOMODCACHE")
        .or_else(|| set("GOPATH").map(|p| p.join("pkg/mod")))
        .or_else(|| set("HOME").map(|p| p.join("go/pkg/mod")))
}

/// Reads vendor/modules.txt and holds it against go.mod.
fn vendored(root: &Path, main: &GoMod) -> Result<HashMap<String, (u32, u32)>> {
    let text = std::fs::read_to_string(root.join("vendor/modules.txt")).unwrap_or_default();
    let mut packages = HashMap::new();
    let mut explicit: Vec<(String, String)> = Vec::new();
    let mut current = (String::new(), String::new());
    let mut version = UNSTATED;
    for line in text.lines() {
        if let Some(annotations) = line.strip_prefix("## ") {
            for a in annotations.split(';').map(str::trim) {
                if a == "explicit" {
                    explicit.push(current.clone());
                } else if let Some(v) = a.strip_prefix("go ") {
                    version = parse_version(v).unwrap_or(UNSTATED);
                }
            }
        } else if let Some(module) = line.strip_prefix("# ") {
            let mut words = module.split_whitespace();
            let mut word = || words.next().unwrap_or_default().to_owned();
            current = (word(), word());
            version = UNSTATED;
        } else if !line.is_empty() {
            packages.insert(line.trim().to_owned(), version);
        }
    }
    let mut wrong = Vec::new();
    for (path, v) in &main.require {
        if !explicit.iter().any(|e| e.0 == *path && e.1 == *v) {
            wrong.push(format!(
                "\t{path}@{v}: is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt"
            ));
        }
    }
    for (path, v) in &explicit {
        if !main.require.iter().any(|r| r.0 == *path && r.1 == *v) {
            wrong.push(format!(
                "\t{path}@{v}: is marked as explicit in vendor/modules.txt, but not explicitly required in go.mod"
            ));
        }
    }
    if !wrong.is_empty() {
        bail!(
            "inconsistent vendoring in {}:\n{}\n\n\tTo ignore the vendor directory, use -mod=readonly or -mod=mod.\n\tTo sync the vendor directory, run:\n\t\tgo mod vendor",
            root.display(),
            wrong.join("\n")
        );
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered() {
        let sorted = [
            "v0.9.9",
            "v1.0.0-alpha",
            "v1.0.0-alpha.1",
            "v1.0.0-beta.2",
            "v1.0.0-beta.11",
            "v1.0.0",
            "v1.2.10",
            "v1.10.0",
        ];
        for pair in sorted.windows(2) {
            assert_eq!(compare_versions(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        assert_eq!(compare_versions("v1.2.3+meta", "v1.2.3"), Ordering::Equal);
    }

    #[test]
    fn go_mod_is_parsed() {
        let text = "module \"a.b/c\" // why\n\ngo 1.22.3\n\nrequire (\n\tx.y/z v1.0.0 // indirect\n)\nrequire q.r/s v2.0.0\nreplace x.y/z => ../z\n";
        let m = GoMod::parse(Path::new("go.mod"), text, true).expect("the text is valid");
        assert_eq!((m.path.as_str(), m.version), ("a.b/c", Some((1, 22))));
        assert_eq!(m.require.len(), 2);
        let r = &m.replace[0];
        assert_eq!(
            (r.path.as_str(), &r.version, r.target.as_str(), &r.target_version),
            ("x.y/z", &None, "../z", &None)
        );
        assert!(GoMod::parse(Path::new("go.mod"), "module m\nfoo bar\n", true).is_err());
    }
}
