//! Filetests of the passes. A case's title begins with the names of the passes to run, separated by `+` and ended by a colon
//! (`all` runs the table); expected is the module after them.

#[path = "../../filetests/harness.rs"]
mod harness;

use escargo_ir::{FuncId, parse, print_func, verify};
use escargo_opt::{Options, finish, optimize, run_pass};

#[test]
fn passes() {
    harness::run("opt", |title, text| {
        let mut module = match parse(text) {
            Ok(m) => m,
            Err(e) => return format!("parse error: {e}"),
        };
        if let Err(errors) = verify(&module) {
            return errors.iter().map(|e| format!("{e}\n")).collect();
        }
        let names = title.split(':').next().unwrap_or_default();
        for name in names.split('+') {
            let result = if name == "all" {
                let mut options = Options { verify_each: true, ..Options::default() };
                optimize(&mut module, &mut options).and_then(|()| finish(&mut module, &mut options))
            } else {
                run_pass(&mut module, name)
            };
            if let Err(e) = result {
                return e.to_string();
            }
        }
        (0..module.funcs.len()).map(|i| print_func(&module, FuncId(i as u32))).collect::<Vec<_>>().join("")
    });
}
