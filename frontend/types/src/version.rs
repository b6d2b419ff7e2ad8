//! Language versions of packages and files.
//!
//! In: the `go` line's version of a package, `//go:build` lines of files. Out: the version each file is written in.

use escargo_syntax::ast::File;

use crate::checker::{Checker, Version};

/// The newest language version that is known.
pub const NEWEST: Version = (1, 27);

impl Checker<'_> {
    /// A `//go:build go1.N` line overrides the package's version, but not below 1.21.
    pub(crate) fn file_version(&mut self, file: &File) -> Version {
        let pkg_version = self.world.pkg(self.pkg).go_version;
        let line = file.directives.iter().find(|d| d.name == "go:build" && d.pos < file.pos);
        let Some(line) = line else { return pkg_version };
        let text = format!("//go:build {}", line.args);
        let Some(Ok(constraint)) = escargo_syntax::build_constraint::parse_line(&text) else {
            return pkg_version;
        };
        match constraint.go_version() {
            Some(minor) if minor > 0 => {
                let v = (1, minor);
                if v > NEWEST {
                    self.error(file.package, format!("file requires newer Go version go1.{minor}"));
                }
                v.max((1, 21))
            }
            _ => pkg_version,
        }
    }
}
