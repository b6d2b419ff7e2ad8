//! Builds the runtime as a static library for each target that Rust can build for here, and lets the command embed it: an
//! `escargo` that lies anywhere, alone, can link executables.
//!
//! The libraries are built by a cargo of their own, in the profile `runtime` (no unwinding, one unit, link-time
//! optimisation with Rust's library), which a dependency of the command could not have.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

fn main() {
    // The command's tables of addresses need not be relocated at each start.
    println!("cargo:rustc-link-arg-bins=-no-pie");
    let manifest = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(variable("OUT_DIR"));
    for path in ["runtime/rt/src", "runtime/rt/Cargo.toml", "runtime/abi", "Cargo.toml", "build.rs"] {
        println!("cargo:rerun-if-changed={}", manifest.join(path).display());
    }
    let mut table = String::from("pub static RUNTIMES: &[(&str, &str, &[u8])] = &[\n");
    for target in TARGETS {
        if target != variable("TARGET") && !is_installed(target) {
            continue;
        }
        let library = build(&manifest, &out, target);
        let bytes = fs::read(&library).unwrap_or_else(|e| panic!("{}: {e}", library.display()));
        let copy = out.join(format!("libescargo_rt-{target}.a"));
        fs::write(&copy, &bytes).unwrap_or_else(|e| panic!("{}: {e}", copy.display()));
        strip(&copy, target);
        let bytes = fs::read(&copy).unwrap_or_else(|e| panic!("{}: {e}", copy.display()));
        writeln!(table, "    ({target:?}, \"{:016x}\", include_bytes!({copy:?})),", hash(&bytes))
            .expect("writing to a string succeeds");
    }
    table.push_str("];\n");
    let file = out.join("runtimes.rs");
    fs::write(&file, table).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// Whether Rust's library for a target is there.
fn is_installed(target: &str) -> bool {
    let output =
        Command::new(variable("RUSTC")).args(["--print", "target-libdir", "--target", target]).output();
    let Ok(output) = output else { return false };
    let dir = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let mut files = fs::read_dir(dir).into_iter().flatten().flatten();
    output.status.success() && files.any(|f| f.file_name().to_string_lossy().starts_with("libstd-"))
}

fn build(manifest: &Path, out: &Path, target: &str) -> PathBuf {
    let dir = out.join("runtime");
    let mut cargo = Command::new(variable("CARGO"));
    cargo.current_dir(manifest).args([
        "rustc",
        "--quiet",
        "--locked",
        "--offline",
        "--lib",
        "-p",
        "escargo-rt",
    ]);
    cargo
        .args(["--profile", "runtime", "--crate-type", "staticlib", "--target", target, "--target-dir"])
        .arg(&dir);
    // Debuggers walk from deferred calls through the runtime's frames.
    cargo.args(["--", "-Cforce-unwind-tables=yes"]);
    // The library is the same whatever the command is built with.
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_TARGET",
        "CLIPPY_ARGS",
    ] {
        cargo.env_remove(name);
    }
    // Who builds incrementally wants to see a change soon.
    if env::var("CARGO_INCREMENTAL").is_ok_and(|v| v == "1") {
        for (name, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("INCREMENTAL", "true")] {
            cargo.env(format!("CARGO_PROFILE_RUNTIME_{name}"), value);
        }
    }
    let status = cargo.status().unwrap_or_else(|e| panic!("cannot run cargo: {e}"));
    assert!(status.success(), "building the runtime for {target} failed");
    dir.join(target).join("runtime/libescargo_rt.a")
}

/// Takes out the debug information of Rust's library, most of the bytes, where binutils are installed.
fn strip(library: &Path, target: &str) {
    let cross = format!("{}-linux-gnu-strip", target.split('-').next().unwrap_or(target));
    for program in [cross.as_str(), "llvm-strip", "strip"] {
        let output = Command::new(program).arg("-g").arg(library).output();
        if output.is_ok_and(|o| o.status.success()) {
            return;
        }
    }
}

/// FNV-1a, to name a library's contents.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
}
