//! Import order: no circle of modules in any crate, and no import upwards in hebb-core.
//!
//! A file imports from the files that define the names which it takes by `crate::` or `super::`, in a `use` or in a path;
//! re-exports are followed to the definition. What a module takes from its own children is not an import, since they are
//! part of it, nor is a re-export. Test code is exempt.

mod graph;
mod scan;

use graph::Graph;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The `src` folders of the workspace's libraries.
fn libraries(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.join("src/lib.rs").exists() {
        found.push(folder.join("src"));
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "src" && !name.starts_with('.') {
            libraries(&path, found);
        }
    }
}

/// Circles that are still to be cut.
const STANDING: [&str; 2] = ["hebb-core/src: readout::", "hebb-data/src: "];

#[test]
fn no_modules_beside_each_other_import_each_other_in_a_circle() {
    let mut sources = Vec::new();
    libraries(root(), &mut sources);
    assert!(sources.len() > 5, "{sources:?}");
    let mut circles = Vec::new();
    for source in sources {
        let name = source.strip_prefix(root()).unwrap().display();
        circles.extend(
            Graph::of(&source)
                .circles()
                .iter()
                .map(|circle| format!("{name}: {circle}")),
        );
    }
    circles.retain(|circle| !STANDING.iter().any(|standing| circle.starts_with(standing)));
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn modules_of_the_core_import_only_from_lower_floors() {
    let source = root().join("hebb-core/src");
    let floors = floors(&fs::read_to_string(source.join("lib.rs")).unwrap());
    let floor = |module: &str| {
        let found = floors.iter().position(|floor| floor == module);
        found.unwrap_or_else(|| panic!("{module} is not in the table of hebb-core/src/lib.rs"))
    };
    let graph = Graph::of(&source);
    let mut upwards = Vec::new();
    for (from, to) in graph.imports() {
        if let (Some(own), Some(taken)) = (from.first(), to.first())
            && floor(own) < floor(taken)
        {
            upwards.push(format!("{} imports from {}", from.join("::"), to.join("::")));
        }
    }
    assert!(upwards.is_empty(), "{}", upwards.join("\n"));
}

/// The modules of the table in a crate's documentation, in its order.
fn floors(library: &str) -> Vec<String> {
    let rows = library.lines().filter_map(|line| line.strip_prefix("//! | "));
    let names = rows.filter_map(|row| row.trim_start_matches('[').strip_prefix('`')?.split_once('`'));
    names
        .map(|(name, _)| name.trim_start_matches("mod@").to_owned())
        .collect()
}
