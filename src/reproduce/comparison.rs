//! Measured figures beside those of the paper.

use serde::Serialize;

/// Measured figures beside those of the paper.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The row.
    pub row: String,
    /// The figure's name.
    pub what: String,
    /// The layer, from 1; absent for the network's output.
    pub layer: Option<usize>,
    /// True for random weights.
    pub random: bool,
    /// The paper's figure in percent.
    pub paper: Option<f64>,
    /// The mean over seeds in percent.
    pub mean: f64,
    /// The standard deviation over seeds; `None` for a single seed.
    pub deviation: Option<f64>,
    /// Number of seeds.
    pub seeds: usize,
    /// Mean seconds of a run: data, control, training and readout.
    pub seconds: f64,
}

impl Comparison {
    /// The measured mean minus the paper's figure.
    pub fn difference(&self) -> Option<f64> {
        self.paper.map(|paper| self.mean - paper)
    }

    /// The standard deviation as ` ± 0.12`, or nothing.
    pub(crate) fn spread(&self) -> String {
        self.deviation
            .map_or_else(String::new, |sd| format!(" ± {sd:.2}"))
    }
}
