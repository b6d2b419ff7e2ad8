//! What compiling a program found out, kept for the next time that the same program is run: the optimised module and the escape results.
//!
//! In: a loaded program and the settings it is compiled with. Out: files in the folder `programs` of the cache folder, named by a hash of
//! this command's identity, all sources and the settings. Requires: nothing. Guarantees: a file is written whole or not at all; one
//! that is damaged counts as none and is replaced; the folder keeps to a number of files and bytes; failures are silent, because nothing
//! depends on the cache.

use std::hash::{DefaultHasher, Hasher};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use escargo_escape::EscapeResults;
use escargo_ir::Module;
use escargo_ir::store::{Reader, Store};

use crate::args::CleanArgs;
use crate::build::write_whole;
use crate::{env, load};

/// The folder keeps so much, the files that were used last.
const MAX_FILES: usize = 64;
const MAX_BYTES: u64 = 256 << 20;
/// A use is noted down when the last one noted is so long ago.
const NOTE_USE: Duration = Duration::from_secs(3600);
/// Key and checksum.
const HEADER: usize = 24;

/// 128 bits that two different texts do not share.
struct Digest([DefaultHasher; 2]);

impl Digest {
    fn new() -> Digest {
        let mut second = DefaultHasher::new();
        second.write_u8(1);
        Digest([DefaultHasher::new(), second])
    }

    fn number(&mut self, n: u64) {
        self.0.iter_mut().for_each(|h| h.write_u64(n));
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.iter_mut().for_each(|h| h.write(text.as_bytes()));
    }

    fn finish(&self) -> [u64; 2] {
        [self.0[0].finish(), self.0[1].finish()]
    }
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut h = DefaultHasher::new();
    h.write(bytes);
    h.finish()
}

/// A program's place in the cache.
pub struct Entry {
    path: PathBuf,
    key: [u64; 2],
}

/// Where programs are kept. The program that runs may change its folder, so the path is absolute.
fn folder() -> Option<PathBuf> {
    std::path::absolute(env::cache_folder()?.join("programs")).ok()
}

impl Entry {
    /// None: the program has mistakes, or there is no cache.
    pub fn new(program: &load::Program, settings: &str) -> Option<Entry> {
        use std::os::unix::fs::MetadataExt;
        if !program.errors.is_empty() || !program.diagnostics.is_empty() || program.no_main.is_some() {
            return None;
        }
        let folder = folder()?;
        let mut digest = Digest::new();
        // Another build of the command is another file.
        let command = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
        for n in
            [command.len(), command.dev(), command.ino(), command.mtime() as u64, command.mtime_nsec() as u64]
        {
            digest.number(n);
        }
        digest.text(settings);
        for p in &program.packages {
            digest.text(&p.path);
            let (major, minor) = p.go_version;
            for n in [
                u64::from(major),
                u64::from(minor),
                u64::from(p.complete),
                (p.files.get().map_or(p.later.len(), Vec::len)) as u64,
            ] {
                digest.number(n);
            }
        }
        for f in &program.sources.files {
            digest.text(&f.name);
            digest.text(&f.text);
        }
        let key = digest.finish();
        Some(Entry { path: folder.join(format!("{:016x}{:016x}", key[0], key[1])), key })
    }

    /// Whether something is kept for the program.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// What is kept for the program.
    pub fn read(&self) -> Option<(Module, EscapeResults)> {
        let bytes = std::fs::read(&self.path).ok()?;
        let (header, body) = bytes.split_at_checked(HEADER)?;
        if header != self.header(body) {
            return None;
        }
        let mut r = Reader::new(body);
        let found = (Module::get(&mut r)?, EscapeResults::get(&mut r)?);
        self.note_use();
        r.is_empty().then_some(found)
    }

    /// Keeps the program.
    pub fn write(&self, module: &Module, escape: &EscapeResults) {
        let mut bytes = vec![0; HEADER];
        module.put(&mut bytes);
        escape.put(&mut bytes);
        let header = self.header(&bytes[HEADER..]);
        bytes[..HEADER].copy_from_slice(&header);
        let Some(folder) = self.path.parent() else { return };
        if std::fs::create_dir_all(folder).is_ok() && write_whole(&self.path, &bytes).is_ok() {
            trim(folder);
        }
    }

    fn header(&self, body: &[u8]) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        for (place, n) in header.chunks_mut(8).zip([self.key[0], self.key[1], checksum(body)]) {
            place.copy_from_slice(&n.to_le_bytes());
        }
        header
    }

    /// The modification time of a file says when it was used last.
    fn note_use(&self) {
        let now = SystemTime::now();
        let noted = std::fs::metadata(&self.path).and_then(|m| m.modified());
        if noted.is_ok_and(|t| now.duration_since(t).is_ok_and(|d| d > NOTE_USE)) {
            // Without it the file goes a little earlier.
            let _ = std::fs::File::options().write(true).open(&self.path).and_then(|f| f.set_modified(now));
        }
    }
}

/// Removes the files that were used longest ago, those that a killed process left among them.
fn trim(folder: &std::path::Path) {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<(SystemTime, u64, PathBuf)> = files
        .filter_map(|f| {
            let m = f.metadata().ok()?;
            Some((m.modified().ok()?, m.len(), f.path()))
        })
        .collect();
    files.sort_unstable_by(|a, b| b.cmp(a));
    let mut total = 0;
    for (n, (_, len, path)) in files.iter().enumerate() {
        total += len;
        if n >= MAX_FILES || total > MAX_BYTES {
            // Another process may have been quicker.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// `escargo clean`.
pub fn clean(args: &CleanArgs) -> Result<i32> {
    if args.cache
        && let Some(folder) = env::cache_folder()
        && folder.is_dir()
    {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            // Only what this command writes there: the folder may be shared.
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let removed = match &*name {
                "programs" => std::fs::remove_dir_all(&path),
                n if n.starts_with("libescargo_rt-") => std::fs::remove_file(&path),
                _ => continue,
            };
            removed.with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(0)
}
