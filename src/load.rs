//! Finds and parses the packages of a program.
//!
//! In: files, folders, import paths or patterns from the command line. Out: packages in dependency order, parsed, the main one
//! last, and the sources. Requires: nothing. Guarantees: each file is read once; mistakes are said in the go command's words.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use escargo_syntax::ast::{Decl, File};
use escargo_syntax::build_constraint;
use escargo_syntax::cover::Mode;
use escargo_syntax::{Diagnostic, Pos, SourceMap, Symbol};
use escargo_types::Source;

use crate::constraints::{Platform, assembly, go_files, go_root, library_platform};
use crate::coverage::{self, Cover, Covered};
use crate::embed::Embedder;
use crate::helper::Helper;
use crate::module::{Found, Modules, UsedModule, below, not_in_std};
use crate::packages::{self, Package};
use crate::test_main;
use crate::wording::{display_name, plain};

/// The language version assumed without a go.mod.
pub const DEFAULT_VERSION: (u32, u32) = (1, 27);

/// The import path of a package that is given by its files.
const COMMAND_LINE: &str = "command-line-arguments";

pub struct Program {
    /// Imported packages before importing ones.
    pub packages: Vec<Source>,
    pub sources: SourceMap,
    /// Syntax errors.
    pub diagnostics: Vec<Diagnostic>,
    /// What keeps the program from being checked, as it is printed: packages that are missing, import cycles.
    pub errors: Vec<String>,
    /// For each source file the import path of its package.
    pub headings: Vec<String>,
    /// The import path of package main, if it has no function main: it can be checked, but not linked.
    pub no_main: Option<String>,
    /// The first syntax node id that is free.
    pub nodes: u32,
    /// The packages that the command line names, as they are called in the program.
    pub roots: Vec<String>,
    /// The packages that have counters.
    pub covered: Vec<Covered>,
    /// What `debug.ReadBuildInfo` reads, without how the program is built.
    pub build_info: String,
    /// Functions may lack bodies.
    pub bodyless: bool,
    /// What `//go:debug` lines of the main package and of tests say.
    pub godebug: String,
    /// A test program may start itself again.
    pub starts_itself: bool,
    /// Another thread for what is done next; it has begun, since that takes its time.
    pub helper: Option<Arc<Helper>>,
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

/// Where the files of a package come from.
enum Origin {
    Bundled(Vec<escargo_std::File>),
    /// A folder's, or those that the command line names.
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

/// How to load a program.
#[derive(Clone, Default)]
pub struct Options {
    pub tags: Vec<String>,
    /// Of `-lang`: the language version of the main package.
    pub lang: Option<(u32, u32)>,
    /// Of `-complete=false`: functions may lack bodies.
    pub bodyless: bool,
    pub library: Library,
    /// What `-mod` says.
    pub modules: Option<String>,
    /// What a test counts.
    pub cover: Option<Cover>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Loading,
    Done,
}

struct Loader {
    program: Program,
    modules: Option<Modules>,
    options: Options,
    states: HashMap<String, State>,
    /// The names in the package clauses.
    names: HashMap<String, String>,
    next_node: u32,
    /// The package that the command line gave by its files, not by its folder.
    named_files: Option<String>,
    /// What each of the program's packages imports.
    imports: Vec<HashSet<String>>,
    /// The package under test: imported, it has its test files too.
    tested: Option<Package>,
    /// The packages being loaded, each with the file that is looked at.
    stack: Vec<(String, String)>,
    /// The packages of the library, bundled or Go's own.
    library: HashSet<String>,
    /// The modules that packages come from, but for the main one.
    used_modules: BTreeSet<UsedModule>,
    /// Where the package being loaded is imported.
    imported_at: Pos,
    embedder: Embedder,
}

/// Splits `run`'s arguments into what names the package and the program's own arguments: leading Go files, or one folder or file of
/// IR text.
pub fn split_args(rest: &[String]) -> (&[String], &[String]) {
    let files = rest.iter().take_while(|a| a.ends_with(".go")).count();
    rest.split_at(files.max(1))
}

/// Loads the program that the command-line arguments name, with everything it imports.
pub fn load(targets: &[String], options: Options) -> Result<Program> {
    if let Some(test) = targets.iter().find(|t| t.ends_with("_test.go")) {
        bail!("cannot run *_test.go files ({test})");
    }
    let mut roots = packages::find(targets, &options)?;
    // A pattern may match packages that are no programs.
    if roots.len() > 1 {
        roots.retain(|r| r.name().as_deref() == Some("main"));
        if roots.len() > 1 {
            let paths: Vec<&str> = roots.iter().map(|r| r.path.as_str()).collect();
            bail!("pattern {} matches multiple packages:\n\t{}", targets.join(" "), paths.join("\n\t"));
        }
    }
    let Some(root) = roots.pop() else { bail!("no packages loaded from {}", targets.join(" ")) };
    let mut loader = Loader::new(&root.dir, options)?;
    loader.root(&root, "main")?;
    let program = &mut loader.program;
    program.roots.push("main".into());
    if program.errors.is_empty() && loader.names.get(&root.path).is_some_and(|n| n != "main") {
        program.errors.push(format!("package {} is not a main package", root.path));
    }
    loader.build_info(&root.path);
    let program = &mut loader.program;
    let is_main = |d: &Decl| matches!(d, Decl::Func(f) if f.recv.is_none() && f.name.name.as_str() == "main");
    let files = program.packages.last().map_or(&[][..], Source::files);
    program.no_main = (!files.iter().any(|f| f.decls.iter().any(is_main))).then(|| root.path.clone());
    loader.finish()
}

/// Loads all packages that the arguments name, with everything they import; they need not be programs.
pub fn load_all(targets: &[String], options: Options) -> Result<Program> {
    let roots = packages::find(targets, &options)?;
    let dir = roots.first().map_or(Path::new("."), |r| &r.dir).to_owned();
    let mut loader = Loader::new(&dir, options)?;
    for root in &roots {
        let path = if roots.len() == 1 { "main" } else { &root.path };
        loader.root(root, path)?;
        loader.program.roots.push(path.into());
    }
    loader.finish()
}

/// Loads the program that tests a package, with what it needs to write profiles if it is to be profiled.
pub fn load_test(package: &Package, options: Options, profiled: bool) -> Result<Program> {
    let mut loader = Loader::new(&package.dir, options)?;
    loader.named_files = (package.path == "command-line-arguments").then(|| package.path.clone());
    loader.tested = Some(package.clone());
    for path in ["runtime", "os", "testing", test_main::support(profiled)] {
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
        let origin = loader.own_files(&package.dir, package.external_files.clone())?;
        loader.package(&path, &path, origin, package.version)?;
        external = loader.found(&path);
    }
    loader.cover_rest()?;
    let cover = loader.options.cover.as_ref().map(|c| (c, loader.program.covered.as_slice()));
    let text = test_main::source(&package.path, &own, &external, cover, profiled);
    loader.package("main", "main", Origin::Text("_testmain.go", text), DEFAULT_VERSION)?;
    loader.build_info(&format!("{}.test", package.path));
    loader.program.starts_itself = loader.starts_itself(package);
    loader.finish()
}

/// Names and texts of files that are part of the command, of those that this platform has.
fn embedded(
    path: &str,
    files: Vec<escargo_std::File>,
) -> impl Iterator<Item = Result<(String, Cow<'static, [u8]>)>> {
    let platform = Platform::new(&[], true);
    let files =
        files.into_iter().filter(move |f| build_constraint::file_name_matches(f.name, &|t| platform.has(t)));
    files.map(move |f| Ok((format!("$GOROOT/src/{path}/{}", f.name), Cow::Borrowed(f.text.as_bytes()))))
}

/// Whether a function of a file has no body and is linked to no other.
fn wants_assembly(file: &File) -> bool {
    let linked = |name: Symbol| {
        let mut links = file.directives.iter().filter(|d| d.name == "go:linkname");
        links.any(|d| d.args.split_whitespace().next() == Some(name.as_str()))
    };
    let bodyless = |d: &Decl| matches!(d, Decl::Func(f) if f.body.is_none() && !linked(f.name.name));
    file.decls.iter().any(bodyless)
}

/// Bytes as text; what is not UTF-8 is replaced.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    // Quicker than `from_utf8_lossy`, which looks at each character.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

impl Loader {
    fn new(dir: &Path, options: Options) -> Result<Loader> {
        let modules = if dir.is_dir() { Modules::find(dir, options.modules.as_deref())? } else { None };
        Ok(Loader {
            program: Program {
                packages: Vec::new(),
                sources: SourceMap::default(),
                diagnostics: Vec::new(),
                errors: Vec::new(),
                headings: Vec::new(),
                no_main: None,
                nodes: 0,
                roots: Vec::new(),
                covered: Vec::new(),
                build_info: String::new(),
                bodyless: options.bodyless,
                godebug: String::new(),
                starts_itself: false,
                helper: Helper::start(),
            },
            modules,
            options,
            states: HashMap::new(),
            names: HashMap::new(),
            next_node: 0,
            named_files: None,
            imports: Vec::new(),
            tested: None,
            stack: Vec::new(),
            library: HashSet::new(),
            used_modules: BTreeSet::new(),
            imported_at: Pos::NONE,
            embedder: Embedder::default(),
        })
    }

