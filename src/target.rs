//! What is compiled for: `--target`, or GOOS and GOARCH, or this machine.

use anyhow::{Result, bail};
use escargo_clif::Format;

/// An architecture and an operating system's object format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Platform {
    arch: &'static str,
    format: Format,
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.triple())
    }
}

impl Platform {
    /// `arch-...-os` as Rust and LLVM say it, or `os/arch` as Go does; none: GOOS and GOARCH, else this machine.
    pub fn new(target: Option<&str>) -> Result<Platform> {
        let variable = |name: &str, default: &str| match std::env::var(name) {
            Ok(v) if !v.is_empty() => v,
            _ => default.to_owned(),
        };
        let target = match target {
            Some(t) => t.to_owned(),
            None => format!("{}/{}", variable("GOOS", "linux"), variable("GOARCH", crate::env::goarch())),
        };
        let (arch, os) = match target.split_once('/') {
            Some((os, arch)) => (arch, os),
            None => match target.split_once('-') {
                Some((arch, rest)) => (arch, rest),
                None => bail!(
                    "unknown target {target:?}: should be something like aarch64-unknown-linux-gnu or linux/arm64"
                ),
            },
        };
        let arch = match arch {
            "x86_64" | "amd64" => "x86_64",
            "aarch64" | "arm64" => "aarch64",
            _ => bail!("unsupported GOOS/GOARCH pair {target}: code is made for x86_64 and aarch64"),
        };
        let has = |names: &[&str]| names.iter().any(|n| os.contains(n));
        let format = if has(&["linux"]) {
            Format::Elf
        } else if has(&["darwin", "macos"]) {
            Format::MachO
        } else if has(&["windows"]) {
            Format::Coff
        } else {
            bail!(
                "unsupported GOOS/GOARCH pair {target}: object files are made for linux, darwin and windows"
            )
        };
        Ok(Platform { arch, format })
    }

    pub fn arch(&self) -> &'static str {
        self.arch
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn goarch(&self) -> &'static str {
        if self.arch == "x86_64" { "amd64" } else { "arm64" }
    }

    /// Rust's name for it.
    pub fn triple(&self) -> String {
        let rest = match self.format {
            Format::Elf => "unknown-linux-gnu",
            Format::MachO => "apple-darwin",
            Format::Coff => "pc-windows-msvc",
        };
        format!("{}-{rest}", self.arch)
    }

    /// Whether this machine is one.
    pub fn is_native(&self) -> bool {
        self.format == Format::Elf && self.arch == std::env::consts::ARCH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_both_worlds_are_understood() {
        let name = |t: &str| Platform::new(Some(t)).map(|p| p.triple()).map_err(|e| e.to_string());
        assert_eq!(name("linux/arm64").as_deref(), Ok("aarch64-unknown-linux-gnu"));
        assert_eq!(name("x86_64-unknown-linux-gnu").as_deref(), Ok("x86_64-unknown-linux-gnu"));
        assert_eq!(name("darwin/arm64").as_deref(), Ok("aarch64-apple-darwin"));
        assert_eq!(name("x86_64-pc-windows-msvc").as_deref(), Ok("x86_64-pc-windows-msvc"));
        assert!(name("linux/riscv64").is_err() && name("plan9/amd64").is_err() && name("nonsense").is_err());
    }
}
