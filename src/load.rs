//! Finds and parses the packages of a program.
//!
//! In: files or a package folder from the command line. Out: packages in dependency order, parsed, the main one last, and
//! the sources. Requires: nothing. Guarantees: each file is read once; mistakes are diagnostics in the go command's words.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use escargo_syntax::build_constraint;
use escargo_syntax::{Diagnostic, Pos, SourceMap};
use escargo_types::Source;

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
struct Module {
    root: PathBuf,
    path: String,
    version: (u32, u32),
}

impl Module {
    fn find(dir: &Path) -> Result<Option<Module>> {
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
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Loading,
    Done,
}

struct Loader {
    program: Program,
    module: Option<Module>,
    tags: Vec<String>,
    lang: Option<(u32, u32)>,
    states: HashMap<String, State>,
    next_node: u32,
    /// The main package was given by its files, not by its folder.
    named_files: bool,
}

/// Splits `run`'s arguments into what names the package and the program's own arguments: leading Go files, or one folder.
pub fn split_args(rest: &[String]) -> (&[String], &[String]) {
    let files = rest.iter().take_while(|a| a.ends_with(".go")).count();
    rest.split_at(files.max(1))
}

/// Loads the program that the command-line arguments name, with everything it imports.
pub fn load(targets: &[String], tags: Vec<String>, lang: Option<(u32, u32)>) -> Result<Program> {
    let files: Vec<PathBuf> = if targets.iter().all(|t| t.ends_with(".go")) {
        targets.iter().map(PathBuf::from).collect()
    } else {
        let [dir] = targets else {
            bail!("named files must all be in one directory; or give one package folder")
        };
        let path = Path::new(dir);
        if !path.is_dir() {
            bail!("package {dir} is not in std");
        }
        package_files(path, &tags).with_context(|| format!("reading {dir}"))?
    };
    if files.is_empty() {
        bail!("no Go files in {}", targets.join(" "));
    }
    let dir = files[0].parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let module = if dir.is_dir() { Module::find(dir)? } else { None };
    let mut loader = Loader {
        program: Program {
            packages: Vec::new(),
            sources: SourceMap::default(),
            diagnostics: Vec::new(),
            incomplete: false,
        },
        module,
        tags,
        lang,
        states: HashMap::new(),
        next_node: 0,
        named_files: targets[0].ends_with(".go"),
    };
    // The runtime's Go part belongs to every program.
    loader.import("runtime", Pos::NONE)?;
    let version = loader.module.as_ref().map_or(DEFAULT_VERSION, |m| m.version);
    loader.package("main", Origin::Files(files), version)?;
    Ok(loader.program)
}

/// The Go files of a folder that belong to its package on this platform.
fn package_files(dir: &Path, tags: &[String]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        let hidden = name.starts_with(['.', '_']);
        if !hidden
            && name.ends_with(".go")
            && !name.ends_with("_test.go")
            && build_constraint::file_name_matches(name, &|t| tag(t, tags))
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a build tag holds.
fn tag(name: &str, extra: &[String]) -> bool {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    name == "linux"
        || name == "unix"
        || name == arch
        || name == "escargo"
        || extra.iter().any(|t| t == name)
        || name.strip_prefix("go").and_then(parse_version).is_some_and(|v| v <= DEFAULT_VERSION)
}

impl Loader {
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
        if let Some(files) = escargo_std::package(path) {
            self.package(path, Origin::Bundled(files), DEFAULT_VERSION)?;
        } else if let Some((dir, version)) = self.module_folder(path) {
            let files =
                package_files(&dir, &self.tags).with_context(|| format!("reading {}", dir.display()))?;
            if files.is_empty() {
                self.missing(pos, format!("no Go files in {}", dir.display()));
            } else {
                self.package(path, Origin::Files(files), version)?;
            }
        } else if path.split('/').next().is_some_and(|first| first.contains('.')) {
            self.missing(
                pos,
                format!("no required module provides package {path}; to add it:\n\tgo get {path}"),
            );
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

    /// The folder of a package of the main module or of its vendor folder.
    fn module_folder(&self, path: &str) -> Option<(PathBuf, (u32, u32))> {
        let module = self.module.as_ref()?;
        let inside =
            if path == module.path { Some("") } else { path.strip_prefix(&module.path)?.strip_prefix('/') };
        let dir = match inside {
            Some(rest) => module.root.join(rest),
            None => module.root.join("vendor").join(path),
        };
        dir.is_dir().then_some((dir, module.version))
    }

    fn package(&mut self, path: &str, origin: Origin, version: (u32, u32)) -> Result<()> {
        // A folder's files may exclude themselves by constraints; files named on the command line may not. Bundled packages
        // bind runtime functions by declarations without bodies.
        let complete = matches!(origin, Origin::Files(_));
        let may_exclude = !(path == "main" && self.named_files);
        let texts: Vec<(String, Vec<u8>)> = match origin {
            Origin::Bundled(files) => files
                .into_iter()
                .filter(|f| build_constraint::file_name_matches(f.name, &|t| tag(t, &self.tags)))
                .map(|f| (format!("$GOROOT/src/{path}/{}", f.name), f.text.into()))
                .collect(),
            Origin::Files(paths) => paths
                .into_iter()
                .map(|p| {
                    let bytes = std::fs::read(&p)
                        .map_err(|e| anyhow::anyhow!("open {}: {}", p.display(), plain(&e)))?;
                    Ok((display_name(&p), bytes))
                })
                .collect::<Result<_>>()?,
        };
        let mut files = Vec::new();
        let mut has_syntax_errors = false;
        for (name, bytes) in texts {
            let index = self.program.sources.add_bytes(name, &bytes).map_err(anyhow::Error::msg)?;
            if may_exclude {
                let text = &self.program.sources.files[index].text;
                // A malformed constraint is the parser's to report.
                if let Ok(Some(constraint)) = build_constraint::constraint_of(text)
                    && !constraint.eval(&|t| tag(t, &self.tags))
                {
                    continue;
                }
            }
            let (file, diagnostics) =
                escargo_syntax::parse_file(&mut self.program.sources, index, &mut self.next_node);
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
        let go_version = self.lang.filter(|_| path == "main").unwrap_or(version);
        let source = Source { path: path.to_owned(), files, go_version, has_syntax_errors, complete };
        self.program.packages.push(source);
        Ok(())
    }
}

/// An error of the operating system without Rust's "(os error 2)", in lower case as Go prints it.
fn plain(e: &std::io::Error) -> String {
    let text = e.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// As the go command prints file names: relative to the working directory, with a leading `./`.
fn display_name(path: &Path) -> String {
    let text = path.to_string_lossy();
    if path.is_absolute() || text.starts_with("./") || text.starts_with("../") {
        text.into_owned()
    } else {
        format!("./{text}")
    }
}