    /// Puts the packages into the order in which they are initialised: of those whose imports are, the one whose path comes first.
    fn finish(self) -> Result<Program> {
        let mut program = self.program;
        program.nodes = self.next_node;
        let mut left = std::mem::take(&mut program.packages);
        // The runtime serves the others' initialisation; the main package stays last.
        let (mut done, main) = (HashSet::new(), left.pop());
        let mut imports = self.imports;
        let known: HashSet<String> = left.iter().map(|p| p.path.clone()).collect();
        while !left.is_empty() {
            let ready = |i: &usize| imports[*i].iter().all(|m| done.contains(m) || !known.contains(m));
            let next = (0..left.len())
                .filter(ready)
                .min_by(|&a, &b| left[a].path.cmp(&left[b].path))
                // Only cycles, which have been reported.
                .unwrap_or(0);
            imports.remove(next);
            let package = left.remove(next);
            done.insert(package.path.clone());
            program.packages.push(package);
        }
        program.packages.extend(main);
        Ok(program)
    }

    /// Writes down where the program comes from.
    fn build_info(&mut self, path: &str) {
        let mut text = format!("path\t{path}\n");
        if let Some(m) = self.modules.as_ref().filter(|m| m.path != "std") {
            text += &format!("mod\t{}\t(devel)\t\n", m.path);
        }
        for m in &self.used_modules {
            text += &m.line();
        }
        self.program.build_info = text;
        let named = |p: &&Source| p.path == "main" || self.tested.as_ref().is_some_and(|t| t.path == p.path);
        let files = self.program.packages.iter().filter(named).flat_map(Source::files);
        let lines = files.flat_map(|f| &f.directives).filter(|d| d.name == "go:debug");
        self.program.godebug = lines.map(|d| d.args.as_str()).collect::<Vec<_>>().join(",");
    }

