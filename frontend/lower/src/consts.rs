//! Constants as values, and the pool of strings and zeroes that they point to.
//!
//! In: checked constants with their canonical types. Out: values; read-only globals, one a distinct content.

use std::rc::Rc;

use escargo_ir::{Builder, Global, GlobalId, Layout, LayoutId, Op, Shape, Type, Value};
use escargo_types::constant::Const;
use escargo_types::world::TypeId;
use rustc_hash::FxHashMap;

use crate::program::Lowerer;
use crate::types::Kind;
use crate::value::Val;

#[derive(Default)]
pub struct Consts {
    strings: FxHashMap<Rc<[u8]>, GlobalId>,
    data: FxHashMap<(Vec<u8>, u32), GlobalId>,
    bytes_layout: Option<LayoutId>,
    zeros: FxHashMap<u64, GlobalId>,
    /// String headers in read-only memory.
    pub(crate) headers: FxHashMap<Rc<[u8]>, GlobalId>,
}

impl Lowerer {
    /// The layout of data whose length is its content's.
    pub fn bytes_layout(&mut self) -> LayoutId {
        if let Some(l) = self.consts.bytes_layout {
            return l;
        }
        let l =
            self.module.add_layout(Layout { name: "data".into(), size: 0, align: 1, shape: Shape::Opaque });
        self.consts.bytes_layout = Some(l);
        l
    }

    /// Read-only data of a string's bytes; the string is not empty.
    pub fn string_global(&mut self, bytes: &[u8]) -> GlobalId {
        if let Some(&g) = self.consts.strings.get(bytes) {
            return g;
        }
        let name = format!("go:string.{}", self.consts.strings.len());
        let layout = self.bytes_layout();
        let g = self.module.add_global(Global {
            name,
            layout,
            readonly: true,
            data: bytes.to_vec(),
            relocs: Vec::new(),
            align: 1,
        });
        self.consts.strings.insert(bytes.into(), g);
        g
    }

    /// Read-only data without pointers, shared between equal contents: values boxed into interfaces.
    pub fn data_global(&mut self, bytes: &[u8], align: u32) -> GlobalId {
        if let Some(&g) = self.consts.data.get(&(bytes.to_vec(), align)) {
            return g;
        }
        let name = format!("go:data.{}", self.consts.data.len());
        let layout = self.bytes_layout();
        let g = self.module.add_global(Global {
            name,
            layout,
            readonly: true,
            data: bytes.to_vec(),
            relocs: Vec::new(),
            align,
        });
        self.consts.data.insert((bytes.to_vec(), align), g);
        g
    }

    /// Read-only zeroes, at least `size` bytes. Size 0: the address of zero-size objects.
    pub fn zero_global(&mut self, size: u64) -> GlobalId {
        let size = size.max(16).next_power_of_two();
        if let Some(&g) = self.consts.zeros.get(&size) {
            return g;
        }
        let layout = self.module.add_layout(Layout {
            name: format!("zero{size}"),
            size,
            align: 16,
            shape: Shape::Opaque,
        });
        let g = self.module.add_global(Global {
            name: format!("go:zero.{size}"),
            layout,
            readonly: true,
            data: Vec::new(),
            relocs: Vec::new(),
            align: 16,
        });
        self.consts.zeros.insert(size, g);
        g
    }

    /// A string value.
    pub fn string_val(&mut self, b: &mut Builder, bytes: &[u8]) -> Val {
        let ptr = if bytes.is_empty() {
            b.null()
        } else {
            let g = self.string_global(bytes);
            b.value(Op::GlobalAddr(g, 0), Type::Ptr)
        };
        let len = b.iconst(Type::I64, bytes.len() as i64);
        Val::of(&[ptr, len])
    }

    /// A constant of a basic type (by its underlying type).
    pub fn const_val(&mut self, b: &mut Builder, c: &Const, t: TypeId) -> Val {
        match self.kind(t) {
            Kind::Bool => Val::one(b.iconst(Type::I8, c.as_bool().unwrap_or(false) as i64)),
            Kind::Int { bits, .. } => {
                let v = const_bits(c);
                Val::one(b.iconst(crate::types::int_type(bits), truncate(v, bits)))
            }
            Kind::Float(bits) => Val::one(float_const(b, c, bits)),
            Kind::Complex(bits) => {
                let re = float_const(b, &c.real(), bits / 2);
                let im = float_const(b, &c.imag(), bits / 2);
                Val::of(&[re, im])
            }
            Kind::String => {
                let bytes: Rc<[u8]> = c.as_bytes().unwrap_or_default().into();
                self.string_val(b, &bytes)
            }
            // `uintptr` constants converted to pointers do not exist; a nil pointer does.
            _ => self.zero_val(b, t),
        }
    }
}

/// The integer a constant denotes, as its low 64 bits.
pub fn const_bits(c: &Const) -> i64 {
    let int = c.to_int();
    int.as_i64().or_else(|| int.as_u64().map(|u| u as i64)).unwrap_or(0)
}

/// Sign-extends the low bits, which is how `Iconst` holds integers.
pub fn truncate(v: i64, bits: u8) -> i64 {
    match bits {
        8 => v as i8 as i64,
        16 => v as i16 as i64,
        32 => v as i32 as i64,
        _ => v,
    }
}

fn float_const(b: &mut Builder, c: &Const, bits: u8) -> Value {
    if bits == 32 {
        b.value(Op::F32const(c.as_f32().to_bits()), Type::F32)
    } else {
        b.value(Op::F64const(c.as_f64().to_bits()), Type::F64)
    }
}
