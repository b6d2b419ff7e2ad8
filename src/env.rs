//! `escargo env`: the variables that the command and the runtime look at, in the go command's format.

use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::Result;

use crate::args::EnvArgs;

static TARGET: OnceLock<&'static str> = OnceLock::new();

/// Sets the architecture that is compiled for, in Go's words. To be called once, before packages are loaded.
pub fn compile_for(goarch: &'static str) {
    TARGET.get_or_init(|| goarch);
}

/// The architecture that is compiled for, in Go's words.
pub fn target_arch() -> &'static str {
    TARGET.get().copied().unwrap_or_else(goarch)
}

/// Where files are kept that can be made again: `ESCARGO_CACHE`, else `escargo` in the user's cache folder. None if there is none, or
/// `ESCARGO_CACHE` is `off`.
pub fn cache_folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(folder) = variable("ESCARGO_CACHE") {
        return (folder.as_os_str() != "off").then_some(folder);
    }
    let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")))?;
    Some(cache.join("escargo"))
}

/// The architecture in Go's words.
pub fn goarch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

pub fn env(args: &EnvArgs) -> Result<i32> {
    let from_environment =
        |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let (major, minor) = crate::load::DEFAULT_VERSION;
    let path = |p: Option<PathBuf>| p.map_or(String::new(), |p| p.display().to_string());
    let here = std::env::current_dir()?;
    let above = |name: &str| here.ancestors().map(|d| d.join(name)).find(|f| f.is_file());
    let work = match std::env::var("GOWORK") {
        Ok(v) if !v.is_empty() => v,
        _ => path(above("go.work")),
    };
    let vars = [
        ("CC", from_environment("CC", "cc")),
        ("ESCARGO_CACHE", cache_folder().map_or("off".to_owned(), |c| c.display().to_string())),
        ("GOARCH", std::env::var("GOARCH").unwrap_or_else(|_| goarch().to_owned())),
        ("GODEBUG", from_environment("GODEBUG", "")),
        ("GOFLAGS", from_environment("GOFLAGS", "")),
        ("GOGC", from_environment("GOGC", "")),
        ("GOHOSTARCH", goarch().to_owned()),
        ("GOHOSTOS", std::env::consts::OS.to_owned()),
        ("GOMAXPROCS", from_environment("GOMAXPROCS", "")),
        ("GOMEMLIMIT", from_environment("GOMEMLIMIT", "")),
        ("GOMOD", above("go.mod").map_or("/dev/null".to_owned(), |f| f.display().to_string())),
        ("GOMODCACHE", path(crate::module::cache())),
        ("GOOS", std::env::var("GOOS").unwrap_or_else(|_| std::env::consts::OS.to_owned())),
        ("GOROOT", path(crate::constraints::go_root().map(Into::into))),
        ("GOVERSION", format!("go{major}.{minor}")),
        ("GOWORK", work),
    ];
    if !args.names.is_empty() {
        for name in &args.names {
            println!("{}", vars.iter().find(|v| v.0 == name).map_or("", |v| &v.1));
        }
    } else if args.json {
        let map: serde_json::Map<String, serde_json::Value> =
            vars.iter().map(|(k, v)| ((*k).to_owned(), v.clone().into())).collect();
        println!("{}", serde_json::to_string_pretty(&map)?);
    } else {
        for (name, value) in &vars {
            println!("{name}='{value}'");
        }
    }
    Ok(0)
}