    /// Whether the tests of a package may start their own program again: the program can start others, and what is not the library
    /// mentions the program's file. To be wrong costs the time that an executable takes.
    fn starts_itself(&self, package: &Package) -> bool {
        let external = format!("{}_test", package.path);
        let own = |path: &String| *path == package.path || *path == external || !self.library.contains(path);
        let files = || {
            let files = self.program.headings.iter().zip(&self.program.sources.files);
            files.filter(|(path, _)| own(path)).map(|(_, file)| &file.text)
        };
        let any = |words: &[&str]| files().any(|text| words.iter().any(|w| text.contains(w)));
        let starts = self.states.contains_key("os/exec")
            || any(&["StartProcess(", "ForkExec(", "syscall.Exec(", "unix.Exec("]);
        starts && any(&["os.Args", ".Executable(", ".Executable)", "/proc/self/exe"])
    }

    /// Adds the blocks of packages that are to be counted, but are not part of the program.
    fn cover_rest(&mut self) -> Result<()> {
        let Some(cover) = self.options.cover.clone() else { return Ok(()) };
        for path in &cover.packages {
            if self.program.covered.iter().all(|c| c.path != *path) {
                for package in packages::find(std::slice::from_ref(path), &self.options)? {
                    self.program.covered.push(coverage::unlinked(&package, cover.mode)?);
                }
            }
        }
        self.program.covered.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(())
    }

    /// What the test files of a loaded package declare.
    fn found(&mut self, path: &str) -> test_main::Found {
        let files = self.program.packages.iter().rfind(|p| p.path == path).map_or(&[][..], Source::files);
        test_main::scan(files, &self.program.sources, &mut self.program.diagnostics)
    }

