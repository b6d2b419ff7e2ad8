//! Interned names. A `Symbol` is a number that is equal exactly when the text is; the text lives for the whole process.

use std::fmt;
use std::sync::{LazyLock, RwLock};

use rustc_hash::FxHashMap;

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

#[derive(Default)]
struct Interner {
    map: FxHashMap<&'static str, u32>,
    names: Vec<&'static str>,
}

static INTERNER: LazyLock<RwLock<Interner>> = LazyLock::new(Default::default);

impl Symbol {
    pub fn new(text: &str) -> Symbol {
        if let Some(&id) = INTERNER.read().expect("the interner's lock is never poisoned").map.get(text) {
            return Symbol(id);
        }
        let mut interner = INTERNER.write().expect("the interner's lock is never poisoned");
        if let Some(&id) = interner.map.get(text) {
            return Symbol(id);
        }
        let text: &'static str = Box::leak(text.into());
        let id = interner.names.len() as u32;
        interner.names.push(text);
        interner.map.insert(text, id);
        Symbol(id)
    }

    pub fn as_str(self) -> &'static str {
        INTERNER.read().expect("the interner's lock is never poisoned").names[self.0 as usize]
    }

    /// The blank identifier `_`.
    pub fn is_blank(self) -> bool {
        self.as_str() == "_"
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.as_str())
    }
}
