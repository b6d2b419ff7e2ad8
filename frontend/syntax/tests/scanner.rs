//! Tokens, automatic semicolons, comments.

use escargo_syntax::scanner::{Event, Scanner};
use escargo_syntax::token::Token;
use expect_test::{Expect, expect};

/// The tokens on one line; a semicolon is written as what it was.
fn check(text: &str, expected: Expect) {
    let mut s = Scanner::new(text, &[]);
    let mut out = String::new();
    loop {
        s.next();
        for event in s.events.drain(..) {
            match event {
                Event::Error { offset, message } => out += &format!("<{offset}: {message}> "),
                Event::Directive { start, end, blank } => {
                    out += &format!("<{}{:?}> ", if blank { "" } else { "behind: " }, &text[start..end]);
                }
            }
        }
        match s.tok {
            Token::Eof => break,
            Token::Semi => out += s.semi.as_str(),
            Token::Literal => out += &format!("{:?}:{}{}", s.kind, s.lit(), if s.bad { "!" } else { "" }),
            Token::Name => out += &format!("name:{}", s.lit()),
            _ => out += s.lit(),
        }
        out.push(' ');
    }
    expected.assert_eq(out.trim_end().replace('\r', "\\r").as_str());
}

#[test]
fn operators() {
    check(
        "+ - * / % & | ^ << >> &^ += -= *= /= %= &= |= ^= <<= >>= &^=",
        expect!["+ - * / % & | ^ << >> &^ += -= *= /= %= &= |= ^= <<= >>= &^="],
    );
    check(
        "&& || <- ++ -- == < > = ! ~ != <= >= := ... ( [ { , . ) ] } ; :",
        expect!["&& || <- ++ -- == < > = ! ~ != <= >= := ... ( [ { , . ) ] } semicolon :"],
    );
    check(
        "a<-b <<-c x&^=y.. z...&&&",
        expect!["name:a <- name:b << - name:c name:x &^= name:y . . name:z ... && &"],
    );
    check("!==+++---<<<=", expect!["!= = ++ + -- - << <="]);
}

#[test]
fn names() {
    check(
        "a _ _x1 größe 世界 é1 Func func_ func",
        expect!["name:a name:_ name:_x1 name:größe name:世界 name:é1 name:Func name:func_ func"],
    );
    check(
        "break case chan const continue default defer else fallthrough for",
        expect!["break case chan const continue default defer else fallthrough for"],
    );
    check(
        "func go goto if import interface map package range return select struct switch type var",
        expect!["func go goto if import interface map package range return select struct switch type var"],
    );
}

#[test]
fn numbers() {
    check(
        "0 42 4_2 0600 0_600 0o600 0O17 0xBadFace 0X_67_7a 0b101 0B1_0",
        expect![
            "Int:0 Int:42 Int:4_2 Int:0600 Int:0_600 Int:0o600 Int:0O17 Int:0xBadFace Int:0X_67_7a Int:0b101 Int:0B1_0 EOF"
        ],
    );
    check(
        "0. 72.40 072.40 2.71828 1.e+0 6.67428e-11 1E6 .25 .12345E+5 1_5. 0.15e+0_2",
        expect![
            "Float:0. Float:72.40 Float:072.40 Float:2.71828 Float:1.e+0 Float:6.67428e-11 Float:1E6 Float:.25 Float:.12345E+5 Float:1_5. Float:0.15e+0_2 EOF"
        ],
    );
    check(
        "0x1p-2 0x2.p10 0x1.Fp+0 0X.8p-0 0X_1FFFP-16 0x15e-2",
        expect![
            "Float:0x1p-2 Float:0x2.p10 Float:0x1.Fp+0 Float:0X.8p-0 Float:0X_1FFFP-16 Int:0x15e - Int:2 EOF"
        ],
    );
    check(
        "0i 0123i 0o123i 0xabci 0.i 2.71828i 1.e+0i 0x1p-2i",
        expect![
            "Imag:0i Imag:0123i Imag:0o123i Imag:0xabci Imag:0.i Imag:2.71828i Imag:1.e+0i Imag:0x1p-2i EOF"
        ],
    );
    check(
        "1..2 1.x 1.2.3 0x.p1",
        expect![
            "Float:1. Float:.2 Float:1. name:x Float:1.2 Float:.3 <18: hexadecimal literal has no digits> Float:0x.p1! EOF"
        ],
    );
}

#[test]
fn strings() {
    check(
        r#"'a' '世' '\'' '\x41' '\101' '\u00e9' '\U0001F600' '\\' '"'"#,
        expect![[
            r#"Rune:'a' Rune:'世' Rune:'\'' Rune:'\x41' Rune:'\101' Rune:'\u00e9' Rune:'\U0001F600' Rune:'\\' Rune:'"' EOF"#
        ]],
    );
    check(
        r#""" "a'b" "\"" "\a\b\f\n\r\t\v\\\"" "\xff\377""#,
        expect![[r#"String:"" String:"a'b" String:"\"" String:"\a\b\f\n\r\t\v\\\"" String:"\xff\377" EOF"#]],
    );
    check(
        "`a\\n\r\n\"b` x",
        expect![[r#"
            String:`a\n\r
            "b` name:x EOF"#]],
    );
}

#[test]
fn semicolons() {
    check("a\nb", expect!["name:a newline name:b EOF"]);
    check(
        "1\n'a'\n\"s\"\n`r`\nbreak\ncontinue\nfallthrough\nreturn\n++\n--\n)\n]\n}\n",
        expect![[
            r#"Int:1 newline Rune:'a' newline String:"s" newline String:`r` newline break newline continue newline fallthrough newline return newline ++ newline -- newline ) newline ] newline } newline"#
        ]],
    );
    check("+\n(\n[\n{\n,\n.\n:=\nif\nfunc\ntype\n...\n", expect!["+ ( [ { , . := if func type ..."]);
    check(
        "a // comment\nb /* c */ d /* e\n */ f /* g */\n",
        expect!["name:a newline name:b name:d newline name:f newline"],
    );
    check("a // comment", expect!["name:a EOF"]);
    check("a /* c */", expect!["name:a EOF"]);
    check("a /* no end", expect!["name:a <2: comment not terminated> EOF"]);
    check("a;\n\n\nb;", expect!["name:a semicolon name:b semicolon"]);
    check("a\r\nb\r\n", expect!["name:a newline name:b newline"]);
}

#[test]
fn directives() {
    check(
        "//go:noinline\n//line a:1\nx //go:nosplit\n// go:x\n//export f\n//cgo:x\n",
        expect![[
            r#"<"//go:noinline"> <"//line a:1"> name:x <behind: "//go:nosplit"> newline <"//export f"> <"//cgo:x">"#
        ]],
    );
    check(
        "/*line a:1*/ x /*go:x*/ \t//go:y\n",
        expect![[r#"<"/*line a:1*/"> name:x <behind: "//go:y"> newline"#]],
    );
    check("\t //go:build a\r\n", expect![[r#"<"//go:build a\r">"#]]);
}
