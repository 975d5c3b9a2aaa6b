//! The rules in Markdown: a table of their updates and a section for each.

use super::rules::{law, parameter};
use crate::Result;
use hebb_core::rule::Params;
use hebb_core::rules::{self, Entry};

/// The block of RULES.md that is made from the registry.
pub(super) fn markdown(entries: &[Entry]) -> Result<String> {
    let mut lines = vec![
        "| rule | update of w_i for a patch x | lowering: factor a, decay C |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    for entry in entries {
        lines.push(row(entry)?);
    }
    lines.extend(entries.iter().map(section));
    Ok(lines.join("\n"))
}

fn row(entry: &Entry) -> Result<String> {
    let lowering = rules::build(entry.info.name, &Params::default())?.lower();
    let cells = [entry.info.name, entry.info.formula, &lowering.to_string()];
    // A bar would end the cell.
    let cells = cells.map(|cell| format!("`{}`", cell.replace('|', "\\|")));
    Ok(format!("| {} |", cells.join(" | ")))
}

fn section(entry: &Entry) -> String {
    let info = entry.info;
    let laws: Vec<_> = info.laws.iter().map(law).collect();
    let facts = [
        ("Loss", format!("`{}`", info.surrogate)),
        ("Paper", info.paper.to_owned()),
        ("Laws", laws.join(", ")),
        ("Authors' code", info.deviations.to_owned()),
    ];
    let told = facts.iter().filter(|(_, fact)| !fact.is_empty());
    let mut lines = vec![format!("\n## `{}`\n\n{}\n", info.name, info.summary)];
    lines.extend(told.map(|(label, fact)| format!("- {label}: {fact}")));
    let parameters = entry.params.iter();
    lines.extend(
        parameters.map(|param| format!("- Parameter `{}", parameter(param).replacen(": ", "`: ", 1))),
    );
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hebb_core::rules::RULES;

    fn rule(name: &str) -> &'static Entry {
        RULES.iter().find(|entry| entry.info.name == name).unwrap()
    }

    #[test]
    fn a_row_has_the_update_beside_its_lowering_and_its_bars_are_escaped() {
        assert_eq!(
            row(rule("som")).unwrap(),
            "| `som` | `\\|y_i\\| (sgn(y_i) x - w_i), where y is the winner's neighbourhood on the grid` \
             | `a = y, C = diag(abs(y))` |"
        );
    }

    #[test]
    fn a_section_tells_everything_that_is_known_of_a_rule() {
        let section = section(rule("krotov"));
        for part in [
            "## `krotov`",
            "- Loss: `-sg[",
            "- Paper: Krotov and Hopfield 2019",
            "- Laws: patch order, ",
            "- Authors' code: ",
            "- Parameter `p = 2 (from 1.01 to 20)`: ",
        ] {
            assert!(section.contains(part), "{part} is missing from {section}");
        }
    }
}
