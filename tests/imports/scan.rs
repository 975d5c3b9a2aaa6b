//! Items, modules and paths of a source file, found by a scan of its lines as rustfmt leaves them.

use std::fs;
use std::path::Path;

/// A path in a file, such as `crate::plan::Pool`, with the name under which a `use` brings it in.
pub(super) struct Import {
    pub(super) path: Vec<String>,
    pub(super) name: String,
    /// A `pub use`.
    pub(super) reexport: bool,
}

/// What a file declares and names.
#[derive(Default)]
pub(super) struct File {
    /// Top-level items.
    pub(super) items: Vec<String>,
    /// Child modules in files of their own, tests aside.
    pub(super) children: Vec<String>,
    /// Child modules that are compiled for tests only.
    pub(super) tests: Vec<String>,
    pub(super) imports: Vec<Import>,
}

impl File {
    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let mut file = Self::default();
        let mut own = String::new();
        let mut inner = String::new();
        let mut lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let mut test_only = false;
        while let Some(line) = lines.next() {
            if line.starts_with("#[") {
                test_only |= line.starts_with("#[cfg(") && words(line).any(|word| word == "test");
                continue;
            }
            let declared = item(line);
            match (declared, line.ends_with('{')) {
                (Some(("mod", name)), false) if test_only => file.tests.push(name.to_owned()),
                (Some(("mod", name)), false) => file.children.push(name.to_owned()),
                (Some(("mod", _)), true) => {
                    let body = lines.by_ref().take_while(|line| *line != "}");
                    let body: String = body.flat_map(|line| [line, "\n"]).collect();
                    if !test_only {
                        inner += &body;
                    }
                }
                (found, _) => {
                    file.items.extend(found.map(|(_, name)| name.to_owned()));
                    own += line;
                    own.push('\n');
                }
            }
            test_only = false;
        }
        file.imports = imports(&own);
        // Inside a module of this very file, `super` is the file.
        file.imports.extend(imports(&inner).into_iter().filter_map(
            |mut import| match import.path[0].as_str() {
                "super" if import.path.get(1)? != "super" => None,
                "super" => {
                    import.path.remove(0);
                    Some(import)
                }
                _ => Some(import),
            },
        ));
        file
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// The kind and the name of the item that a line begins.
fn item(line: &str) -> Option<(&str, &str)> {
    if line.starts_with([' ', '}', '#']) {
        return None;
    }
    let mut words = words(line)
        .skip_while(|word| ["pub", "crate", "super", "in", "unsafe", "async", "extern", "C"].contains(word));
    let kinds = [
        "fn",
        "struct",
        "enum",
        "trait",
        "type",
        "const",
        "static",
        "union",
        "mod",
        "macro_rules",
    ];
    let kind = words.next().filter(|word| kinds.contains(word))?;
    let name = words.find(|word| *word != "fn" && *word != "unsafe")?;
    Some((kind, name))
}

/// Every path that begins with `crate` or `super`, and every path of a `use`.
fn imports(text: &str) -> Vec<Import> {
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut statements = text.split_inclusive('\n');
    while let Some(line) = statements.next() {
        let trimmed = line.trim_start();
        let is_use = trimmed.starts_with("use ") || trimmed.starts_with("pub") && trimmed.contains(" use ");
        if !is_use {
            rest += line;
            continue;
        }
        let mut statement = trimmed.to_owned();
        while !statement.contains(';') {
            statement += statements.next().unwrap();
        }
        let reexport = statement.starts_with("pub");
        let tree = statement.split_once("use ").unwrap().1;
        expand(&[], tree.split_once(';').unwrap().0, reexport, &mut found);
    }
    for at in ["crate::", "super::"]
        .iter()
        .flat_map(|prefix| rest.match_indices(prefix))
    {
        let before = rest[..at.0].chars().next_back();
        if before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '$') {
            let path = rest[at.0..].split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            expand(&[], path.into_iter().next().unwrap(), false, &mut found);
        }
    }
    found
}

/// The paths of a tree such as `a::{b, c as d}`.
fn expand(prefix: &[String], tree: &str, reexport: bool, found: &mut Vec<Import>) {
    let tree = tree.trim();
    if let Some((path, group)) = tree.split_once('{') {
        let mut prefix = prefix.to_vec();
        prefix.extend(words(path).map(str::to_owned));
        let (mut depth, mut start) = (0, 0);
        let group = group.rsplit_once('}').unwrap().0;
        for (at, c) in group.char_indices() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if c == ',' && depth == 0 {
                expand(&prefix, &group[start..at], reexport, found);
                start = at + 1;
            }
        }
        return expand(&prefix, &group[start..], reexport, found);
    }
    let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
    let mut whole = prefix.to_vec();
    whole.extend(path.split("::").map(|segment| segment.trim().to_owned()));
    whole.retain(|segment| !segment.is_empty());
    if whole.len() > 1 && whole.last().is_some_and(|last| last == "self") {
        whole.pop();
    }
    let Some(last) = whole.last() else {
        return;
    };
    let name = if alias.is_empty() {
        last.clone()
    } else {
        alias.trim().to_owned()
    };
    found.push(Import {
        path: whole,
        name,
        reexport,
    });
}
