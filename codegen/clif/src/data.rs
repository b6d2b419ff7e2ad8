//! Static data as one image: globals, layout descriptors, pointer bitmaps, at offsets from a base that is not known yet.
//!
//! In: module and plan. Out: initial bytes, relocations, where everything lies, and which ranges hold roots.
//! Guarantees: what never changes comes first; globals that start as zeroes lie behind the initial bytes and cost nothing,
//! small ones first.

use escargo_abi::types::{TYPE_GCDATA, TYPE_SIZE};
use escargo_ir::{Global, GlobalId, LayoutId, Module, RelocTarget, Shape, Type};
use rustc_hash::FxHashMap;

use crate::plan::Plan;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum DataTarget {
    /// An offset in the image.
    Data(u64),
    Func(escargo_ir::FuncId),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct DataReloc {
    pub offset: u64,
    pub target: DataTarget,
    pub addend: i64,
}

/// A range that the collector scans.
pub(crate) struct RootRange {
    pub offset: u64,
    pub ptr_bytes: u64,
    pub bitmap: u64,
}

/// Alignment of the writable part, and of the zeroed one.
pub(crate) const WRITABLE_ALIGN: usize = 64;

#[derive(Default)]
pub(crate) struct Image {
    /// Initial bytes; zeroes follow up to `size`.
    pub bytes: Vec<u8>,
    pub size: u64,
    /// What comes before is never written.
    pub writable: u64,
    /// By global; 0 if it was left out.
    pub globals: Vec<u64>,
    /// By descriptor of the plan.
    pub descriptors: Vec<u64>,
    pub zero_base: u64,
    pub relocs: Vec<DataReloc>,
    pub roots: Vec<RootRange>,
    bitmaps: FxHashMap<LayoutId, u64>,
}

/// Bytes that a global takes.
pub(crate) fn global_size(module: &Module, global: &Global) -> u64 {
    module.layout(global.layout).size.max(global.data.len() as u64)
}

impl Image {
    /// The image of the globals that `live` names.
    pub fn new(module: &Module, plan: &Plan, live: &dyn Fn(GlobalId) -> bool) -> Image {
        let mut image = Image { globals: vec![0; module.globals.len()], ..Image::default() };
        image.append(&[0; 16], 16);
        let zeroed = |g: &Global| g.relocs.is_empty() && g.data.iter().all(|&b| b == 0);
        let live: Vec<bool> = (0..module.globals.len() as u32).map(|i| live(GlobalId(i))).collect();
        let globals = || module.globals.iter().enumerate().filter(|(i, _)| live[*i]);
        let mut later = Vec::new();
        for (i, g) in globals().filter(|(_, g)| g.readonly) {
            image.place(module, i, g);
        }
        for &layout in &plan.descriptors {
            let descriptor = image.descriptor(module, layout);
            image.descriptors.push(descriptor);
        }
        for (_, g) in globals().filter(|(_, g)| !g.readonly && plan.has_pointers(g.layout)) {
            image.bitmap(module, g.layout);
        }
        image.writable = image.bytes.len().next_multiple_of(WRITABLE_ALIGN) as u64;
        image.bytes.resize(image.writable as usize, 0);
        image.zero_base = image.append(&[0; 16], 16);
        for (i, g) in globals().filter(|(_, g)| !g.readonly) {
            if zeroed(g) { later.push(i) } else { image.place(module, i, g) }
        }
        for (i, g) in globals() {
            if g.readonly || !plan.has_pointers(g.layout) {
                continue;
            }
            let bitmap = image.bitmap(module, g.layout);
            let ptr_bytes = pointer_bytes(module, g.layout);
            // The offset is filled in below, when zeroed globals have one too.
            image.roots.push(RootRange { offset: i as u64, ptr_bytes, bitmap });
        }
        image.bytes.resize(image.bytes.len().next_multiple_of(WRITABLE_ALIGN), 0);
        image.size = image.bytes.len() as u64;
        later.sort_by_key(|&i| global_size(module, &module.globals[i]));
        for i in later {
            let g = &module.globals[i];
            let offset = image.size.next_multiple_of(u64::from(g.align.max(8)));
            image.globals[i] = offset;
            image.size = offset + global_size(module, g);
        }
        for root in &mut image.roots {
            root.offset = image.globals[root.offset as usize];
        }
        for (i, g) in globals() {
            for reloc in &g.relocs {
                let target = match reloc.target {
                    RelocTarget::Global(GlobalId(t)) => DataTarget::Data(image.globals[t as usize]),
                    RelocTarget::Func(f) => DataTarget::Func(f),
                };
                let offset = image.globals[i] + u64::from(reloc.offset);
                image.relocs.push(DataReloc { offset, target, addend: reloc.addend });
            }
        }
        image
    }

    fn place(&mut self, module: &Module, i: usize, g: &Global) {
        let offset = self.append(&g.data, g.align);
        self.bytes.resize((offset + global_size(module, g)) as usize, 0);
        self.globals[i] = offset;
    }

    fn append(&mut self, data: &[u8], align: u32) -> u64 {
        let offset = self.bytes.len().next_multiple_of(align.max(8) as usize);
        self.bytes.resize(offset, 0);
        self.bytes.extend_from_slice(data);
        offset as u64
    }

    /// A `types::Type` with what the allocator reads of it.
    fn descriptor(&mut self, module: &Module, layout: LayoutId) -> u64 {
        let l = module.layout(layout);
        let ptr_bytes = pointer_bytes(module, layout);
        let mut bytes = [0u8; TYPE_SIZE as usize];
        bytes[..8].copy_from_slice(&l.size.to_le_bytes());
        bytes[8..16].copy_from_slice(&ptr_bytes.to_le_bytes());
        bytes[21] = l.align as u8;
        bytes[22] = l.align as u8;
        let bitmap = (ptr_bytes > 0).then(|| self.bitmap(module, layout));
        let offset = self.append(&bytes, 8);
        if let Some(bitmap) = bitmap {
            let at = offset + u64::from(TYPE_GCDATA);
            self.relocs.push(DataReloc { offset: at, target: DataTarget::Data(bitmap), addend: 0 });
        }
        offset
    }

    /// Offset of a layout's pointer bitmap.
    fn bitmap(&mut self, module: &Module, layout: LayoutId) -> u64 {
        if let Some(&offset) = self.bitmaps.get(&layout) {
            return offset;
        }
        let words = pointer_bytes(module, layout) / 8;
        let mut bits = vec![0u8; words.div_ceil(64) as usize * 8];
        set_bits(module, layout, 0, &mut bits);
        let offset = self.append(&bits, 8);
        self.bitmaps.insert(layout, offset);
        offset
    }
}

/// Bytes at the start of an object that may hold pointers.
pub(crate) fn pointer_bytes(module: &Module, layout: LayoutId) -> u64 {
    match &module.layout(layout).shape {
        Shape::Opaque => 0,
        Shape::Scalar(ty) => {
            if *ty == Type::Ptr {
                8
            } else {
                0
            }
        }
        Shape::Struct(fields) => fields
            .iter()
            .rev()
            .map(|f| (f.offset, pointer_bytes(module, f.layout)))
            .find(|&(_, bytes)| bytes > 0)
            .map_or(0, |(offset, bytes)| offset + bytes),
        Shape::Array { elem, count } => match pointer_bytes(module, *elem) {
            0 => 0,
            _ if *count == 0 => 0,
            bytes => (count - 1) * module.layout(*elem).size + bytes,
        },
    }
}

fn set_bits(module: &Module, layout: LayoutId, word: u64, bits: &mut [u8]) {
    match &module.layout(layout).shape {
        Shape::Opaque => {}
        Shape::Scalar(ty) => {
            if *ty == Type::Ptr {
                bits[word as usize / 8] |= 1 << (word % 8);
            }
        }
        Shape::Struct(fields) => {
            for f in fields {
                set_bits(module, f.layout, word + f.offset / 8, bits);
            }
        }
        Shape::Array { elem, count } => {
            if pointer_bytes(module, *elem) == 0 {
                return;
            }
            let step = module.layout(*elem).size / 8;
            for i in 0..*count {
                set_bits(module, *elem, word + i * step, bits);
            }
        }
    }
}
