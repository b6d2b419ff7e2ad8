//! From an object file to an executable or a library, through the system's C compiler driver.
//!
//! In: an object file's bytes, a platform, `-ldflags`. Out: a file. Requires: a C compiler driver for the platform (`CC`, else `cc`, or the
//! GNU cross compiler). Guarantees: temporary files are removed; the result is written whole or not at all.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use escargo_ir::{Global, GlobalId, Layout, LayoutId, Module, Reloc, RelocTarget};
use escargo_lower::Export;

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
        let mode = match mode {
            "exe" | "default" | "pie" => Mode::Exe,
            "c-archive" => Mode::Archive,
            "c-shared" => Mode::Shared,
            _ => return Err(format!("unknown buildmode {mode:?}: exe, c-archive and c-shared are known")),
        };
        let mut out = Flags { mode, ..Flags::default() };
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

    /// `-X`: names and texts.
    pub fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// `-X`: gives string variables without an initialiser a value. Names of nothing are passed over, as Go's linker does.
    pub fn set_variables(&self, module: &mut Module) -> Result<()> {
        for (name, text) in &self.variables {
            let Some(global) = variable(module, name) else { continue };
            let layout = global.layout;
            if module.layout(layout).size != 16 {
                bail!("main: {name}: cannot set with -X: not a var of type string");
            }
            set_string(module, name, text);
        }
        Ok(())
    }
}

/// Gives a string variable a value, if the program has it.
pub fn set_string(module: &mut Module, name: &str, text: &str) {
    if variable(module, name).is_none() {
        return;
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
        data: text.as_bytes().to_vec(),
        relocs: Vec::new(),
        align: 1,
    });
}

/// Words, of which some stand in quotes.
pub fn split_quoted(text: &str) -> Vec<String> {
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

/// Linkers that take half of GNU ld's time or less.
const QUICK: [&str; 3] = ["mold", "lld", "gold"];

/// The option that makes the system's own C compiler driver use a quick linker, if there is one and nobody says otherwise.
fn quick_linker(platform: &Platform, flags: &Flags) -> Option<String> {
    let chosen = flags.external.iter().any(|f| f.starts_with("-fuse-ld") || f.starts_with("-B"));
    if chosen || !platform.is_native() || driver(platform) != ["cc"] {
        return None;
    }
    let path = std::env::var_os("PATH")?;
    let installed =
        |name: &&str| std::env::split_paths(&path).any(|dir| dir.join(format!("ld.{name}")).is_file());
    QUICK.iter().find(|name| installed(name)).map(|name| format!("-fuse-ld={name}"))
}

/// An object file to be linked.
pub struct Job<'a> {
    pub object: &'a [u8],
    pub output: &'a Path,
    pub platform: Platform,
    pub flags: &'a Flags,
    /// Print the commands.
    pub print: bool,
}

/// What every link says: unused functions go; symbols are bound before goroutines with small stacks could bind them; no random
/// or dated parts.
const LINK: [&str; 2] =
    ["-static-libgcc", "-Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack,--build-id=none,--as-needed"];

