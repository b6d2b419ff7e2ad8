//! Build constraints and file names.

use escargo_syntax::build_constraint::*;

fn linux_amd64(tag: &str) -> bool {
    tag == "gc" || platform_tag(tag, "linux", "amd64")
}

fn eval(line: &str) -> Result<bool, String> {
    parse_line(line).expect("a build line").map(|c| c.eval(&linux_amd64))
}

#[test]
fn expressions() {
    assert_eq!(eval("//go:build linux"), Ok(true));
    assert_eq!(eval("//go:build !linux"), Ok(false));
    assert_eq!(eval("//go:build unix && !(arm64 || windows)"), Ok(true));
    assert_eq!(eval("//go:build windows || linux && amd64"), Ok(true));
    assert_eq!(eval("//go:build (windows || linux) && arm64"), Ok(false));
    assert_eq!(eval("//go:build ignore"), Ok(false));
    assert_eq!(eval("//go:build\tgc&&go1.21||gc"), Ok(true));
}

#[test]
fn other_comments() {
    assert!(parse_line("// go:build linux").is_none());
    assert!(parse_line("//go:builder linux").is_none());
    assert!(parse_line("//go:noinline").is_none());
}

#[test]
fn malformed_expressions() {
    let error = |line| eval(line).expect_err("malformed");
    assert_eq!(error("//go:build"), "unexpected end of expression");
    assert_eq!(error("//go:build a b"), "unexpected token b");
    assert_eq!(error("//go:build a &"), "invalid syntax at &");
    assert_eq!(error("//go:build !!a"), "double negation not allowed");
    assert_eq!(error("//go:build (a"), "missing close paren");
    assert_eq!(error("//go:build a)"), "unexpected token )");
    assert_eq!(error("//go:build a-b"), "invalid syntax at -");
    assert_eq!(error("//go:build && a"), "unexpected token &&");
    let deep = format!("//go:build {}a", "(".repeat(100_000));
    assert_eq!(error(&deep), "build expression too large");
}

#[test]
fn in_files() {
    let of = |text| constraint_of(text).map(|c| c.map(|c| c.eval(&linux_amd64)));
    assert_eq!(of("package p\n"), Ok(None));
    assert_eq!(of("//go:build windows\n\npackage p\n"), Ok(Some(false)));
    assert_eq!(
        of("// Copyright.\n\n/* a\n//go:build no\n*/\n//go:build linux\n\npackage p\n"),
        Ok(Some(true))
    );
    assert_eq!(of("package p\n//go:build windows\n"), Ok(None));
    assert_eq!(of("\u{feff}//go:build windows\r\npackage p\r\n"), Ok(Some(false)));
    assert!(of("//go:build a\n//go:build b\npackage p\n").is_err());
    assert!(of("//go:build a b\npackage p\n").is_err());
}

#[test]
fn versions() {
    let version = |line| parse_line(line).expect("a build line").expect("well formed").go_version();
    assert_eq!(version("//go:build go1.21"), Some(21));
    assert_eq!(version("//go:build linux && go1.18"), Some(18));
    assert_eq!(version("//go:build linux || go1.18"), None);
    assert_eq!(version("//go:build go1.20 || go1.18"), Some(18));
    assert_eq!(version("//go:build !go1.20"), None);
    assert_eq!(version("//go:build go1"), Some(0));
}

#[test]
fn file_names() {
    let matches = |name| file_name_matches(name, &linux_amd64);
    for name in ["x.go", "linux.go", "windows.go", "x_linux.go", "x_amd64.go", "x_linux_amd64.go"] {
        assert!(matches(name), "{name}");
    }
    for name in ["x_linux_test.go", "dir_windows/x.go", "x_foo.go", "x_unix.go", "windows_x.go", "_linux.go"]
    {
        assert!(matches(name), "{name}");
    }
    for name in ["x_windows.go", "x_arm64.go", "x_linux_arm64.go", "x_windows_amd64.go", "x_windows_test.go"]
    {
        assert!(!matches(name), "{name}");
    }
    for name in ["x_windows_linux_arm64.go", "_windows.go", "a_b_js.go", "x_wasm.s"] {
        assert!(!matches(name), "{name}");
    }
    assert!(is_test_file("a/x_test.go") && !is_test_file("test.go"));
}

#[test]
fn platforms() {
    assert!(platform_tag("linux", "android", "arm64"));
    assert!(platform_tag("darwin", "ios", "arm64"));
    assert!(platform_tag("unix", "freebsd", "amd64"));
    assert!(!platform_tag("unix", "windows", "amd64"));
    assert!(!platform_tag("js", "linux", "amd64"));
}
