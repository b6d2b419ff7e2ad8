//! Package patterns of the command line: `.`, `./...`, folders, import paths, Go files.
//!
//! In: patterns, build tags. Out: packages, with their files sorted into sources, internal and external test files.
//! Guarantees: sorted by import path within a pattern, each package once; mistakes in the go command's words.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use escargo_syntax::SourceMap;

use crate::constraints::{self, Platform};
use crate::load::{self, Options};
use crate::module::{Found, Modules, has_go_files, not_in_std};

/// A package as the command line names it.
#[derive(Clone, Debug)]
pub struct Package {
    /// `command-line-arguments` for packages given by their files.
    pub path: String,
    pub dir: PathBuf,
    pub files: Vec<PathBuf>,
    /// `_test.go` files of the package itself.
    pub test_files: Vec<PathBuf>,
    /// `_test.go` files of the package `x_test`.
    pub external_files: Vec<PathBuf>,
    pub version: (u32, u32),
    /// Why it is none.
    pub error: Option<String>,
}

/// As `find`, but what a pattern names wrongly is a package with an error.
pub fn find_each(patterns: &[String], options: &Options) -> Result<Vec<Package>> {
    if patterns.iter().all(|p| p.ends_with(".go")) && !patterns.is_empty() {
        return find(patterns, options);
    }
    let here = [".".to_owned()];
    let mut out: Vec<Package> = Vec::new();
    for pattern in if patterns.is_empty() { &here } else { patterns } {
        let found = find(std::slice::from_ref(pattern), options).unwrap_or_else(|e| {
            vec![Package {
                path: pattern.clone(),
                dir: PathBuf::new(),
                files: Vec::new(),
                test_files: Vec::new(),
                external_files: Vec::new(),
                version: load::DEFAULT_VERSION,
                error: Some(format!("{e:#}")),
            }]
        });
        out.extend(found.into_iter().filter(|p| out.iter().all(|o| o.path != p.path)).collect::<Vec<_>>());
    }
    Ok(out)
}

/// The packages that the patterns name; no pattern names the working folder.
pub fn find(patterns: &[String], options: &Options) -> Result<Vec<Package>> {
    if !patterns.is_empty() && patterns.iter().all(|p| p.ends_with(".go")) {
        let files: Vec<PathBuf> = patterns.iter().map(PathBuf::from).collect();
        let dir = folder_of(&files[0]);
        for file in &files {
            if folder_of(file) != dir {
                bail!(
                    "named files must all be in one directory; have {} and {}",
                    dir.display(),
                    folder_of(file).display()
                );
            }
            if !file.is_file() {
                bail!("stat {}: no such file or directory", file.display());
            }
        }
        let modules = if dir.is_dir() { Modules::find(&dir, options.modules.as_deref())? } else { None };
        let version = modules.map_or(load::DEFAULT_VERSION, |m| m.version);
        return Ok(vec![sorted_into("command-line-arguments".into(), dir, files, version)?]);
    }
    let here = [".".to_owned()];
    let mut out: Vec<Package> = Vec::new();
    for pattern in if patterns.is_empty() { &here } else { patterns } {
        for package in expand(pattern, options)? {
            if out.iter().all(|p| p.path != package.path) {
                out.push(package);
            }
        }
    }
    Ok(out)
}

