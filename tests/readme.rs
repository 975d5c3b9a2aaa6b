//! README.md and RULES.md: tables of rules as the registry has them, and a front page that stays short.

use crate::support::Sandbox;
use hebb_core::rule::RuleInfo;
use hebb_core::rules::RULES;
use std::fs;
use std::path::{Path, PathBuf};

/// With this environment variable the tests write the tables instead of comparing them.
const BLESS: &str = "HEBB_BLESS";
const END: &str = "<!-- end of the rules -->";

#[test]
fn the_list_of_rules_is_that_of_the_registry() {
    let table = Sandbox::new().hebb(&["list", "rules", "--markdown"]).success();
    let table = format!("{}\n", table.trim_end());
    holds(
        "hebb-core/RULES.md",
        "<!-- hebb list rules --markdown -->\n",
        &table,
    );
}

#[test]
fn the_readme_names_every_rule_with_its_formula_and_paper() {
    holds("README.md", "<!-- rules -->\n", &short_table());
}

#[test]
fn the_readme_has_at_most_900_words() {
    let words = read("README.md").1.split_whitespace().count();
    assert!(words <= 900, "README.md has {words} words");
}

fn read(file: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = fs::read_to_string(&path).unwrap();
    (path, text)
}

/// Checks, or with [`BLESS`] writes, the table that follows `start` in a file.
fn holds(file: &str, start: &str, table: &str) {
    let (path, text) = read(file);
    let (before, rest) = text
        .split_once(start)
        .expect("the file has the start of the table");
    let (found, after) = rest.split_once(END).expect("the file has the end of the table");
    if std::env::var_os(BLESS).is_some() {
        fs::write(&path, format!("{before}{start}{table}{END}{after}")).unwrap();
    } else {
        assert!(
            found == table,
            "{file} is behind the registry; {BLESS}=1 cargo test readme writes it"
        );
    }
}

/// Name, formula and paper of every rule, in Markdown.
fn short_table() -> String {
    let header = "|rule|update of w_i|paper|\n|---|---|---|\n".to_owned();
    let rows = RULES.iter().map(|entry| {
        let RuleInfo {
            name, formula, paper, ..
        } = entry.info;
        let formula = main_clause(formula).replace('|', "\\|");
        format!("|`{name}`|`{formula}`|{}|\n", first_source(paper))
    });
    header + &rows.collect::<String>()
}

/// A formula up to its first comma outside of brackets: what follows explains its symbols.
fn main_clause(formula: &str) -> &str {
    let mut depth = 0;
    let ends = |c: char| {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth -= 1,
            _ => {}
        }
        depth == 0 && matches!(c, ',' | ';')
    };
    formula.split(ends).next().unwrap_or(formula)
}

/// The authors and the year of the first paper.
fn first_source(paper: &str) -> &str {
    let year = paper
        .as_bytes()
        .windows(4)
        .position(|window| window.iter().all(u8::is_ascii_digit));
    year.map_or(paper, |start| &paper[..start + 4])
}
