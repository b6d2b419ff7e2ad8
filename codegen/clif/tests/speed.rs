//! Not a test: measures the JIT. `cargo test --release -p escargo-clif --test speed -- --ignored --nocapture`

mod common;

use std::time::Instant;

use common::{LAYOUTS, Machine, module, on_stack};
use escargo_clif::Mode;

#[test]
#[ignore = "a measurement"]
fn fib() {
    let text = "
func @lib.fib(v0: i64) -> (i64) {
b0:
    v1: i64 = iconst i64 2
    v2: i8 = icmp slt v0, v1
    branch v2, b1, b2
b1:
    return v0
b2:
    v3: i64 = iconst i64 1
    v4: i64 = sub v0, v3
    v5: i64 = call @lib.fib(v4)
    v6: i64 = sub v0, v1
    v7: i64 = call @lib.fib(v6)
    v8: i64 = add v5, v7
    return v8
}
func @main.test(v0: ptr) {
b0:
    v1: i64 = load i64 v0
    v2: i64 = call @lib.fib(v1)
    store i64 v0, v2
    return
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[]);
    let target = escargo_clif::Target::native(&Default::default()).expect("this machine is supported");
    let plan = escargo_clif::Plan::new(&module, &escape);
    let fib = escargo_ir::FuncId(0);
    println!("{}", escargo_clif::dump_clif(&module, &escape, &plan, &target, fib).unwrap_or_default());
    println!(
        "{}",
        escargo_clif::dump_asm(&module, &escape, &plan, &target, &|_| None, fib).unwrap_or_default()
    );
    for mode in [Mode::Eager, Mode::Lazy].into_iter().cycle().take(24) {
        let start = Instant::now();
        let mut machine = Machine::new(&module, &escape, mode);
        let compiled = start.elapsed();
        // The best of many short runs: other work on the machine disturbs few of them.
        let mut best = std::time::Duration::MAX;
        for _ in 0..4000 {
            let start = Instant::now();
            let mut memory = [22u64];
            machine.run("main.test", &mut memory);
            best = best.min(start.elapsed());
            assert_eq!(memory[0], 17711);
        }
        println!(
            "{mode:?}: compile {compiled:?}, fib(22) in {best:?} at {:#x}",
            machine.program.address(escargo_ir::FuncId(0))
        );
    }
}
