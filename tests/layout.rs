//! The workspace's layout: dependencies, file lengths, published crates, registries.

use hebb_learn::core::rules::RULES;
use hebb_learn::experiment::presets::PRESETS;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines that no source file may exceed.
const LONGEST: usize = 500;
/// Lines that half of all source files do not exceed.
const MEDIAN: usize = 120;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The workspace's packages, as cargo describes them.
fn packages() -> Vec<Value> {
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The siblings that a package is built on, tests aside.
fn siblings(package: &Value) -> Vec<&str> {
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    let built_on =
        dependencies.filter(|dependency| dependency["kind"].is_null() && !dependency["path"].is_null());
    built_on
        .map(|dependency| dependency["name"].as_str().unwrap())
        .collect()
}

/// Every Rust file under `folder`, build outputs aside.
pub(crate) fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The stems of a folder's files with this extension, sorted.
fn stems(folder: &str, extension: &str) -> Vec<String> {
    let paths = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let named = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    let mut stems: Vec<_> = named
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    stems.sort();
    stems
}

#[test]
fn source_files_are_short_enough_to_read() {
    let mut found = Vec::new();
    sources(root(), &mut found);
    assert!(found.len() > 100, "only {} files were found", found.len());
    let lines = |path: &PathBuf| fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<_> = found.iter().filter(|path| lines(path) > LONGEST).collect();
    assert!(long.is_empty(), "more than {LONGEST} lines: {long:?}");
    let mut lengths: Vec<usize> = found.iter().map(lines).collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= MEDIAN, "the median is {median} lines");
}

#[test]
fn the_core_depends_on_no_sibling_and_backends_and_data_on_the_core_alone() {
    let packages = packages();
    let of = |name: &str| {
        packages
            .iter()
            .find(|package| package["name"] == name)
            .map(siblings)
            .unwrap()
    };
    assert_eq!(of("hebb-core"), [""; 0]);
    for package in ["hebb-cpu", "hebb-cuda", "hebb-data"] {
        assert_eq!(of(package), ["hebb-core"], "{package}");
    }
}

#[test]
fn a_crate_is_either_ready_to_be_published_or_never_is() {
    let mut published = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap().to_owned();
        if package["publish"].as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        for key in [
            "description",
            "documentation",
            "license",
            "readme",
            "rust_version",
        ] {
            assert!(package[key].is_string(), "{name} has no {key}");
        }
        for key in ["categories", "keywords"] {
            assert!(
                !package[key].as_array().unwrap().is_empty(),
                "{name} has no {key}"
            );
        }
        let folder = Path::new(package["manifest_path"].as_str().unwrap())
            .parent()
            .unwrap()
            .to_owned();
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            assert!(folder.join(licence).is_file(), "{name} has no {licence}");
        }
        let mut targets = package["targets"].as_array().unwrap().iter();
        let example = targets.any(|target| target["kind"][0] == "example" && target["test"] == true);
        assert!(example, "{name} has no example that `cargo test` runs");
        published.push(name);
    }
    published.sort();
    assert_eq!(
        published,
        ["hebb-core", "hebb-cpu", "hebb-cuda", "hebb-data", "hebb-learn"]
    );
}

#[test]
fn every_crate_inherits_the_lints_of_the_workspace() {
    for package in packages() {
        let manifest = package["manifest_path"].as_str().unwrap();
        let table: toml::Table = toml::from_str(&fs::read_to_string(manifest).unwrap()).unwrap();
        let inherits = table.get("lints").and_then(|lints| lints.get("workspace"));
        assert_eq!(inherits, Some(&toml::Value::Boolean(true)), "{manifest}");
    }
}

#[test]
fn every_rule_has_a_file_of_its_own_and_is_in_the_registry() {
    let folder = "hebb-core/src/rules";
    let mut written = Vec::new();
    for stem in stems(folder, "rs") {
        let text = fs::read_to_string(root().join(folder).join(&stem).with_extension("rs")).unwrap();
        let mut rules = text.split("\nimpl Rule for ").skip(1);
        written.extend(rules.next().map(|rule| quoted_name(rule).to_owned()));
        assert!(rules.next().is_none(), "{stem}.rs holds more than one rule");
    }
    written.sort();
    let mut registered: Vec<_> = RULES.iter().map(|entry| entry.info.name).collect();
    registered.sort_unstable();
    assert_eq!(written, registered);
}

/// The first `name: "…"` of a rule's text.
fn quoted_name(rule: &str) -> &str {
    let (_, name) = rule.split_once("name: \"").unwrap();
    name.split_once('"').unwrap().0
}

#[test]
fn every_preset_file_is_in_the_list() {
    let mut names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
    names.sort_unstable();
    assert_eq!(stems("src/experiment/presets", "toml"), names);
}
