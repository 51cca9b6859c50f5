//! The dependency edges of the workspace, held against the layers of `docs/ARCHITECTURE.md`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Lowest first. A crate may depend only on crates of lower layers; crates of one layer never see one another.
const LAYERS: &[(&str, &[&str])] = &[
    ("facts", &["task-model", "q-learning"]),
    ("decisions", &["agent-selection", "react-agent"]),
    ("words", &["service-api"]),
    ("edges", &["resilient-http", "local-inference", "storage", "service-kit"]),
    ("talk", &["service-client"]),
    ("services", &["rl-orchestrator", "execution-api", "model-service", "rl-server"]),
    ("lightning", &["lightning"]),
];

/// Crates that must stay free of others, whatever their layer: their invariant of absence.
const ABSENT: &[(&str, &[&str])] = &[
    ("task-model", &["serde", "serde_json", "sqlx", "rusqlite", "axum", "reqwest", "tokio", "chrono"]),
    ("q-learning", &["task-model", "sqlx", "rusqlite", "axum", "reqwest", "tokio", "chrono"]),
    ("agent-selection", &["sqlx", "rusqlite", "axum", "reqwest", "tokio", "chrono"]),
    ("react-agent", &["sqlx", "rusqlite", "axum", "reqwest", "tokio", "chrono"]),
    ("service-api", &["sqlx", "rusqlite", "axum", "reqwest", "tokio"]),
    ("resilient-http", &["sqlx", "rusqlite", "service-api"]),
    ("local-inference", &["axum", "reqwest", "tokio", "service-api"]),
    ("storage", &["axum", "reqwest", "agent-selection", "q-learning"]),
    ("service-kit", &["sqlx", "rusqlite", "storage", "task-model"]),
    ("service-client", &["sqlx", "rusqlite", "backon"]),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every workspace crate with the names of what it depends on, tests and build scripts left out.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages.iter().map(|package| (text(&package["name"]), normal_dependencies(package))).collect()
}

fn normal_dependencies(package: &Value) -> Vec<String> {
    let all = package["dependencies"].as_array().expect("dependencies");
    all.iter().filter(|d| d["kind"].is_null()).map(|d| text(&d["name"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn layer_of(name: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, crates)| crates.contains(&name))
}

#[test]
fn every_crate_has_a_layer_and_a_folder_of_its_name() {
    for (name, _) in dependencies().iter().filter(|(name, _)| *name != "tests") {
        assert!(layer_of(name).is_some(), "{name} stands in no layer");
        let found = ["crates", "services"].iter().any(|folder| root().join(folder).join(name).is_dir());
        assert!(found, "{name} has no folder of its name");
    }
}

#[test]
fn edges_only_go_downward() {
    let mut upward = Vec::new();
    for (name, uses) in dependencies().iter().filter(|(name, _)| *name != "tests") {
        for used in uses.iter().filter(|used| layer_of(used).is_some()) {
            if layer_of(used) >= layer_of(name) {
                upward.push(format!("{name} -> {used}"));
            }
        }
    }
    assert!(upward.is_empty(), "these edges go up or sideways: {upward:?}");
}

#[test]
fn what_must_be_absent_is_absent() {
    let dependencies = dependencies();
    for (name, absent) in ABSENT {
        let uses = &dependencies[*name];
        let present: Vec<_> = absent.iter().filter(|a| uses.iter().any(|u| u == *a)).collect();
        assert!(present.is_empty(), "{name} must not depend on {present:?}");
    }
}

#[test]
fn every_library_names_its_invariant_of_absence() {
    let crates = dependencies();
    for name in crates.keys().filter(|name| !["tests", "lightning"].contains(&name.as_str())) {
        let folder =
            ["crates", "services"].iter().find(|f| root().join(f).join(name).is_dir()).expect("a folder");
        let lib = root().join(folder).join(name).join("src/lib.rs");
        let source = std::fs::read_to_string(&lib).expect("lib.rs is readable");
        let intro: String = source.lines().take_while(|line| line.starts_with("//!")).collect();
        assert!(intro.contains("Invariant of absence:"), "{} lacks its invariant of absence", lib.display());
    }
}
