//! Shapes and positions of trees, values of literals, positions under line directives.

use std::collections::HashSet;

use escargo_syntax::ast::*;
use escargo_syntax::literal::{rune_value, string_value};
use escargo_syntax::print::expr_string;
use escargo_syntax::source::decode;
use escargo_syntax::{Pos, SourceMap, parse_file};
use expect_test::{Expect, expect};

fn parse(text: &str) -> (SourceMap, File) {
    let mut map = SourceMap::default();
    let index = map.add("x.go", text.to_owned()).expect("the text is short");
    let (file, diags) = parse_file(&map, index, &mut 0);
    assert_eq!(diags, []);
    (map, file)
}

/// The expression of `var _ = text`, printed with its kind and column, and those of its operands.
fn check(text: &str, expected: Expect) {
    let prefix = "package p; var _ = ";
    let (_, file) = parse(&format!("{prefix}{text}\n"));
    let Some(Decl::Var(v)) = file.decls.first() else { panic!("a variable") };
    let mut out = String::new();
    show(&v.values[0], prefix.len() as u32, 0, &mut out);
    expected.assert_eq(&out);
}

fn show(x: &Expr, before: u32, indent: usize, out: &mut String) {
    let kind = format!("{:?}", x.kind);
    let kind = kind.split([' ', '(']).next().unwrap_or_default();
    let col = |pos: Pos| pos.0 - before - 1;
    *out += &format!("{:indent$}{kind} {}..{} {}\n", "", col(x.start()), col(x.pos), expr_string(x));
    let children: Vec<&Expr> = match &x.kind {
        ExprKind::Paren(x)
        | ExprKind::Star(x)
        | ExprKind::Unary { x, .. }
        | ExprKind::Selector { x, .. }
        | ExprKind::SliceType(x)
        | ExprKind::ChanType { elem: x, .. }
        | ExprKind::TypeAssert { x, .. } => vec![x],
        ExprKind::Binary { x, y, .. } | ExprKind::KeyValue { key: x, value: y } => vec![x, y],
        ExprKind::Call { fun, args, .. } => std::iter::once(&**fun).chain(args).collect(),
        ExprKind::Index { x, indices } => std::iter::once(&**x).chain(indices).collect(),
        ExprKind::CompositeLit { elems, .. } => elems.iter().collect(),
        _ => vec![],
    };
    for child in children {
        if !matches!(child.kind, ExprKind::Name(_) | ExprKind::BasicLit { .. }) {
            show(child, before, indent + 2, out);
        }
    }
}

