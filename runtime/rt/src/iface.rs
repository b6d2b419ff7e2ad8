//! Types at run time: names, methods, interface tables, type assertions.
//!
//! In: descriptors in the type section. Out: interface tables, made once for each pair of types and kept for ever.

use crate::error;
use crate::worker::{Pair, worker, world};
use escargo_abi::types::{Imethod, Itab, Method, Type, Uncommon, kind, tflag};

/// A worker's tables of late, by interface and dynamic type, in front of `World::itabs`; direct-mapped.
pub struct Recent(Box<[(usize, usize, usize); 256]>);

impl Default for Recent {
    fn default() -> Recent {
        Recent(Box::new([(0, 0, 0); 256]))
    }
}

/// The text of a name: flag byte, varint length, bytes.
unsafe fn name_text(name: *const u8) -> &'static str {
    // SAFETY: names lie in the type section.
    unsafe {
        let (mut length, mut shift, mut at) = (0, 0, 1);
        loop {
            let byte = *name.add(at);
            at += 1;
            length |= ((byte & 0x7f) as usize) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        std::str::from_utf8(std::slice::from_raw_parts(name.add(at), length)).unwrap_or("?")
    }
}

fn section(offset: i32) -> *const u8 {
    // SAFETY: offsets in descriptors are of the type section.
    unsafe { world().program.types.offset(offset as isize) }
}

/// A type as Go prints it.
pub fn type_string(typ: *const Type) -> String {
    if typ.is_null() {
        return "nil".to_owned();
    }
    // SAFETY: a descriptor.
    unsafe {
        let s = name_text(section((*typ).str_off));
        match (*typ).tflag & tflag::EXTRA_STAR {
            0 => s.to_owned(),
            _ => s.strip_prefix('*').unwrap_or(s).to_owned(),
        }
    }
}

/// Bytes between the start of a descriptor and its `Uncommon`.
fn kind_size(k: u8) -> usize {
    let own = match k {
        kind::ARRAY => 24,
        kind::CHAN => 16,
        kind::FUNC => 8,
        kind::INTERFACE => 32,
        kind::MAP => 56,
        kind::POINTER | kind::SLICE => 8,
        kind::STRUCT => 32,
        _ => 0,
    };
    size_of::<Type>() + own
}

/// The methods of a type, sorted by name.
pub fn methods(typ: *const Type) -> &'static [Method] {
    // SAFETY: the layout of descriptors, see `abi::types`.
    unsafe {
        if (*typ).tflag & tflag::UNCOMMON == 0 {
            return &[];
        }
        let uncommon = (typ as *const u8).add(kind_size((*typ).kind & kind::MASK)) as *const Uncommon;
        let first = (uncommon as *const u8).add((*uncommon).moff as usize) as *const Method;
        std::slice::from_raw_parts(first, (*uncommon).mcount as usize)
    }
}

/// The methods of an interface type, sorted by name.
pub fn interface_methods(inter: *const Type) -> &'static [Imethod] {
    // SAFETY: the layout of descriptors: package path, then a slice.
    unsafe {
        let words = inter.add(1) as *const usize;
        let (data, length) = (*words.add(1), *words.add(2));
        if length == 0 {
            return &[];
        }
        std::slice::from_raw_parts(data as *const Imethod, length)
    }
}

/// Code for a method index; code that reports itself if the method was left out of the program.
fn method_code(index: i32) -> usize {
    let p = world().program;
    if index < 0 || index as usize >= p.method_code_len {
        return error::panic_unreachable as *const () as usize;
    }
    // SAFETY: the index is in the table.
    unsafe { *p.method_code.add(index as usize) }
}

/// Package path of an unexported name, by the flags at its start.
unsafe fn package_of(name: *const u8) -> Option<&'static str> {
    // SAFETY: names lie in the type section.
    unsafe {
        if *name & 4 == 0 {
            return None;
        }
        let text = name_text(name);
        let mut at = text.as_ptr().add(text.len());
        if *name & 2 != 0 {
            let (mut length, mut shift) = (0, 0);
            loop {
                let byte = *at;
                at = at.add(1);
                length |= ((byte & 0x7f) as usize) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            at = at.add(length);
        }
        let offset = (at as *const i32).read_unaligned();
        Some(name_text(section(offset)))
    }
}

