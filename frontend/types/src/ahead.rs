//! The library's declarations, parsed by another thread while packages before them are checked, and bodies of its functions, while
//! those before them are.
//!
//! In: the packages of a program, in the order in which they are checked; then bodies, as soon as they are wanted. Out: the files of
//! packages that have not been parsed; the bodies, in the order in which they were asked for. Guarantees: trees and node ids do not
//! depend on whether there is another thread, or on how fast it is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use escargo_syntax::ast::{Block, Body, File};
use escargo_syntax::source::{Pos, SourceFile};
use escargo_syntax::{Diagnostic, SourceMap, parse_body, parse_declarations};

use crate::package::{Helper, Source};

/// The files of a package.
type Parsed = (Vec<File>, Vec<Diagnostic>);

/// Where a body begins.
type Start = (Arc<SourceFile>, Pos);

/// How often a thread looks for what another is about to send, before it sleeps: some tens of microseconds, less than falling asleep
/// and waking up take.
const LOOKS: u32 = 5000;

/// Where the packages come from.
pub(crate) enum Ahead {
    /// They are parsed when they are asked for; the first node id that is free.
    Here(u32),
    Thread(Receiver<Parsed>),
}

/// Where bodies come from.
pub(crate) enum Bodies<'a> {
    /// They are parsed when they are asked for; the first node id that is free.
    Here(u32),
    Thread {
        starts: Sender<Start>,
        blocks: Receiver<Block>,
        /// Asked for, and not yet received.
        open: VecDeque<&'a Body>,
    },
}

/// Has the other thread begin. `next_node`: the first id for nodes. Declarations have every second one, bodies those between.
pub(crate) fn start<'a>(
    packages: &[Source],
    sources: &SourceMap,
    next_node: u32,
    helper: Option<Helper>,
) -> (Ahead, Bodies<'a>) {
    let (mut next, mut next_in_bodies) = (next_node, next_node + 1);
    let Some(helper) = helper else { return (Ahead::Here(next), Bodies::Here(next_in_bodies)) };
    let later = packages.iter().filter(|p| !p.later.is_empty());
    let later: Vec<_> = later.map(|p| files_of(p, sources)).collect();
    let (sender, parsed) = channel();
    let (starts, wanted) = channel::<Start>();
    let (done, blocks) = channel();
    helper(Box::new(move || {
        // Nobody receives after a panic, which is reported.
        let mut body = |(source, at): Start| drop(done.send(parse_body(&source, at, &mut next_in_bodies)));
        for files in later {
            let each = |source: &Arc<SourceFile>| {
                // The checker needs them first.
                wanted.try_iter().for_each(&mut body);
                parse_declarations(source, &mut next)
            };
            if sender.send(collect(files.iter().map(each))).is_err() {
                break;
            }
        }
        drop(sender);
        while let Some(start) = soon(&wanted) {
            body(start);
        }
    }));
    (Ahead::Thread(parsed), Bodies::Thread { starts, blocks, open: VecDeque::new() })
}

impl Ahead {
    /// The next package that has not been parsed.
    pub fn next(&mut self, package: &Source, sources: &SourceMap) -> Parsed {
        match self {
            Ahead::Here(next_node) => {
                collect(files_of(package, sources).iter().map(|source| parse_declarations(source, next_node)))
            }
            Ahead::Thread(parsed) => soon(parsed).expect("the other thread parses all packages"),
        }
    }
}

impl Default for Bodies<'_> {
    fn default() -> Self {
        Bodies::Here(0)
    }
}

impl<'a> Bodies<'a> {
    /// Asks for a body, if it has not been parsed. To be called once for each.
    pub fn want(&mut self, body: &'a Body, sources: &SourceMap) {
        if body.known_block().is_some() {
            return;
        }
        let at = body.range.start;
        let source = sources.file_of(at).expect("a body stands in a file");
        match self {
            Bodies::Here(next_node) => body.supply(parse_body(source, at, next_node)),
            Bodies::Thread { starts, open, .. } => {
                open.push_back(body);
                // Whoever waits for it notices that nobody parses it.
                let _ = starts.send((source.clone(), at));
            }
        }
    }

    /// Waits for a body that has been asked for.
    pub fn get(&mut self, body: &'a Body) -> &'a Block {
        if let Bodies::Thread { blocks, open, .. } = self {
            while body.known_block().is_none() {
                let first = open.pop_front().expect("the body has been asked for");
                first.supply(soon(blocks).expect("the other thread parses all bodies"));
            }
        }
        body.block()
    }
}

/// Waits for what will be there in a moment. None: nobody sends any more.
fn soon<T>(from: &Receiver<T>) -> Option<T> {
    for _ in 0..LOOKS {
        match from.try_recv() {
            Ok(x) => return Some(x),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => std::hint::spin_loop(),
        }
    }
    from.recv().ok()
}

fn files_of(package: &Source, sources: &SourceMap) -> Vec<Arc<SourceFile>> {
    package.later.iter().map(|&i| sources.files[i].clone()).collect()
}

fn collect(files: impl Iterator<Item = (File, Vec<Diagnostic>)>) -> Parsed {
    let mut all = Parsed::default();
    for (file, diagnostics) in files {
        all.0.push(file);
        all.1.extend(diagnostics);
    }
    all
}
