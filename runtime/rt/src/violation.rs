//! The report of a memory tag violation: on the standard error for people, and as a line of JSON in a file for tools.
//!
//! In: a signal's context. Out: the end of the process with exit code 2. The file is `ESCARGO_VIOLATIONS`, or
//! `escargo-violations.jsonl` in the working directory; lines are appended.

use crate::mte::{self, Freed, Piece};
use crate::trace;
use crate::worker::{caller_frame, worker, worker_pointer};
use std::fmt::Write;

/// A signal that the processor's tag check raised.
pub struct Fault {
    /// None if the processor reported it late: nothing but the thread is known then.
    pub address: Option<usize>,
    pub pc: usize,
    pub fp: usize,
    /// The link register.
    pub link: usize,
    /// The pointer that was used, with its tag.
    pub pointer: usize,
}

/// Position of the innermost Go frame at or above an address in code.
fn position(pc: usize) -> (String, String, u32) {
    let mut found = None;
    trace::frames_at(pc, &mut |f| {
        found = Some((f.name.to_string(), f.file.to_string(), f.line));
        false
    });
    found.unwrap_or_else(|| ("?".into(), "?".into(), 0))
}

fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if (c as u32) < 32 => write!(out, "\\u{:04x}", c as u32).unwrap_or_default(),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn place(p: (String, String, u32)) -> String {
    format!("{{\"function\":{},\"file\":{},\"line\":{}}}", json(&p.0), json(&p.1), p.2)
}

/// Whether the instruction at `pc` writes memory, and the number of the register with its address.
#[cfg(target_arch = "aarch64")]
pub fn decode(pc: usize) -> (bool, usize) {
    // SAFETY: the instruction has been executed.
    let word = unsafe { *(pc as *const u32) };
    let base = (word >> 5 & 31) as usize;
    let pair = word >> 27 & 7 == 0b101;
    let exclusive = word >> 24 & 0x3f == 0b001000;
    let atomic = word >> 24 & 0x3b == 0b111000 && word >> 21 & 1 == 1 && word >> 10 & 3 == 0;
    let write = if pair || exclusive {
        word >> 22 & 1 == 0
    } else if atomic {
        true
    } else {
        let (size, vector, opc) = (word >> 30, word >> 26 & 1, word >> 22 & 3);
        opc == 0 || vector == 1 && size == 0 && opc == 2
    };
    (write, base)
}

#[cfg(not(target_arch = "aarch64"))]
pub fn decode(_pc: usize) -> (bool, usize) {
    (false, 0)
}

fn kind_of(meant: &Option<Piece>, here: &Option<Piece>, address: usize) -> &'static str {
    match meant {
        Some(p) if matches!(p.freed, Freed::Returned(_)) && p.stack => "use after return",
        Some(p) if p.freed != Freed::Live => "use after free",
        Some(p) if address >= p.start + p.bytes => {
            if p.stack {
                "stack overflow of an object"
            } else {
                "heap overflow"
            }
        }
        Some(p) if address < p.start => {
            if p.stack {
                "stack underflow of an object"
            } else {
                "heap underflow"
            }
        }
        _ if here.is_some_and(|p| p.freed == Freed::Live) => "wild pointer",
        _ => "use of memory without an object",
    }
}