fn find_method(list: &'static [Method], wanted: &Imethod) -> Option<&'static Method> {
    let name = section(wanted.name);
    // SAFETY: names of the type section.
    let text = unsafe { name_text(name) };
    list.iter().find(|m| {
        if m.mtyp != wanted.typ {
            return false;
        }
        if m.name == wanted.name {
            return true;
        }
        // SAFETY: as above.
        unsafe {
            let other = section(m.name);
            name_text(other) == text && (*name & 1 != 0 || package_of(name) == package_of(other))
        }
    })
}

/// The table of an interface type and a type, or the name of the first missing method.
fn build(inter: *const Type, typ: *const Type) -> Result<usize, &'static str> {
    let (wanted, have) = (interface_methods(inter), methods(typ));
    let mut words = Vec::with_capacity(3 + wanted.len());
    // SAFETY: a descriptor.
    let hash = unsafe { (*typ).hash };
    words.extend([inter as usize, typ as usize, hash as usize]);
    for m in wanted {
        match find_method(have, m) {
            Some(found) => words.push(method_code(found.ifn)),
            // SAFETY: a name of the type section.
            None => return Err(unsafe { name_text(section(m.name)) }),
        }
    }
    // Tables live as long as the program.
    Ok(words.leak().as_ptr() as usize)
}

/// The table of an interface type and a type; 0 if the type does not implement the interface.
pub fn lookup(inter: *const Type, typ: *const Type) -> usize {
    let key = (inter as usize, typ as usize);
    let slot = ((key.0 >> 4).wrapping_mul(31) ^ key.1 >> 4) % 256;
    let recent = &mut worker().itabs.0[slot];
    if (recent.0, recent.1) == key {
        return recent.2;
    }
    // Null: the type does not implement the interface.
    let itab = *world().itabs.lock().entry(key).or_insert_with(|| build(inter, typ).unwrap_or(0));
    *recent = (key.0, key.1, itab);
    itab
}

/// # Safety
/// Descriptors; `typ` may be null.
pub unsafe extern "C" fn assert_iface(inter: *const Type, typ: *const Type) -> usize {
    if typ.is_null() {
        error::assertion(std::ptr::null(), typ, inter, None);
    }
    if interface_methods(inter).is_empty() {
        return typ as usize;
    }
    let itab = lookup(inter, typ);
    if itab == 0 {
        let missing = build(inter, typ).err().map(str::to_owned);
        error::assertion(std::ptr::null(), typ, inter, missing);
    }
    itab
}

/// # Safety
/// Descriptors; `typ` may be null.
pub unsafe extern "C" fn assert_iface_ok(inter: *const Type, typ: *const Type) -> usize {
    if typ.is_null() {
        return 0;
    }
    if interface_methods(inter).is_empty() {
        return typ as usize;
    }
    lookup(inter, typ)
}

/// # Safety
/// Descriptors; `have` may be null.
pub unsafe extern "C" fn panic_assert(have: *const Type, want: *const Type, inter: *const Type) {
    // SAFETY: descriptors.
    unsafe {
        let mut missing = None;
        if !have.is_null() && (*want).kind & kind::MASK == kind::INTERFACE {
            missing = build(want, have).err().map(str::to_owned);
        }
        error::assertion(inter, have, want, missing)
    }
}

/// The type of the value in an interface that has methods, from its table.
pub fn itab_type(itab: usize) -> *const Type {
    if itab == 0 {
        return std::ptr::null();
    }
    // SAFETY: an interface table.
    unsafe { (*(itab as *const Itab)).typ }
}

pub unsafe extern "C" fn resolve_name_off(offset: i64) -> *const u8 {
    section(offset as i32)
}

pub unsafe extern "C" fn resolve_type_off(offset: i64) -> *const u8 {
    if offset == 0 { std::ptr::null() } else { section(offset as i32) }
}

pub unsafe extern "C" fn resolve_text_off(index: i64) -> usize {
    method_code(index as i32)
}

pub unsafe extern "C" fn type_offsets() -> Pair {
    let p = world().program;
    Pair { a: p.type_offsets as usize, b: p.type_offsets_len }
}
