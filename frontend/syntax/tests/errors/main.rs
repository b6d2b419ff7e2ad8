//! The wording and the places of errors.

mod directives;

use escargo_syntax::{SourceMap, parse_file};
use expect_test::{Expect, expect};

fn check(bytes: &[u8], expected: Expect) {
    let mut map = SourceMap::default();
    let index = map.add_bytes("x.go", bytes.to_vec()).expect("the text is short");
    let (_, diags) = parse_file(&map, index, &mut 0);
    let lines: Vec<String> = diags
        .iter()
        .map(|d| {
            let at = map.locate(d.pos).expect("errors have positions");
            let name = if at.file == "x.go" { String::new() } else { at.file + ":" };
            format!("{name}{}:{}: {}\n", at.line, at.col, d.message)
        })
        .collect();
    expected.assert_eq(&lines.concat());
}

/// Checks a file.
fn file(text: &str, expected: Expect) {
    check(text.as_bytes(), expected);
}

/// Checks top level declarations; they start in line 2.
fn decls(text: &str, expected: Expect) {
    file(&format!("package p\n{text}"), expected);
}

/// Checks statements; they start in line 3.
fn stmts(text: &str, expected: Expect) {
    file(&format!("package p\nfunc f() {{\n{text}\n}}\n"), expected);
}

/// Checks an expression; it starts in column 5 of line 3.
fn expr(text: &str, expected: Expect) {
    stmts(&format!("_ = {text}"), expected);
}

