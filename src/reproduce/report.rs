//! A table's results as lines, means over seeds, and as CSV.

use super::comparison::Comparison;
use super::epochs::EpochRecord;
use super::table::{Figure, Row};
use crate::Result;
use crate::experiment::RunResult;
use std::fmt::Write;

/// The lines of all rows that have results.
///
/// # Errors
/// A result without the figure that its row asks for.
pub fn lines(rows: &[Row], results: &[(&Row, RunResult)]) -> Result<Vec<Comparison>> {
    let mut lines = Vec::new();
    for row in rows {
        let own = results.iter().filter(|(of, _)| of.name == row.name);
        let own: Vec<&RunResult> = own.map(|(_, result)| result).collect();
        if own.is_empty() {
            continue;
        }
        let seconds: Vec<f64> = own.iter().map(|result| result.seconds.total()).collect();
        for measure in &row.measures {
            let values = own.iter().map(|result| measure.figure.of(result));
            let values: Vec<f64> = values.collect::<Result<_>>()?;
            let (layer, random) = match measure.figure {
                Figure::Output => (None, false),
                Figure::Layer(layer, _) => (Some(layer), false),
                Figure::Control(layer, _) => (Some(layer), true),
            };
            lines.push(Comparison {
                row: row.name.clone(),
                what: measure.figure.label(),
                layer,
                random,
                paper: measure.paper,
                mean: mean(&values),
                deviation: deviation(&values),
                seeds: values.len(),
                seconds: mean(&seconds),
            });
        }
    }
    Ok(lines)
}

/// The table with a header.
pub(super) fn csv(lines: &[Comparison]) -> String {
    let mut text = "row,what,paper,ours,sd,seeds,difference,seconds\n".to_owned();
    for line in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{},\"{}\",{},{:.2},{},{},{},{:.0}",
            line.row,
            line.what,
            or_nothing(line.paper),
            line.mean,
            or_nothing(line.deviation),
            line.seeds,
            or_nothing(line.difference()),
            line.seconds
        );
    }
    text
}

/// Every epoch with a header.
pub(super) fn epochs_csv(epochs: &[EpochRecord]) -> String {
    let mut text = "row,seed,epoch,seconds,loss,validation\n".to_owned();
    for epoch in epochs {
        let loss = epoch.loss.map_or_else(String::new, |loss| format!("{loss:.5}"));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{},{},{},{:.1},{loss},{}",
            epoch.row,
            epoch.seed,
            epoch.epoch,
            epoch.seconds,
            or_nothing(epoch.validation)
        );
    }
    text
}

pub(super) fn or_nothing(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.2}"))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The sample's standard deviation.
fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_are_those_of_a_sample() {
        assert_eq!(deviation(&[1.0]), None);
        assert_eq!(deviation(&[1.0, 3.0]), Some(2f64.sqrt()));
    }
}
