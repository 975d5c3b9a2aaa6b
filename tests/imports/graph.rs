//! The import graph of a crate's files.

use super::scan::File;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The files of a crate by module path, `[]` being its root, and the imports between them.
pub(super) struct Graph {
    files: BTreeMap<Vec<String>, File>,
    edges: BTreeSet<(Vec<String>, Vec<String>)>,
}

impl Graph {
    /// The graph of the library in the folder `source`.
    pub(super) fn of(source: &Path) -> Self {
        let mut graph = Self {
            files: BTreeMap::new(),
            edges: BTreeSet::new(),
        };
        graph.read(source, Vec::new(), "lib.rs".to_owned());
        graph.edges = graph
            .files
            .keys()
            .flat_map(|module| {
                graph
                    .imports_of(module)
                    .into_iter()
                    .map(|to| (module.clone(), to))
            })
            .collect();
        graph
    }

    fn read(&mut self, source: &Path, module: Vec<String>, name: String) {
        let file = File::read(&source.join(&name));
        for child in file.children.clone() {
            let path = [&module[..], &[child]].concat();
            let joined = path.join("/");
            let names = [format!("{joined}.rs"), format!("{joined}/mod.rs")];
            let name = names.into_iter().find(|name| source.join(name).exists());
            if let Some(name) = name {
                self.read(source, path, name);
            }
        }
        self.files.insert(module, file);
    }

    /// Every import, as the module paths of both files.
    pub(super) fn imports(&self) -> impl Iterator<Item = &(Vec<String>, Vec<String>)> {
        self.edges.iter()
    }

    /// The modules whose files define what a module's file takes.
    fn imports_of(&self, module: &[String]) -> BTreeSet<Vec<String>> {
        let file = &self.files[module];
        let taken = file.imports.iter().filter(|import| !import.reexport);
        let absolute = taken.filter(|import| ["crate", "super"].contains(&import.path[0].as_str()));
        let mut found: BTreeSet<_> = absolute
            .filter_map(|import| self.definition(module, &import.path, 0))
            .collect();
        found.remove(module);
        found
    }

    /// The module whose file defines what a path names; none for a path out of the crate or to test code.
    fn definition(&self, from: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
        let mut module = from.to_vec();
        let mut path = path;
        while let Some((first, rest)) = path.split_first() {
            let file = &self.files[&module];
            match first.as_str() {
                "crate" => module.clear(),
                "super" => drop(module.pop()?),
                "self" => {}
                child if file.children.iter().any(|own| own == child) => module.push(child.to_owned()),
                test if file.tests.iter().any(|own| own == test) => return None,
                name => return self.item(&module, name, depth),
            }
            path = rest;
        }
        Some(module)
    }

    fn item(&self, module: &[String], name: &str, depth: usize) -> Option<Vec<String>> {
        let file = &self.files[module];
        if file.items.iter().any(|item| item == name) || depth > 8 {
            return Some(module.to_vec());
        }
        let mut brought = file
            .imports
            .iter()
            .filter(|import| import.name == name || import.name == "*");
        match brought.next() {
            Some(import) => {
                let path: Vec<_> = import
                    .path
                    .iter()
                    .filter(|segment| *segment != "*")
                    .cloned()
                    .collect();
                self.definition(module, &path, depth + 1)
            }
            // An item that a macro makes, or a path that leaves the crate.
            None => (depth == 0).then(|| module.to_vec()),
        }
    }

    /// Groups of modules beside each other that all reach each other, each as one line.
    pub(super) fn circles(&self) -> BTreeSet<String> {
        let edges: BTreeSet<_> = self.edges.iter().filter_map(|(a, b)| siblings(a, b)).collect();
        let reached = |from| {
            let mut reached: BTreeSet<&[String]> = BTreeSet::new();
            let mut open: Vec<&[String]> = vec![from];
            while let Some(module) = open.pop() {
                let next = edges
                    .iter()
                    .filter(|(from, _)| *from == module)
                    .map(|(_, to)| *to);
                open.extend(next.filter(|to| reached.insert(*to)));
            }
            reached
        };
        let reaches: BTreeMap<&[String], _> = edges.iter().map(|(from, _)| (*from, reached(*from))).collect();
        let mutual = |(module, reached): (&&[String], &BTreeSet<&[String]>)| {
            let back = |other: &&&[String]| {
                reaches
                    .get(*other)
                    .is_some_and(|reached| reached.contains(module))
            };
            let names: Vec<_> = reached
                .iter()
                .filter(back)
                .map(|module| module.join("::"))
                .collect();
            names.join(" <-> ")
        };
        let circles = reaches.iter().map(mutual);
        circles.filter(|circle| !circle.is_empty()).collect()
    }
}

/// The modules that two modules lie in below the last one that they share; none if one of them is that.
fn siblings<'a>(from: &'a [String], to: &'a [String]) -> Option<(&'a [String], &'a [String])> {
    let shared = from.iter().zip(to).take_while(|(from, to)| from == to).count();
    Some((from.get(..=shared)?, to.get(..=shared)?))
}
