//! Which files of a folder belong to a package: build constraints, and how Go's own library is built.
//!
//! In: folders, build tags. Out: files. Requires: a Go installation, for its library alone.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use escargo_syntax::build_constraint;

use crate::load::{DEFAULT_VERSION, parse_version};

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
    pub fn has(&self, name: &str) -> bool {
        name == "linux"
            || name == "unix"
            || self.arch && name == crate::env::target_arch()
            || name == "escargo"
            || self.tags.iter().any(|t| t == name)
            || name.strip_prefix("go").and_then(parse_version).is_some_and(|v| v <= DEFAULT_VERSION)
    }
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

/// What build constraints hold for the files of a folder of a module.
pub fn platform_of(module: &str, dir: &Path, tags: &[String]) -> Result<Platform> {
    if module == "std" { library_platform(dir, tags) } else { Ok(Platform::new(tags, true)) }
}

/// The first file of a folder that would be assembled.
pub fn assembly(dir: &Path, platform: &Platform) -> Option<String> {
    let applies = |name: &String| {
        let Some(stem) = name.strip_suffix(".s").filter(|s| !s.starts_with(['_', '.'])) else { return false };
        let text = || std::fs::read(dir.join(name)).unwrap_or_default();
        build_constraint::file_name_matches(&format!("{stem}.go"), &|t| platform.has(t))
            && build_constraint::constraint_of(&String::from_utf8_lossy(&text()))
                .is_ok_and(|c| c.is_none_or(|c| c.eval(&|t| platform.has(t))))
    };
    let names = std::fs::read_dir(dir).ok()?.filter_map(|e| e.ok()?.file_name().into_string().ok());
    names.filter(applies).min()
}

/// How Go's library is built for a package: in pure Go. Where it has assembly, the files for compilers without are taken,
/// where that is for this architecture, those for architectures without.
pub fn library_platform(dir: &Path, tags: &[String]) -> Result<Platform> {
    let mut tags = tags.to_vec();
    tags.extend(["purego", "math_big_pure_go", "osusergo", "netgo"].map(str::to_owned));
    let mut platform = Platform::new(&tags, true);
    let mut assembly = false;
    for entry in std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let Some(stem) = name.strip_suffix(".s") else { continue };
        let as_go = format!("{stem}.go");
        assembly = true;
        platform.arch &= !build_constraint::file_name_matches(&as_go, &|t| platform.has(t));
    }
    if !assembly {
        platform.tags.push("gc".to_owned());
    }
    Ok(platform)
}
