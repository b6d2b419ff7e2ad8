//! Numbers that name entities of a module and of a function, and the tables they index.

macro_rules! entity {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

entity!(
    /// A function of the module; printed by its name.
    FuncId,
    "fn"
);
entity!(
    /// Static data of the module; printed by its name.
    GlobalId,
    "gv"
);
entity!(
    /// A memory layout; printed by its name.
    LayoutId,
    "layout"
);
entity!(
    /// An allocation site.
    SiteId,
    "#"
);
entity!(
    /// A basic block of a function.
    Block,
    "b"
);
entity!(
    /// An SSA value of a function.
    Value,
    "v"
);
entity!(
    /// An instruction of a function.
    Inst,
    "i"
);

entity!(
    /// A source type, for debuggers.
    DebugTypeId,
    "t"
);
entity!(
    /// A source variable, for debuggers.
    VarId,
    "d"
);

/// A source position: an offset into the concatenation of the module's files (see `Module::files`). 0: none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Pos(pub u32);
