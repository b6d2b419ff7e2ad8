//! Compiler directives in the wrong place or with the wrong words.

use super::*;

#[test]
fn directives() {
    decls(
        "//go:noinline\nvar x int\n",
        expect![[r#"
        2:3: misplaced compiler directive
    "#]],
    );
    decls(
        "//go:noinline\nfunc f() {\n\t//go:nosplit\n}\n",
        expect![[r#"
        4:4: misplaced compiler directive
    "#]],
    );
    decls(
        "var x int //go:embed y\n",
        expect![[r#"
        2:13: misplaced compiler directive
    "#]],
    );
    decls(
        "//go:embed\nvar x int\n//go:embed \"a\nvar y int\n",
        expect![[r#"
            2:3: usage: //go:embed pattern...
            4:3: invalid quoted string in //go:embed: "a
            4:3: usage: //go:embed pattern...
        "#]],
    );
    decls(
        "import _ \"embed\"\n//go:embed a b\nvar x, y int\n//go:embed a\nvar z = 1\n",
        expect![[r#"
            3:3: go:embed cannot apply to multiple vars
            5:3: go:embed cannot apply to var with initializer
        "#]],
    );
    decls(
        "//go:embed a\nvar x int\n",
        expect![[r#"
        2:3: go:embed requires import "embed" (or import _ "embed", if package is not used)
    "#]],
    );
    decls(
        "//go:linkname\n//go:linkname a b\nfunc f()\n",
        expect![[r#"
            2:3: usage: //go:linkname localname [linkname]
            3:3: //go:linkname only allowed in Go files that import "unsafe"
        "#]],
    );
    decls("import _ \"unsafe\"\n//go:linkname a b\nfunc a()\n", expect![[""]]);
    decls(
        "//go:build linux\n",
        expect![[r#"
        2:3: misplaced compiler directive
    "#]],
    );
    decls(
        "//line foo:0\n//line foo:x\n//line :1:0\n//line\n//line a\nx\n",
        expect![[r#"
        2:12: invalid line number: 0
        3:12: invalid line number: x
        4:11: invalid column number: 0
    "#]],
    );
    decls(
        "//line foo.y:10\nx\ny\n//line /a/../b.y:3:7\nx\n/*line :20:5*/x\n",
        expect![[r#"
        foo.y:10:0: syntax error: non-declaration statement outside function body
    "#]],
    );
}

#[test]
fn directives_of_the_library() {
    let text = "package p

//go:nowritebarrier
func f() {}

//go:uintptrkeepalive
func g(uintptr)

//go:cgo_ldflag
//go:cgo_ldflag \"-lm\"
//go:cgo_import_dynamic a b \"libc.so.6\"
//go:cgo_import_dynamic a b \"-x\"
";
    let mut sources = SourceMap::default();
    let index = sources.add("x.go", text).expect("a small source");
    let (file, _) = escargo_syntax::parse_file(&sources, index, &mut 1);
    let lines: Vec<String> = escargo_syntax::directives::reserved(&file)
        .iter()
        .map(|d| format!("{}: {}", sources.locate(d.pos).expect("a place").line, d.message))
        .collect();
    expect![[r#"
        3: //go:nowritebarrier only allowed in runtime
        6: //go:uintptrkeepalive is only allowed in the standard library
        9: //go:cgo_ldflag only allowed in cgo-generated code
        9: usage: //go:cgo_ldflag "arg"
        10: //go:cgo_ldflag "-lm" only allowed in cgo-generated code
        12: invalid library name "-x" in cgo_import_dynamic directive
    "#]]
    .assert_eq(&(lines.join("\n") + "\n"));
}
