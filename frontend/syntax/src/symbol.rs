//! Interned names. A `Symbol` is a number that is equal exactly when the text is; the text lives for the whole process.
//!
//! Several threads parse at once, so which number a name gets depends on who is first: symbols have no order, and nothing may depend
//! on the order in which a map has them. Threads rarely meet: each remembers the names it has seen, and texts are read without a lock.

use std::cell::RefCell;
use std::fmt;
use std::sync::{LazyLock, Mutex, OnceLock};

use rustc_hash::{FxBuildHasher, FxHashMap};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Symbol(u32);

/// The first names.
const FIXED: [&str; 2] = ["_", ""];

type Numbers = FxHashMap<&'static str, u32>;

/// The names that have numbers.
static NUMBERS: LazyLock<Mutex<Numbers>> = LazyLock::new(|| {
    let mut numbers = Numbers::with_capacity_and_hasher(FEW, FxBuildHasher);
    numbers.extend(FIXED.into_iter().zip(0..));
    Mutex::new(numbers)
});

/// The texts, by number: piece `i` has `FIRST << i` of them, so that none ever moves.
static TEXTS: [OnceLock<Box<[OnceLock<&'static str>]>>; 22] = [const { OnceLock::new() }; 22];
const FIRST: u32 = 1 << 10;

/// As many names as a small program has.
const FEW: usize = 3 << 10;

thread_local! {
    static SEEN: RefCell<Numbers> = RefCell::new(Numbers::with_capacity_and_hasher(FEW / 2, FxBuildHasher));
}

/// The piece that has a symbol's text, and the index in it.
fn place(symbol: Symbol) -> (usize, usize) {
    let n = symbol.0 + FIRST;
    let piece = n.ilog2() - FIRST.ilog2();
    (piece as usize, (n - (FIRST << piece)) as usize)
}

fn set_text(symbol: Symbol, text: &'static str) {
    let (piece, index) = place(symbol);
    let texts = TEXTS[piece].get_or_init(|| vec![OnceLock::new(); (FIRST as usize) << piece].into());
    texts[index].get_or_init(|| text);
}

impl Symbol {
    /// The blank identifier `_`.
    pub const BLANK: Symbol = Symbol(0);
    /// The name of what has none.
    pub const EMPTY: Symbol = Symbol(1);

    pub fn new(text: &str) -> Symbol {
        SEEN.with_borrow_mut(|seen| {
            if let Some(&n) = seen.get(text) {
                return Symbol(n);
            }
            let (text, symbol) = Symbol::find(text);
            seen.insert(text, symbol.0);
            symbol
        })
    }

    /// The number that all threads know.
    fn find(text: &str) -> (&'static str, Symbol) {
        let mut numbers = NUMBERS.lock().expect("the lock of the names is never poisoned");
        if let Some((&text, &n)) = numbers.get_key_value(text) {
            return (text, Symbol(n));
        }
        let text: &'static str = Box::leak(text.into());
        let symbol = Symbol(numbers.len() as u32);
        numbers.insert(text, symbol.0);
        set_text(symbol, text);
        (text, symbol)
    }

    pub fn as_str(self) -> &'static str {
        if let Some(text) = FIXED.get(self.0 as usize) {
            return text;
        }
        let (piece, index) = place(self);
        let texts = TEXTS[piece].get().expect("a symbol has a text");
        texts[index].get().expect("a symbol has a text")
    }

    /// Whether it is the blank identifier.
    pub fn is_blank(self) -> bool {
        self == Symbol::BLANK
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
