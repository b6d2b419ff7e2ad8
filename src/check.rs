//! `escargo check`: parses and type-checks, and prints what is wrong.

use anyhow::Result;

use crate::args::CheckArgs;
use crate::{compile, load, report};

pub fn check(args: &CheckArgs) -> Result<i32> {
    let gc = args.build.gc().map_err(anyhow::Error::msg)?;
    let mut typed = compile::check(load::load_all(&args.rest, args.build.load_options()?)?);
    if args.json {
        print!("{}", report::json(&typed));
    } else {
        compile::report_errors(&typed, gc.all_errors);
    }
    if gc.explain > 0 {
        compile::explain_checked(&mut typed);
    }
    Ok(typed.failed() as i32)
}