impl Job<'_> {
    /// Links with the runtime.
    pub fn executable(&self) -> Result<()> {
        let work = Work::new()?;
        let object = self.object_file(&work)?;
        // Fixed addresses need no relocation at start.
        self.run(&mut |cc, output| {
            cc.arg("-o").arg(output).arg("-no-pie").args(LINK);
            cc.args(quick_linker(&self.platform, self.flags));
            self.strip(cc);
            cc.arg(&object).arg(runtime(&self.platform, &work.0)?);
            cc.args(["-lm", "-lpthread", "-ldl"]).args(&self.flags.external);
            Ok(())
        })
    }

    /// Makes a library that C code links with, and the header beside it.
    pub fn library(&self, exports: &[Export]) -> Result<()> {
        let work = Work::new()?;
        let object = self.object_file(&work)?;
        let source = work.0.join("exports.c");
        std::fs::write(&source, escargo_lower::c_code(exports))
            .with_context(|| format!("writing {}", source.display()))?;
        let stubs = work.0.join("exports.o");
        self.command(&mut |cc| {
            cc.args(["-c", "-O1", "-fPIC", "-w", "-o"]).arg(&stubs).arg(&source);
            Ok(())
        })?;
        let runtime = runtime(&self.platform, &work.0)?;
        write_whole(&self.output.with_extension("h"), escargo_lower::c_header(exports).as_bytes())?;
        if self.flags.mode == Mode::Shared {
            // Only what is exported can be seen from outside.
            let script = work.0.join("exports.map");
            let names: String = exports.iter().map(|e| format!("{}; ", e.name)).collect();
            let global = if names.is_empty() { String::new() } else { format!("global: {names}") };
            std::fs::write(&script, format!("{{ {global}local: *; }};\n"))
                .with_context(|| format!("writing {}", script.display()))?;
            return self.run(&mut |cc, output| {
                cc.arg("-shared").arg("-o").arg(output).args(LINK);
                cc.arg(format!("-Wl,--version-script={}", script.display()));
                self.strip(cc);
                cc.args([&stubs, &object, &runtime])
                    .args(["-lm", "-lpthread", "-ldl"])
                    .args(&self.flags.external);
                Ok(())
            });
        }
        // One member with all of the runtime that it needs, so that C code links with nothing else.
        let merged = work.0.join("go.lib.o");
        self.command(&mut |cc| {
            cc.args(["-r", "-nostdlib", "-o"]).arg(&merged).args([&stubs, &object, &runtime]);
            Ok(())
        })?;
        let member = std::fs::read(&merged).with_context(|| format!("reading {}", merged.display()))?;
        write_whole(self.output, &archive(&member, exports))
    }

    fn object_file(&self, work: &Work) -> Result<PathBuf> {
        let file = work.0.join("go.o");
        std::fs::write(&file, self.object).with_context(|| format!("writing {}", file.display()))?;
        Ok(file)
    }

    fn strip(&self, cc: &mut Command) {
        if self.flags.strip {
            cc.arg("-s");
        } else if self.flags.no_debug {
            cc.arg("-Wl,-S");
        }
    }

    /// Runs the C compiler driver for a file that is then moved to its place.
    fn run(&self, arguments: &mut dyn FnMut(&mut Command, &Path) -> Result<()>) -> Result<()> {
        let temporary = beside(self.output);
        let linked = self.command(&mut |cc| arguments(cc, &temporary)).and_then(|()| {
            if self.print {
                eprintln!("mv {} {}", temporary.display(), self.output.display());
            }
            std::fs::rename(&temporary, self.output)
                .with_context(|| format!("writing {}", self.output.display()))
        });
        if linked.is_err() {
            // The error is what matters.
            let _ = std::fs::remove_file(&temporary);
        }
        linked
    }

    fn command(&self, arguments: &mut dyn FnMut(&mut Command) -> Result<()>) -> Result<()> {
        let mut words = driver(&self.platform);
        let program = words.remove(0);
        let mut cc = Command::new(&program);
        cc.args(words);
        arguments(&mut cc)?;
        if self.print {
            let words: Vec<_> = cc.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
            eprintln!("{program} {}", words.join(" "));
        }
        let result = cc
            .output()
            .with_context(|| format!("cannot run the C compiler driver {program:?} (CC names another)"))?;
        if !result.status.success() {
            bail!(
                "{program} failed: {}\n{}",
                result.status,
                String::from_utf8_lossy(&result.stderr).trim_end()
            );
        }
        Ok(())
    }
}

/// A Unix archive of one object file, with the index by which linkers find it.
fn archive(member: &[u8], exports: &[Export]) -> Vec<u8> {
    let header =
        |name: &str, size: usize| format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 644);
    let mut names: Vec<u8> = exports.iter().flat_map(|e| [e.name.as_bytes(), b"\0"].concat()).collect();
    if !names.len().is_multiple_of(2) {
        names.push(0);
    }
    // The index: a count, an offset of the member for each name, the names.
    let index = 4 + 4 * exports.len() + names.len();
    let mut out = b"!<arch>\n".to_vec();
    out.extend(header("/", index).bytes());
    let offset = (out.len() + index) as u32;
    out.extend((exports.len() as u32).to_be_bytes());
    out.extend(exports.iter().flat_map(|_| offset.to_be_bytes()));
    out.extend(names);
    out.extend(header("go.o/", member.len()).bytes());
    out.extend(member);
    if !out.len().is_multiple_of(2) {
        out.push(b'\n');
    }
    out
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
