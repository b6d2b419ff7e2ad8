//! The rules about a module's tables: layouts, globals, signatures, sites.
//!
//! In: any module. Out: the broken rules. Guarantees: never panics.

use rustc_hash::FxHashSet;

use super::{MAX_NESTING, VerifyError};
use crate::entity::*;
use crate::func::Signature;
use crate::module::*;

/// Checks what a module has beside its functions' bodies.
pub fn verify_tables(m: &Module, errors: &mut Vec<VerifyError>) {
    let mut fail = |message: String| {
        errors.push(VerifyError {
            func: String::new(),
            block: None,
            inst: None,
            text: String::new(),
            message,
        });
    };
    let mut end = 0u64;
    for f in &m.files {
        if f.lines.first() != Some(&0) || f.lines.windows(2).any(|w| w[0] > w[1]) {
            fail(format!("file {}: line starts must not descend from 0", f.name));
        }
        if u64::from(f.base) < end.max(1) {
            fail(format!("file {}: position ranges must ascend from 1 and not overlap", f.name));
        }
        end = u64::from(f.base) + u64::from(f.len) + 1;
    }
    let mut names = FxHashSet::default();
    for l in &m.layouts {
        if !names.insert(l.name.as_str()) {
            fail(format!("layout {} is defined twice", l.name));
        }
        if !l.align.is_power_of_two() {
            fail(format!("layout {}: the alignment is not a power of two", l.name));
        }
        let known = |id: LayoutId| m.layouts.get(id.index());
        match &l.shape {
            Shape::Opaque => {}
            Shape::Scalar(ty) => {
                if l.size != u64::from(ty.bytes()) {
                    fail(format!("layout {}: the size is not that of {}", l.name, ty.name()));
                }
            }
            Shape::Struct(fields) => {
                let mut end = 0;
                for f in fields {
                    let Some(inner) = known(f.layout) else {
                        fail(format!("layout {}: field {} has no layout", l.name, f.name));
                        continue;
                    };
                    if f.offset < end || f.offset.checked_add(inner.size).is_none_or(|e| e > l.size) {
                        fail(format!("layout {}: field {} overlaps or lies outside", l.name, f.name));
                    }
                    end = f.offset.saturating_add(inner.size);
                }
            }
            Shape::Array { elem, count } => match known(*elem) {
                None => fail(format!("layout {}: no element layout", l.name)),
                Some(e) => {
                    if e.size.checked_mul(*count) != Some(l.size) {
                        fail(format!("layout {}: the size is not count times element size", l.name));
                    }
                }
            },
        }
    }
    if nesting(m).is_none() {
        fail("a layout contains itself, or layouts nest too deeply".into());
    }
    let mut names = FxHashSet::default();
    for g in &m.globals {
        if !names.insert(g.name.as_str()) {
            fail(format!("global {} is defined twice", g.name));
        }
        let Some(l) = m.layouts.get(g.layout.index()) else {
            fail(format!("global {} has no layout", g.name));
            continue;
        };
        let open = l.size == 0 && l.shape == Shape::Opaque;
        let size = if open { g.data.len() as u64 } else { l.size };
        if g.data.len() as u64 > size {
            fail(format!("global {}: data is longer than the layout", g.name));
        }
        if !g.align.is_power_of_two() {
            fail(format!("global {}: the alignment is not a power of two", g.name));
        }
        for r in &g.relocs {
            if u64::from(r.offset) + 8 > size {
                fail(format!("global {}: relocation at {} lies outside", g.name, r.offset));
            }
            let known = match r.target {
                RelocTarget::Global(t) => t.index() < m.globals.len(),
                RelocTarget::Func(t) => t.index() < m.funcs.len(),
            };
            if !known {
                fail(format!("global {}: relocation at {} has no target", g.name, r.offset));
            }
        }
    }
    for (i, s) in m.sites.iter().enumerate() {
        if s.layout.index() >= m.layouts.len() {
            fail(format!("site #{i} has no layout"));
        }
        if s.origin.is_some_and(|o| o.index() >= i) {
            fail(format!("site #{i}: the origin must be an earlier site"));
        }
    }
    m.debug.check(m.globals.len(), &mut fail);
    let mut names = FxHashSet::default();
    for f in &m.funcs {
        if !names.insert(f.name.as_str()) {
            fail(format!("function {} is defined twice", f.name));
        }
    }
    let known = |f: FuncId| f.index() < m.funcs.len();
    if m.methods.iter().any(|x| !known(x.func)) || m.method_code.iter().any(|&f| !known(f)) {
        fail("a method has no function".into());
    }
    match m.main.map(|f| m.funcs.get(f.index())) {
        None => {}
        Some(Some(f)) if f.sig == Signature::default() => {}
        Some(_) => fail("main must be a function without parameters and results".into()),
    }
    if m.runtime_error.is_some_and(|f| !known(f)) {
        fail("runtime_error is not a function".into());
    }
    if m.types.is_some_and(|g| g.index() >= m.globals.len()) {
        fail("types is not a global".into());
    }
    if m.small_ints
        .is_some_and(|g| g.index() >= m.globals.len() || m.layout(m.globals[g.index()].layout).size < 2048)
    {
        fail("small_ints is not a global of 256 words".into());
    }
}

/// Depth of the nesting of layouts; None for cycles or excess.
fn nesting(m: &Module) -> Option<u32> {
    // 0: not visited, u32::MAX: being visited, else depth.
    let mut depth = vec![0u32; m.layouts.len()];
    let inner = |i: usize| -> Vec<usize> {
        let all: Vec<LayoutId> = match &m.layouts[i].shape {
            Shape::Struct(fields) => fields.iter().map(|f| f.layout).collect(),
            Shape::Array { elem, .. } => vec![*elem],
            _ => Vec::new(),
        };
        all.into_iter().map(|l| l.index()).filter(|&l| l < m.layouts.len()).collect()
    };
    for root in 0..m.layouts.len() {
        if depth[root] != 0 {
            continue;
        }
        let mut stack = vec![(root, inner(root), 0usize, 1u32)];
        depth[root] = u32::MAX;
        while let Some((i, subs, next, most)) = stack.last_mut() {
            if let Some(&s) = subs.get(*next) {
                match depth[s] {
                    0 => {
                        depth[s] = u32::MAX;
                        stack.push((s, inner(s), 0, 1));
                    }
                    u32::MAX => return None,
                    d => {
                        *most = (*most).max(d + 1);
                        *next += 1;
                    }
                }
                continue;
            }
            if *most > MAX_NESTING {
                return None;
            }
            depth[*i] = *most;
            stack.pop();
        }
    }
    depth.into_iter().max().or(Some(0))
}
