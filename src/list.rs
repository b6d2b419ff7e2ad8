//! `escargo list`: the import paths of packages, or of the main module.

use std::path::Path;

use anyhow::{Result, bail};

use crate::args::ListArgs;
use crate::module::Modules;
use crate::packages;

pub fn list(args: &ListArgs) -> Result<i32> {
    let options = args.build.load_options()?;
    if args.main_module {
        let Some(modules) = Modules::find(Path::new("."), options.modules.as_deref())? else {
            bail!("go.mod file not found in current directory or any parent directory; see 'go help modules'")
        };
        println!("{}", modules.path);
        return Ok(0);
    }
    for package in packages::find(&args.rest, &options)? {
        println!("{}", package.path);
    }
    Ok(0)
}