/// The folder of a file, `.` for one in the working folder.
fn folder_of(file: &Path) -> PathBuf {
    file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn expand(pattern: &str, options: &Options) -> Result<Vec<Package>> {
    let (base, below) = match pattern.strip_suffix("...") {
        Some(base) => (base.trim_end_matches('/'), true),
        None => (pattern, false),
    };
    let local = base.is_empty() || base.starts_with('.') || base.starts_with('/');
    let dir = if local {
        PathBuf::from(if base.is_empty() { "." } else { base })
    } else {
        let modules = Modules::find(Path::new("."), options.modules.as_deref())?;
        let found = modules.map(|m| m.resolve(base, &m.path));
        let library = || constraints::go_root().map(|r| r.join("src").join(base)).filter(|d| d.is_dir());
        match found {
            Some(Found::Folder(dir, _)) => dir,
            missing => match (library(), missing) {
                (Some(dir), _) => dir,
                (None, Some(Found::Missing(message))) => bail!("{message}"),
                (None, _) => bail!("{}", not_in_std(base)),
            },
        }
    };
    let dir = PathBuf::from(dir.to_string_lossy().trim_start_matches("./").to_owned());
    let dir = if dir.as_os_str().is_empty() { PathBuf::from(".") } else { dir };
    if !dir.is_dir() {
        if below {
            bail!("pattern {pattern}: lstat {base}/: no such file or directory");
        }
        bail!("stat {}: directory not found", std::env::current_dir()?.join(&dir).display());
    }
    let Some(module) = Modules::find(&dir, options.modules.as_deref())? else {
        bail!("go.mod file not found in current directory or any parent directory; see 'go help modules'")
    };
    let mut dirs = vec![dir.clone()];
    if below {
        walk(&dir, &mut dirs)?;
        dirs.sort();
    }
    let mut out = Vec::new();
    for dir in dirs {
        let Some(path) = module.import_path(&absolute(&dir)?) else {
            bail!("directory {} outside main module or its selected dependencies", dir.display());
        };
        let platform = constraints::platform_of(&module.path, &dir, &options.tags)?;
        let package = constraints::go_files(&dir, &platform, true)
            .with_context(|| format!("reading {}", dir.display()))
            .and_then(|files| sorted_into(path, dir.clone(), files, module.version))?;
        if package.files.is_empty() && package.test_files.is_empty() && package.external_files.is_empty() {
            if !below {
                let shown = absolute(&dir)?;
                if has_go_files(&dir) {
                    bail!(
                        "package {}: build constraints exclude all Go files in {}",
                        package.path,
                        shown.display()
                    );
                }
                bail!("no Go files in {}", shown.display());
            }
            continue;
        }
        out.push(package);
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(out)
}

impl Package {
    /// The go command's name for what the package becomes: the last element of its import path that is not a major version.
    pub fn output_name(&self) -> &str {
        let is_version = |e: &&str| {
            e.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        };
        let mut elements = self.path.rsplit('/');
        let last = elements.next().unwrap_or(&self.path);
        elements.next().filter(|_| is_version(&last)).unwrap_or(last)
    }

    /// The name of its test program.
    pub fn test_binary(&self) -> String {
        let name = match self.path.as_str() {
            "command-line-arguments" => self.any_name().unwrap_or("main".into()),
            _ => self.output_name().to_owned(),
        };
        name + ".test"
    }

    pub fn has_tests(&self) -> bool {
        !self.test_files.is_empty() || !self.external_files.is_empty()
    }

    /// The name in the package clause.
    pub fn name(&self) -> Option<String> {
        self.files.iter().find_map(|f| clause_of(f))
    }

    /// The package's name, if only by its tests.
    fn any_name(&self) -> Option<String> {
        let external = || self.external_files.iter().find_map(|f| clause_of(f));
        let tests = || self.test_files.iter().find_map(|f| clause_of(f));
        self.name().or_else(tests).or_else(|| Some(external()?.trim_end_matches("_test").to_owned()))
    }
}

fn clause_of(file: &Path) -> Option<String> {
    let text = std::fs::read(file).ok()?;
    package_clause(&String::from_utf8_lossy(&text)).map(str::to_owned)
}

/// The packages that tests of `list` depend on and that some pattern of `-coverpkg` names: their import paths.
pub fn covered(list: &[Package], patterns: &[String], options: &Options) -> Result<Vec<String>> {
    let modules = Modules::find(Path::new("."), options.modules.as_deref())?;
    let platform = Platform::new(&options.tags, true);
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut work: Vec<(String, PathBuf, Vec<PathBuf>)> = Vec::new();
    for p in list {
        let files = [&p.files, &p.test_files, &p.external_files].into_iter().flatten().cloned().collect();
        // One with tests alone has nothing to count.
        if !p.files.is_empty() {
            found.insert(p.path.clone(), absolute(&p.dir)?);
        }
        work.push((p.path.clone(), p.dir.clone(), files));
    }
    let mut seen: HashSet<String> = HashSet::new();
    while let (Some((importer, _, files)), Some(modules)) = (work.pop(), &modules) {
        for path in files.iter().flat_map(|f| imports(f)) {
            if seen.insert(path.clone())
                && let Found::Folder(dir, _) = modules.resolve(&path, &importer)
            {
                let files = constraints::go_files(&dir, &platform, false)?;
                found.insert(path.clone(), absolute(&dir)?);
                work.push((path, dir, files));
            }
        }
    }
    let mut chosen = Vec::new();
    let mut matched = vec![false; patterns.len()];
    for (path, dir) in found {
        let mut any = false;
        for (pattern, matched) in patterns.iter().zip(&mut matched) {
            let hit = if pattern.starts_with("./")
                || pattern.starts_with("../")
                || pattern == "."
                || pattern == ".."
            {
                let (base, below) = match pattern.strip_suffix("...") {
                    Some(base) => (base.trim_end_matches('/'), true),
                    None => (pattern.as_str(), false),
                };
                absolute(Path::new(base)).is_ok_and(|b| dir == b || below && dir.starts_with(b))
            } else {
                pattern == "all" || matches(pattern, &path)
            };
            *matched |= hit;
            any |= hit;
        }
        if any {
            chosen.push(path);
        }
    }
    for (pattern, _) in patterns.iter().zip(&matched).filter(|(_, m)| !**m) {
        eprintln!("warning: no packages being tested depend on matches for pattern {pattern}");
    }
    Ok(chosen)
}

/// The import paths of a file.
fn imports(file: &Path) -> Vec<String> {
    let Ok(bytes) = std::fs::read(file) else { return Vec::new() };
    let mut sources = SourceMap::default();
    let Ok(index) = sources.add_bytes("", bytes) else { return Vec::new() };
    escargo_types::imports_of(&escargo_syntax::parse_imports(&sources.files[index]))
        .into_iter()
        .map(|i| i.0)
        .collect()
}

/// Whether an import path is one that a pattern with `...` names.
fn matches(pattern: &str, path: &str) -> bool {
    // `x/...` names x, too.
    if let Some(base) = pattern.strip_suffix("/...")
        && matches(base, path)
    {
        return true;
    }
    let mut pieces = pattern.split("...");
    let Some(mut rest) = pieces.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

pub fn absolute(dir: &Path) -> Result<PathBuf> {
    dir.canonicalize().with_context(|| format!("cannot resolve {}", dir.display()))
}

/// Folders below that may hold packages of the same module.
fn walk(dir: &Path, out: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        let skipped = name.starts_with(['.', '_']) || matches!(name, "testdata" | "vendor");
        if !skipped && path.is_dir() && !path.join("go.mod").is_file() {
            let path = path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
            out.push(path.clone());
            walk(&path, out)?;
        }
    }
    Ok(())
}

/// Sorts files by their names and package clauses.
fn sorted_into(path: String, dir: PathBuf, files: Vec<PathBuf>, version: (u32, u32)) -> Result<Package> {
    let mut package = Package {
        path,
        dir,
        files: Vec::new(),
        test_files: Vec::new(),
        external_files: Vec::new(),
        version,
        error: None,
    };
    for file in files {
        if !file.to_string_lossy().ends_with("_test.go") {
            package.files.push(file);
            continue;
        }
        let text = std::fs::read(&file).with_context(|| format!("open {}", file.display()))?;
        if package_clause(&String::from_utf8_lossy(&text)).is_some_and(|n| n.ends_with("_test")) {
            package.external_files.push(file);
        } else {
            package.test_files.push(file);
        }
    }
    Ok(package)
}

/// The name in a file's package clause.
fn package_clause(text: &str) -> Option<&str> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        if rest.starts_with("//") {
            rest = rest.split_once('\n')?.1.trim_start();
        } else if rest.starts_with("/*") {
            rest = rest.split_once("*/")?.1.trim_start();
        } else {
            let rest = rest.strip_prefix("package")?.trim_start();
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            return Some(&rest[..end]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, package_clause};

    #[test]
    fn patterns_have_wildcards() {
        assert!(matches("a/...", "a") && matches("a/...", "a/b") && !matches("a/...", "ab"));
        assert!(matches("a...", "ab/c") && matches("a/.../z", "a/b/c/z") && !matches("a", "a/b"));
    }

    #[test]
    fn the_clause_follows_comments() {
        assert_eq!(package_clause("// a\n\n/* b\n*/ package x_test // c"), Some("x_test"));
        assert_eq!(package_clause("package y;import \"z\""), Some("y"));
        assert_eq!(package_clause("func f() {}"), None);
    }
}
