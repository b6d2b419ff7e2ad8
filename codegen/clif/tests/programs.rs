//! Calls, memory, allocation, checks and barriers, run through the JIT in both modes.

mod common;

use common::{LAYOUTS, Machine, module, on_stack, take_log};
use escargo_clif::Mode;

const MODES: [Mode; 2] = [Mode::Eager, Mode::Lazy];

#[test]
fn calls_with_many_results() {
    // Ten integers and a float do not fit in registers: they come back through memory, also through a closure, a method and
    // a tail call.
    let results = "(i64, i64, i64, i64, i64, i64, i64, i64, i64, ptr, f64)";
    let text = format!(
        "{LAYOUTS}
global $closure %ptr align 8 readonly = \"\\00\\00\\00\\00\\00\\00\\00\\00\" reloc 0 @lib.closure
global $itab %far align 8 readonly reloc 32 @lib.method
method \"M\" @lib.method
func @lib.many(v0: i64, v1: ptr) -> {results} {{
b0:
    v2: i64 = add v0, v0
    v3: f64 = sint_to_f f64 v0
    return v0, v2, v0, v2, v0, v2, v0, v2, v0, v1, v3
}}
func @lib.closure(v0: ptr, v1: i64) -> {results} closure {{
b0:
    tail_call @lib.many(v1, v0)
}}
func @lib.method(v0: ptr, v1: i64) -> {results} {{
b0:
    v2: ptr = global_addr $closure
    tail_call_closure v2(v1) : (i64) -> {results}
}}
func @main.test(v0: ptr) {{
b0:
    v1: i64 = load i64 v0
    v2: i64, v3: i64, v4: i64, v5: i64, v6: i64, v7: i64, v8: i64, v9: i64, v10: i64, v11: ptr, v12: f64 = call @lib.many(v1, v0)
    v20: i64 = add v2, v3
    v21: i64 = add v20, v10
    store i64 v0, v21
    v13: ptr = global_addr $itab
    v22: i64, v23: i64, v24: i64, v25: i64, v26: i64, v27: i64, v28: i64, v29: i64, v30: i64, v31: ptr, v32: f64 = call_method v13, 1, \"M\", v0(v1) : (i64) -> {results}
    v40: ptr = elem v0, %i64, v50
    store f64 v40, v32
    v41: ptr = elem v0, %i64, v51
    v42: i64 = add v29, v30
    store i64 v41, v42
    return
}}"
    );
    // Constants are defined first.
    let text = text.replace(
        "    v1: i64 = load i64 v0\n    v2: i64,",
        "    v50: i64 = iconst i64 1\n    v51: i64 = iconst i64 2\n    v1: i64 = load i64 v0\n    v2: i64,",
    );
    let module = module(&text);
    let escape = on_stack(&module, &[]);
    for mode in MODES {
        let mut machine = Machine::new(&module, &escape, mode);
        for _ in 0..2 {
            let mut memory = [7u64; 4];
            machine.run("main.test", &mut memory);
            assert_eq!(memory, [28, 7.0f64.to_bits(), 21, 7], "{mode:?}");
        }
        // Lazily: all that was called, nothing else.
        assert_eq!(machine.program.compiled(), 4);
    }
}

#[test]
fn likely_functions_are_compiled_ahead() {
    // `sure` is called in any case, `deep` by it; `rare` when something is wrong, `one` and `two` one time in four.
    let text = "
main @main.main
func @lib.deep() {
b0:
    return
}
func @lib.sure() {
b0:
    call @lib.deep()
    return
}
func @lib.rare() {
b0:
    return
}
func @lib.one() {
b0:
    return
}
func @lib.two() {
b0:
    return
}
func @lib.inner(v0: i8) {
b0:
    branch v0, b1, b2
b1:
    call @lib.one()
    return
b2:
    call @lib.two()
    return
}
func @main.main() {
b0:
    v0: i8 = iconst i8 1
    branch v0, b1, b2
b1:
    call @lib.sure()
    branch v0, b3, b4
b3:
    call @lib.inner(v0)
    return
b4:
    return
b2 cold:
    call @lib.rare()
    unreachable
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[]);
    let mut machine = Machine::new(&module, &escape, Mode::Lazy);
    // main, sure, deep, inner
    assert_eq!(machine.program.compiled(), 4);
    machine.run("main.main", &mut []);
    assert_eq!(machine.program.compiled(), 5);
}

