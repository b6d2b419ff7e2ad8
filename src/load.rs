//! Finds and parses the packages of a program.
//!
//! In: files or a package folder from the command line. Out: packages in dependency order, parsed, the main one last, and
//! the sources. Requires: nothing. Guarantees: each file is read once; mistakes are diagnostics in the go command's words.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use escargo_syntax::build_constraint;
use escargo_syntax::{Diagnostic, Pos, SourceMap};
use escargo_types::Source;

use crate::packages::Package;
use crate::test_main;

/// The language version assumed without a go.mod.
pub const DEFAULT_VERSION: (u32, u32) = (1, 27);

pub struct Program {
    /// Imported packages before importing ones.
    pub packages: Vec<Source>,
    pub sources: SourceMap,
    /// Syntax errors and unresolved imports.
    pub diagnostics: Vec<Diagnostic>,
    /// Some package could not be found: nothing can be checked.
    pub incomplete: bool,
    /// The first syntax node id that is free.
    pub nodes: u32,
}

/// `go1.22`, `1.22` or `1.22.3` as (1, 22).
pub fn parse_version(text: &str) -> Option<(u32, u32)> {
    let text = text.strip_prefix("go").unwrap_or(text);
    let mut parts = text.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?;
    let digits = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
    Some((major, minor[..digits].parse().ok()?))
}

/// The module that a folder belongs to.
pub struct Module {
    root: PathBuf,
    path: String,
    pub version: (u32, u32),
}

impl Module {
    /// The folder of a package of this module or of its vendor folder.
    pub fn folder_of(&self, path: &str) -> Option<PathBuf> {
        let inside =
            if path == self.path { Some("") } else { path.strip_prefix(&self.path)?.strip_prefix('/') };
        let dir = match inside {
            Some(rest) => self.root.join(rest),
            None => self.root.join("vendor").join(path),
        };
        dir.is_dir().then_some(dir)
    }

    /// The import path of a folder of this module. Go's own library, the module `std`, has none in front.
    pub fn path_of(&self, dir: &Path) -> Result<String> {
        let inside = dir.strip_prefix(&self.root).context("the folder is outside of its module")?;
        let inside = inside.to_string_lossy();
        Ok(match (self.path.as_str(), &*inside) {
            ("std", path) => path.to_owned(),
            (module, "") => module.to_owned(),
            (module, path) => format!("{module}/{path}"),
        })
    }

    pub fn find(dir: &Path) -> Result<Option<Module>> {
        let dir = dir.canonicalize().with_context(|| format!("cannot resolve {}", dir.display()))?;
        for root in dir.ancestors() {
            let file = root.join("go.mod");
            if !file.is_file() {
                continue;
            }
            let text =
                std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let line = |key: &str| {
                text.lines().find_map(|l| {
                    l.trim().strip_prefix(key)?.strip_prefix([' ', '\t']).map(|r| r.trim().to_owned())
                })
            };
            let Some(path) = line("module") else {
                bail!("{}: no module declaration in go.mod", file.display())
            };
            let version = line("go").and_then(|v| parse_version(&v)).unwrap_or((1, 16));
            return Ok(Some(Module {
                root: root.to_owned(),
                path: path.trim_matches('"').to_owned(),
                version,
            }));
        }
        Ok(None)
    }
}

/// Where the files of a package come from.
enum Origin {
    Bundled(Vec<escargo_std::File>),
    Files(Vec<PathBuf>),
    /// Of Go's own library, with what the platform is for it.
    Library(Vec<PathBuf>, Platform),
    /// Made by this command.
    Text(&'static str, String),
}

/// Which library packages may come from.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum, Default, Debug)]
pub enum Library {
    /// Bundled packages, and Go's own from its installation for the rest.
    #[default]
    Auto,
    /// Bundled packages only.
    Bundled,
}

/// What build constraints ask about.
#[derive(Clone)]
pub struct Platform {
    tags: Vec<String>,
    /// False: as for an architecture that Go's library has no assembly for.
    arch: bool,
}

impl Platform {
    pub fn new(tags: &[String], arch: bool) -> Platform {
        Platform { tags: tags.to_vec(), arch }
    }

