//! The bundled standard library: Go source under `go/`, embedded in the command.
//!
//! In: an import path. Out: the package's files. Nothing is read at run time.
#![forbid(unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A file of a bundled package.
#[derive(Clone, Copy, Debug)]
pub struct File {
    pub name: &'static str,
    pub text: &'static str,
}

/// The files of a bundled package in name order; None if the library has no such package.
pub fn package(path: &str) -> Option<Vec<File>> {
    let start = FILES.partition_point(|f| f.0 < path);
    let files: Vec<File> = FILES[start..]
        .iter()
        .take_while(|f| f.0 == path)
        .map(|&(_, name, text)| File { name, text })
        .collect();
    (!files.is_empty()).then_some(files)
}

/// The import paths of all bundled packages, sorted.
pub fn packages() -> Vec<&'static str> {
    let mut paths: Vec<_> = FILES.iter().map(|f| f.0).collect();
    paths.dedup();
    paths
}