#[test]
fn lazy_functions_keep_their_arguments() {
    let text = "
func @lib.sum(v0: i64, v1: i64, v2: i64, v3: i64, v4: i64, v5: i64, v6: i64, v7: i64, v8: f64, v9: f64, v10: f64, v11: f64) -> (i64, f64) {
b0:
    v20: i64 = add v0, v1
    v21: i64 = add v20, v2
    v22: i64 = add v21, v3
    v23: i64 = add v22, v4
    v24: i64 = add v23, v5
    v25: i64 = add v24, v6
    v26: i64 = add v25, v7
    v27: f64 = fadd v8, v9
    v28: f64 = fmul v27, v10
    v29: f64 = fsub v28, v11
    return v26, v29
}
func @lib.never() {
b0:
    return
}
func @main.test(v0: ptr) {
b0:
    v1: i64 = iconst i64 1
    v2: i64 = iconst i64 20
    v3: i64 = iconst i64 300
    v4: i64 = iconst i64 4000
    v5: f64 = f64const 0x4000000000000000
    v6: f64 = f64const 0x4008000000000000
    v7: i64, v8: f64 = call @lib.sum(v1, v2, v3, v4, v1, v2, v3, v4, v5, v6, v5, v6)
    store i64 v0, v7
    v9: ptr = elem v0, %i64, v1
    store f64 v9, v8
    return
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[]);
    let mut machine = Machine::new(&module, &escape, Mode::Lazy);
    assert_eq!(machine.program.compiled(), 1);
    for _ in 0..3 {
        let mut memory = [0u64; 2];
        machine.run("main.test", &mut memory);
        assert_eq!(memory, [8642, 7.0f64.to_bits()]);
    }
    assert_eq!(machine.program.compiled(), 2);
    // The runtime finds functions by address: the table is sorted, also after it grew.
    // SAFETY: the program lives as long as the machine.
    let funcs = unsafe {
        let program = &*machine.program.program();
        std::slice::from_raw_parts(program.funcs, program.funcs_len)
    };
    assert_eq!(funcs.len(), 5);
    assert!(funcs.windows(2).all(|w| w[0].start + w[0].size <= w[1].start));
}

