//! A rule's description, as text and as JSON.

use super::console::{FAINT, NAME, STRONG};
use super::table::hanging;
use hebb_core::rule::{Default, Law, ParamInfo, RuleInfo};
use serde::Serialize;

/// A rule's description, for machines.
#[derive(Debug, Serialize)]
pub(super) struct RuleEntry {
    name: &'static str,
    summary: &'static str,
    formula: &'static str,
    surrogate: &'static str,
    paper: &'static str,
    parameters: Vec<ParamEntry>,
    laws: Vec<String>,
    deviations: &'static str,
}

#[derive(Debug, Serialize)]
struct ParamEntry {
    name: &'static str,
    meaning: &'static str,
    range: String,
    #[serde(flatten)]
    default: DefaultEntry,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum DefaultEntry {
    Number {
        default: f64,
        min: f64,
        max: f64,
    },
    Choice {
        default: &'static str,
        choices: &'static [&'static str],
    },
}

impl RuleEntry {
    pub(super) fn of(info: &'static RuleInfo) -> Self {
        Self {
            name: info.name,
            summary: info.summary,
            formula: info.formula,
            surrogate: info.surrogate,
            paper: info.paper,
            parameters: info.params.iter().map(ParamEntry::of).collect(),
            laws: info.laws.iter().map(law).collect(),
            deviations: info.deviations,
        }
    }
}

impl ParamEntry {
    fn of(param: &'static ParamInfo) -> Self {
        let default = match param.default {
            Default::Number {
                value: default,
                min,
                max,
            } => DefaultEntry::Number { default, min, max },
            Default::Choice {
                value: default,
                choices,
            } => DefaultEntry::Choice { default, choices },
        };
        Self {
            name: param.name,
            meaning: param.meaning,
            range: param.range(),
            default,
        }
    }
}

/// A rule's description, for people.
pub(super) fn describe(info: &RuleInfo) -> String {
    let laws: Vec<_> = info.laws.iter().map(law).collect();
    let fields = [
        ("update", format!("dw_i = {}", info.formula)),
        ("loss", info.surrogate.to_owned()),
        ("paper", info.paper.to_owned()),
        ("laws", laws.join(", ")),
        ("differs", info.deviations.to_owned()),
    ];
    let mut lines = vec![format!(
        "{NAME}{}{NAME:#}  {STRONG}{}{STRONG:#}",
        info.name, info.summary
    )];
    lines.extend(
        fields
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(label, text)| field(label, text)),
    );
    lines.extend(info.params.iter().map(|param| field("option", &parameter(param))));
    lines.join("\n")
}

fn field(label: &str, text: &str) -> String {
    const INDENT: &str = "           ";
    let body = hanging(text, INDENT);
    format!("  {FAINT}{label:<9}{FAINT:#}{}", &body[INDENT.len()..])
}

fn parameter(param: &ParamInfo) -> String {
    format!(
        "{} = {} ({}): {}",
        param.name,
        param.default.value(),
        param.range(),
        param.meaning
    )
}

/// Every rule as a row of a Markdown table: what README.md holds.
pub(super) fn markdown<'a>(rules: impl Iterator<Item = &'a RuleInfo>) -> String {
    let head = "| rule | update of w_i for a patch x | surrogate loss | parameters | source | laws | authors' code |";
    let mut lines = vec![head.to_owned(), "|---|---|---|---|---|---|---|".to_owned()];
    lines.extend(rules.map(row));
    lines.join("\n")
}

fn row(info: &RuleInfo) -> String {
    let params: Vec<_> = info.params.iter().map(parameter).collect();
    let laws: Vec<_> = info.laws.iter().map(law).collect();
    let cells = [
        format!("`{}`", info.name),
        format!("`{}`", info.formula),
        format!("`{}`", info.surrogate),
        params.join("; "),
        info.paper.to_owned(),
        laws.join(", "),
        info.deviations.to_owned(),
    ];
    // A bar would end the cell.
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |", cells.join(" | "))
}

/// A law's name in words: `SilentUnitsRest` is `silent units rest`.
fn law(law: &Law) -> String {
    let mut words = String::new();
    for letter in format!("{law:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: RuleInfo = RuleInfo {
        name: "test",
        summary: "A rule.",
        formula: "y x",
        surrogate: "-y u",
        paper: "Nobody 2026",
        params: &[ParamInfo {
            name: "theta",
            default: Default::Number {
                value: 0.5,
                min: 0.0,
                max: 1.0,
            },
            meaning: "the threshold",
        }],
        laws: &[Law::SilentUnitsRest],
        deviations: "",
    };

    #[test]
    fn a_row_has_a_cell_for_everything_and_its_bars_are_escaped() {
        let rule = RuleInfo {
            formula: "|x|",
            ..RULE
        };
        assert_eq!(
            row(&rule),
            "| `test` | `\\|x\\|` | `-y u` | theta = 0.5 (from 0 to 1): the threshold | Nobody 2026 \
             | silent units rest |  |"
        );
    }

    #[test]
    fn everything_that_is_known_of_a_rule_is_told() {
        let text = describe(&RULE);
        for part in [
            "dw_i = y x",
            "-y u",
            "Nobody",
            "silent units rest",
            "theta = 0.5 (from 0 to 1): the threshold",
        ] {
            assert!(text.contains(part), "{part} is missing from {text}");
        }
        assert!(!text.contains("differs"));
    }
}
