//! The result of the passes does not depend on the number of threads.

use std::fmt::Write;

use escargo_ir::{parse, print_module};
use escargo_opt::{Options, optimize};

/// Functions that call one another in many ways: directly, also in circles, through static closures and through interface tables.
fn program(funcs: usize) -> String {
    let mut text = String::from(
        "layout %i64 = { size 8, align 8, scalar i64 }\n\
         layout %ptr = { size 8, align 8, scalar ptr }\n\
         layout %clo = { size 8, align 8, struct, field code %ptr at 0 }\n\
         layout %tab = { size 64, align 8 }\n",
    );
    let word = "\\00\\00\\00\\00\\00\\00\\00\\00";
    for n in 0..funcs {
        // Each function of the third kind is reached in three ways.
        let at = escargo_ir::ITAB_FUN;
        let data = word.repeat(at as usize / 8 + 1);
        writeln!(text, "global $c{n} %clo align 8 readonly = \"{word}\" reloc 0 @f{n}")
            .expect("a string grows");
        writeln!(text, "global $t{n} %tab align 8 readonly = \"{data}\" reloc {at} @f{n}")
            .expect("a string grows");
    }
    for n in 0..funcs {
        writeln!(text, "site #{n} new %i64 \"new(int)\" in f{n}").expect("a string grows");
    }
    text += "main @main\nfunc @main() {\nb0:\n    v0: ptr = null\n    v1: i64 = iconst i64 1\n";
    for n in 0..funcs {
        writeln!(text, "    v{}: i64 = call @f{n}(v0, v1)", n + 2).expect("a string grows");
    }
    text += "    return\n}\n";
    for n in 0..funcs {
        let flags = if n % 11 == 3 { " noinline" } else { "" };
        write!(
            text,
            "func @f{n}(v0: ptr, v1: i64) -> (i64){flags} {{\nb0:\n    v2: ptr = alloc #{n} %i64\n    store i64 v2, v1\n"
        )
        .expect("a string grows");
        // Two callees, chosen as if by chance; most are lower, some are not.
        let mut value = 1;
        for k in 1..3 {
            let seed = (n * 2654435761 + k * 40503) >> 3;
            let callee = if seed % 13 == 0 { seed % funcs } else { n.saturating_sub(1 + seed % 40) };
            let (c, v) = (10 * k, value);
            match seed % 3 {
                0 => writeln!(text, "    v{}: i64 = call @f{callee}(v2, v{v})", c + 1),
                1 => writeln!(
                    text,
                    "    v{c}: ptr = global_addr $c{callee}\n    v{}: i64 = call_closure v{c}(v{v}) : (i64) -> (i64)",
                    c + 1
                ),
                _ => writeln!(
                    text,
                    "    v{c}: ptr = global_addr $t{callee}\n    v{}: i64 = call_method v{c}, 0, \"M{n}\", v2(v{v}) : (i64) -> (i64)",
                    c + 1
                ),
            }
            .expect("a string grows");
            value = c + 1;
        }
        writeln!(text, "    v3: i64 = load i64 v2\n    v4: i64 = add v3, v{value}\n    return v4\n}}")
            .expect("a string grows");
    }
    text
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let module = parse(&program(600)).unwrap_or_else(|e| panic!("{e}"));
    let optimized = |threads: usize| {
        let mut m = module.clone();
        let mut options = Options { threads, verify_each: false, ..Options::default() };
        optimize(&mut m, &mut options).unwrap_or_else(|e| panic!("{e}"));
        assert!(m.sites.len() > module.sites.len(), "something is inlined");
        print_module(&m)
    };
    let expected = optimized(1);
    for threads in [2, 3, 8] {
        assert!(optimized(threads) == expected, "{threads} threads make another module");
    }
}
