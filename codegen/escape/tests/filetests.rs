//! Filetests of escape analysis: placements with their reasons, parameters' leaks, stores without barriers.

#[path = "../../filetests/harness.rs"]
mod harness;

use std::fmt::Write;

use escargo_escape::{analyze, checker};
use escargo_ir::{FuncId, SiteId, parse, print_inst, print_pos, verify};

#[test]
fn placements() {
    harness::run("escape", |title, text| {
        let module = match parse(text) {
            Ok(m) => m,
            Err(e) => return format!("parse error: {e}"),
        };
        if let Err(errors) = verify(&module) {
            return errors.iter().map(|e| format!("{e}\n")).collect();
        }
        let results = analyze(&module, 2);
        let broken = checker::check(&module, &results);
        assert!(broken.is_empty(), "{title}: {broken:?}");
        let mut out = String::new();
        for (i, v) in results.sites.iter().enumerate() {
            let site = SiteId(i as u32);
            let placement = format!("{:?}", v.placement).to_lowercase();
            let steps: Vec<String> =
                v.reason.iter().map(|s| format!("{}{}", s.what, print_pos(&module, s.pos))).collect();
            let _ =
                writeln!(out, "escape: {site} {} {placement}: {}", module.sites[i].name, steps.join("; "));
        }
        for (i, params) in results.params.iter().enumerate() {
            let f = &module.funcs[i];
            for (p, leak) in params.iter().enumerate() {
                if let Some(d) = leak.heap {
                    let _ = writeln!(out, "leak: {} parameter {p} to heap, level {d}", f.name);
                }
                for (r, d) in &leak.results {
                    let _ = writeln!(out, "leak: {} parameter {p} to result {r}, level {d}", f.name);
                }
            }
        }
        let mut free: Vec<_> = results.no_barrier.iter().collect();
        free.sort();
        for (f, i) in free {
            let f: &FuncId = f;
            let _ = writeln!(
                out,
                "no barrier: {}: {}",
                module.func(*f).name,
                print_inst(&module, module.func(*f), *i)
            );
        }
        out
    });
}
