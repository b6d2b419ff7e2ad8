//! Filetests: the Cranelift IR of the first function of each case. Sites whose name starts with `stack` live on the stack; stores
//! of functions called `nobarrier...` need no barrier.

#[path = "../../filetests/harness.rs"]
mod harness;

use escargo_clif::{Options, Plan, Target, dump_clif};
use escargo_escape::{EscapeResults, Placement, Verdict};
use escargo_ir::{FuncId, Inst, parse, verify};

#[test]
fn clif() {
    harness::run("clif", |title, text| {
        let module = parse(text).unwrap_or_else(|e| panic!("{title}: {e}"));
        if let Err(errors) = verify(&module) {
            panic!("{title}: {}", errors.iter().map(|e| format!("{e}\n")).collect::<String>());
        }
        let mut escape = EscapeResults::default();
        for site in &module.sites {
            let placement = if site.name.starts_with("stack") { Placement::Stack } else { Placement::Heap };
            escape.sites.push(Verdict { placement, ..Verdict::default() });
        }
        for (i, func) in module.funcs.iter().enumerate() {
            if func.name.starts_with("nobarrier") {
                let all = (0..func.insts.len()).map(|inst| (FuncId(i as u32), Inst(inst as u32)));
                escape.no_barrier.extend(all);
            }
        }
        let target = Target::native(&Options::default()).expect("this machine is supported");
        let plan = Plan::new(&module, &escape);
        dump_clif(&module, &escape, &plan, &target, FuncId(0)).unwrap_or_else(|e| panic!("{title}: {e}"))
    });
}
