//! `escargo check`: parses and type-checks, and prints what is wrong.

use anyhow::Result;
use escargo_syntax::Severity;

use crate::args::CheckArgs;
use crate::{compile, load, report};

pub fn check(args: &CheckArgs) -> Result<i32> {
    let gc = args.build.gc().map_err(anyhow::Error::msg)?;
    let program = load::load(&args.rest, args.build.load_options().map_err(anyhow::Error::msg)?)?;
    let typed = compile::check(program);
    if args.json {
        print!("{}", report::json(&typed.diagnostics, &typed.sources));
    } else {
        report::print(
            "command-line-arguments",
            &report::lines(&typed.diagnostics, &typed.sources, gc.all_errors),
        );
    }
    Ok(typed.diagnostics.iter().any(|d| d.severity == Severity::Error) as i32)
}
