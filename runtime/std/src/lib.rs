//! The bundled standard library: Go source under `go/`, embedded in the command; and, under `additions/`, files for packages of Go's
//! own library, which have what those want of Go's runtime.
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
    let files = files_of(FILES, path);
    (!files.is_empty()).then_some(files)
}

/// The files that a package of Go's own library, or another that rests on assembly, has besides its own.
pub fn additions(path: &str) -> Vec<File> {
    files_of(ADDITIONS, path)
}

/// Files of Go's own library that complete a bundled package where Go's own commands import it: facts about Go's compiler and linker.
pub fn left_out(path: &str) -> &'static [&'static str] {
    match path {
        "internal/abi" => &[
            "bounds.go",
            "compiletype.go",
            "iface.go",
            "rangefuncconsts.go",
            "runtime.go",
            "stack.go",
            "switch.go",
            "symtab.go",
        ],
        _ => &[],
    }
}

fn files_of(table: &[(&str, &'static str, &'static str)], path: &str) -> Vec<File> {
    let start = table.partition_point(|f| f.0 < path);
    table[start..].iter().take_while(|f| f.0 == path).map(|&(_, name, text)| File { name, text }).collect()
}

/// The import paths of all bundled packages, sorted.
pub fn packages() -> Vec<&'static str> {
    let mut paths: Vec<_> = FILES.iter().map(|f| f.0).collect();
    paths.dedup();
    paths
}