    /// Loads a package that the command line names; `path` is its name in the program.
    fn root(&mut self, root: &Package, path: &str) -> Result<()> {
        // The runtime's Go part belongs to every program.
        self.import("runtime", Pos::NONE)?;
        if self.states.contains_key(&root.path) {
            return Ok(());
        }
        self.imported_at = Pos::NONE;
        self.named_files = (root.path == COMMAND_LINE).then(|| root.path.clone());
        self.states.insert(root.path.clone(), State::Loading);
        self.package(path, &root.path, Origin::Files(root.files.clone()), root.version)?;
        self.states.insert(root.path.clone(), State::Done);
        Ok(())
    }

    /// The chain of imports that leads to the current package, the first line of an error about it.
    fn chain(&self) -> String {
        let mut text = String::new();
        for (i, (path, _)) in self.stack.iter().enumerate() {
            if i == 0 {
                text += &format!("package {path}");
            } else {
                text += &format!("\n\timports {path} from {}", self.stack[i - 1].1);
            }
        }
        text
    }

    /// Loads an imported package and, before it, what it imports.
    fn import(&mut self, path: &str, pos: Pos) -> Result<()> {
        let importer = self.stack.last().map(|s| s.0.clone()).unwrap_or_default();
        if path == "unsafe" {
            return Ok(());
        }
        let bundled = escargo_std::package(path);
        if self.crosses_internal(path, &importer) {
            let at = self.position(pos);
            let message = format!("{}\n\t{at}use of internal package {path} not allowed", self.chain());
            self.program.errors.push(message);
            return Ok(());
        }
        match self.states.get(path) {
            Some(State::Done) => {
                self.not_a_program(path, pos);
                return Ok(());
            }
            Some(State::Loading) => {
                let from = self.stack.last().map(|s| s.1.clone()).unwrap_or_default();
                let message =
                    format!("{}\n\timports {path} from {from}: import cycle not allowed", self.chain());
                self.program.errors.push(message);
                return Ok(());
            }
            None => {}
        }
        self.states.insert(path.to_owned(), State::Loading);
        self.imported_at = pos;
        if let Some(p) = self.tested.clone().filter(|p| p.path == path) {
            let files = p.files.iter().chain(&p.test_files).cloned().collect();
            let origin = self.own_files(&p.dir, files)?;
            self.package(path, path, origin, p.version)?;
        } else if let Some(source) = self.embedder.package(path) {
            let source = source.to_owned();
            self.package(path, path, Origin::Text("embedded.go", source), DEFAULT_VERSION)?;
        } else if path == "plugin" {
            self.error(pos, "package plugin is not supported: programs are linked as a whole".into());
        } else if let Some(files) = bundled {
            self.package(path, path, Origin::Bundled(files), DEFAULT_VERSION)?;
        } else {
            self.import_folder(path, pos, &importer)?;
        }
        self.states.insert(path.to_owned(), State::Done);
        self.not_a_program(path, pos);
        Ok(())
    }

    /// Files of the package under test, which may be one of Go's library.
    fn own_files(&self, dir: &Path, files: Vec<PathBuf>) -> Result<Origin> {
        Ok(match self.modules.as_ref().is_some_and(|m| m.path == "std") {
            true => Origin::Library(files, library_platform(dir, &self.options.tags)?),
            false => Origin::Files(files),
        })
    }

