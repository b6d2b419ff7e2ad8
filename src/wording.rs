//! How the go command words file names and errors of the operating system.
//!
//! In: a path or an error. Out: its text for messages.

use std::path::Path;

/// An error of the operating system without Rust's "(os error 2)", in lower case as Go prints it.
pub fn plain(e: &std::io::Error) -> String {
    let text = e.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// As the go command prints file names: relative to the working directory if that is shorter, `./` before a bare name.
pub fn display_name(path: &Path) -> String {
    let relative = std::env::current_dir().ok().and_then(|cwd| {
        let cwd = cwd.canonicalize().unwrap_or(cwd);
        relative_to(path, &cwd)
    });
    let text = relative.unwrap_or_else(|| path.to_string_lossy().into_owned());
    if path.is_absolute() && text.len() >= path.as_os_str().len() {
        return path.to_string_lossy().into_owned();
    }
    if text.contains('/') { text } else { format!("./{text}") }
}

/// The way from `base` to an absolute path.
fn relative_to(path: &Path, base: &Path) -> Option<String> {
    if path.is_relative() {
        return None;
    }
    base.ancestors().enumerate().find_map(|(up, ancestor)| {
        let rest = path.strip_prefix(ancestor).ok()?;
        Some("../".repeat(up) + &rest.to_string_lossy())
    })
}