    /// Whether a build tag holds.
    fn has(&self, name: &str) -> bool {
        name == "linux"
            || name == "unix"
            || self.arch && name == crate::env::target_arch()
            || name == "escargo"
            || self.tags.iter().any(|t| t == name)
            || name.strip_prefix("go").and_then(parse_version).is_some_and(|v| v <= DEFAULT_VERSION)
    }
}

/// How to load a program.
#[derive(Clone, Default)]
pub struct Options {
    pub tags: Vec<String>,
    /// Of `-lang`: the language version of the main package.
    pub lang: Option<(u32, u32)>,
    pub library: Library,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Loading,
    Done,
}

struct Loader {
    program: Program,
    module: Option<Module>,
    options: Options,
    states: HashMap<String, State>,
    next_node: u32,
    /// The package that the command line gave by its files, not by its folder.
    named_files: Option<String>,
    /// The package under test: imported, it has its test files too.
    tested: Option<Package>,
}

/// Splits `run`'s arguments into what names the package and the program's own arguments: leading Go files, or one folder.
pub fn split_args(rest: &[String]) -> (&[String], &[String]) {
    let files = rest.iter().take_while(|a| a.ends_with(".go")).count();
    rest.split_at(files.max(1))
}

/// Loads the program that the command-line arguments name, with everything it imports.
pub fn load(targets: &[String], options: Options) -> Result<Program> {
    let named = targets.iter().all(|t| t.ends_with(".go"));
    let files: Vec<PathBuf> = if named {
        targets.iter().map(PathBuf::from).collect()
    } else {
        let [dir] = targets else {
            bail!("named files must all be in one directory; or give one package folder")
        };
        let path = Path::new(dir);
        if !path.is_dir() {
            bail!("package {dir} is not in std");
        }
        go_files(path, &Platform::new(&options.tags, true), false)
            .with_context(|| format!("reading {dir}"))?
    };
    if files.is_empty() {
        bail!("no Go files in {}", targets.join(" "));
    }
    let dir = files[0].parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let module = if dir.is_dir() { Module::find(dir)? } else { None };
    let version = module.as_ref().map_or(DEFAULT_VERSION, |m| m.version);
    let mut loader = Loader::new(module, options);
    loader.named_files = named.then(|| "main".to_owned());
    // The runtime's Go part belongs to every program.
    loader.import("runtime", Pos::NONE)?;
    loader.package("main", Origin::Files(files), version)?;
    loader.program.nodes = loader.next_node;
    Ok(loader.program)
}

/// Loads the program that tests a package.
pub fn load_test(package: &Package, options: Options) -> Result<Program> {
    let module = if package.dir.is_dir() { Module::find(&package.dir)? } else { None };
    let mut loader = Loader::new(module, options);
    loader.named_files = (package.path == "command-line-arguments").then(|| package.path.clone());
    loader.tested = Some(package.clone());
    for path in ["runtime", "os", "testing", "internal/testmain"] {
        loader.import(path, Pos::NONE)?;
    }
    let mut own = test_main::Found::default();
    if !package.files.is_empty() || !package.test_files.is_empty() {
        loader.import(&package.path, Pos::NONE)?;
        own = loader.found(&package.path);
    }
    let mut external = test_main::Found::default();
    if !package.external_files.is_empty() {
        let path = format!("{}_test", package.path);
        loader.states.insert(path.clone(), State::Done);
        loader.package(&path, Origin::Files(package.external_files.clone()), package.version)?;
        external = loader.found(&path);
    }
    let text = test_main::source(&package.path, &own, &external);
    loader.package("main", Origin::Text("_testmain.go", text), DEFAULT_VERSION)?;
    loader.program.nodes = loader.next_node;
    Ok(loader.program)
}

/// Whether files or a folder hold package main. What cannot be told is for `load` to complain about.
pub fn is_main(targets: &[String], tags: &[String]) -> Result<bool> {
    let platform = Platform::new(tags, true);
    let files = match targets {
        [dir] if Path::new(dir).is_dir() => go_files(Path::new(dir), &platform, false)?,
        files => files.iter().map(PathBuf::from).collect(),
    };
    let mut names = files.iter().filter_map(|f| {
        let text = std::fs::read(f).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut constraint = build_constraint::constraint_of(&text).ok().flatten().into_iter();
        if files.len() > 1 && constraint.any(|c| !c.eval(&|t| platform.has(t))) {
            return None;
        }
        let line = text.lines().find(|l| l.starts_with("package "))?;
        line.strip_prefix("package ")?.split_whitespace().next().map(str::to_owned)
    });
    Ok(names.next().is_none_or(|n| n.trim_end_matches(';') == "main"))
}

/// The go command's name for what a folder's package becomes: the last element of its import path.
pub fn module_name(dir: &Path) -> Result<Option<String>> {
    let full = dir.canonicalize().with_context(|| format!("cannot resolve {}", dir.display()))?;
    if let Some(module) = Module::find(dir)?
        && module.root == full
    {
        return Ok(module.path.rsplit('/').next().map(str::to_owned));
    }
    Ok(full.file_name().map(|n| n.to_string_lossy().into_owned()))
}

/// The Go files of a folder that belong to its package on a platform, with or without tests.
pub fn go_files(dir: &Path, platform: &Platform, tests: bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        if !name.starts_with(['.', '_'])
            && name.ends_with(".go")
            && (tests || !name.ends_with("_test.go"))
            && build_constraint::file_name_matches(name, &|t| platform.has(t))
        {
            files.push(path);
        }
    }
    if tests {
        // Without those whose constraints exclude them, so that a package of tests for others counts as empty.
        files.retain(|f| {
            let Ok(bytes) = std::fs::read(f) else { return true };
            let text = String::from_utf8_lossy(&bytes);
            !matches!(build_constraint::constraint_of(&text), Ok(Some(c)) if !c.eval(&|t| platform.has(t)))
        });
    }
    files.sort();
    Ok(files)
}

