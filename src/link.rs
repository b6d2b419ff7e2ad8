//! From an object file to an executable or a library, through the system's C compiler driver.
//!
//! In: an object file's bytes, a platform, `-ldflags`. Out: a file. Requires: a C compiler driver for the platform (`CC`, else `cc`, or the
//! GNU cross compiler). Guarantees: temporary files are removed; the result is written whole or not at all.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use escargo_ir::{Global, GlobalId, Layout, LayoutId, Module, Reloc, RelocTarget};

use crate::build::{beside, variable, write_whole};
use crate::target::Platform;

include!(concat!(env!("OUT_DIR"), "/runtimes.rs"));

/// What is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    #[default]
    Exe,
    Archive,
    Shared,
}

/// What `-ldflags` and `-buildmode` ask for.
#[derive(Clone, Default, Debug)]
pub struct Flags {
    pub mode: Mode,
    /// `-s`: no symbols.
    strip: bool,
    /// `-w`: no debug information.
    no_debug: bool,
    /// `-X name=text`.
    variables: Vec<(String, String)>,
    /// `-extldflags`: for the C compiler driver.
    external: Vec<String>,
}

impl Flags {
    pub fn parse(flags: &[String], mode: &str) -> Result<Flags, String> {
        let mut out = Flags::default();
        out.mode = match mode {
            "exe" | "default" | "pie" => Mode::Exe,
            "c-archive" => Mode::Archive,
            "c-shared" => Mode::Shared,
            _ => return Err(format!("unknown buildmode {mode:?}: exe, c-archive and c-shared are known")),
        };
        let mut words = flags.iter().flat_map(|f| split_quoted(f));
        while let Some(word) = words.next() {
            let name = word.trim_start_matches('-').to_owned();
            if name.len() == word.len() {
                return Err(format!("-ldflags: {word:?} is not a flag"));
            }
            let (name, value) = match name.split_once('=') {
                Some((n, v)) => (n.to_owned(), Some(v.to_owned())),
                None => (name, None),
            };
            match name.as_str() {
                "s" => (out.strip, out.no_debug) = (true, true),
                "w" => out.no_debug = true,
                "X" => {
                    let value = value.or_else(|| words.next()).unwrap_or_default();
                    let (name, text) = value
                        .split_once('=')
                        .ok_or("-X flag requires argument of the form importpath.name=value".to_owned())?;
                    out.variables.push((name.to_owned(), text.to_owned()));
                }
                "extldflags" => {
                    let value = value.or_else(|| words.next()).unwrap_or_default();
                    out.external.extend(split_quoted(&value));
                }
                "linkmode" | "buildid" => {
                    if value.is_none() {
                        words.next();
                    }
                }
                _ => return Err(format!("flag provided but not defined: -{name} (in -ldflags)")),
            }
        }
        Ok(out)
    }

    /// Whether there is to be debugging information.
    pub fn debug(&self) -> bool {
        !self.no_debug
    }

    /// `-X`: gives string variables without an initialiser a value. Names of nothing are passed over, as Go's linker does.
    pub fn set_variables(&self, module: &mut Module) -> Result<()> {
        for (name, text) in &self.variables {
            let Some(global) = variable(module, name) else { continue };
            let layout = global.layout;
            if module.layout(layout).size != 16 {
                bail!("main: {name}: cannot set with -X: not a var of type string");
            }
            let bytes = LayoutId(module.layouts.len() as u32);
            let size = text.len() as u64;
            module.add_layout(Layout { name: format!("-X {name}"), size, align: 1, ..Layout::default() });
            let data = GlobalId(module.globals.len() as u32);
            let global = variable(module, name).expect("it was there");
            global.data = [0, size].iter().flat_map(|w| w.to_le_bytes()).collect();
            global.relocs = vec![Reloc { offset: 0, target: RelocTarget::Global(data), addend: 0 }];
            module.add_global(Global {
                name: format!("-X {name}"),
                layout: bytes,
                readonly: true,
                data: text.clone().into_bytes(),
                relocs: Vec::new(),
                align: 1,
            });
        }
        Ok(())
    }
}

