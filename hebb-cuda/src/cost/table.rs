//! The table of `cost.md`, from the layers of `miconi2021`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use hebb_core::geometry::ImageShape;
use hebb_core::layer::LayerConfig;
use hebb_core::plan::{LayerPlan, Pool, PoolKind};

use super::{A100, Accelerator, H100, Layer, Work, training_step};

const BATCH: usize = 100;

/// Units, kernel and whether connections are pruned.
const LAYERS: [(usize, usize, bool); 3] = [(100, 5, false), (196, 3, true), (400, 3, true)];

fn plans() -> Vec<(LayerPlan, bool)> {
    let mut shape = ImageShape::new(3, 32, 32);
    let mut plans = Vec::new();
    for (units, kernel, pruned) in LAYERS {
        let config = LayerConfig {
            pool: Some(Pool::tiled(PoolKind::Average, 2)),
            ..LayerConfig::conv(units, kernel)
        };
        let plan = config.plan(shape).unwrap();
        shape = plan.output_shape().unwrap();
        plans.push((plan, pruned));
    }
    plans
}

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

fn markdown() -> String {
    let mut text = format!(
        "# The least that a training step of miconi2021 can cost\n\n\
         Batches of {BATCH} images of 3x32x32, products in f32. A model (`src/cost`), no measurement: no GPU has run it.\n\
         The stand-in driver counts the same launches and bytes.\n"
    );
    let mut whole = Vec::new();
    for (index, (plan, pruned)) in plans().iter().enumerate() {
        let work = training_step(
            Layer {
                plan,
                pruned: *pruned,
            },
            BATCH,
        );
        let _ = writeln!(
            text,
            "\n## Layer {}\n\n| work | times | MB | MFLOP | us on an A100 | us on an H100 |\n| --- | --- | --- | --- | --- | --- |",
            index + 1
        );
        let mut kinds: BTreeMap<&str, Vec<Work>> = BTreeMap::new();
        work.iter()
            .for_each(|work| kinds.entry(work.name).or_default().push(*work));
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by(|a, b| microseconds(&b.1, &A100).total_cmp(&microseconds(&a.1, &A100)));
        kinds.iter().for_each(|(name, work)| row(&mut text, name, work));
        row(&mut text, "all", &work);
        whole.extend(work);
    }
    let bound = |on| 1e3 * BATCH as f64 / microseconds(&whole, on);
    let _ = writeln!(
        text,
        "\n## The network\n\n{} launches, products and copies; at most {:.0} thousand images a second on an A100 and {:.0} \
         thousand on an H100.",
        whole.len(),
        bound(&A100),
        bound(&H100)
    );
    text
}

#[test]
fn the_committed_table_is_current() {
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