/// The root of a Go installation: GOROOT, or what a `go` in PATH says.
pub fn go_root() -> Option<&'static Path> {
    static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
    ROOT.get_or_init(|| {
        let has_library = |root: &PathBuf| root.join("src/fmt").is_dir();
        if let Some(root) = std::env::var_os("GOROOT").filter(|r| !r.is_empty()) {
            return Some(PathBuf::from(root)).filter(has_library);
        }
        let output = std::process::Command::new("go").args(["env", "GOROOT"]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(PathBuf::from(text.trim_end())).filter(has_library)
    })
    .as_deref()
}

impl Loader {
    fn new(module: Option<Module>, options: Options) -> Loader {
        Loader {
            program: Program {
                packages: Vec::new(),
                sources: SourceMap::default(),
                diagnostics: Vec::new(),
                incomplete: false,
                nodes: 0,
            },
            module,
            options,
            states: HashMap::new(),
            next_node: 0,
            named_files: None,
            tested: None,
        }
    }

    /// What the test files of a loaded package declare.
    fn found(&mut self, path: &str) -> test_main::Found {
        let files = self.program.packages.iter().rfind(|p| p.path == path).map(|p| p.files.clone());
        test_main::scan(&files.unwrap_or_default(), &self.program.sources, &mut self.program.diagnostics)
    }

    /// Loads an imported package and, before it, what it imports. An unknown path is a diagnostic at `pos`.
    fn import(&mut self, path: &str, pos: Pos) -> Result<()> {
        match self.states.get(path) {
            Some(State::Done) => return Ok(()),
            Some(State::Loading) => {
                self.program.diagnostics.push(Diagnostic::error(pos, "import cycle not allowed"));
                return Ok(());
            }
            None => {}
        }
        if path == "unsafe" || path == "C" {
            return Ok(());
        }
        self.states.insert(path.to_owned(), State::Loading);
        if let Some(p) = self.tested.clone().filter(|p| p.path == path) {
            let files = p.files.iter().chain(&p.test_files).cloned().collect();
            self.package(path, Origin::Files(files), p.version)?;
        } else if let Some(files) = escargo_std::package(path) {
            self.package(path, Origin::Bundled(files), DEFAULT_VERSION)?;
        } else if let Some((dir, version)) =
            self.module.as_ref().and_then(|m| Some((m.folder_of(path)?, m.version)))
        {
            let files = go_files(&dir, &Platform::new(&self.options.tags, true), false)
                .with_context(|| format!("reading {}", dir.display()))?;
            if files.is_empty() {
                self.missing(pos, format!("no Go files in {}", dir.display()));
            } else {
                self.package(path, Origin::Files(files), version)?;
            }
        } else if let Some(dir) = self.library_folder(path) {
            let platform = library_platform(&dir, &self.options.tags)?;
            let files =
                go_files(&dir, &platform, false).with_context(|| format!("reading {}", dir.display()))?;
            self.package(path, Origin::Library(files, platform), DEFAULT_VERSION)?;
        } else if path.split('/').next().is_some_and(|first| first.contains('.')) {
            self.missing(
                pos,
                format!("no required module provides package {path}; to add it:\n\tgo get {path}"),
            );
        } else if let Some(root) = go_root().filter(|_| self.options.library == Library::Auto) {
            let dir = root.join("src").join(path);
            self.missing(pos, format!("package {path} is not in std ({})", dir.display()));
        } else {
            self.missing(pos, format!("package {path} is not in std"));
        }
        self.states.insert(path.to_owned(), State::Done);
        Ok(())
    }

