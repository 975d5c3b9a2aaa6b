//! Accuracy by epoch, and epochs and seconds to the plateau.

use super::plot::{Chart, Series};
use super::table::{Row, Table};
use crate::experiment::EpochMetrics;
use serde::Serialize;
use wildmatch::WildMatch;

/// Largest distance of a plateau from the best accuracy, in percent.
const WITHIN: f64 = 1.0;

/// An epoch of a row with one seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EpochRecord {
    /// The row.
    pub row: String,
    /// The seed.
    pub seed: u64,
    /// From 1, over all phases.
    pub epoch: usize,
    /// Seconds of training up to its end, without those of pretrained layers.
    pub seconds: f64,
    /// Mean loss of layers trained by gradient descent.
    pub loss: Option<f64>,
    /// Accuracy of the network's output on the validation images in percent.
    pub validation: Option<f64>,
}

/// The plateau of a run: the first epoch within a point of the best validation accuracy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plateau<'a> {
    pub(super) first: &'a EpochRecord,
    /// The best accuracy of all epochs in percent.
    pub(super) best: f64,
    /// Number of epochs.
    pub(super) epochs: usize,
}

/// The epochs of a run.
pub(super) fn epochs(row: &Row, seed: u64, metrics: &[EpochMetrics]) -> Vec<EpochRecord> {
    let mut seconds = 0.0;
    let numbered = metrics.iter().zip(1..);
    numbered
        .map(|(metrics, epoch)| {
            seconds += metrics.seconds;
            EpochRecord {
                row: row.name.clone(),
                seed,
                epoch,
                seconds,
                loss: metrics.loss,
                validation: metrics.validation.map(|accuracy| 100.0 * accuracy),
            }
        })
        .collect()
}

/// The plateau of each run whose output was measured on validation images.
pub(super) fn plateaus(epochs: &[EpochRecord]) -> Vec<Plateau<'_>> {
    let runs = epochs.chunk_by(|a, b| (&a.row, a.seed) == (&b.row, b.seed));
    runs.filter_map(plateau).collect()
}

fn plateau(run: &[EpochRecord]) -> Option<Plateau<'_>> {
    let best = run.iter().filter_map(|epoch| epoch.validation).reduce(f64::max)?;
    let on_plateau =
        |epoch: &&EpochRecord| epoch.validation.is_some_and(|accuracy| accuracy >= best - WITHIN);
    let first = run.iter().find(on_plateau)?;
    Some(Plateau {
        first,
        best,
        epochs: run.len(),
    })
}

/// Accuracy on the validation images by epoch, with seed 0, of the rows that the table names for it.
pub(super) fn chart(table: &Table, epochs: &[EpochRecord]) -> Chart {
    let named = |row: &str| {
        let mut patterns = table.by_epoch.iter();
        patterns.any(|pattern| WildMatch::new(pattern).matches(row))
    };
    let drawn = epochs.chunk_by(|a, b| (&a.row, a.seed) == (&b.row, b.seed));
    let series = drawn
        .filter(|run| run[0].seed == 0 && named(&run[0].row))
        .map(|run| Series {
            name: run[0].row.clone(),
            points: run
                .iter()
                .filter_map(|epoch| Some((epoch.epoch as f64, epoch.validation?)))
                .collect(),
        });
    Chart {
        x: "epoch",
        y: "validation accuracy, percent",
        series: series.filter(|series| !series.points.is_empty()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(row: &str, accuracies: &[f64]) -> Vec<EpochRecord> {
        let epoch = |(accuracy, epoch): (&f64, usize)| EpochRecord {
            row: row.to_owned(),
            seed: 0,
            epoch,
            seconds: 10.0 * epoch as f64,
            loss: None,
            validation: Some(*accuracy),
        };
        accuracies.iter().zip(1..).map(epoch).collect()
    }

    #[test]
    fn a_plateau_begins_with_the_first_epoch_within_a_point_of_the_best() {
        let epochs = [run("a", &[50.0, 69.5, 70.2, 70.0]), run("b", &[10.0, 9.5])].concat();
        let found: Vec<_> = plateaus(&epochs)
            .iter()
            .map(|plateau| (plateau.first.epoch, plateau.first.seconds, plateau.best))
            .collect();
        assert_eq!(found, [(2, 20.0, 70.2), (1, 10.0, 10.0)]);
    }

    #[test]
    fn a_run_without_validation_images_has_no_plateau() {
        let mut epochs = run("a", &[50.0]);
        epochs[0].validation = None;
        assert_eq!(plateaus(&epochs), []);
    }
}