#[test]
fn files() {
    file(
        "",
        expect![[r#"
        1:1: syntax error: package statement must be first
    "#]],
    );
    file(
        "import \"fmt\"\n",
        expect![[r#"
        1:1: syntax error: package statement must be first
    "#]],
    );
    file(
        "package\n",
        expect![[r#"
        2:1: syntax error: unexpected EOF, expected name
    "#]],
    );
    file(
        "package p q\nvar x int\n",
        expect![[r#"
        1:11: syntax error: unexpected name q, expected semicolon or newline
    "#]],
    );
    file(
        "package p\nfunc f() {}\nimport \"fmt\"\n",
        expect![[r#"
        3:1: syntax error: imports must appear before other declarations
    "#]],
    );
    decls(
        "x := 1\n",
        expect![[r#"
        2:1: syntax error: non-declaration statement outside function body
    "#]],
    );
    decls(
        "func f()\n{\n}\n",
        expect![[r#"
        3:1: syntax error: unexpected semicolon or newline before {
    "#]],
    );
    decls(
        "var x int var y int\n",
        expect![[r#"
        2:11: syntax error: unexpected keyword var after top level declaration
    "#]],
    );
    decls(
        "import 1\nimport 'x'\nimport\nimport x y\n",
        expect![[r#"
        2:8: syntax error: import path must be a string
        3:8: syntax error: import path must be a string
        5:1: syntax error: missing import path
    "#]],
    );
}

#[test]
fn declarations() {
    decls(
        "func () f() {}\n",
        expect![[r#"
        2:9: method has no receiver
    "#]],
    );
    decls(
        "func (a, b T) f() {}\n",
        expect![[r#"
        2:15: method has multiple receivers
    "#]],
    );
    decls(
        "func (a T) () {}\n",
        expect![[r#"
        2:12: syntax error: unexpected (, expected name
    "#]],
    );
    decls(
        "func 1() {}\n",
        expect![[r#"
        2:6: syntax error: unexpected literal 1, expected name or (
    "#]],
    );
    decls(
        "func f(a int, b) {}\n",
        expect![[r#"
        2:16: syntax error: missing parameter type
    "#]],
    );
    decls(
        "func f(a int, string) {}\n",
        expect![[r#"
        2:21: syntax error: missing parameter type
    "#]],
    );
    decls(
        "func f(a ...int, b int) {}\n",
        expect![[r#"
        2:10: can only use ... with final parameter
    "#]],
    );
    decls(
        "func f() (a ...int) {}\n",
        expect![[r#"
        2:13: invalid use of ...
    "#]],
    );
    decls(
        "func f(a ...) {}\n",
        expect![[r#"
        2:13: syntax error: ... is missing type
    "#]],
    );
    decls(
        "func f(a b c) {}\n",
        expect![[r#"
        2:12: syntax error: unexpected name c in parameter list; possibly missing comma or )
    "#]],
    );
    decls(
        "func f[]() {}\n",
        expect![[r#"
        2:8: syntax error: empty type parameter list
    "#]],
    );
    decls(
        "func f[P]() {}\n",
        expect![[r#"
        2:9: syntax error: missing type constraint
    "#]],
    );
    decls(
        "func f[P any, *int]() {}\n",
        expect![[r#"
        2:15: syntax error: missing type parameter name
    "#]],
    );
    decls(
        "type T\ntype = int\n",
        expect![[r#"
        2:7: syntax error: unexpected newline in type declaration
        3:6: syntax error: unexpected =, expected name
    "#]],
    );
    decls("type T[P *C] struct{}\n", expect![[""]]);
    decls(
        "type T[P,] struct{}\n",
        expect![[r#"
        2:10: syntax error: missing type constraint
    "#]],
    );
    decls(
        "type T[*int,] struct{}\n",
        expect![[r#"
        2:12: syntax error: unexpected comma; expected ]
    "#]],
    );
    decls(
        "type T[10,] int\n",
        expect![[r#"
        2:10: syntax error: unexpected comma; expected ]
    "#]],
    );
    decls(
        "type T [] \n",
        expect![[r#"
        2:11: syntax error: unexpected newline, expected type
    "#]],
    );
    decls(
        "type T struct { *(int); (x); (*y); 1 }\n",
        expect![[r#"
        2:18: syntax error: cannot parenthesize embedded type
    "#]],
    );
    decls(
        "type T struct { a, b }\n",
        expect![[r#"
        2:22: syntax error: unexpected }, expected type
    "#]],
    );
    decls(
        "type I interface { m[P any](); n[](); o[] }\n",
        expect![[r#"
        2:21: interface method must have no type parameters
        2:34: empty type parameter list
        2:41: empty type argument list
    "#]],
    );
    decls(
        "type I interface { | int; ~; 1 }\n",
        expect![[r#"
        2:20: syntax error: unexpected |, expected ~ term or type
    "#]],
    );
    decls(
        "type C chan\ntype D <-int\ntype M map[int\n",
        expect![[r#"
        3:1: syntax error: missing channel element type
        4:15: syntax error: unexpected newline, expected ]
    "#]],
    );
    decls(
        "var x func[P any](P)\n",
        expect![[r#"
        2:11: syntax error: function type must have no type parameters
    "#]],
    );
    decls(
        "const c int := 1\nvar v := 2\n",
        expect![[r#"
        2:13: syntax error: unexpected :=, expected =
        3:7: syntax error: unexpected :=, expected =
    "#]],
    );
    decls(
        "const (a = 1, b = 2)\n",
        expect![[r#"
        2:17: syntax error: unexpected = in grouped declaration; possibly missing semicolon or newline or )
    "#]],
    );
}

#[test]
fn statements() {
    stmts(
        "x = 1 y = 2",
        expect![[r#"
        3:7: syntax error: unexpected name y at end of statement
    "#]],
    );
    stmts(
        "a, b",
        expect![[r#"
        3:5: syntax error: unexpected newline, expected := or = or comma
    "#]],
    );
    stmts(
        "if x == 1\n{\n}",
        expect![[r#"
        3:10: syntax error: unexpected newline, expected { after if clause
    "#]],
    );
    stmts(
        "if {\n}",
        expect![[r#"
        3:4: syntax error: missing condition in if statement
    "#]],
    );
    stmts(
        "if x := 1; {\n}",
        expect![[r#"
        3:10: syntax error: missing condition in if statement
    "#]],
    );
    stmts(
        "if x = 1 {\n}",
        expect![[r#"
        3:6: syntax error: cannot use assignment x = 1 as value
    "#]],
    );
    stmts(
        "if a + b = c {\n}",
        expect![[r#"
        3:10: syntax error: cannot use assignment (a + b) = c as value
    "#]],
    );
    stmts(
        "if x := f() {\n}",
        expect![[r#"
        3:6: syntax error: cannot use x := f() as value
    "#]],
    );
    stmts(
        "if x++ {\n}",
        expect![[r#"
        3:5: syntax error: cannot use x++ as value
    "#]],
    );
    stmts(
        "if var x = 1; x > 0 {\n}",
        expect![[r#"
        3:8: syntax error: var declaration not allowed in if initializer
    "#]],
    );
    stmts(
        "if x {\n} else y()",
        expect![[r#"
        4:8: syntax error: else must be followed by if or statement block
    "#]],
    );
    stmts(
        "if x {\n}\nelse {\n}",
        expect![[r#"
        5:1: syntax error: unexpected keyword else, expected }
    "#]],
    );
    stmts(
        "for i := 0; i < 10 {\n}",
        expect![[r#"
        3:20: syntax error: unexpected {, expected semicolon or newline
        4:1: syntax error: unexpected }, expected expression
    "#]],
    );
    stmts(
        "for i := 0; i < 10; i := 1 {\n}",
        expect![[r#"
        3:23: syntax error: cannot declare in post statement of for loop
    "#]],
    );
    stmts(
        "for var i = 0; i < 10; i++ {\n}",
        expect![[r#"
        3:9: syntax error: var declaration not allowed in for initializer
    "#]],
    );
    stmts(
        "for i := 0\n{\n}",
        expect![[r#"
        4:1: syntax error: unexpected {, expected for loop condition
    "#]],
    );
    stmts(
        "for x = range y; z {\n}",
        expect![[r#"
        3:16: syntax error: unexpected semicolon, expected { after for clause
    "#]],
    );
    stmts(
        "for a, b, c := range y {\n}",
        expect![[r#"
        3:11: range clause permits at most two iteration variables
    "#]],
    );
    stmts("switch x\n{\n}", expect![[""]]);
    stmts(
        "switch x { foo() }",
        expect![[r#"
        3:12: syntax error: unexpected name foo, expected case or default or }
    "#]],
    );
    stmts(
        "switch x { case 1 foo() }",
        expect![[r#"
        3:19: syntax error: unexpected name foo, expected :
    "#]],
    );
    stmts(
        "select { x }",
        expect![[r#"
        3:10: syntax error: unexpected name x, expected case or default or }
    "#]],
    );
    stmts(
        "go (f())\ndefer (f)()",
        expect![[r#"
        3:4: expression in go must not be parenthesized
    "#]],
    );
    stmts(
        "L:\n}\nfunc g() { L: case",
        expect![[r#"
        3:1: label L defined and not used
        5:13: syntax error: missing statement after label
        6:1: syntax error: unexpected } after top level declaration
    "#]],
    );
    stmts(
        "x := := 1",
        expect![[r#"
        3:6: syntax error: unexpected :=, expected expression
    "#]],
    );
    stmts(
        "goto 1\nx.1",
        expect![[r#"
        3:6: syntax error: unexpected literal 1, expected name
        4:2: syntax error: unexpected literal .1 at end of statement
    "#]],
    );
    stmts(
        "func g() {}",
        expect![[r#"
        3:6: syntax error: unexpected name g, expected (
        4:1: syntax error: non-declaration statement outside function body
    "#]],
    );
    stmts(
        "return 1,",
        expect![[r#"
        4:1: syntax error: unexpected }, expected expression
    "#]],
    );
    stmts(
        "a[1\nb(2\nc{3}",
        expect![[r#"
        3:4: syntax error: unexpected newline, expected comma, : or ]
    "#]],
    );
    stmts(
        "x +\n}",
        expect![[r#"
        4:1: syntax error: unexpected }, expected expression
        5:1: syntax error: non-declaration statement outside function body
    "#]],
    );
}

#[test]
fn expressions() {
    expr(
        "",
        expect![[r#"
        4:1: syntax error: unexpected }, expected expression
    "#]],
    );
    expr(
        "a[]",
        expect![[r#"
        3:7: syntax error: unexpected ], expected operand
    "#]],
    );
    expr(
        "a[:1:]",
        expect![[r#"
        3:10: final index required in 3-index slice
    "#]],
    );
    expr(
        "a[::1]",
        expect![[r#"
        3:8: middle index required in 3-index slice
    "#]],
    );
    expr(
        "a[1;2]",
        expect![[r#"
        3:8: syntax error: unexpected semicolon, expected comma, : or ]
    "#]],
    );
    expr(
        "f(1 2)",
        expect![[r#"
        3:9: syntax error: unexpected literal 2 in argument list; possibly missing comma or )
    "#]],
    );
    expr(
        "f(a..., b)",
        expect![[r#"
        3:13: syntax error: unexpected name b, expected )
    "#]],
    );
    expr(
        "T{1 2}",
        expect![[r#"
        3:9: syntax error: unexpected literal 2 in composite literal; possibly missing comma or }
    "#]],
    );
    expr(
        "T{\n1\n}",
        expect![[r#"
        4:2: syntax error: unexpected newline in composite literal; possibly missing comma or }
    "#]],
    );
    expr(
        "(T){1}",
        expect![[r#"
        3:8: syntax error: cannot parenthesize type in composite literal
    "#]],
    );
    expr(
        "x.(",
        expect![[r#"
        4:1: syntax error: unexpected }, expected type
    "#]],
    );
    expr(
        "x.1",
        expect![[r#"
        3:6: syntax error: unexpected literal .1 at end of statement
    "#]],
    );
    expr(
        "<-chan int(x) + <-<-chan int",
        expect![[r#"
        3:33: syntax error: unexpected <-, expected chan
    "#]],
    );
    expr(
        "<-chan<- int",
        expect![[r#"
        3:17: syntax error: unexpected int, expected chan
    "#]],
    );
    expr(
        "a ? b : c",
        expect![[r#"
        3:7: invalid character U+003F '?'
        3:9: syntax error: unexpected name b at end of statement
    "#]],
    );
    expr(
        "a == b = c",
        expect![[r#"
        3:12: syntax error: unexpected = at end of statement
    "#]],
    );
    expr(
        "func[T any]() {}",
        expect![[r#"
        3:9: syntax error: function type must have no type parameters
    "#]],
    );
    expr("[]int", expect![[""]]);
    expr(
        "x++ + 1",
        expect![[r#"
        3:6: syntax error: unexpected ++ at end of statement
    "#]],
    );
}

#[test]
fn literals() {
    expr(
        "'' + 'ab' + '\\q' + '\\'",
        expect![[r#"
        3:6: empty rune literal or unescaped '
        3:10: more than one character in rune literal
        3:19: unknown escape
        3:27: newline in rune literal
    "#]],
    );
    expr(
        "'a",
        expect![[r#"
        3:7: newline in rune literal
    "#]],
    );
    expr(
        "\"a\\xg\" + \"\\400\" + \"\\ud800\" + \"\\U00110000\"",
        expect![[r#"
        3:9: invalid character 'g' in hexadecimal escape
        3:19: octal escape value 256 > 255
        3:30: escape is invalid Unicode code point U+D800
        3:45: escape is invalid Unicode code point U+110000
    "#]],
    );
    expr(
        "\"a",
        expect![[r#"
        3:7: newline in string
    "#]],
    );
    expr(
        "`a",
        expect![[r#"
        3:5: string not terminated
    "#]],
    );
    expr(
        "0x + 0b + 0o + 0b2 + 08 + 0o8 + 09.5",
        expect![[r#"
        3:7: hexadecimal literal has no digits
        3:12: binary literal has no digits
        3:17: octal literal has no digits
        3:22: invalid digit '2' in binary literal
        3:27: invalid digit '8' in octal literal
        3:33: invalid digit '8' in octal literal
    "#]],
    );
    expr(
        "1_ + _1 + 1__0 + 0_1 + 0x_1 + 0_x1",
        expect![[r#"
        3:6: '_' must separate successive digits
        3:17: '_' must separate successive digits
        3:36: '_' must separate successive digits
        3:37: syntax error: unexpected name x1 at end of statement
    "#]],
    );
    expr(
        "1e + 0x1.0 + 0x1e+2p + 1p3 + 0b1e3 + 0b1.0",
        expect![[r#"
        3:7: exponent has no digits
        3:15: hexadecimal mantissa requires a 'p' exponent
        3:24: 'p' exponent requires hexadecimal mantissa
        3:29: 'p' exponent requires hexadecimal mantissa
        3:37: 'e' exponent requires decimal mantissa
        3:45: invalid radix point in binary literal
    "#]],
    );
    expr(
        "1 /* no end",
        expect![[r#"
        3:7: comment not terminated
    "#]],
    );
    expr(
        "a # b $ c \\ d @ e",
        expect![[r#"
        3:7: invalid character U+0023 '#'
        3:9: syntax error: unexpected name b at end of statement
        3:11: invalid character U+0024 '$'
        3:15: invalid character U+005C '\'
        3:19: invalid character U+0040 '@'
    "#]],
    );
    expr(
        "x² + ٣x + ×",
        expect![[r#"
        3:6: invalid character U+00B2 '²' in identifier
        3:11: identifier cannot begin with digit U+0663 '٣'
        3:17: invalid character U+00D7 '×' in identifier
    "#]],
    );
}

#[test]
fn bytes() {
    check(
        b"package p\nvar a\0b int\n",
        expect![[r#"
        2:6: invalid NUL character
    "#]],
    );
    check(
        b"package p\nvar a = \"x\xff\xfey\"\n",
        expect![[r#"
        2:11: invalid UTF-8 encoding
        2:12: invalid UTF-8 encoding
    "#]],
    );
    check(
        b"\xef\xbb\xbfpackage p\n// \xef\xbb\xbf\n",
        expect![[r#"
        2:4: invalid BOM in the middle of the file
    "#]],
    );
    check(
        b"package p\n/* \xed\xa0\x80 */\n",
        expect![[r#"
        2:4: invalid UTF-8 encoding
        2:5: invalid UTF-8 encoding
        2:6: invalid UTF-8 encoding
    "#]],
    );
}

#[test]
fn labels_and_branches() {
    stmts(
        "break\ncontinue\nfallthrough\ngoto L",
        expect![[r#"
        3:1: break is not in a loop, switch, or select
        4:1: continue is not in a loop
        5:1: fallthrough statement out of place
        6:6: label L not defined
    "#]],
    );
    stmts(
        "L:\nL:\nfor {}",
        expect![[r#"
        3:1: label L defined and not used
        4:1: label L already defined at x.go:3:1
    "#]],
    );
    stmts(
        "L: if x { break L }\nM: switch { case x: continue M }\nfor { break N; continue N }",
        expect![[r#"
            3:17: invalid break label L
            4:30: invalid continue label M
            5:13: break label not defined: N
            5:25: continue label not defined: N
        "#]],
    );
    stmts(
        "goto L\nx := 1\nL:\ngoto M\nvar a, b int\nM:",
        expect![[r#"
        3:6: goto L jumps over declaration of x at x.go:4:3
        6:6: goto M jumps over declaration of a at x.go:7:5
    "#]],
    );
    stmts(
        "goto L\n{\nL:\n}",
        expect![[r#"
        3:6: goto L jumps into block starting at x.go:4:1
    "#]],
    );
    stmts(
        "switch { case x: fallthrough; case y: { fallthrough }; fallthrough }",
        expect![[r#"
        3:41: fallthrough statement out of place
        3:56: cannot fallthrough final case in switch
    "#]],
    );
    stmts(
        "switch x.(type) { case int: fallthrough; case nil: }",
        expect![[r#"
        3:29: cannot fallthrough in type switch
    "#]],
    );
    stmts(
        "for { func() { break }() }",
        expect![[r#"
        3:16: break is not in a loop, switch, or select
    "#]],
    );
    stmts("select { case <-x: break }\nfor { select { default: continue } }", expect![[""]]);
    stmts("L: for { for { break L }; M: for { continue L }; goto M }", expect![[""]]);
}

#[test]
fn one_syntax_error_a_line() {
    decls(
        "x; y; z\n",
        expect![[r#"
        2:1: syntax error: non-declaration statement outside function body
    "#]],
    );
    stmts(
        "a b c; d e f\ng h",
        expect![[r#"
        3:3: syntax error: unexpected name b at end of statement
        4:3: syntax error: unexpected name h at end of statement
    "#]],
    );
}