/// Words, of which some stand in quotes.
fn split_quoted(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '\'' | '"' => rest[1..].split_once(first).unwrap_or((&rest[1..], "")),
            _ => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// A folder for a link's files, removed when dropped.
struct Work(PathBuf);

impl Work {
    fn new() -> Result<Work> {
        let dir = std::env::temp_dir().join(format!("escargo-build{}", std::process::id()));
        std::fs::create_dir_all(&dir).with_context(|| format!("mkdir {}", dir.display()))?;
        Ok(Work(dir))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // What is left behind harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The runtime's library as a file: in the user's cache, or if that cannot be written among the link's files.
fn runtime(platform: &Platform, work: &Path) -> Result<PathBuf> {
    let triple = platform.triple();
    let Some((_, hash, bytes)) = RUNTIMES.iter().find(|r| r.0 == triple) else {
        bail!(
            "this escargo has no runtime for {triple}: install Rust's library for it (rustup target add {triple}) and build escargo again"
        );
    };
    let name = format!("libescargo_rt-{}-{hash}.a", platform.arch());
    if let Some(cache) = crate::env::cache_folder() {
        let path = cache.join(&name);
        let known = std::fs::metadata(&path).is_ok_and(|m| m.len() == bytes.len() as u64);
        if known || std::fs::create_dir_all(&cache).is_ok() && write_whole(&path, bytes).is_ok() {
            return Ok(path);
        }
    }
    let path = work.join(name);
    write_whole(&path, bytes)?;
    Ok(path)
}

/// The C compiler driver for a platform.
fn driver(platform: &Platform) -> Vec<String> {
    let own = format!("CC_{}", platform.triple().replace('-', "_"));
    let given = |name: &str| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    if let Some(cc) = given(&own).or_else(|| given("CC")) {
        return split_quoted(&cc);
    }
    vec![if platform.is_native() { "cc".to_owned() } else { format!("{}-linux-gnu-gcc", platform.arch()) }]
}

/// Links an object file with the runtime.
pub fn link(object: &[u8], output: &Path, platform: &Platform, flags: &Flags, print: bool) -> Result<()> {
    let work = Work::new()?;
    let file = work.0.join("go.o");
    std::fs::write(&file, object).with_context(|| format!("writing {}", file.display()))?;
    let runtime = runtime(platform, &work.0)?;
    let temporary = beside(output);
    let mut words = driver(platform);
    let program = words.remove(0);
    let mut cc = Command::new(&program);
    cc.args(words).arg("-o").arg(&temporary);
    // Fixed addresses need no relocation at start; symbols are bound before goroutines with small stacks could bind them.
    cc.args([
        "-no-pie",
        "-static-libgcc",
        "-Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack,--build-id=none",
    ]);
    if flags.strip {
        cc.arg("-s");
    } else if flags.no_debug {
        cc.arg("-Wl,-S");
    }
    cc.arg(&file).arg(&runtime).args(["-Wl,--as-needed", "-lm", "-lpthread", "-ldl"]).args(&flags.external);
    if print {
        let words: Vec<_> = cc.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
        eprintln!("{program} {}\nmv {} {}", words.join(" "), temporary.display(), output.display());
    }
    let result = cc
        .output()
        .with_context(|| format!("cannot run the C compiler driver {program:?} (CC names another)"))?;
    if !result.status.success() {
        let _ = std::fs::remove_file(&temporary);
        bail!(
            "linking with {program} failed: {}\n{}",
            result.status,
            String::from_utf8_lossy(&result.stderr).trim_end()
        );
    }
    std::fs::rename(&temporary, output).with_context(|| format!("writing {}", output.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linker_flags_are_understood() {
        let flags = Flags::parse(&["-s -w -X 'main.v=a b'".into(), "-extldflags=-static".into()], "c-shared")
            .expect("the flags are valid");
        assert!(flags.strip && flags.no_debug && flags.mode == Mode::Shared);
        assert_eq!(flags.variables, [("main.v".to_owned(), "a b".to_owned())]);
        assert_eq!(flags.external, ["-static"]);
        assert!(Flags::parse(&["-zzz".into()], "exe").is_err() && Flags::parse(&[], "plugin").is_err());
    }
}
