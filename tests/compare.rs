//! `escargo compare`: its numbers, its aligned listings for both architectures, and its page in a real browser.
//!
//! The page is opened in a headless Chromium if there is one; without it that test says that it is skipped.

mod common;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, run};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(60);

/// `total` keeps its node on the stack or, on request, not; `list` needs the heap.
const PROGRAM: &str = r#"package main

type node struct {
	val  int
	next *node
}

//go:noinline
func set(n *node, v int) { n.val = v }

//go:noinline
func total(n int) int {
	var last node
	set(&last, n)
	return last.val
}

//go:noinline
func list(n int) *node {
	var head *node
	for i := 0; i < n; i++ {
		head = &node{i, head}
	}
	return head
}

func main() {
	sum := 0
	for i := 0; i < 1000; i++ {
		sum += total(i) + list(3).val
	}
	println(sum)
}
"#;

fn compare(folder: &Path, args: &[&str]) -> common::Outcome {
    let file = folder.join("prog.go");
    std::fs::write(&file, PROGRAM).expect("the program can be written");
    run(Command::new(ESCARGO).arg("compare").args(args).arg(&file).current_dir(folder), LIMIT)
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let outcome = compare(folder, &[&["--json", "--runs=1"], args].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    serde_json::from_str(&outcome.output).unwrap_or_else(|e| panic!("{e}: {}", outcome.output))
}

#[test]
fn placements_show_in_the_numbers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let all = json(folder.path(), &[]);
    let side = |i: usize| &all["sides"][i];
    assert_eq!((side(0)["mode"].as_str(), side(1)["mode"].as_str()), (Some("default"), Some("heap")));
    let objects = |i: usize| side(i)["heap_objects"].as_u64().expect("objects are counted");
    // Three nodes a round against four.
    assert!((3000..3100).contains(&objects(0)), "{all}");
    assert!((4000..4100).contains(&objects(1)), "{all}");
    assert!(side(0)["stack_objects"].as_u64() >= Some(1000), "{all}");
    assert_eq!(side(1)["stack_objects"].as_u64(), Some(0), "{all}");
    assert!(side(0)["code_bytes"].as_u64() < side(1)["code_bytes"].as_u64(), "{all}");
    assert!(side(0)["seconds"]["median"].as_f64() > Some(0.0), "{all}");
    if side(2).is_null() {
        eprintln!("skipped: the side of Go (no go command)");
    } else {
        assert!(side(2)["heap_objects"].as_u64() >= Some(3000), "{all}");
    }
}

#[test]
fn listings_align_and_name_purposes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for target in ["x86_64", "aarch64"] {
        let all = json(folder.path(), &["--func=total", &format!("--target={target}")]);
        let function = &all["function"];
        let rows = function["rows"].as_array().expect("there are rows");
        let marked = |mark: &str| rows.iter().filter(|r| r["mark"] == mark).collect::<Vec<_>>();
        assert!(marked("same").len() > 5, "{target}: {rows:#?}");
        // Only the heap version calls the allocator.
        let calls = |side: &str| {
            rows.iter()
                .filter(|r| r[side]["text"].as_str().is_some_and(|t| t.contains("escargo_alloc")))
                .count()
        };
        assert_eq!((calls("default"), calls("heap")), (0, 1), "{target}: {rows:#?}");
        assert!(marked("heap").iter().any(|r| r["heap"]["purpose"] == "allocation"), "{target}: {rows:#?}");
        assert!(function["bytes"]["default"].as_u64() < function["bytes"]["heap"].as_u64());
        assert!(
            function["source"][1]["text"].as_str().is_some_and(|t| t.contains("var last node")),
            "{function:#}"
        );
        assert!(function["sites"].to_string().contains("last on the stack"), "{function:#}");
    }
}

#[test]
fn mistakes_are_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let outcome = compare(folder.path(), &["--func=nothing"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.output.contains("the program has no function main.nothing"), "{}", outcome.output);
    let outcome = compare(folder.path(), &["--func=total", "--target=mips"]);
    assert!(outcome.output.contains("unknown target mips"), "{}", outcome.output);
}

/// A Chromium that runs without a screen.
fn browser() -> Option<&'static str> {
    ["chromium-headless-shell", "chromium", "google-chrome"]
        .into_iter()
        .find(|b| Command::new(b).arg("--version").output().is_ok_and(|o| o.status.success()))
}

#[test]
fn the_page_renders_in_a_browser() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let outcome = compare(folder.path(), &["--runs=1", "--func=total", "--html=page.html"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    let page = folder.path().join("page.html");
    let text = std::fs::read_to_string(&page).expect("the page was written");
    assert!(!text.contains("http"), "the page needs nothing else");
    // The browser measures what it has laid out.
    let probe = "<script>
        const width = mode => document.querySelectorAll('.bars section')[1].querySelector('.' + mode + ' i').getBoundingClientRect().width;
        document.title = ['probe', document.querySelectorAll('#summary tbody tr').length >= 2, width('default') > 0,
            width('default') < width('heap'), document.querySelectorAll('.code tbody tr.right').length > 0,
            document.body.scrollWidth <= window.innerWidth].join(' ');
        </script></body>";
    std::fs::write(&page, text.replace("</body>", probe)).expect("the page can be written");
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000", "--dump-dom"]);
    let dom = run(command.arg(format!("file://{}", page.display())), LIMIT);
    assert!(dom.output.contains("<title>probe true true true true true</title>"), "{}", dom.output);
}
