//! The tables of `cost.md`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use hebb_core::geometry::ImageShape;

use super::networks::{Published, all};
use super::{A100, Accelerator, H100, Work, training_step, upload};

const INPUT: ImageShape = ImageShape::new(3, 32, 32);

fn microseconds(work: &[Work], on: &Accelerator) -> f64 {
    work.iter().map(|work| 1e6 * work.seconds(on)).sum()
}

fn row(text: &mut String, name: &str, work: &[Work]) {
    let megabytes = work.iter().map(Work::bytes).sum::<u64>() as f64 / 1e6;
    let operations = work.iter().map(|work| work.operations).sum::<u64>() as f64 / 1e6;
    let _ = writeln!(
        text,
        "| {name} | {} | {megabytes:.2} | {operations:.0} | {:.1} | {:.1} |",
        work.len(),
        microseconds(work, &A100),
        microseconds(work, &H100)
    );
}

/// A table of the kinds of work, the longest first.
fn table(text: &mut String, work: &[Work]) {
    let _ = writeln!(
        text,
        "\n| work | times | MB | MFLOP | us on an A100 | us on an H100 |\n| --- | --- | --- | --- | --- | --- |"
    );
    let mut kinds: BTreeMap<&str, Vec<Work>> = BTreeMap::new();
    work.iter()
        .for_each(|work| kinds.entry(work.name).or_default().push(*work));
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by(|a, b| microseconds(&b.1, &A100).total_cmp(&microseconds(&a.1, &A100)));
    kinds.iter().for_each(|(name, work)| row(text, name, work));
    row(text, "all", work);
}

fn section(text: &mut String, network: &Published) {
    let Published { name, batch, layers } = network;
    let _ = writeln!(text, "\n## {name}, batches of {batch}");
    let (mut whole, mut shape) = (vec![upload(INPUT, *batch)], INPUT);
    for (index, config) in layers.iter().enumerate() {
        let work = training_step(config, shape, *batch).unwrap();
        shape = config.plan(shape).unwrap().output_shape().unwrap();
        let _ = writeln!(text, "\n### Layer {}", index + 1);
        table(text, &work);
        whole.extend(work);
    }
    let bound = |on| 1e3 * *batch as f64 / microseconds(&whole, on);
    let _ = writeln!(
        text,
        "\n### The network\n\n{} launches, products and copies, that of the batch included; at most {:.0} thousand images \
         a second on an A100 and {:.0} thousand on an H100.",
        whole.len(),
        bound(&A100),
        bound(&H100)
    );
}

fn markdown() -> String {
    let mut text = "# The least that a training step of the published networks can cost\n\n\
         Images of 3x32x32, products in f32. A model (`src/cost`), no measurement: no GPU has run it. The stand-in driver \
         counts the\nsame launches and bytes.\n"
        .to_owned();
    all().iter().for_each(|network| section(&mut text, network));
    text
}

#[test]
fn the_committed_tables_are_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cost.md");
    if std::env::var_os("HEBB_BLESS").is_some() {
        std::fs::write(&path, markdown()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == markdown(),
        "cost.md is not current; run the test with HEBB_BLESS=1"
    );
}
