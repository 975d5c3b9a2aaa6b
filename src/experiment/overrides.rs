//! Overrides of an experiment by dotted path, as `--set` gives them.

use super::Experiment;
use super::strict_toml::fail;
use crate::{Error, Result};
use toml::{Table, Value};

/// The keys of a layer for which its rule has choices of its own.
const COMPANIONS: [&str; 6] = [
    "similarity",
    "competition",
    "reduction",
    "unit-rate",
    "init-scale",
    "constraint",
];

/// The experiment with overrides of the form `training.epochs=3` or `layers.0.units=64`.
///
/// A layer that gets another rule gets the rule's own choices too, except those that an override sets. Keys of a table that
/// the file gives in short, such as `learning-rate = 0.1`, can be set one by one.
///
/// # Errors
/// [`Error::Config`], naming the first override from which on the experiment is not valid.
pub(super) fn apply(written: Experiment, overrides: &[String]) -> Result<Experiment> {
    let mut root = Value::try_from(&written).map_err(|error| Error::config(&written.name, error))?;
    for path in overrides.iter().filter_map(|assignment| swapped_rule(assignment)) {
        drop_companions(&mut root, path);
    }
    let (mut experiment, mut fault) = (written, None);
    for assignment in overrides {
        assign(&mut root, assignment)?;
        match root.clone().try_into() {
            Ok(valid) => (experiment, fault) = (valid, None),
            // A later override may complete this one.
            Err(error) => fault = fault.or_else(|| Some(fail(&origin(assignment), &error))),
        }
    }
    fault.map_or(Ok(experiment), Err)
}

/// A note for each layer whose rule is swapped, since the rule brings its own choices along.
pub fn override_notes(overrides: &[String]) -> Vec<String> {
    let swapped = overrides.iter().filter_map(|assignment| swapped_rule(assignment));
    let note = |layer: &str| {
        let companions = COMPANIONS.join(", ");
        format!(
            "{layer}.rule: the rule's own {companions} replace those of the file; set them too to keep others"
        )
    };
    swapped.map(note).collect()
}

/// The path of the layer whose rule an override swaps.
fn swapped_rule(assignment: &str) -> Option<&str> {
    let path = assignment.split_once('=')?.0.trim();
    path.strip_suffix(".name").unwrap_or(path).strip_suffix(".rule")
}

/// Takes the rule and its choices off a layer, whose new rule is assigned next.
fn drop_companions(root: &mut Value, layer: &str) {
    let found = layer.split('.').try_fold(root, |place, key| match place {
        Value::Table(table) => table.get_mut(key),
        Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    });
    if let Some(Value::Table(layer)) = found {
        // Parameters of the former rule go too.
        layer.insert("rule".to_owned(), Value::String(String::new()));
        COMPANIONS.iter().for_each(|key| drop(layer.remove(*key)));
    }
}

fn origin(assignment: &str) -> String {
    format!("--set {assignment}")
}

/// Sets `path=value`; missing tables are created, items of arrays must exist.
fn assign(root: &mut Value, assignment: &str) -> Result<()> {
    let refuse = |problem: &str| Error::config(origin(assignment), problem);
    let (path, text) = assignment
        .split_once('=')
        .ok_or_else(|| refuse("an override has the form key=value, such as training.epochs=3"))?;
    let mut keys: Vec<&str> = path.trim().split('.').collect();
    let last = keys.pop().unwrap_or_default();
    let parent = keys.join(".");
    let place = keys.iter().try_fold(root, |place, key| child(place, key));
    let place = place.ok_or_else(|| refuse(&format!("there is no `{parent}` in the experiment")))?;
    let slot = child(place, last);
    *slot.ok_or_else(|| refuse(&format!("`{parent}` has no `{last}`")))? = literal(text.trim());
    Ok(())
}

/// The value at `key` of a table, created if it is missing, or of an array, by index.
///
/// A word with keys is a rule without parameters.
fn child<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    if let Value::String(rule) = value {
        let name = Value::String(std::mem::take(rule));
        *value = Value::Table(Table::from_iter([("name".to_owned(), name)]));
    }
    match value {
        Value::Table(table) => Some(table.entry(key).or_insert_with(|| Value::Table(Table::new()))),
        Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    }
}

