//! Filetests of the IR: printing and parsing round trips, and each rule of the verifier broken once.

#[path = "../../filetests/harness.rs"]
mod harness;

use escargo_ir::store::{Reader, Store};
use escargo_ir::{Module, parse, print_module, verify};

#[test]
fn round_trip() {
    harness::run("ir", |title, text| {
        let module = match parse(text) {
            Ok(m) => m,
            Err(e) => return format!("parse error: {e}"),
        };
        let printed = print_module(&module);
        let again = parse(&printed).unwrap_or_else(|e| panic!("{title}: {e}\n{printed}"));
        assert!(again == module, "{title}: parse(print(m)) differs from m\n{printed}");
        assert_eq!(printed, print_module(&again), "{title}: printing is not stable");
        match verify(&module) {
            Ok(()) => "valid".into(),
            Err(errors) => errors.iter().map(|e| format!("{e}\n")).collect(),
        }
    });
}

#[test]
fn rules() {
    harness::run("verify", |_, text| match parse(text) {
        Err(e) => format!("parse error: {e}"),
        Ok(m) => match verify(&m) {
            Ok(()) => "valid".into(),
            Err(errors) => errors.iter().map(|e| format!("{e}\n")).collect(),
        },
    });
}

/// A module that was stored and read is the same module; from damaged bytes comes something, or nothing.
#[test]
fn stored() {
    let module = parse(include_str!("../../filetests/ir/everything.ir")).expect("the file is valid");
    let mut bytes = Vec::new();
    module.put(&mut bytes);
    let mut reader = Reader::new(&bytes);
    assert!(Module::get(&mut reader).is_some_and(|m| m == module) && reader.is_empty());
    for at in 0..bytes.len() {
        assert!(Module::get(&mut Reader::new(&bytes[..at])).is_none(), "cut at {at}");
        let mut damaged = bytes.clone();
        damaged[at] ^= 0xa5;
        Module::get(&mut Reader::new(&damaged));
    }
}

/// The parser is total: cut and damaged texts give errors, never panics.
#[test]
fn damaged_text() {
    let text = include_str!("../../filetests/ir/everything.ir");
    for cut in 0..text.len() {
        if let Some(Ok(m)) = text.get(..cut).map(parse) {
            let _ = verify(&m);
            print_module(&m);
        }
    }
    let mut seed = 1u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize
    };
    for _ in 0..3000 {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..1 + random() % 4 {
            let at = random() % bytes.len();
            match random() % 3 {
                0 => bytes[at] = text.as_bytes()[random() % text.len()],
                1 => {
                    bytes.remove(at);
                }
                _ => {
                    let from = random() % text.len();
                    let to = (from + random() % 40).min(text.len());
                    let piece = text.as_bytes()[from..to].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        if let Ok(m) = parse(&String::from_utf8_lossy(&bytes)) {
            let _ = verify(&m);
            print_module(&m);
        }
    }
    assert!(parse("func @f() {\nb0:\n v4000000000: i64 = iconst i64 1\n}").is_err());
}
