//! Names and headers: each public type name means one thing, and each module header begins with a noun.

use crate::layout::{root, sources};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The sources of the published crates.
const PUBLISHED: [&str; 5] = [
    "src",
    "hebb-core/src",
    "hebb-cpu/src",
    "hebb-cuda/src",
    "hebb-data/src",
];

/// Rust's convention: each crate has one error type and one result type of these names.
const ONCE_PER_CRATE: [&str; 2] = ["Error", "Result"];

/// Names of the standard prelude, which a type of ours must not hide.
const PRELUDE: [&str; 12] = [
    "Box", "Clone", "Default", "Drop", "Fn", "From", "Into", "Iterator", "Option", "String", "Send", "Vec",
];

/// Words that a module header must not begin with.
const INTERROGATIVES: [&str; 8] = ["How", "What", "When", "Where", "Whether", "Which", "Who", "Why"];

fn files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(&root().join(folder), &mut found);
    let relative = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    let read = |path: PathBuf| (relative(&path), fs::read_to_string(&path).unwrap());
    found.into_iter().map(read).collect()
}

/// The type that a line defines, if it is visible outside of its module.
fn public_type(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(restricted) => restricted.split_once(')')?.1,
        None => rest,
    };
    let (kind, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
    let end = rest
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    ["struct", "enum", "trait", "type", "union"]
        .contains(&kind)
        .then_some(&rest[..end])
}

#[test]
fn the_type_of_a_line_is_found_whatever_its_visibility() {
    assert_eq!(
        public_type("pub struct Layer<B: Backend>(Kind<B>);"),
        Some("Layer")
    );
    assert_eq!(public_type("    pub(super) enum Mean {"), Some("Mean"));
    assert_eq!(public_type("type Near = (f64, usize);"), None);
    assert_eq!(public_type("pub fn train() {}"), None);
}

#[test]
fn each_public_type_name_is_defined_once() {
    let mut definitions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in PUBLISHED.iter().flat_map(|folder| files(folder)) {
        if path.contains("tests") {
            continue;
        }
        for name in text.lines().filter_map(public_type) {
            definitions.entry(name.to_owned()).or_default().push(path.clone());
        }
    }
    assert!(
        definitions.len() > 200,
        "only {} types were found",
        definitions.len()
    );
    definitions.retain(|name, places| {
        let hidden = PRELUDE.contains(&name.as_str());
        let repeated = places.len() > 1 && !ONCE_PER_CRATE.contains(&name.as_str());
        hidden || repeated
    });
    assert!(
        definitions.is_empty(),
        "rename all but one of each: {definitions:#?}"
    );
}

#[test]
fn each_module_header_begins_with_a_noun() {
    let riddle = |text: &str| {
        let header = text
            .lines()
            .find_map(|line| line.strip_prefix("//! "))
            .unwrap_or_default();
        INTERROGATIVES.contains(
            &header
                .split(|c: char| !c.is_alphabetic())
                .next()
                .unwrap_or_default(),
        )
    };
    let riddles: Vec<String> = files(".")
        .into_iter()
        .filter(|(_, text)| riddle(text))
        .map(|(path, _)| path)
        .collect();
    assert!(riddles.is_empty(), "name what these files define: {riddles:#?}");
}
