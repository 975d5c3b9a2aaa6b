//! The subcommand `list`.

use super::console::{Console, FAINT};
use super::rules::{describe, to_json};
use super::rules_markdown::markdown;
use super::table::two_columns;
use crate::Result;
use crate::experiment::presets::PRESETS;
use crate::select::Choice;
use hebb_core::plan::Competition;
use hebb_core::readout::Classifier;
use hebb_core::rules::RULES;
use hebb_data::DatasetInfo;
use hebb_data::datasets::{DATASETS, Origin};
use serde_json::{Value, json};

/// List rules, presets, datasets, backends, competitions or classifiers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb list rules                every rule with its formula, loss, paper and parameters
  hebb list datasets             the datasets, and how to get those that are not embedded
  hebb list presets --json       for machines
  hebb list rules --markdown     the list of RULES.md")]
pub(super) struct ListArgs {
    /// The kind of entries
    #[arg(value_enum)]
    kind: EntryKind,
    /// Print the rules as the list of RULES.md
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum EntryKind {
    Rules,
    Presets,
    Datasets,
    Backends,
    Competitions,
    Classifiers,
}

impl ListArgs {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        match self.kind {
            EntryKind::Rules if self.markdown => console.line(markdown(RULES)?),
            EntryKind::Rules => rules(console),
            EntryKind::Presets => presets(console),
            EntryKind::Datasets => datasets(console),
            EntryKind::Backends => backends(console),
            EntryKind::Competitions => kinds(console, Competition::KINDS),
            EntryKind::Classifiers => kinds(console, Classifier::KINDS),
        }
    }
}

fn rules(console: Console) -> Result<()> {
    let entries: Vec<_> = RULES.iter().map(to_json).collect();
    let texts: Vec<_> = RULES.iter().map(describe).collect();
    console.show(&entries, [texts.join("\n\n")])
}

fn presets(console: Console) -> Result<()> {
    let mut entries = Vec::with_capacity(PRESETS.len());
    for preset in PRESETS {
        entries.push((preset.name, preset.experiment(&[])?.description));
    }
    named(console, entries)
}

fn backends(console: Console) -> Result<()> {
    let (mut entries, mut rows) = (Vec::new(), Vec::new());
    for &(name, description, compiled) in Choice::ALL {
        entries.push(json!({ "name": name, "description": description, "compiled": compiled }));
        let missing = if compiled { "" } else { " (not part of this build)" };
        rows.push((name, format!("{description}{missing}")));
    }
    console.show(&entries, [two_columns(rows)])
}

fn kinds(console: Console, kinds: &[(&str, &str)]) -> Result<()> {
    let entries = kinds.iter().map(|&(name, text)| (name, text.to_owned()));
    named(console, entries.collect())
}

fn datasets(console: Console) -> Result<()> {
    let entries: Vec<_> = DATASETS.iter().map(|info| dataset_json(info)).collect();
    let rows = DATASETS.iter().map(|info| (info.name, dataset_text(info)));
    console.show(&entries, [two_columns(rows)])?;
    console.note(format!(
        "{FAINT}Files are looked for in --data, $HEBB_DATA, ./data and ~/.cache/hebb.{FAINT:#}"
    ));
    Ok(())
}

fn dataset_text(info: &DatasetInfo) -> String {
    let shape = info.shape.map(|shape| shape.to_string());
    let sizes = info
        .splits
        .map(|sizes| format!("{} + {} images", sizes.train, sizes.test));
    let origin = match info.origin {
        Origin::Embedded(_) => "ready to use".to_owned(),
        Origin::Files { obtain, .. } => obtain.to_owned(),
    };
    let parts = [Some(info.summary.to_owned()), shape, sizes, Some(origin)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn dataset_json(info: &DatasetInfo) -> Value {
    let (files, obtain) = match &info.origin {
        Origin::Embedded(_) => (&[] as &[&str], None),
        Origin::Files { files, obtain, .. } => (*files, Some(*obtain)),
    };
    json!({
        "name": info.name,
        "summary": info.summary,
        "shape": info.shape.map(|shape| [shape.channels, shape.height, shape.width]),
        "classes": info.classes,
        "train": info.splits.map(|sizes| sizes.train),
        "test": info.splits.map(|sizes| sizes.test),
        "unlabelled": info.splits.map(|sizes| sizes.unlabelled),
        "embedded": matches!(info.origin, Origin::Embedded(_)),
        "files": files,
        "obtain": obtain,
        "licence": info.licence,
        "citation": info.citation,
    })
}

fn named(console: Console, entries: Vec<(&str, String)>) -> Result<()> {
    let entry = |(name, text): &(&str, String)| json!({ "name": name, "description": text });
    let values: Vec<_> = entries.iter().map(entry).collect();
    console.show(&values, [two_columns(entries)])
}
