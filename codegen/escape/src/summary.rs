//! What callers must know about a function: where its parameters, and what they point to, may go.

use crate::graph::LEVELS;

/// What a parameter points to at a level, at an offset (`graph::ANY`: unknown).
pub type Path = (u32, u32, u32);

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// By parameter and level: goes to the heap.
    pub leaks: Vec<[bool; LEVELS]>,
    /// By parameter and level: is a closure that is called with arguments that have escaped.
    pub called: Vec<[bool; LEVELS]>,
    /// By result: what it may point to, apart from the heap. Sorted.
    pub results: Vec<Vec<Path>>,
    /// (into, from): memory of one parameter that is made to point to what another points to. Sorted.
    pub stores: Vec<(Path, Path)>,
}

impl Summary {
    /// A function that does nothing with its parameters.
    pub fn none(params: usize, results: usize) -> Summary {
        Summary {
            leaks: vec![[false; LEVELS]; params],
            called: vec![[false; LEVELS]; params],
            results: vec![Vec::new(); results],
            stores: Vec::new(),
        }
    }

    /// A function that lets everything escape.
    pub fn worst(params: usize, results: usize) -> Summary {
        Summary {
            leaks: vec![[true; LEVELS]; params],
            called: vec![[true; LEVELS]; params],
            ..Summary::none(params, results)
        }
    }
}
