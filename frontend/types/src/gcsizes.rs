//! Sizes, alignments and field offsets, as gc lays out types on 64-bit machines (x86-64 and AArch64 agree).
//!
//! In: types without type parameters. Out: bytes. Guarantees: total; None (or -1 offsets) for types that are too
//! large, and bounded on invalid recursive types.

use crate::world::*;

const WORD: i64 = 8;

fn align_up(x: i64, a: i64) -> Option<i64> {
    Some(x.checked_add(a - 1)? & !(a - 1))
}

/// Size (None: too large) and alignment.
pub type Layout = (Option<i64>, i64);

impl World {
    /// Size in bytes; None if it does not fit an int64.
    pub fn size_of(&mut self, t: TypeId) -> Option<i64> {
        self.layout(t).0
    }

    /// Alignment in bytes, at least 1.
    pub fn align_of(&mut self, t: TypeId) -> i64 {
        self.layout(t).1
    }

    fn layout(&mut self, t: TypeId) -> Layout {
        if !matches!(self.ty(t), Type::Named(_)) {
            return self.compute_layout(t);
        }
        if let Some(&known) = self.layouts.get(&t) {
            return known;
        }
        // The layout of what is not completely declared must not stick.
        let outer = std::mem::take(&mut self.incomplete_layout);
        let layout = self.compute_layout(t);
        if !self.incomplete_layout {
            self.layouts.insert(t, layout);
        }
        self.incomplete_layout |= outer;
        layout
    }

    fn compute_layout(&mut self, t: TypeId) -> Layout {
        let u = self.under(t);
        match self.ty(u) {
            Type::Basic(b) => {
                let b = *b;
                self.incomplete_layout |= b == Basic::Invalid;
                let size = basic_size(b);
                let align = match b {
                    Basic::Complex64 => 4,
                    Basic::Complex128 | Basic::String => 8,
                    _ => size.clamp(1, WORD),
                };
                (Some(size), align)
            }
            &Type::Array { len, elem } => {
                let (size, align) = self.layout(elem);
                let total = if len <= 0 { Some(0) } else { size.and_then(|n| n.checked_mul(len)) };
                (total, align)
            }
            Type::Slice(_) => (Some(3 * WORD), WORD),
            Type::Interface(_) => (Some(2 * WORD), WORD),
            Type::Struct(s) => {
                let n = s.fields.len();
                if n == 0 {
                    return (Some(0), if self.is_atomic_align64(t) { 8 } else { 1 });
                }
                let mut max = 1;
                let mut end = Some(0i64);
                for i in 0..n {
                    let ft = self.field_type(u, i);
                    let (size, align) = self.layout(ft);
                    max = max.max(align);
                    let at = end.and_then(|o| align_up(o, align));
                    end = match (at, size) {
                        // A final field of size zero takes a byte, so that its address is inside the object.
                        (Some(at), Some(0)) if i + 1 == n && at > 0 => at.checked_add(1),
                        (Some(at), Some(size)) => at.checked_add(size),
                        _ => None,
                    };
                }
                (end.and_then(|o| align_up(o, max)), max)
            }
            _ => (Some(WORD), WORD),
        }
    }

    /// Offsets of the fields of a struct type; -1 from the first one on that is too far away.
    pub fn field_offsets(&mut self, t: TypeId) -> Vec<i64> {
        let u = self.under(t);
        let Type::Struct(s) = self.ty(u) else { return Vec::new() };
        let n = s.fields.len();
        let mut offsets = Vec::with_capacity(n);
        let mut offset = Some(0i64);
        for i in 0..n {
            let ft = self.field_type(u, i);
            let (size, align) = self.layout(ft);
            let at = offset.and_then(|o| align_up(o, align));
            offsets.push(at.unwrap_or(-1));
            offset = match (at, size) {
                (Some(at), Some(size)) => at.checked_add(size),
                _ => None,
            };
        }
        offsets
    }

    /// Offset of the field that `path` leads to; None if it is too far away.
    pub fn offset_of(&mut self, t: TypeId, path: &[u32]) -> Option<i64> {
        let mut t = t;
        let mut offset = 0i64;
        for &i in path {
            let d = *self.field_offsets(t).get(i as usize)?;
            if d < 0 {
                return None;
            }
            offset = offset.checked_add(d)?;
            let u = self.under(t);
            t = self.field_type(u, i as usize);
        }
        Some(offset)
    }

    /// The empty struct type that demands 64-bit alignment.
    fn is_atomic_align64(&self, t: TypeId) -> bool {
        let Some(named) = self.as_named(t) else { return false };
        let Type::Named(n) = self.ty(named) else { return false };
        let obj = self.obj(n.obj);
        obj.pkg
            .is_some_and(|p| matches!(self.pkg(p).path.as_str(), "sync/atomic" | "internal/runtime/atomic"))
            && obj.name.as_str() == "align64"
    }
}

fn basic_size(b: Basic) -> i64 {
    match b {
        Basic::Bool | Basic::Int8 | Basic::Uint8 => 1,
        Basic::Int16 | Basic::Uint16 => 2,
        Basic::Int32 | Basic::Uint32 | Basic::Float32 => 4,
        Basic::Complex128 | Basic::String | Basic::UntypedString => 16,
        _ => 8,
    }
}
