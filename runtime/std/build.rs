//! Lists the Go files under src/go and src/additions in tables that the crate embeds.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn collect(dir: &Path, out: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, out)?;
        } else if path.extension().is_some_and(|e| e == "go") {
            out.push(path);
        }
    }
    Ok(())
}

/// Writes a table of the files below a folder.
fn table(root: &Path, name: &str, out: &mut String) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(root, &mut files)?;
    // By package, then by name: the look-up is a binary search over packages.
    files.sort_by_key(|f| {
        (f.parent().map(|p| p.to_string_lossy().into_owned()), f.file_name().map(|n| n.to_owned()))
    });
    writeln!(out, "static {name}: &[(&str, &str, &str)] = &[").expect("writing to a string succeeds");
    for file in &files {
        println!("cargo:rerun-if-changed={}", file.display());
        let name = file.file_name().expect("a file has a name").to_string_lossy();
        let package =
            file.parent().and_then(|p| p.strip_prefix(root).ok()).expect("files lie under the root");
        let package = package.to_string_lossy();
        writeln!(out, "    ({package:?}, {name:?}, include_str!({file:?})),")
            .expect("writing to a string succeeds");
    }
    out.push_str("];\n");
    Ok(())
}

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let mut tables = String::new();
    table(&manifest.join("src/go"), "FILES", &mut tables)?;
    table(&manifest.join("src/additions"), "ADDITIONS", &mut tables)?;
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("files.rs"), tables)
}