#[test]
fn allocation() {
    let text = "
site #0 new %pair \"new(pair)\" in main.test
site #1 new %big \"new(big)\" in main.test
site #2 make_slice %pair \"make([]pair, n)\" in main.test
site #3 new %empty \"new(empty)\" in main.test
site #4 new %i64 \"new(int)\" in main.test
func @main.test(v0: ptr) {
b0:
    v1: i64 = load i64 v0
    v2: ptr = alloc #0 %pair
    v3: ptr = alloc #1 %big
    v4: ptr = alloc #2 %pair, v1
    v5: ptr = alloc #3 %empty
    v6: ptr = alloc #4 %i64
    v7: ptr = alloc #0 %pair
    store ptr v0, v2
    v10: i64 = iconst i64 1
    v11: ptr = elem v0, %i64, v10
    store ptr v11, v7
    v12: i64 = load i64 v6
    v13: i64 = iconst i64 2
    v14: ptr = elem v0, %i64, v13
    store i64 v14, v12
    return
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let mut escape = on_stack(&module, &[4]);
    for (i, f) in module.funcs[0].insts.iter().enumerate() {
        if matches!(f.op, escargo_ir::Op::Store { .. }) {
            escape.no_barrier.insert((escargo_ir::FuncId(0), escargo_ir::Inst(i as u32)));
        }
    }
    for mode in MODES {
        let mut machine = Machine::new(&module, &escape, mode);
        // SAFETY: the program lives as long as the machine.
        let classes = unsafe {
            let program = &*machine.program.program();
            std::slice::from_raw_parts(program.classes, program.classes_len)
        };
        assert_eq!(classes.len(), 1);
        assert_eq!((classes[0].size, classes[0].mask), (16, 1));
        take_log();
        let mut memory = [3u64, 0, 99];
        machine.run("main.test", &mut memory);
        assert_eq!(take_log(), ["alloc_slow 0", "alloc_layout 800", "alloc_array 16 3", "alloc_slow 0"]);
        // With a cursor that has room for one object.
        let mut room = [0u64; 2];
        let at = room.as_mut_ptr() as usize;
        machine.context[8] = at;
        machine.context[9] = at + 16;
        let mut memory = [3u64, 0, 99];
        machine.run("main.test", &mut memory);
        assert_eq!(memory[0], at as u64);
        assert_eq!(memory[2], 0, "stack objects start as zeroes");
        assert_eq!(machine.context[8], at + 16);
        assert_eq!(take_log(), ["alloc_layout 800", "alloc_array 16 3", "alloc_slow 0"]);
    }
}

#[test]
fn stack_objects() {
    // Partly initialised objects: what no store covers is zero, in each iteration of a loop.
    let text = "
site #0 var %pair \"x\" in main.test
site #1 var %big \"y\" in main.test
func @main.test(v0: ptr) {
b0:
    v1: i64 = iconst i64 5
    v2: i64 = iconst i64 0
    v3: i64 = iconst i64 1
    jump b1(v2, v2)
b1(v10: i64, v11: i64):
    v12: i8 = icmp slt v10, v1
    branch v12, b2, b3
b2:
    v20: ptr = alloc #0 %pair
    v21: ptr = field v20, %pair, 1
    store i64 v21, v10
    v22: i64 = load i64 v20
    v23: i64 = load i64 v21
    v24: ptr = alloc #1 %big
    v25: ptr = elem v24, %i64, v1
    v26: i64 = load i64 v25
    store i64 v25, v1
    v27: i64 = add v22, v23
    v28: i64 = add v27, v26
    v29: i64 = add v11, v28
    store i64 v20, v1
    v30: i64 = add v10, v3
    jump b1(v30, v29)
b3:
    store i64 v0, v11
    return
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[0, 1]);
    for mode in MODES {
        let mut memory = [0u64];
        Machine::new(&module, &escape, mode).run("main.test", &mut memory);
        assert_eq!(memory, [10]);
    }
}

#[test]
fn copies_and_zeroing() {
    let text = "
site #0 var %big \"x\" in main.test
func @main.test(v0: ptr) {
b0:
    v1: i64 = iconst i64 2
    v2: ptr = elem v0, %pair, v1
    copy %pair v2, v0
    zero %pair v0
    return
}
func @main.large(v0: ptr) {
b0:
    v1: i64 = iconst i64 1
    v2: ptr = elem v0, %bigptrs, v1
    copy %bigptrs v2, v0
    zero %bigptrs v0
    return
}
func @main.plain(v0: ptr) {
b0:
    v1: i64 = iconst i64 1
    v2: ptr = elem v0, %big, v1
    copy %big v2, v0
    zero %big v0
    return
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[]);
    let mut machine = Machine::new(&module, &escape, Mode::Eager);
    for marking in [false, true] {
        machine.context[1] = usize::from(marking);
        take_log();
        let mut memory = [1u64, 2, 3, 4, 5, 6];
        machine.run("main.test", &mut memory);
        assert_eq!(memory, [0, 0, 3, 4, 1, 2]);
        let expected: &[&str] = if marking { &["typed_move 1", "typed_clear 1"] } else { &[] };
        assert_eq!(take_log(), expected);
    }
    for (name, expected) in
        [("main.large", ["typed_move 1", "typed_clear 1"]), ("main.plain", ["memmove 800", "memclr 800"])]
    {
        let mut memory = [9u64; 200];
        machine.run(name, &mut memory);
        assert_eq!(take_log(), expected);
        assert!(memory[..100].iter().all(|&w| w == 0) && memory[100..].iter().all(|&w| w == 9));
    }
}

#[test]
fn write_barriers() {
    let text = "
func @main.test(v0: ptr) {
b0:
    v1: i64 = iconst i64 1
    v2: i64 = iconst i64 2
    v3: ptr = elem v0, %ptr, v1
    v4: ptr = elem v0, %ptr, v2
    v5: ptr = load ptr v3
    v6: f64 = load f64 v4
    store ptr v0, v5
    v7: f64 = fadd v6, v6
    store f64 v4, v7
    v8: ptr = atomic_rmw xchg ptr v3, v0
    return
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[]);
    let mut machine = Machine::new(&module, &escape, Mode::Eager);
    for marking in [false, true] {
        machine.context[1] = usize::from(marking);
        take_log();
        let mut memory = [1u64, 0x1234, 1.5f64.to_bits()];
        let address = memory.as_ptr() as u64;
        machine.run("main.test", &mut memory);
        assert_eq!(memory, [0x1234, address, 3.0f64.to_bits()]);
        let expected = [format!("write_barrier {}", 0x1234), format!("write_barrier {address}")];
        assert_eq!(take_log(), if marking { &expected[..] } else { &[] });
    }
}

#[test]
fn checks() {
    let mut text = String::from(LAYOUTS);
    let checks = ["index", "slice_alen", "slice_b", "slice3_c", "slice_convert"];
    for check in checks {
        text += &format!(
            "func @main.{check}(v0: ptr) {{
b0:
    v1: i64 = iconst i64 1
    v2: ptr = elem v0, %i64, v1
    v3: i64 = load i64 v0
    v4: i64 = load i64 v2
    check {check} v3, v4
    return
}}
"
        );
    }
    for check in ["div", "shift"] {
        text += &format!(
            "func @main.{check}(v0: ptr) {{
b0:
    v3: i32 = load i32 v0
    check {check} v3
    return
}}
"
        );
    }
    let module = module(&text);
    let escape = on_stack(&module, &[]);
    let mut machine = Machine::new(&module, &escape, Mode::Eager);
    let mut end =
        |name: &str, x: i64, y: i64| machine.run_to_end(&format!("main.{name}"), &mut [x as u64, y as u64]);
    assert_eq!(end("index", 3, 4), "");
    assert_eq!(end("index", 4, 4), "panic_index 4 4");
    assert_eq!(end("index", -1, 4), "panic_index -1 4");
    assert_eq!(end("slice_alen", 4, 4), "");
    assert_eq!(end("slice_alen", 5, 4), "panic_slice 0 5 4");
    assert_eq!(end("slice_b", 5, 4), "panic_slice 2 5 4");
    assert_eq!(end("slice3_c", -1, 4), "panic_slice 6 -1 4");
    assert_eq!(end("slice_convert", 4, 4), "");
    assert_eq!(end("slice_convert", 3, 4), "panic_slice_convert 3 4");
    assert_eq!(end("div", 1, 0), "");
    assert_eq!(end("div", 1 << 32, 0), "panic_divide");
    assert_eq!(end("shift", 7, 0), "");
    assert_eq!(end("shift", 0x8000_0000, 0), "panic_shift");
}

