//! A figure of a row beside the paper's.

use serde::Serialize;

/// A figure of a row beside the paper's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The row.
    pub row: String,
    /// Which figure.
    pub what: String,
    /// The layer, from 1; absent for the network's output.
    pub layer: Option<usize>,
    /// Whether weights were random.
    pub random: bool,
    /// The paper's figure in percent.
    pub paper: Option<f64>,
    /// The mean over seeds in percent.
    pub mean: f64,
    /// The standard deviation over seeds; none of one.
    pub deviation: Option<f64>,
    /// Seeds.
    pub seeds: usize,
    /// Seconds of a run, on average: data, control, training and readout.
    pub seconds: f64,
}

impl Line {
    /// Ours less the paper's.
    pub fn difference(&self) -> Option<f64> {
        self.paper.map(|paper| self.mean - paper)
    }
}