/// The text as a TOML value, or as a string if it is no TOML value.
fn literal(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"));
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "name = \"small\"\n[data]\ndataset = \"fashion-mini\"\nvalidation = 10\n\n[[layers]]\nunits = 4\nkernel = 5\n";

    fn parsed(text: &str, overrides: &[&str]) -> Result<Experiment> {
        let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
        Experiment::parse(text, "small.toml", &overrides)
    }

    fn problem(overrides: &[&str]) -> String {
        parsed(SMALL, overrides).unwrap_err().to_string()
    }

    #[test]
    fn overrides_reach_into_layers() {
        let set = ["layers.0.units=9", "training.epochs=3", "name=other"];
        let experiment = parsed(&format!("{SMALL}[training]\n"), &set).unwrap();
        assert_eq!(experiment.layers[0].hebb().unwrap().units, 9);
        assert_eq!(experiment.training.iter().next().unwrap().epochs, 3);
        assert_eq!(experiment.name, "other");
        let text = problem(&["layers.3.units=9"]);
        assert!(
            text.contains("--set layers.3.units=9") && text.contains("no `layers.3`"),
            "{text}"
        );
        assert!(problem(&["units"]).contains("key=value"));
    }

    #[test]
    fn the_override_at_fault_is_named_alone() {
        let text = problem(&["training.epochs=3", "layers.0.unit=9", "layers.0.kernel=3"]);
        assert!(text.starts_with("--set layers.0.unit=9: "), "{text}");
        assert!(text.contains("did you mean `units`?"), "{text}");
    }

    #[test]
    fn a_table_that_is_absent_can_be_set_by_its_keys() {
        let experiment = parsed(SMALL, &["training.epochs=3"]).unwrap();
        assert_eq!(experiment.training.iter().next().unwrap().epochs, 3);
    }

    #[test]
    fn a_learning_rate_is_set_whether_the_file_has_its_short_or_its_long_form() {
        let short = format!("{SMALL}learning-rate = 0.5\n");
        let long = format!("{SMALL}learning-rate = {{ kind = \"constant\", rate = 0.5 }}\n");
        for text in [SMALL, &short, &long] {
            for set in ["layers.0.learning-rate=0.25", "layers.0.learning-rate.rate=0.25"] {
                let experiment = parsed(text, &[set]).unwrap();
                let rate = &experiment.layers[0].hebb().unwrap().learning_rate;
                assert_eq!(*rate, hebb_core::layer::Schedule::from(0.25), "{set} in {text}");
            }
        }
    }

    #[test]
    fn parameters_of_a_rule_are_set_whether_the_file_has_its_name_alone_or_a_table() {
        let text = format!("{SMALL}rule = \"k-wta\"\n");
        let rule = |text: &str, set: &str| {
            parsed(text, &[set]).unwrap().layers[0]
                .hebb()
                .unwrap()
                .rule
                .clone()
        };
        let three = rule(&text, "layers.0.rule.k=3");
        assert_eq!(rule(SMALL, "layers.0.rule={ name = \"k-wta\", k = 3 }"), three);
    }

    #[test]
    fn another_rule_brings_its_own_choices_along_unless_they_are_set_too() {
        let spelled = parsed(&format!("{SMALL}rule = {{ name = \"k-wta\", k = 2 }}\n"), &[]).unwrap();
        let spelled = spelled.to_toml().unwrap();
        let swapped = parsed(&spelled, &["layers.0.rule=oja"]).unwrap();
        assert_eq!(swapped, parsed(&format!("{SMALL}rule = \"oja\"\n"), &[]).unwrap());
        let set = ["layers.0.competition.kind=hard-wta", "layers.0.rule.name=oja"];
        let kept = parsed(&spelled, &set).unwrap();
        let competition = kept.layers[0].hebb().unwrap().competition;
        assert_eq!(competition, Some(hebb_core::plan::Competition::HardWta));
        assert_eq!(override_notes(&set.map(str::to_owned)).len(), 1);
    }
}