#[test]
fn nil_faults() {
    let text = "
func @main.load(v0: ptr) {
b0:
    v1: ptr = load ptr v0
    nil_check v1
    v2: ptr = field v1, %pair, 1
    v3: i64 = load i64 v2
    store i64 v0, v3
    return
}
func @main.check(v0: ptr) {
b0:
    v1: ptr = load ptr v0
    nil_check v1
    store ptr v0, v1
    return
}
func @main.far(v0: ptr) {
b0:
    v1: ptr = load ptr v0
    v2: ptr = field v1, %far, 2
    v3: i64 = load i64 v2
    return
}
func @main.closure(v0: ptr) {
b0:
    v1: ptr = load ptr v0
    call_closure v1() : () -> ()
    return
}
func @main.unused(v0: ptr) {
b0:
    v1: ptr = load ptr v0
    v3: i64 = load i64 v1
    return
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[]);
    let mut machine = Machine::new(&module, &escape, Mode::Eager);
    for name in ["load", "check", "far", "closure", "unused"] {
        let end = machine.run_to_end(&format!("main.{name}"), &mut [0]);
        assert_eq!(end, format!("signal {}", libc::SIGSEGV), "{name}");
    }
    let mut object = [5u64; 1024];
    for name in ["load", "check", "far", "unused"] {
        assert_eq!(
            machine.run_to_end(&format!("main.{name}"), &mut [object.as_mut_ptr() as u64]),
            "",
            "{name}"
        );
    }
}

