//! Declarations of library packages, parsed by another thread while packages before them are checked.
//!
//! In: the packages of a program, in the order in which they are checked. Out: the files of those that have not been parsed.
//! Guarantees: trees and node ids do not depend on whether there is another thread, or on how fast it is.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use escargo_syntax::ast::File;
use escargo_syntax::source::SourceFile;
use escargo_syntax::{Diagnostic, SourceMap, parse_declarations};

use crate::package::{Helper, Source};

/// The files of a package.
type Parsed = (Vec<File>, Vec<Diagnostic>);

/// Where the packages come from.
pub(crate) enum Ahead {
    /// They are parsed when they are asked for; the first node id that is free.
    Here(u32),
    Thread(Receiver<Parsed>),
}

impl Ahead {
    /// Has the other thread begin. `next_node`: the first id for nodes.
    pub fn start(packages: &[Source], sources: &SourceMap, mut next_node: u32, helper: Helper) -> Ahead {
        let later = packages.iter().filter(|p| !p.later.is_empty());
        let later: Vec<_> = later.map(|p| files_of(p, sources)).collect();
        let (sender, parsed) = channel();
        helper(Box::new(move || {
            for files in later {
                // Nobody receives after a panic, which is reported.
                if sender.send(parse(&files, &mut next_node)).is_err() {
                    break;
                }
            }
        }));
        Ahead::Thread(parsed)
    }

    /// The next package that has not been parsed.
    pub fn next(&mut self, package: &Source, sources: &SourceMap) -> Parsed {
        match self {
            Ahead::Here(next_node) => parse(&files_of(package, sources), next_node),
            Ahead::Thread(parsed) => parsed.recv().expect("the other thread parses all packages"),
        }
    }
}

fn files_of(package: &Source, sources: &SourceMap) -> Vec<Arc<SourceFile>> {
    package.later.iter().map(|&i| sources.files[i].clone()).collect()
}

fn parse(files: &[Arc<SourceFile>], next_node: &mut u32) -> Parsed {
    let mut all = Parsed::default();
    for source in files {
        let (file, diagnostics) = parse_declarations(source, next_node);
        all.0.push(file);
        all.1.extend(diagnostics);
    }
    all
}
