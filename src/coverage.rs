//! Coverage of tests: which packages are counted, and what their blocks are in a profile.
//!
//! In: settings from the command line, parsed files. Out: files with counters, a file that declares them, and the blocks as text that
//! package testing reads. Guarantees: blocks are sorted as in Go's profiles.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher};

use anyhow::Result;
use escargo_syntax::SourceMap;
use escargo_syntax::ast::File;
use escargo_syntax::cover::{self, Mode, Unit};

use crate::packages::Package;

/// What is counted.
#[derive(Clone, Debug)]
pub struct Cover {
    pub mode: Mode,
    /// Import paths.
    pub packages: Vec<String>,
    /// What is said behind the percentage: ` in ./...`.
    pub shown: String,
}

/// A package with counters.
pub struct Covered {
    pub path: String,
    /// The array of its counters; None: the package is not part of the program.
    pub array: Option<String>,
    /// A line for each block: its counter's index, place and number of statements.
    pub blocks: String,
    /// It has functions.
    pub has_blocks: bool,
}

/// Gives a package counters. `names` are the files' in the profile; files without one are not counted. The second result is the source of
/// a file that declares the counters.
pub fn instrument(
    path: &str,
    mode: Mode,
    files: &mut [File],
    names: &[Option<String>],
    indices: &[usize],
    sources: &SourceMap,
    next_node: &mut u32,
) -> (Covered, String) {
    // A name of its own: dot imports could bring two arrays together.
    let mut hash = DefaultHasher::new();
    hash.write(path.as_bytes());
    let array = format!("GoCover_{:016x}", hash.finish());
    let mut units: Vec<(&str, Unit)> = Vec::new();
    for ((file, name), &index) in files.iter_mut().zip(names).zip(indices) {
        if let Some(name) = name {
            let first = units.len() as u32;
            let found = cover::instrument(file, &sources.files[index], mode, &array, first, next_node);
            units.extend(found.into_iter().map(|u| (name.as_str(), u)));
        }
    }
    let count = units.len();
    let key = |u: &Unit| (u.start.0, u.end.0, u.start.1, u.end.1, u.statements);
    units.sort_by(|a, b| a.0.cmp(b.0).then_with(|| key(&a.1).cmp(&key(&b.1))));
    let mut blocks = String::new();
    for (name, u) in &units {
        writeln!(
            blocks,
            "{} {name}:{}.{},{}.{} {}",
            u.counter, u.start.0, u.start.1, u.end.0, u.end.1, u.statements
        )
        .expect("writing to a string succeeds");
    }
    let package = files.first().map_or("main", |f| f.package.name.as_str());
    let text = format!("package {package}\n\nvar {array} [{count}]uint32 // {}\n", mode.as_str());
    (Covered { path: path.to_owned(), array: Some(array), blocks, has_blocks: count > 0 }, text)
}

/// The blocks of a package that is not part of the program.
pub fn unlinked(package: &Package, mode: Mode) -> Result<Covered> {
    let mut sources = SourceMap::default();
    let (mut files, mut names, mut indices, mut next) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for path in &package.files {
        let index =
            sources.add_bytes(path.to_string_lossy(), std::fs::read(path)?).map_err(anyhow::Error::msg)?;
        let (file, diagnostics) = escargo_syntax::parse_file(&sources, index, &mut next);
        if diagnostics.is_empty() {
            files.push(file);
            names.push(Some(file_name(&package.path, path)));
            indices.push(index);
        }
    }
    let (covered, _) = instrument(&package.path, mode, &mut files, &names, &indices, &sources, &mut next);
    Ok(Covered { array: None, ..covered })
}

/// A file's name in a profile.
pub fn file_name(package: &str, file: &std::path::Path) -> String {
    if package == "command-line-arguments" {
        return std::path::absolute(file).unwrap_or_else(|_| file.to_owned()).display().to_string();
    }
    format!("{package}/{}", file.file_name().unwrap_or_default().to_string_lossy())
}

/// The lines of a profile, and what is said of it, for a package that nothing ran in.
pub fn nothing_ran(covered: &Covered) -> (String, String) {
    let mut profile = String::new();
    let mut statements = 0;
    for line in covered.blocks.lines() {
        let place = line.split_once(' ').map_or(line, |l| l.1);
        statements += place.rsplit(' ').next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        writeln!(profile, "{place} 0").expect("writing to a string succeeds");
    }
    let said = if statements == 0 { "[no statements]" } else { "0.0% of statements" };
    (profile, format!("\t{}\t\tcoverage: {said}\n", covered.path))
}
