//! What the checker says, and where, about small programs of our own. No Go installation is needed.

use std::rc::Rc;

use escargo_syntax::SourceMap;
use escargo_types::version::NEWEST;
use escargo_types::{Info, Options, Source, World, check_program};

fn check_as(text: &str, go_version: (u32, u32)) -> (World, Info, Vec<String>) {
    let mut sources = SourceMap::default();
    let index = sources.add("x.go", text.to_owned()).expect("a small source");
    let (file, errors) = escargo_syntax::parse_file(&sources, index, &mut 1);
    assert!(errors.is_empty(), "{errors:?}");
    let package = Source {
        path: "p".into(),
        files: vec![Rc::new(file)].into(),
        later: Vec::new(),
        go_version,
        has_syntax_errors: false,
        complete: true,
    };
    let (world, info, diags) = check_program(&[package], &sources, &Options::default());
    let text = |d: &escargo_syntax::Diagnostic| {
        let at = sources.locate(d.pos).map_or(String::new(), |l| format!("{}:{}: ", l.line, l.col));
        at + &d.message
    };
    let messages = diags.iter().map(text).collect();
    (world, info, messages)
}

fn check(text: &str) -> Vec<String> {
    check_as(text, NEWEST).2
}

/// Statements in a function.
fn body(text: &str) -> Vec<String> {
    check(&format!("package p\n\nfunc _() {{\n{text}\n}}\n"))
}

#[track_caller]
fn says(got: Vec<String>, want: &[&str]) {
    assert_eq!(got, want);
}

#[test]
fn constants() {
    says(
        body("var b byte = 256; _ = b"),
        &["4:14: cannot use 256 (untyped int constant) as byte value in variable declaration (overflows)"],
    );
    says(
        body("var i int = 1.5; _ = i"),
        &["4:13: cannot use 1.5 (untyped float constant) as int value in variable declaration (truncated)"],
    );
    says(body("const c int8 = 100; _ = c * 2"), &["4:25: c * 2 (constant 200 of type int8) overflows int8"]);
    says(body("_ = uint8(300)"), &["4:11: constant 300 overflows uint8"]);
    says(body("_ = 1 / 0"), &["4:9: invalid operation: division by zero"]);
    says(
        body("var f float32 = 1e39; _ = f"),
        &[
            "4:17: cannot use 1e39 (untyped float constant 1e+39) as float32 value in variable declaration (overflows)",
        ],
    );
    says(body("const big = 1e1000 * 1e1000; const c = big / 1e2000; var x [int(c)]int; _ = x"), &[]);
}

#[test]
fn operations() {
    says(
        body("var a int; var b string; _ = a + b"),
        &["4:30: invalid operation: a + b (mismatched types int and string)"],
    );
    says(
        body("var f func(); _ = f == f"),
        &["4:19: invalid operation: f == f (func can only be compared to nil)"],
    );
    says(
        body("var s string; _ = -s"),
        &["4:20: invalid operation: operator - not defined on s (variable of type string)"],
    );
    says(
        body("var x float64; var n uint; _ = x << n"),
        &["4:32: invalid operation: shifted operand x (variable of type float64) must be integer"],
    );
    says(
        body("var n uint; var f float64 = 1 << n; _ = f"),
        &["4:29: invalid operation: shifted operand 1 (type float64) must be integer"],
    );
    says(body("_ = &1"), &["4:6: invalid operation: cannot take address of 1 (untyped int constant)"]);
    says(body("var p *int; _ = p.x"), &["4:19: p.x undefined (type *int has no field or method x)"]);
}