    /// Loads an imported package of a module, or of Go's own library.
    fn import_folder(&mut self, path: &str, pos: Pos, importer: &str) -> Result<()> {
        let malformed = if path.trim_start_matches('/').contains("//") {
            Some("double slash")
        } else {
            path.ends_with('/').then_some("trailing slash")
        };
        if let Some(why) = malformed {
            self.error(pos, format!("malformed import path {path:?}: {why}"));
            return Ok(());
        }
        let in_std = !path.split('/').next().is_some_and(|first| first.contains('.'));
        let found = match &self.modules {
            Some(m) => m.resolve(path, if importer == COMMAND_LINE { &m.path } else { importer }),
            None if in_std => Found::Missing(not_in_std(path)),
            None => Found::Missing(format!(
                "no required module provides package {path}: go.mod file not found in current directory or any parent directory; see 'go help modules'"
            )),
        };
        match found {
            Found::Folder(dir, _) if self.modules.as_ref().is_some_and(|m| m.path == "std") => {
                let platform = library_platform(&dir, &self.options.tags)?;
                let files =
                    go_files(&dir, &platform, false).with_context(|| format!("reading {}", dir.display()))?;
                self.package(path, path, Origin::Library(files, platform), DEFAULT_VERSION)
            }
            Found::Folder(dir, version) => {
                self.used_modules.extend(self.modules.as_ref().and_then(|m| m.module_of(path)));
                let files = go_files(&dir, &Platform::new(&self.options.tags, true), false)
                    .with_context(|| format!("reading {}", dir.display()))?;
                self.package_of(path, &dir, Origin::Files(files), version)
            }
            Found::Missing(_) if path.starts_with("./") || path.starts_with("../") => {
                let why = "is relative, but relative import paths are not supported in module mode";
                self.error(pos, format!("{path:?} {why}"));
                Ok(())
            }
            Found::Missing(_) if path.starts_with('/') => {
                self.error(pos, "cannot import absolute path".into());
                Ok(())
            }
            Found::Missing(message) => {
                if let Some(dir) = self.library_folder(path) {
                    let platform = library_platform(&dir, &self.options.tags)?;
                    let files = go_files(&dir, &platform, false)
                        .with_context(|| format!("reading {}", dir.display()))?;
                    return self.package(path, path, Origin::Library(files, platform), DEFAULT_VERSION);
                }
                match go_root()
                    .filter(|_| message == not_in_std(path) && self.options.library == Library::Auto)
                {
                    Some(root) => {
                        let dir = root.join("src").join(path);
                        self.error(pos, format!("{message} ({})", dir.display()));
                    }
                    None => self.error(pos, message),
                }
                Ok(())
            }
        }
    }

    /// A package of a module, whose folder may turn out to hold nothing for this platform.
    fn package_of(&mut self, path: &str, dir: &Path, origin: Origin, version: (u32, u32)) -> Result<()> {
        let before = self.program.packages.len() + self.program.errors.len();
        self.package(path, path, origin, version)?;
        if self.program.packages.len() + self.program.errors.len() == before {
            let chain = self.chain();
            let message = format!(
                "{chain}\n\timports {path}: build constraints exclude all Go files in {}",
                dir.display()
            );
            self.program.errors.push(message);
        }
        Ok(())
    }

    /// Complains of the import of a package main.
    fn not_a_program(&mut self, path: &str, pos: Pos) {
        // Its own tests may import it.
        let tested = self.tested.as_ref().is_some_and(|t| t.path == path);
        if !tested && self.names.get(path).is_some_and(|n| n == "main") {
            self.error(pos, format!("import {path:?} is a program, not an importable package"));
        }
    }

    /// Whether an import leaves the tree that an `internal` folder belongs to.
    fn crosses_internal(&self, path: &str, importer: &str) -> bool {
        let Some(at) = path.split('/').position(|p| p == "internal") else { return false };
        // The library is one tree, and what the command generates may import anything.
        let generated =
            self.tested.is_some() && importer == "main" || self.embedder.package(importer).is_some();
        if importer.is_empty() || generated || self.library.contains(importer) {
            return false;
        }
        let parent = path.split('/').take(at).collect::<Vec<_>>().join("/");
        let importer = match &self.modules {
            // Go's own two modules are one tree, too.
            Some(m) if matches!(m.path.as_str(), "std" | "cmd") => return false,
            Some(m) if importer == COMMAND_LINE => m.path.as_str(),
            _ => importer,
        };
        parent.is_empty() || below(importer, &parent).is_none()
    }

    /// `file:line:column: `, or nothing.
    fn position(&self, pos: Pos) -> String {
        let located = self.program.sources.locate(pos);
        located.map_or(String::new(), |l| format!("{}: ", l.to_string().trim_start_matches("./")))
    }

