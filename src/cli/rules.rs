//! Descriptions of rules as text and as JSON.

use super::console::{FAINT, NAME, STRONG};
use super::table::hanging;
use hebb_core::rule::{Law, ParamDefault, ParamInfo};
use hebb_core::rules::Entry;
use serde_json::{Value, json};

/// A rule's description as JSON.
pub(super) fn to_json(entry: &Entry) -> Value {
    let info = entry.info;
    json!({
        "name": info.name,
        "summary": info.summary,
        "formula": info.formula,
        "surrogate": info.surrogate,
        "paper": info.paper,
        "parameters": entry.params.iter().map(parameter_json).collect::<Vec<_>>(),
        "laws": info.laws.iter().map(law).collect::<Vec<_>>(),
        "deviations": info.deviations,
    })
}

fn parameter_json(param: &ParamInfo) -> Value {
    let mut entry = match param.default {
        ParamDefault::Number { value, min, max } => json!({ "default": value, "min": min, "max": max }),
        ParamDefault::Choice { value, choices } => json!({ "default": value, "choices": choices }),
    };
    entry["name"] = param.name.into();
    entry["meaning"] = param.meaning.into();
    entry["range"] = param.range().into();
    entry
}

/// A rule's description as text.
pub(super) fn describe(entry: &Entry) -> String {
    let info = entry.info;
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
    lines.extend(
        entry
            .params
            .iter()
            .map(|param| field("option", &parameter(param))),
    );
    lines.join("\n")
}

fn field(label: &str, text: &str) -> String {
    const INDENT: &str = "           ";
    let body = hanging(text, INDENT);
    format!("  {FAINT}{label:<9}{FAINT:#}{}", &body[INDENT.len()..])
}

pub(super) fn parameter(param: &ParamInfo) -> String {
    format!(
        "{} = {} ({}): {}",
        param.name,
        param.default.value(),
        param.range(),
        param.meaning
    )
}

/// A law's name in words: `SilentUnitsRest` is `silent units rest`.
pub(super) fn law(law: Law) -> String {
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
    use hebb_core::rules::RULES;

    fn krotov() -> &'static Entry {
        RULES.iter().find(|entry| entry.info.name == "krotov").unwrap()
    }

    #[test]
    fn everything_that_is_known_of_a_rule_is_told() {
        let text = describe(krotov());
        for part in [
            "dw_i = y_i (x - u_i w_i)",
            "1/2 sg[y_i u_i] |w_i|^2",
            "PNAS 116",
            "silent units rest",
            "p = 2 (from 1.01 to 20): exponent of the norm",
            "differs",
        ] {
            assert!(text.contains(part), "{part} is missing from {text}");
        }
    }
}