#[test]
fn stack_checks() {
    let text = "
site #0 var %huge \"x\" in lib.large
func @lib.deep(v0: i64) -> (i64) {
b0:
    v1: i64 = iconst i64 1
    v2: i64 = add v0, v1
    v3: i64 = call @lib.deep(v2)
    v4: i64 = add v3, v2
    return v4
}
func @lib.large(v0: i64) -> (i64) {
b0:
    v1: ptr = alloc #0 %huge
    v2: ptr = elem v1, %i64, v0
    store i64 v2, v0
    v3: i64 = load i64 v2
    return v3
}
func @main.deep(v0: ptr) {
b0:
    v1: i64 = load i64 v0
    v2: i64 = call @lib.deep(v1)
    return
}
func @main.large(v0: ptr) {
b0:
    v1: i64 = load i64 v0
    v2: i64 = call @lib.large(v1)
    store i64 v0, v2
    return
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[0]);
    for mode in MODES {
        let mut machine = Machine::new(&module, &escape, mode);
        let mut memory = [11u64];
        machine.run("main.large", &mut memory);
        assert_eq!(memory, [11]);
        // A limit 32 KiB below: the large frame does not fit, the others do.
        let here = memory.as_ptr() as usize;
        machine.context[0] = here - (32 << 10);
        assert_eq!(machine.run_to_end("main.large", &mut [1]), "stack_overflow", "{mode:?}");
        assert_eq!(machine.run_to_end("main.deep", &mut [1]), "stack_overflow", "{mode:?}");
    }
}

#[test]
fn switches() {
    let dense: String = (10..30).map(|i| format!("{i}: b{}, ", i % 3 + 1)).collect();
    let mut text = String::from(LAYOUTS);
    for ty in ["i8", "i32", "i64"] {
        text += &format!(
            "func @main.{ty}(v0: ptr) {{
b0:
    v1: {ty} = load {ty} v0
    switch v1, [{dense}-5: b1, 100: b2, 101: b3], b4
b1:
    v2: i64 = iconst i64 1
    jump b5(v2)
b2:
    v3: i64 = iconst i64 2
    jump b5(v3)
b3:
    v4: i64 = iconst i64 3
    jump b5(v4)
b4:
    v5: i64 = iconst i64 4
    jump b5(v5)
b5(v6: i64):
    store i64 v0, v6
    return
}}
"
        );
    }
    let module = module(&text);
    let escape = on_stack(&module, &[]);
    let mut machine = Machine::new(&module, &escape, Mode::Eager);
    for ty in ["i8", "i32", "i64"] {
        for x in (-130i64..130).chain([1 << 32, (1 << 32) + 12, i64::MIN, i64::MAX]) {
            let seen = match ty {
                "i8" => i64::from(x as i8),
                "i32" => i64::from(x as i32),
                _ => x,
            };
            let expected = match seen {
                10..30 => seen as u64 % 3 + 1,
                -5 => 1,
                100 => 2,
                101 => 3,
                _ => 4,
            };
            let mut memory = [x as u64];
            machine.run(&format!("main.{ty}"), &mut memory);
            assert_eq!(memory[0], expected, "{ty} {x}");
        }
    }
}