    /// Something that keeps the program from being checked.
    fn error(&mut self, pos: Pos, message: String) {
        let text = self.position(pos) + &message;
        self.program.errors.push(text);
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

    /// Parses a package and loads what it imports. `path` is its name in the program, `heading` its import path.
    fn package(&mut self, path: &str, heading: &str, origin: Origin, version: (u32, u32)) -> Result<()> {
        // A folder's files may exclude themselves by constraints; files named on the command line may not. Bundled packages
        // bind runtime functions by declarations without bodies.
        let own = matches!(origin, Origin::Files(_));
        if matches!(origin, Origin::Bundled(_) | Origin::Library(..)) {
            self.library.insert(path.to_owned());
        }
        let covered = self.options.cover.as_ref();
        let covered = covered.filter(|c| c.packages.iter().any(|p| p == heading)).map(|c| c.mode);
        let go = self.modules.as_ref().is_some_and(|m| matches!(m.path.as_str(), "std" | "cmd"));
        let complete = own && !go;
        let postponed = escargo_types::may_postpone(path, complete) && covered.is_none();
        let may_exclude = self.named_files.as_deref() != Some(heading);
        let platform = match &origin {
            Origin::Library(_, platform) => platform.clone(),
            _ => Platform::new(&self.options.tags, true),
        };
        let mut dir = None;
        let additions = match origin {
            Origin::Library(..) | Origin::Files(_) => escargo_std::additions(path),
            _ => Vec::new(),
        };
        // Asking for Go's root may start a process.
        let root = if go && matches!(origin, Origin::Bundled(_)) { go_root() } else { None };
        let left_out: Vec<PathBuf> = root.map_or_else(Vec::new, |root| {
            let names = escargo_std::left_out(path).iter();
            names.map(|name| root.join("src").join(path).join(name)).collect()
        });
        let texts: Vec<(String, Cow<'static, [u8]>)> = match origin {
            Origin::Bundled(files) => embedded(path, files)
                .chain(left_out.into_iter().map(|p| {
                    let bytes = std::fs::read(&p).with_context(|| format!("reading {}", p.display()))?;
                    Ok((display_name(&p), bytes.into()))
                }))
                .collect::<Result<_>>()?,
            Origin::Files(paths) | Origin::Library(paths, _) => {
                dir = paths.first().and_then(|p| p.parent()).map(Path::to_owned);
                paths
                    .into_iter()
                    .map(|p| {
                        let bytes = std::fs::read(&p)
                            .map_err(|e| anyhow::anyhow!("open {}: {}", p.display(), plain(&e)))?;
                        Ok((display_name(&p), bytes.into()))
                    })
                    .chain(embedded(path, additions))
                    .collect::<Result<_>>()?
            }
            Origin::Text(name, text) => vec![(name.to_owned(), text.into_bytes().into())],
        };
        self.stack.push((heading.to_owned(), String::new()));
        let mut files: Vec<File> = Vec::new();
        let mut file_names = Vec::new();
        let mut indices = Vec::new();
        let mut has_syntax_errors = false;
        // What is embedded is put into the trees here.
        let embeds = |t: &(String, Cow<[u8]>)| text_of(&t.1).contains("//go:embed");
        let embedding = dir.is_some() && texts.iter().any(embeds);
        // A tested package's own files are searched for tests.
        let tested = self
            .tested
            .as_ref()
            .is_some_and(|t| path.strip_prefix(&t.path).is_some_and(|s| matches!(s, "" | "_test")));
        let later = postponed && self.library.contains(path) && !embedding && !tested;
        for (name, bytes) in texts {
            // A malformed constraint is the parser's to report.
            if may_exclude
                && let Ok(Some(constraint)) = build_constraint::constraint_of(&text_of(&bytes))
                && !constraint.eval(&|t| platform.has(t))
            {
                continue;
            }
            let base = name.rsplit('/').next().unwrap_or(&name).to_owned();
            let index = self.program.sources.add_bytes(name, bytes).map_err(anyhow::Error::msg)?;
            self.program.headings.push(heading.to_owned());
            // The checker parses the library when it needs it.
            let source = &self.program.sources.files[index];
            let (file, diagnostics) = if later {
                (escargo_syntax::parse_imports(source), Vec::new())
            } else if postponed {
                escargo_syntax::parse_declarations(source, &mut self.next_node)
            } else {
                escargo_syntax::parse_file(&self.program.sources, index, &mut self.next_node)
            };
            if complete {
                self.program.diagnostics.extend(escargo_syntax::directives::reserved(&file));
            }
            has_syntax_errors |= escargo_types::has_syntax_errors(&diagnostics);
            self.program.diagnostics.extend(diagnostics);
            files.push(file);
            file_names.push(base);
            indices.push(index);
        }
        if let Some(dir) = dir.map(|d| if d.as_os_str().is_empty() { PathBuf::from(".") } else { d }) {
            if own {
                self.check_folder(heading, &dir, &files, &file_names, may_exclude, complete);
            }
            if !has_syntax_errors {
                self.embed(&dir, &mut files)?;
                if let Some(mode) = covered {
                    self.cover(heading, mode, &dir, &mut files, &mut file_names, &indices)?;
                }
            }
        }
        if let Some(f) = files.first() {
            self.names.insert(heading.to_owned(), f.package.name.as_str().to_owned());
        }
        let files: Vec<Rc<File>> = files.into_iter().map(Rc::new).collect();
        let mut imports = HashSet::new();
        for (file, name) in files.iter().zip(file_names) {
            if let Some(top) = self.stack.last_mut() {
                top.1 = name;
            }
            for (import, pos) in escargo_types::imports_of(file) {
                self.import(&import, pos)?;
                imports.insert(import);
            }
        }
        self.stack.pop();
        if files.is_empty() {
            return Ok(());
        }
        let go_version = self.options.lang.filter(|_| path == "main").unwrap_or(version);
        let (files, later) = if later { (OnceCell::new(), indices) } else { (files.into(), Vec::new()) };
        let source = Source { path: path.to_owned(), files, later, go_version, has_syntax_errors, complete };
        self.program.packages.push(source);
        self.imports.push(imports);
        Ok(())
    }

    /// Complains of a folder whose files do not make a package.
    fn check_folder(
        &mut self,
        heading: &str,
        dir: &Path,
        files: &[File],
        names: &[String],
        whole: bool,
        complete: bool,
    ) {
        if !whole || files.is_empty() {
            return;
        }
        let shown = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        let first = files[0].package.name;
        let other = files.iter().position(|f| f.package.name != first && f.package.name.as_str() != "_");
        if let Some(other) = other {
            let message = format!(
                "found packages {} ({}) and {} ({}) in {}",
                first.as_str(),
                names[0],
                files[other].package.name.as_str(),
                names[other],
                shown.display()
            );
            self.error(self.imported_at, message);
        }
        // Without functions that stand in them, such files are there for other compilers, or for nothing but linknames.
        let platform = Platform::new(&self.options.tags, true);
        if complete
            && files.iter().any(wants_assembly)
            && let Some(name) = assembly(dir, &platform)
        {
            self.program.errors.push(format!("package {heading}: {name}: assembly files are not supported"));
        }
    }

    /// Gives a package counters.
    fn cover(
        &mut self,
        path: &str,
        mode: Mode,
        dir: &Path,
        files: &mut Vec<File>,
        names: &mut Vec<String>,
        indices: &[usize],
    ) -> Result<()> {
        let name = |n: &String| (!n.ends_with("_test.go")).then(|| coverage::file_name(path, &dir.join(n)));
        let shown: Vec<Option<String>> = names.iter().map(name).collect();
        if files.is_empty() || shown.iter().all(Option::is_none) {
            return Ok(());
        }
        let sources = &self.program.sources;
        let (covered, text) =
            coverage::instrument(path, mode, files, &shown, indices, sources, &mut self.next_node);
        self.program.covered.push(covered);
        let index = self.program.sources.add("cover.go", text).map_err(anyhow::Error::msg)?;
        self.program.headings.push(path.to_owned());
        files.push(escargo_syntax::parse_file(&self.program.sources, index, &mut self.next_node).0);
        names.push("cover.go".into());
        Ok(())
    }

    /// Gives the variables of `//go:embed` directives their values.
    fn embed(&mut self, dir: &Path, files: &mut [File]) -> Result<()> {
        for i in 0..files.len() {
            if has_embeds(&files[i]) {
                let found = self.embedder.find(dir, files, i);
                for (pos, message) in found.errors {
                    self.error(pos, message);
                }
                self.program.diagnostics.extend(found.diagnostics);
                for value in found.values {
                    let index = self
                        .program
                        .sources
                        .add("embedded", value.source.clone())
                        .map_err(anyhow::Error::msg)?;
                    self.program.headings.push(String::new());
                    let (parsed, _) =
                        escargo_syntax::parse_file(&self.program.sources, index, &mut self.next_node);
                    value.splice(&mut files[i], parsed);
                }
            }
        }
        Ok(())
    }
}

fn has_embeds(file: &File) -> bool {
    file.decls.iter().any(|d| matches!(d, Decl::Var(v) if !v.directives.is_empty()))
}