    fn missing(&mut self, pos: Pos, message: String) {
        self.program.diagnostics.push(Diagnostic::error(pos, message));
        self.program.incomplete = true;
    }

    /// The folder of a package of Go's own library, or of what that has vendored.
    fn library_folder(&self, path: &str) -> Option<PathBuf> {
        if self.options.library == Library::Bundled {
            return None;
        }
        let source = go_root()?.join("src");
        let has_files = |dir: &PathBuf| {
            std::fs::read_dir(dir).is_ok_and(|mut entries| {
                entries.any(|e| e.is_ok_and(|e| e.file_name().to_string_lossy().ends_with(".go")))
            })
        };
        [source.join(path), source.join("vendor").join(path)].into_iter().find(has_files)
    }

    fn package(&mut self, path: &str, origin: Origin, version: (u32, u32)) -> Result<()> {
        // A folder's files may exclude themselves by constraints; files named on the command line may not. Bundled packages
        // bind runtime functions by declarations without bodies.
        let complete =
            matches!(origin, Origin::Files(_)) && self.module.as_ref().is_none_or(|m| m.path != "std");
        let may_exclude = self.named_files.as_deref() != Some(path);
        let platform = match &origin {
            Origin::Library(_, platform) => platform.clone(),
            _ => Platform::new(&self.options.tags, true),
        };
        let texts: Vec<(String, Vec<u8>)> = match origin {
            Origin::Bundled(files) => files
                .into_iter()
                .filter(|f| build_constraint::file_name_matches(f.name, &|t| platform.has(t)))
                .map(|f| (format!("$GOROOT/src/{path}/{}", f.name), f.text.into()))
                .collect(),
            Origin::Files(paths) | Origin::Library(paths, _) => paths
                .into_iter()
                .map(|p| {
                    let bytes = std::fs::read(&p)
                        .map_err(|e| anyhow::anyhow!("open {}: {}", p.display(), plain(&e)))?;
                    Ok((display_name(&p), bytes))
                })
                .collect::<Result<_>>()?,
            Origin::Text(name, text) => vec![(name.to_owned(), text.into_bytes())],
        };
        let mut files = Vec::new();
        let mut has_syntax_errors = false;
        for (name, bytes) in texts {
            let index = self.program.sources.add_bytes(name, &bytes).map_err(anyhow::Error::msg)?;
            if may_exclude {
                let text = &self.program.sources.files[index].text;
                // A malformed constraint is the parser's to report.
                if let Ok(Some(constraint)) = build_constraint::constraint_of(text)
                    && !constraint.eval(&|t| platform.has(t))
                {
                    continue;
                }
            }
            // The checker parses bodies of the bundled library when it needs them.
            let parse = if escargo_types::may_postpone(path, complete) {
                escargo_syntax::parse_declarations
            } else {
                escargo_syntax::parse_file
            };
            let (file, diagnostics) = parse(&mut self.program.sources, index, &mut self.next_node);
            // As in gc, other mistakes that the parser finds do not keep the package from being checked.
            has_syntax_errors |= diagnostics.iter().any(|d| d.message.starts_with("syntax error"));
            self.program.diagnostics.extend(diagnostics);
            files.push(Rc::new(file));
        }
        for file in &files {
            for (import, pos) in escargo_types::imports_of(file) {
                self.import(&import, pos)?;
            }
        }
        let go_version = self.options.lang.filter(|_| path == "main").unwrap_or(version);
        let source = Source { path: path.to_owned(), files, go_version, has_syntax_errors, complete };
        self.program.packages.push(source);
        Ok(())
    }
}

/// How Go's library is built for a package: in pure Go. Where it has assembly for this architecture, the files for
/// architectures without are taken.
fn library_platform(dir: &Path, tags: &[String]) -> Result<Platform> {
    let mut tags = tags.to_vec();
    tags.extend(["purego", "math_big_pure_go", "osusergo", "netgo"].map(str::to_owned));
    let mut platform = Platform::new(&tags, true);
    for entry in std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let Some(stem) = name.strip_suffix(".s") else { continue };
        let as_go = format!("{stem}.go");
        platform.arch &= !build_constraint::file_name_matches(&as_go, &|t| platform.has(t));
    }
    Ok(platform)
}

/// An error of the operating system without Rust's "(os error 2)", in lower case as Go prints it.
fn plain(e: &std::io::Error) -> String {
    let text = e.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// As the go command prints file names: `./x.go` in the working directory, `y/x.go` below it.
fn display_name(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.contains('/') { text.into_owned() } else { format!("./{text}") }
}