fn describe(p: &Piece, address: usize, out: &mut String, fields: &mut String) {
    let (name, file, line) = position(p.site.wrapping_sub(1));
    let place_of = if p.stack { "stack" } else { "heap" };
    let offset = address as i64 - p.start as i64;
    let _ = writeln!(
        out,
        "  object {:#x}: {} bytes on the {place_of}, tag {:#x}; the access is at offset {offset}",
        p.start, p.bytes, p.tag
    );
    let _ = writeln!(out, "  made by {name}\n      {file}:{line}");
    let _ = write!(
        fields,
        ",\"object\":{{\"address\":\"{:#x}\",\"bytes\":{},\"tag\":{},\"where\":\"{place_of}\",\"offset\":{offset}}},\"site\":{}",
        p.start,
        p.bytes,
        p.tag,
        place((name, file, line))
    );
    let how = match p.freed {
        Freed::Live => return,
        Freed::Collected(n) => format!("collection {n}"),
        Freed::Explicit => "the runtime, which had replaced it".into(),
        Freed::Returned(0) => "a panic or the end of its goroutine".into(),
        Freed::Returned(pc) => {
            let (name, file, line) = position(pc.wrapping_sub(1));
            format!("the return of {name}, {file}:{line}")
        }
    };
    let _ = writeln!(out, "  ended by {how}");
    let _ = write!(fields, ",\"free\":{}", json(&how));
}

/// Frame and return address of the compiled code that called the runtime's: by the link register or, where that has been used since, by
/// the chain of frames. Not all of the runtime's functions note down who called them.
fn caller_of(fault: &Fault) -> Option<(usize, usize)> {
    const MOST_FRAMES: usize = 16;
    let (mut fp, mut pc) = (fault.fp, fault.link);
    for _ in 0..MOST_FRAMES {
        if trace::is_compiled(pc.wrapping_sub(1)) {
            return Some((fp, pc));
        }
        if fp == 0 || !fp.is_multiple_of(16) {
            break;
        }
        // SAFETY: the runtime is built with frame records, which begin with the caller's and the return address.
        [fp, pc] = unsafe { *(fp as *const [usize; 2]) };
    }
    None
}

/// Reports and ends the process.
pub fn report(fault: &Fault) -> ! {
    let _unchecked = mte::Unchecked::new();
    crate::print::flush();
    let (fp, pc) = match trace::is_compiled(fault.pc) {
        true => (fault.fp, fault.pc + 1),
        // The runtime, on behalf of the program.
        false => caller_of(fault).unwrap_or_else(caller_frame),
    };
    let access = position(pc.wrapping_sub(1));
    let (mut out, mut fields) = (String::new(), String::new());
    match fault.address {
        None => {
            let _ = writeln!(out, "memory tag violation: asynchronous, found at the latest in {}", access.0);
            let _ = writeln!(out, "      {}:{}", access.1, access.2);
            let _ = writeln!(out, "  GODEBUG=mte=sync tells the address and the object");
            let _ =
                write!(fields, "\"kind\":\"asynchronous\",\"mode\":\"async\",\"access\":{}", place(access));
        }
        Some(address) => {
            let address = mte::strip(address);
            let (write, _) = decode(fault.pc);
            let (tag, memory) = (mte::tag_of(fault.pointer), mte::memory_tag(address & !(mte::GRANULE - 1)));
            let (meant, here) = mte::meant(address, tag);
            let kind = kind_of(&meant, &here, address);
            let how = if write { "write" } else { "read" };
            let _ = writeln!(out, "memory tag violation: {kind}: {how} at {address:#x}");
            let _ = writeln!(out, "  pointer tag {tag:#x}, memory tag {memory:#x}");
            let _ = writeln!(out, "  in {}\n      {}:{}", access.0, access.1, access.2);
            let _ = write!(
                fields,
                "\"kind\":{},\"mode\":\"sync\",\"operation\":\"{how}\",\"address\":\"{address:#x}\",\"pointer_tag\":{tag},\"memory_tag\":{memory},\"access\":{}",
                json(kind),
                place(access)
            );
            if let Some(p) = meant.or(here) {
                describe(&p, address, &mut out, &mut fields);
            }
        }
    }
    out.push('\n');
    if !worker_pointer().is_null() && !worker().g.is_null() {
        trace::running_and_others(&mut out, fp, pc, false);
    }
    crate::os::write_last(out.as_bytes());
    crate::os::append(&crate::os::violations_file(), format!("{{{fields}}}\n").as_bytes());
    crate::os::end(2)
}
