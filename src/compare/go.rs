//! The same program under Go: built with a `main` of ours around its own, which writes down what was used.
//!
//! In: the program's files or folder. Out: an executable in a temporary folder. Requires a go command (`ESCARGO_GO`, or in the
//! PATH). Guarantees: nothing is written beside the program; its `main` is renamed in an overlay, lines keep their numbers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use escargo_syntax::ast::Decl;
use tempfile::TempDir;

use crate::args::BuildFlags;
use crate::load;

/// The program, built by Go.
pub struct Program {
    folder: TempDir,
    pub code_bytes: Option<u64>,
    /// Why there is no executable.
    pub problem: Option<String>,
}

const EXECUTABLE: &str = "program";
const RENAMED: &str = "escargo_main";
/// Where the program writes its numbers.
const VARIABLE: &str = "ESCARGO_COMPARE_STATS";

/// The `main` around the program's own.
const MAIN: &str = r#"package main

import (
	escargo_fmt "fmt"
	escargo_os "os"
	escargo_runtime "runtime"
	escargo_time "time"
)

func main() {
	start := escargo_time.Now()
	escargo_main()
	elapsed := escargo_time.Since(start)
	var m escargo_runtime.MemStats
	escargo_runtime.ReadMemStats(&m)
	longest := uint64(0)
	for _, p := range m.PauseNs {
		longest = max(longest, p)
	}
	text := escargo_fmt.Sprintf(`{"run_ns":%d,"heap_objects":%d,"heap_bytes":%d,"collections":%d,"longest_pause_ns":%d}`,
		elapsed.Nanoseconds(), m.Mallocs, m.TotalAlloc, m.NumGC, longest)
	escargo_os.WriteFile(escargo_os.Getenv("ESCARGO_COMPARE_STATS"), []byte(text), 0o644)
}
"#;

impl Program {
    pub fn command(&self, stats: &Path) -> Command {
        let mut command = Command::new(self.folder.path().join(EXECUTABLE));
        command.env(VARIABLE, stats);
        command
    }
}

/// The go command, if there is one that runs.
fn command() -> Option<PathBuf> {
    let go = std::env::var_os("ESCARGO_GO").map_or_else(|| PathBuf::from("go"), PathBuf::from);
    let works = Command::new(&go).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    works.is_ok_and(|s| s.success()).then_some(go)
}

/// Builds the program with Go. None: there is no Go.
pub fn build(targets: &[String], flags: &BuildFlags) -> Result<Option<Program>> {
    let Some(go) = command() else { return Ok(None) };
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    let mut program = Program { folder, code_bytes: None, problem: None };
    let Some((file, text)) = renamed(targets, flags)? else {
        program.problem = Some("its main function was not found".into());
        return Ok(Some(program));
    };
    let at = |name: &str| program.folder.path().join(name);
    let home = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let added = absolute(home)?.join("escargo_compare_main.go");
    std::fs::write(at("renamed.go"), text).context("writing a temporary file")?;
    std::fs::write(at("main.go"), MAIN).context("writing a temporary file")?;
    let replace = HashMap::from([(absolute(&file)?, at("renamed.go")), (added.clone(), at("main.go"))]);
    let overlay = serde_json::json!({ "Replace": replace });
    std::fs::write(at("overlay.json"), overlay.to_string()).context("writing a temporary file")?;
    let mut build = Command::new(&go);
    build.arg("build").arg("-overlay").arg(at("overlay.json")).arg("-o").arg(at(EXECUTABLE));
    if let Some(tags) = &flags.tags {
        build.arg("-tags").arg(tags);
    }
    if targets.iter().all(|t| t.ends_with(".go")) {
        // All by their whole names: the go command wants one way to name the folder.
        for target in targets {
            build.arg(absolute(Path::new(target))?);
        }
        build.arg(&added);
    } else {
        build.current_dir(&targets[0]).arg(".");
    }
    let out = build.output().with_context(|| format!("running {build:?}"))?;
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        let line = said.lines().find(|l| !l.starts_with('#')).unwrap_or_default();
        program.problem = Some(format!("go build: {line}"));
        return Ok(Some(program));
    }
    program.code_bytes = code_size(&go, &at(EXECUTABLE));
    Ok(Some(program))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("resolving {}", path.display()))
}

/// The file with the main function, and its text with the function renamed.
fn renamed(targets: &[String], flags: &BuildFlags) -> Result<Option<(PathBuf, String)>> {
    let program = load::load(targets, flags.load_options()?)?;
    let Some(main) = program.packages.last() else { return Ok(None) };
    for file in main.files() {
        for decl in &file.decls {
            let Decl::Func(f) = decl else { continue };
            if f.recv.is_some() || f.name.name.as_str() != "main" {
                continue;
            }
            let Some(source) = program.sources.file_of(f.pos) else { continue };
            let at = (f.pos.0 - source.base) as usize;
            let (before, after) = source.text.split_at(at);
            let Some(after) = after.strip_prefix("main") else { continue };
            return Ok(Some((PathBuf::from(&source.name), format!("{before}{RENAMED}{after}"))));
        }
    }
    Ok(None)
}

/// Bytes of package main's functions, without the ones added here.
fn code_size(go: &Path, executable: &Path) -> Option<u64> {
    let out = Command::new(go).args(["tool", "nm", "-size"]).arg(executable).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let sizes = text.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (size, kind, name) = (fields.next()?, fields.next()?, fields.next()?);
        (kind.eq_ignore_ascii_case("t") && name.starts_with("main.") && name != "main.main")
            .then(|| size.parse::<u64>().ok())?
    });
    out.status.success().then(|| sizes.sum())
}
