//! No input makes the parser panic, hang or overflow the stack: mutated programs, truncated ones, deep ones.
//!
//! `ESCARGO_MUTATIONS` sets how many mutated programs are parsed.

use std::time::{Duration, Instant};

use escargo_syntax::{SourceMap, parse_file};

const PROGRAM: &str = include_str!("program.go");

/// The errors of a program. The parser fits the stack of any thread when it is optimised; when it is not, its
/// frames are several times as large.
fn parse(bytes: &[u8]) -> Vec<String> {
    if !cfg!(debug_assertions) {
        return parse_here(bytes);
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(16 << 20);
        let handle = thread.spawn_scoped(scope, || parse_here(bytes)).expect("a thread can be started");
        handle.join().expect("the parser does not panic")
    })
}

fn parse_here(bytes: &[u8]) -> Vec<String> {
    let mut map = SourceMap::default();
    let index = map.add_bytes("x.go", bytes.to_vec()).expect("the text is short");
    let mut next_node = 0;
    let (file, diags) = parse_file(&map, index, &mut next_node);
    drop(file);
    diags
        .iter()
        .map(|d| map.locate(d.pos).expect("errors have positions").to_string() + ": " + &d.message)
        .collect()
}

#[test]
fn the_program_itself_is_fine() {
    assert_eq!(parse(PROGRAM.as_bytes()), Vec::<String>::new());
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// Offsets where a word, a number or a run of other characters starts.
fn token_starts(text: &[u8]) -> Vec<usize> {
    let class = |b: u8| (b.is_ascii_alphanumeric(), b.is_ascii_whitespace());
    (0..text.len()).filter(|&i| i == 0 || class(text[i]) != class(text[i - 1]) || !class(text[i]).0).collect()
}

const SNIPPETS: &[&str] = &[
    "break",
    "case",
    "chan",
    "const",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ":",
    ".",
    "...",
    ":=",
    "=",
    "<-",
    "*",
    "++",
    "+=",
    "&",
    "|",
    "~",
    "!",
    "x",
    "0x",
    "0b12",
    "1_",
    "08",
    "0x1p",
    "'a",
    "''",
    "'\\q'",
    "\"\\xg\"",
    "\"",
    "`",
    "//",
    "/*",
    "*/",
    "\n",
    "\0",
    "\u{feff}",
    "#",
    "é",
    "²",
    "٣",
    "//line a:1\n",
    "/*line b:2:3*/",
    "//go:embed \"\n",
    "//go:noinline\n",
    "//go:linkname\n",
    "\\",
    "\u{10ffff}",
];

fn mutate(random: &mut Random) -> Vec<u8> {
    let mut text = PROGRAM.as_bytes().to_vec();
    for _ in 0..1 + random.below(4) {
        let starts = token_starts(&text);
        if starts.is_empty() {
            break;
        }
        let at = starts[random.below(starts.len())];
        let snippet = SNIPPETS[random.below(SNIPPETS.len())].bytes();
        match random.below(8) {
            0 => text[at] = random.below(256) as u8,
            1 => drop(text.splice(at..at, snippet)),
            2 => {
                let end = starts.iter().copied().find(|&s| s > at).unwrap_or(text.len());
                text.splice(at..end, snippet);
            }
            3 => {
                let end = (at + 1 + random.below(40)).min(text.len());
                text.drain(at..end);
            }
            4 => text.truncate(at),
            5 => {
                let from = starts[random.below(starts.len())];
                let part = text[from..(from + random.below(60)).min(text.len())].to_vec();
                text.splice(at..at, part);
            }
            6 => {
                let bit = 1 << random.below(8);
                text[at] ^= bit;
            }
            _ => {
                let many = SNIPPETS[random.below(SNIPPETS.len())].repeat(1 + random.below(2000));
                text.splice(at..at, many.bytes());
            }
        }
    }
    text
}

#[test]
fn mutated_programs() {
    let count = std::env::var("ESCARGO_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let mut random = Random(0x9e3779b97f4a7c15);
    for i in 0..count {
        let text = mutate(&mut random);
        let start = Instant::now();
        parse(&text);
        assert!(start.elapsed() < Duration::from_secs(10), "mutation {i} takes too long");
    }
}

#[test]
fn truncated_programs() {
    // A step that has no divisor in common with the layout of lines.
    for end in (0..PROGRAM.len()).step_by(7) {
        parse(&PROGRAM.as_bytes()[..end]);
    }
}

const TOO_DEEP: &str = "syntax error: exceeded maximum nesting depth";
const TOO_LONG: &str = "syntax error: expression or statement is too long";

#[test]
fn deep_nesting_is_an_error() {
    let in_func = |body: String| format!("package p\nfunc f() {{ {body} }}\n");
    let n = 100_000;
    let programs = [
        ("parentheses", in_func(format!("_ = {}x{}", "(".repeat(n), ")".repeat(n)))),
        ("open parentheses", in_func(format!("_ = {}", "(".repeat(n)))),
        ("unary operators", in_func(format!("_ = {}x", "-".to_string() + &" -".repeat(n)))),
        ("stars", in_func(format!("_ = {}x", "*".repeat(n)))),
        ("arrows", in_func(format!("_ = {}x", "<-".repeat(n)))),
        ("calls in calls", in_func(format!("{}x{}", "f(".repeat(n), ")".repeat(n)))),
        ("indices in indices", in_func(format!("_ = {}0{}", "a[".repeat(n), "]".repeat(n)))),
        ("composite literals", in_func(format!("_ = T{}{}", "{".repeat(n), "}".repeat(n)))),
        ("blocks", in_func(format!("{}{}", "{".repeat(n), "}".repeat(n)))),
        ("ifs", in_func(format!("{}{}", "if x {".repeat(n), "}".repeat(n)))),
        ("labels", in_func("a: ".repeat(n))),
        ("function literals", in_func(format!("{}{}", "func() {".repeat(n), "}()".repeat(n)))),
        ("switches", in_func(format!("{}{}", "switch { case x:".repeat(n), "}".repeat(n)))),
        ("slices of slices", format!("package p\nvar x {}int\n", "[]".repeat(n))),
        ("arrays of arrays", format!("package p\nvar x {}int{}\n", "[".repeat(n), "]int".repeat(n))),
        ("pointer types", format!("package p\nvar x {}int\n", "*".repeat(n))),
        ("maps", format!("package p\nvar x {}int{}\n", "map[".repeat(n), "]int".repeat(n))),
        ("channels", format!("package p\nvar x {}int\n", "chan ".repeat(n))),
        ("structs", format!("package p\ntype T {}int{}\n", "struct { x ".repeat(n), "}".repeat(n))),
        ("interfaces", format!("package p\ntype T {}int{}\n", "interface { ".repeat(n), "}".repeat(n))),
        ("function types", format!("package p\nvar x {}\n", "func(".repeat(n))),
        ("results", format!("package p\nvar x {}\n", "func() ".repeat(n))),
        ("type arguments", format!("package p\nvar x {}int{}\n", "T[".repeat(n), "]".repeat(n))),
        ("type parameters", format!("package p\ntype T[P {}any\n", "interface { m() [".repeat(n))),
        ("parenthesised types", format!("package p\nvar x {}int{}\n", "(".repeat(n), ")".repeat(n))),
    ];
    for (what, program) in programs {
        let errors = parse(program.as_bytes());
        assert!(errors.len() == 1 && errors[0].ends_with(TOO_DEEP), "{what}: {errors:?}");
    }
}

#[test]
fn long_chains_are_an_error() {
    let in_func = |body: String| format!("package p\nfunc f() {{ {body} }}\n");
    let programs = |n: usize| {
        [
            ("sum", in_func(format!("_ = a{}", " + a".repeat(n)))),
            ("strings", in_func(format!("_ = \"x\"{}", " + \"y\"".repeat(n)))),
            ("mixed", in_func(format!("_ = a{}", " + a * b".repeat(n)))),
            ("selectors", in_func(format!("a{} = 1", ".b".repeat(n)))),
            ("calls", in_func(format!("a{}", "()".repeat(n)))),
            ("indices", in_func(format!("a{} = 1", "[0]".repeat(n)))),
            ("else ifs", in_func(format!("if x {{ }}{}", " else if x { }".repeat(n)))),
            ("union", format!("package p\ntype C interface {{ int{} }}\n", " | T".repeat(n))),
            ("array or type parameters", format!("package p\ntype T [a{}]int\n", " + a".repeat(n))),
        ]
    };
    for (what, program) in programs(5_500) {
        assert_eq!(parse(program.as_bytes()), Vec::<String>::new(), "{what}");
    }
    for (what, program) in programs(100_000) {
        let errors = parse(program.as_bytes());
        assert!(errors.len() == 1 && errors[0].ends_with(TOO_LONG), "{what}: {errors:?}");
    }
}

/// Long chains inside deep nesting must not multiply.
#[test]
fn height_is_bounded_as_a_whole() {
    let mut x = "a".to_string();
    for _ in 0..20 {
        x = format!("({x}{})", " + a".repeat(1_000));
    }
    let errors = parse(format!("package p\nvar x = {x}\n").as_bytes());
    assert!(errors.len() == 1 && errors[0].ends_with(TOO_LONG), "{errors:?}");
}

/// Wide is not deep.
#[test]
fn wide_trees_are_fine() {
    let elements = "{k: a + b, c.d(e)},".repeat(20_000);
    assert_eq!(parse(format!("package p\nvar x = []T{{{elements}}}\n").as_bytes()), Vec::<String>::new());
    let statements = "x = a.b.c + d\n".repeat(20_000);
    assert_eq!(parse(format!("package p\nfunc f() {{\n{statements}}}\n").as_bytes()), Vec::<String>::new());
}
