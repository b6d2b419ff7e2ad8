//! `escargo version`.

use anyhow::Result;

use crate::load::DEFAULT_VERSION;

pub fn version() -> Result<i32> {
    let (major, minor) = DEFAULT_VERSION;
    println!(
        "escargo version {} (language go{major}.{minor}) {}/{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        crate::env::goarch()
    );
    Ok(0)
}
