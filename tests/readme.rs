//! hebb-core/RULES.md's table of rules is the registry's.

use crate::support::Sandbox;
use std::fs;
use std::path::Path;

/// With this environment variable the test writes the table instead of comparing it.
const BLESS: &str = "HEBB_BLESS";
const START: &str = "<!-- hebb list rules --markdown -->\n";
const END: &str = "<!-- end of the rules -->";

#[test]
fn the_list_holds_the_rules_of_the_registry() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("hebb-core/RULES.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme
        .split_once(START)
        .expect("hebb-core/RULES.md has the start of the table");
    let (found, after) = rest
        .split_once(END)
        .expect("hebb-core/RULES.md has the end of the table");
    let table = Sandbox::new().hebb(&["list", "rules", "--markdown"]).success();
    let table = format!("{}\n", table.trim_end());
    if std::env::var_os(BLESS).is_some() {
        fs::write(&path, format!("{before}{START}{table}{END}{after}")).unwrap();
    } else {
        assert!(
            found == table,
            "hebb-core/RULES.md is behind the registry; {BLESS}=1 cargo test readme writes it"
        );
    }
}
