//! `escargo env`: the variables that the command and the runtime look at, in the go command's format.

use anyhow::Result;

use crate::args::EnvArgs;

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
    let vars = [
        ("GOARCH", goarch().to_owned()),
        ("GODEBUG", from_environment("GODEBUG", "")),
        ("GOGC", from_environment("GOGC", "")),
        ("GOHOSTARCH", goarch().to_owned()),
        ("GOHOSTOS", std::env::consts::OS.to_owned()),
        ("GOMAXPROCS", from_environment("GOMAXPROCS", "")),
        ("GOMEMLIMIT", from_environment("GOMEMLIMIT", "")),
        ("GOOS", std::env::consts::OS.to_owned()),
        ("GOROOT", from_environment("GOROOT", "")),
        ("GOVERSION", format!("go{major}.{minor}")),
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