#[test]
fn runtime_buffers() {
    let text = "
site #0 string_conv %empty \"string(r)\" in main.test
site #1 string_conv %empty \"string(r)\" in main.test
func @main.test(v0: ptr) {
b0:
    v1: i64 = load i64 v0
    v2: ptr, v3: i64 = rt string_from_rune #0 (v1)
    v4: ptr, v5: i64 = rt string_from_rune #1 (v1)
    v6: i64 = add v3, v5
    store i64 v0, v6
    rt print_int(v6)
    return
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[0]);
    for mode in MODES {
        take_log();
        let mut memory = [21u64];
        Machine::new(&module, &escape, mode).run("main.test", &mut memory);
        assert_eq!(memory, [42]);
        assert_eq!(take_log(), ["string_from_rune stack", "string_from_rune heap", "print_int 42"]);
    }
}

/// The same code path makes AArch64 code.
#[test]
fn aarch64_bytes() {
    use escargo_clif::{Options, Plan, Target, compile_all};
    let text = "
site #0 new %pair \"new(pair)\" in main.test
func @main.test(v0: ptr, v1: i64) -> (i64, i64, i64, i64, i64, i64, i64) {
b0:
    v2: ptr = alloc #0 %pair
    store ptr v2, v0
    v3: i64 = load i64 v0
    v4: i64, v5: i64, v6: i64, v7: i64, v8: i64, v9: i64, v10: i64 = call @main.test(v2, v3)
    v11: i64 = srem v4, v1
    v12: f64 = sint_to_f f64 v11
    v13: i64 = f_to_uint i64 v12
    return v13, v5, v6, v7, v8, v9, v10
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[]);
    let options = Options { verify: true, ..Options::default() };
    let plan = Plan::new(&module, &escape);
    for arch in ["aarch64", "x86_64"] {
        let target = Target::by_name(arch, &options).unwrap_or_else(|e| panic!("{e}"));
        let ids = [escargo_ir::FuncId(0)];
        let codes =
            compile_all(&module, &escape, &plan, &target, &options, &ids).unwrap_or_else(|e| panic!("{e}"));
        assert!(codes[0].bytes.len() > 100 && !codes[0].relocs.is_empty());
    }
}

#[test]
fn hot_functions_are_compiled_again() {
    let text = "
func @lib.twice(v0: i64) -> (i64) {
b0:
    v1: i64 = add v0, v0
    return v1
}
func @lib.sum(v0: i64) -> (i64) {
b0:
    v1: i64 = iconst i64 0
    v2: i64 = iconst i64 1
    jump b1(v1, v1)
b1(v3: i64, v4: i64):
    v5: i8 = icmp slt v3, v0
    branch v5, b2, b3
b2:
    v6: i64 = add v4, v3
    v7: i64 = add v3, v2
    jump b1(v7, v6)
b3:
    v8: i64 = call @lib.twice(v4)
    return v8
}
func @main.test(v0: ptr) {
b0:
    v1: i64 = load i64 v0
    v2: i64 = call @lib.sum(v1)
    store i64 v0, v2
    return
}";
    let module = module(&format!("{LAYOUTS}{text}"));
    let escape = on_stack(&module, &[]);
    let mut machine = Machine::new(&module, &escape, Mode::Lazy);
    let stub = machine.program.address(escargo_ir::FuncId(0));
    let mut compiled = Vec::new();
    for n in 0..1000 {
        let mut memory = [n];
        machine.run("main.test", &mut memory);
        assert_eq!(memory[0], n * n.saturating_sub(1));
        compiled.push(machine.program.compiled());
    }
    // A small function with a loop is optimised at once, the other when it has been called often.
    assert_eq!((compiled[0], compiled[999]), (3, 4));
    assert_ne!(machine.program.address(escargo_ir::FuncId(0)), stub);
}
