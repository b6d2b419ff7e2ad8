//! The rooms' one-way dependencies (docs/architecture.md): a crate may use only what its row names.

use std::collections::HashMap;
use std::process::Command;

/// Crate, and the crates of the workspace that it may depend on (dev-dependencies aside).
const ALLOWED: &[(&str, &[&str])] = &[
    ("escargo-abi", &[]),
    ("escargo-rt", &["escargo-abi"]),
    ("escargo-std", &[]),
    ("escargo-syntax", &[]),
    ("escargo-types", &["escargo-syntax"]),
    ("escargo-explain", &["escargo-syntax", "escargo-types"]),
    ("escargo-ir", &["escargo-abi"]),
    ("escargo-lower", &["escargo-syntax", "escargo-types", "escargo-ir", "escargo-abi"]),
    ("escargo-opt", &["escargo-ir"]),
    ("escargo-escape", &["escargo-ir"]),
    ("escargo-clif", &["escargo-ir", "escargo-escape", "escargo-abi"]),
    ("escargo-bench", &[]),
];

#[test]
fn dependencies_point_one_way() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let allowed: HashMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    assert!(packages.len() > ALLOWED.len(), "every room is a package");
    for package in packages {
        let name = package["name"].as_str().expect("a package has a name");
        if name == "escargo" {
            continue;
        }
        let row =
            allowed.get(name).unwrap_or_else(|| panic!("{name} has no row in the table of dependencies"));
        for dependency in package["dependencies"].as_array().expect("a package lists dependencies") {
            let on = dependency["name"].as_str().expect("a dependency has a name");
            let dev = dependency["kind"].as_str() == Some("dev");
            if on.starts_with("escargo-") && !dev {
                assert!(row.contains(&on), "{name} must not depend on {on}");
            }
        }
    }
}