#[test]
fn assignments() {
    says(body("x := 1"), &["4:1: declared and not used: x"]);
    says(body("x := 1; x := 2; _ = x"), &["4:11: no new variables on left side of :="]);
    says(body("var a, b = 1; _, _ = a, b"), &["4:12: assignment mismatch: 2 variables but 1 value"]);
    says(
        body("f := func() (int, int) { return 1, 2 }; a := f(); _ = a"),
        &["4:46: assignment mismatch: 1 variable but f returns 2 values"],
    );
    says(body("var x = nil; _ = x"), &["4:9: use of untyped nil in variable declaration"]);
    says(
        body("m := map[string]struct{ n int }{}; m[\"a\"].n = 1"),
        &["4:36: cannot assign to struct field m[\"a\"].n in map"],
    );
    says(
        body("\"a\"[0] = 'b'"),
        &["4:1: cannot assign to \"a\"[0] (neither addressable nor a map index expression)"],
    );
}

#[test]
fn calls() {
    let program = "package p\n\nfunc f(a int, b ...string) (int, error) { return 0, nil }\n\nfunc g() int {\n\tf()\n\tf(1, 2)\n\treturn f(1)\n}\n";
    says(
        check(program),
        &[
            "6:2: not enough arguments in call to f\n\thave ()\n\twant (int, ...string)",
            "7:7: cannot use 2 (untyped int constant) as string value in argument to f",
            "8:9: too many return values\n\thave (int, error)\n\twant (int)",
        ],
    );
    says(body("len(\"a\")"), &["4:1: len(\"a\") (constant 1 of type int) is not used"]);
    says(
        body("_ = append(1)"),
        &["4:12: invalid append: argument must be a slice; have 1 (untyped int constant)"],
    );
    says(
        body("_ = make(int)"),
        &["4:10: invalid argument: cannot make int: type must be slice, map, or channel"],
    );
    says(
        body("var c <-chan int; close(c)"),
        &["4:25: invalid operation: cannot close receive-only channel c (variable of type <-chan int)"],
    );
}

#[test]
fn literals() {
    says(body("_ = []int{0: 1, 0: 2}"), &["4:17: duplicate index 0 in array or slice literal"]);
    says(body("_ = map[string]int{\"a\": 1, \"a\": 2}"), &["4:28: duplicate key \"a\" in map literal"]);
    says(body("type T struct{ a, b int }; _ = T{1}"), &["4:35: too few values in struct literal of type T"]);
    says(
        body("type T struct{ a int }; _ = T{A: 1}"),
        &["4:31: unknown field A in struct literal of type T, but does have a"],
    );
    says(body("_ = [2]int{1, 2, 3}"), &["4:18: index 2 is out of bounds (>= 2)"]);
}

#[test]
fn interfaces() {
    let program = "package p\n\ntype I interface{ M(int) }\n\ntype T struct{}\n\nfunc (*T) M(int) {}\n\nvar _ I = T{}\nvar _ I = &T{}\nvar _ = I(nil).(T)\n";
    says(
        check(program),
        &[
            "9:11: cannot use T{} (value of struct type T) as I value in variable declaration: T does not implement I (method M has pointer receiver)",
            "11:9: impossible type assertion: I(nil).(T)\n\tT does not implement I (method M has pointer receiver)",
        ],
    );
}

#[test]
fn generics() {
    let program = "package p\n\nfunc f[K comparable, V any](m map[K]V) []K { return nil }\n\nvar _ = f(map[string]int{})\nvar _ = f[func()]\nvar _ = f(1)\nvar _ = f[func(), int]\n";
    says(
        check(program),
        &[
            "6:10: cannot infer V (declared at x.go:3:22)",
            "7:10: in call to f, cannot infer K (declared at x.go:3:8)",
            "8:15: func() does not satisfy comparable",
        ],
    );
}

#[test]
fn facts_for_lowering() {
    use escargo_types::info::Mode;
    use escargo_types::world::Basic;

    let text = "package p\n\nfunc f(s []int, n uint, m map[string]int) (bool, float64, int) {\n\tv, ok := m[\"a\"]\n\t_ = v\n\treturn ok && len(s) > 1<<n, 2, 'a' + 1\n}\n";
    let (world, info, messages) = check_as(text, NEWEST);
    says(messages, &[]);
    for tv in info.types.iter().filter(|tv| tv.mode != Mode::None) {
        let ty = tv.ty.expect("recorded with a type");
        assert!(!world.is_untyped(ty), "{tv:?}");
        assert_eq!(tv.mode == Mode::Const, tv.value.is_some());
    }
    // The constant 2 has the type of the result it is returned as.
    let float = World::basic(Basic::Float64);
    assert!(info.types.iter().any(|tv| tv.mode == Mode::Const && tv.ty == Some(float)));
}