#[test]
fn operators() {
    check(
        "a + b*c - d<<e == f && g || !h",
        expect![[r#"
        Binary 0..25 a + b * c - d << e == f && g || !h
          Binary 0..20 a + b * c - d << e == f && g
            Binary 0..15 a + b * c - d << e == f
              Binary 0..8 a + b * c - d << e
                Binary 0..2 a + b * c
                  Binary 4..5 b * c
                Binary 10..11 d << e
          Unary 28..28 !h
    "#]],
    );
    check(
        "a - b - c",
        expect![[r#"
        Binary 0..6 a - b - c
          Binary 0..2 a - b
    "#]],
    );
    check(
        "-a.b * *p.q",
        expect![[r#"
        Binary 0..5 -a.b * *p.q
          Unary 0..0 -a.b
            Selector 1..2 a.b
          Star 7..7 *p.q
            Selector 8..9 p.q
    "#]],
    );
    check(
        "&(T{}) == (&x)",
        expect![[r#"
        Binary 0..7 &T{} == (&x)
          Unary 0..0 &T{}
            CompositeLit 2..3 T{}
          Paren 10..10 (&x)
            Unary 11..11 &x
    "#]],
    );
}

#[test]
fn channels() {
    check(
        "<-c",
        expect![[r#"
        Unary 0..0 <-c
    "#]],
    );
    check(
        "<-chan int(c)",
        expect![[r#"
        Unary 0..0 <-chan int(c)
          Call 2..10 chan int(c)
            ChanType 2..2 chan int
    "#]],
    );
    check(
        "(<-chan int)(c)",
        expect![[r#"
        Call 0..12 (<-chan int)(c)
          Paren 0..0 (<-chan int)
            ChanType 3..3 <-chan int
    "#]],
    );
    check(
        "<-chan<- chan int(c)",
        expect![[r#"
        Unary 0..0 <-chan<- chan int(c)
          Call 2..17 chan<- chan int(c)
            ChanType 2..2 chan<- chan int
              ChanType 9..9 chan int
    "#]],
    );
    check(
        "chan (<-chan int)(nil)",
        expect![[r#"
        Call 0..17 chan (<-chan int)(nil)
          ChanType 0..0 chan (<-chan int)
            ChanType 6..6 <-chan int
    "#]],
    );
}

#[test]
fn postfix() {
    check(
        "a.b(c, d...)[e].(f.G)",
        expect![[r#"
        TypeAssert 0..15 a.b(c, d...)[e].(f.G)
          Index 0..12 a.b(c, d...)[e]
            Call 0..3 a.b(c, d...)
              Selector 0..1 a.b
    "#]],
    );
    check(
        "F[int, []T](x[1:2:3], y[:])",
        expect![[r#"
        Call 0..11 F[int, []T](x[1:2:3], y[:])
          Index 0..1 F[int, []T]
            SliceType 7..7 []T
          Slice 13..13 x[1:2:3]
          Slice 23..23 y[:]
    "#]],
    );
    check(
        "[]T{{1}, 2: {k: v}, G[int]{}}",
        expect![[r#"
        CompositeLit 0..3 []T{…}
          CompositeLit 4..4 {…}
          KeyValue 9..10 2: {…}
            CompositeLit 12..12 {…}
              KeyValue 13..14 k: v
          CompositeLit 20..26 G[int]{}
    "#]],
    );
    check(
        "func(a, b int, c ...T) (x, y T) { return }(z)",
        expect![[r#"
        Call 0..42 func(a, b int, c ...T) (x, y T) {…}(z)
          FuncLit 0..0 func(a, b int, c ...T) (x, y T) {…}
    "#]],
    );
    check(
        "struct{ a, b int; T `t` }{}",
        expect![[r#"
        CompositeLit 0..25 struct{a, b int; T `t`}{}
    "#]],
    );
    check(
        "interface{ m(a, b int) T; ~int | T }(x)",
        expect![[r#"
        Call 0..36 interface{m(a, b int) T; ~int | T}(x)
          InterfaceType 0..0 interface{m(a, b int) T; ~int | T}
    "#]],
    );
    check(
        "map[[2]K]func(...int)(m)",
        expect![[r#"
        MapType 0..0 map[[2]K]func(...int) m
    "#]],
    );
}

/// `type T[...]` may start an array or type parameters.
#[test]
fn type_parameters_and_arrays() {
    let shape = |decl: &str| {
        let (_, file) = parse(&format!("package p\ntype T{decl}\n"));
        let Some(Decl::Type(t)) = file.decls.first() else { panic!("a type") };
        let params: Vec<String> = t
            .tparams
            .iter()
            .map(|f| format!("{} {}", f.name.expect("type parameters are named").name, expr_string(&f.ty)))
            .collect();
        format!("<{}> {}", params.join(", "), expr_string(&t.ty))
    };
    assert_eq!(shape("[]int"), "<> []int");
    assert_eq!(shape("[n]int"), "<> [n]int");
    assert_eq!(shape("[n * m]int"), "<> [n * m]int");
    assert_eq!(shape("[f(n)]int"), "<> [f(n)]int");
    assert_eq!(shape("[...]int"), "<> [...]int");
    assert_eq!(shape("[P any]int"), "<P any> int");
    assert_eq!(shape("[P, Q any] struct{}"), "<P any, Q any> struct{}");
    assert_eq!(shape("[P *C,] int"), "<P *C> int");
    assert_eq!(shape("[P *C, Q D] int"), "<P *C, Q D> int");
    assert_eq!(shape("[P (C),] int"), "<P C> int");
    assert_eq!(shape("[P *[]int] int"), "<P *[]int> int");
    assert_eq!(shape("[P ~int] int"), "<P ~int> int");
    assert_eq!(shape("[P *C|D,] int"), "<P *C | D> int");
    assert_eq!(shape("[P *C|~D] int"), "<P *C | ~D> int");
    assert_eq!(shape("[P []Q, Q any] int"), "<P []Q, Q any> int");
    assert_eq!(shape("[P interface{ m() }] int"), "<P interface{m()}> int");
    assert_eq!(shape("[P any] = []P"), "<P any> []P");
}

#[test]
fn fields_share_types() {
    let (_, file) = parse("package p\nfunc f(a, b int, c, d string) (int, error)\n");
    let Some(Decl::Func(f)) = file.decls.first() else { panic!("a function") };
    assert_eq!(f.ty.params.iter().map(|p| p.shares_type).collect::<Vec<_>>(), [false, true, false, true]);
    assert!(f.ty.results.iter().all(|r| r.name.is_none()));
    assert!(f.body.is_none());
}

#[test]
fn groups_and_iota() {
    let (_, file) = parse("package p\nconst (\n\ta = iota\n\tb\n\tc, d = 1, 2\n)\nconst e = 1\n");
    let consts: Vec<_> = file
        .decls
        .iter()
        .map(|d| match d {
            Decl::Const(c) => (c.group, c.iota, c.names.len(), c.values.len()),
            _ => panic!("constants only"),
        })
        .collect();
    let group = consts[0].0;
    assert!(group.is_some());
    assert_eq!(consts, [(group, 0, 1, 1), (group, 1, 1, 0), (group, 2, 2, 2), (None, 0, 1, 1)]);
}

#[test]
fn node_ids_are_unique_over_files() {
    let mut map = SourceMap::default();
    let mut next = 7;
    let mut seen = HashSet::new();
    for name in ["a.go", "b.go"] {
        let index = map.add(name, "package p\nvar a, b = 1, f(2)\n").expect("the text is short");
        let (file, _) = parse_file(&map, index, &mut next);
        let Some(Decl::Var(v)) = file.decls.first() else { panic!("a variable") };
        let ids = v.names.iter().map(|n| n.id).chain(v.values.iter().map(|x| x.id));
        for id in ids {
            assert!(id.0 >= 7 && id.0 < next && seen.insert(id));
        }
    }
}

#[test]
fn directives_of_declarations() {
    let (_, file) =
        parse("package p\n\n//go:noinline\n//go:nosplit\nfunc f() {}\n\nfunc g() {}\n//export h\nfunc h()\n");
    let names: Vec<Vec<&str>> = file
        .decls
        .iter()
        .map(|d| match d {
            Decl::Func(f) => f.directives.iter().map(|d| d.name.as_str()).collect(),
            _ => panic!("functions only"),
        })
        .collect();
    assert_eq!(names, [vec!["go:noinline", "go:nosplit"], vec![], vec![]]);
    let all: Vec<_> = file.directives.iter().map(|d| (d.name.as_str(), d.args.as_str())).collect();
    assert_eq!(all, [("go:noinline", ""), ("go:nosplit", ""), ("export", "h")]);
}

#[test]
fn line_directives() {
    let text = "package p\n//line a.y:10\nvar a int\nvar b int\n/*line :5:7*/var c int\nvar d int\n//line /x/b.y:1\nvar e int\n";
    let (map, file) = parse(text);
    let places: Vec<String> = file
        .decls
        .iter()
        .map(|d| match d {
            Decl::Var(v) => map.locate(v.pos).expect("it has a position").to_string(),
            _ => panic!("variables only"),
        })
        .collect();
    assert_eq!(places, ["a.y:10", "a.y:11", "a.y:5:11", "a.y:6:5", "/x/b.y:1"]);
}

#[test]
fn values_of_literals() {
    let string = |s: &str| string_value(s).expect("well formed");
    assert_eq!(string(r#""a\n\x41\101\u00e9\U0001F600\"\\\xff""#), b"a\nAA\xc3\xa9\xf0\x9f\x98\x80\"\\\xff");
    assert_eq!(string("`a\\n\r\n`"), b"a\\n\n");
    assert_eq!(string("\"\""), b"");
    assert_eq!(rune_value("'a'"), Some(97));
    assert_eq!(rune_value("'世'"), Some(0x4e16));
    assert_eq!(rune_value(r"'\''"), Some(39));
    assert_eq!(rune_value(r"'\377'"), Some(255));
    assert_eq!(rune_value(r"'\U0010ffff'"), Some(0x10ffff));
    for malformed in ["\"\\q\"", "\"\\x1\"", "\"", "\"\\\"", "''", "'ab'", "`"] {
        assert_eq!(string_value(malformed), None, "{malformed}");
        assert_eq!(rune_value(malformed), None, "{malformed}");
    }
}

#[test]
fn bytes_that_are_not_utf8() {
    assert_eq!(decode(b"a\xffb\xc3"), ("a\0b\0".to_string(), vec![1, 3]));
    assert_eq!(decode("é".as_bytes()), ("é".to_string(), vec![]));
}
