//! What callers must know about a function: where its parameters, and what they point to, may go.

use crate::graph::{ANY, LEVELS};

/// What a parameter points to at a level: the parameter itself (0), what the pointer at offset `field` of its object points to (1), what
/// that points to and so on (2). `ANY` is an unknown offset; at level 0 it is 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pointee {
    pub param: u32,
    pub level: u32,
    pub field: u32,
}

impl Pointee {
    /// Everything that can be reached from a parameter.
    pub fn all(param: u32) -> impl Iterator<Item = Pointee> {
        (0..LEVELS as u32).map(move |level| Pointee { param, level, field: if level == 0 { 0 } else { ANY } })
    }
}

/// A place in what a parameter points to: the last number is an offset.
pub type Path = (Pointee, u32);

/// All lists are sorted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// The number of parameters.
    pub params: usize,
    /// Goes to the heap.
    pub leaks: Vec<Pointee>,
    /// Is a closure that is called with arguments that have escaped.
    pub called: Vec<Pointee>,
    /// By result: what it may point to, apart from the heap.
    pub results: Vec<Vec<Path>>,
    /// Memory of a parameter that is made to point to the heap or to static data.
    pub fills: Vec<Path>,
    /// (into, from): memory of one parameter that is made to point to what another points to.
    pub stores: Vec<(Path, Path)>,
}

impl Summary {
    /// A function that does nothing with its parameters.
    pub fn none(params: usize, results: usize) -> Summary {
        Summary { params, results: vec![Vec::new(); results], ..Summary::default() }
    }

    /// A function that keeps nothing, but may write the heap's pointers into what it is given.
    pub fn noescape(params: usize, results: usize) -> Summary {
        let all = (0..params as u32).flat_map(Pointee::all);
        Summary { fills: all.map(|p| (p, ANY)).collect(), ..Summary::none(params, results) }
    }

    /// A function that lets everything escape.
    pub fn worst(params: usize, results: usize) -> Summary {
        let all: Vec<Pointee> = (0..params as u32).flat_map(Pointee::all).collect();
        Summary { leaks: all.clone(), called: all, ..Summary::none(params, results) }
    }
}