#[test]
fn versions() {
    let text = "package p\n\nfunc _() { for range 10 {}; _ = min(1, 2) }\n";
    says(check_as(text, (1, 22)).2, &[]);
    says(
        check_as(text, (1, 20)).2,
        &[
            "3:22: cannot range over 10 (untyped int constant): requires go1.22 or later (-lang was set to go1.20; check go.mod)",
            "3:33: built-in min requires go1.21 or later (-lang was set to go1.20; check go.mod)",
        ],
    );
}

#[test]
fn large_frames() {
    let text = "package p

type big [400e6]byte

func f() { g(h(), h()) }
func g(a, b big) {}
func h() (b big) { return }

type large struct{ b [1500000000]byte }

func (large) m(int) {}
func k() (x large, i int) { return }
func near(a, b big) int { return 0 }
";
    says(
        check(text),
        &[
            "5:6: stack frame too large (>1GB): 762 MB locals + 0 MB args + 762 MB callee",
            "11:6: stack frame too large (>1GB): 0 MB locals + 1430 MB args",
            "12:6: stack frame too large (>1GB): 0 MB locals + 1430 MB args",
        ],
    );
}

/// A program of a library package, whose bodies are parsed when something mentions them, and one that uses it.
fn check_with_library(helper: Option<escargo_types::Helper>) -> String {
    let library = "package lib\n\nimport \"deep\"\n\nvar Seven = seven()\n\nfunc seven() int { return deep.Half(14) }\n\ntype T struct{ n int }\n
        func (t T) String() string { return deep.Text(t.n) }\nfunc New(n int) T { return T{n: double(n)} }
        func double(n int) int { return n * 2 }\nfunc unused() int { return 1 + 2 + 3 }\n";
    let deep = "package deep\n\nfunc Half(n int) int { return n / 2 }
        func Text(n int) string { if n == 0 { return \"\" }; return Text(n/10) + string(rune('0'+n%10)) }\n";
    let main = "package main\n\nimport \"lib\"\n\nfunc main() { var s interface{ String() string } = lib.New(4); println(s.String()) }\n";
    let mut sources = SourceMap::default();
    let mut add = |name: &str, text: &str| sources.add(name, text.to_owned()).expect("a small source");
    let (deep, lib, main) = (add("deep.go", deep), add("lib.go", library), add("main.go", main));
    let mut nodes = 1;
    let (file, errors) = escargo_syntax::parse_file(&sources, main, &mut nodes);
    assert!(errors.is_empty(), "{errors:?}");
    let package = |path: &str, later: usize| Source {
        path: path.into(),
        files: Default::default(),
        later: vec![later],
        go_version: NEWEST,
        has_syntax_errors: false,
        complete: false,
    };
    let files = vec![Rc::new(file)].into();
    let main = Source { files, later: Vec::new(), complete: true, ..package("main", main) };
    let packages = [package("deep", deep), package("lib", lib), main];
    let options = Options { postpone: true, nodes, helper, ..Default::default() };
    let (world, info, diagnostics) = check_program(&packages, &sources, &options);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let unchecked: Vec<&str> = info.unchecked.iter().map(|&f| world.obj(f).name.as_str()).collect();
    assert_eq!(unchecked, ["unused"]);
    format!("{:?} {:?} {:?}", info.types, info.defs, info.uses)
}

#[test]
fn another_thread_changes_nothing() {
    let alone = check_with_library(None);
    let spawn = |job: Box<dyn FnOnce() + Send>| drop(std::thread::spawn(job));
    for _ in 0..20 {
        assert_eq!(check_with_library(Some(&spawn)), alone);
    }
}
