//! A rule in a crate outside hebb: [`LeakyHebb`].
//!
//! `tests/laws.rs` proves it with one line for each backend; `main.rs` trains a network with it.

mod leaky_hebb;

pub use leaky_hebb::LeakyHebb;

use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning, RuleChoice, Schedule};
use hebb_core::network::Network;
use hebb_core::plan::{Competition, Reduction};
use hebb_core::rule::{Params, Rule};
use hebb_core::{Backend, Result, Seed};
use ndarray::Array4;
use std::sync::Arc;

/// The weights (N, C, kh, kw) that a layer of four units learns from gratings with this leak.
///
/// # Errors
/// A leak out of range, or the backend's own failure.
pub fn learned<B: Backend>(backend: B, leak: f64) -> Result<Array4<f32>> {
    let rule = LeakyHebb::from_params(&Params::default().with("leak", leak))?;
    let layer = LayerConfig {
        rule: RuleChoice::outside(rule),
        competition: Some(Competition::HardWta),
        reduction: Some(Reduction::Mean),
        learning_rate: Schedule::Constant { rate: 0.2 },
        ..LayerConfig::conv(4, 3)
    };
    let mut network = Network::new(
        Arc::new(backend),
        ImageShape::new(1, 8, 8),
        &[layer],
        Seed::new(0),
    )?;
    for batch in 0..50 {
        network.process(gratings(batch).view(), &[Learning::ALL])?;
    }
    let layers: Vec<_> = network.hebb_layers().collect();
    layers[0].weights(network.backend())
}

/// Eight gratings of two orientations; their phases change from batch to batch.
fn gratings(batch: usize) -> Array4<f32> {
    Array4::from_shape_fn((8, 1, 8, 8), |(image, _, row, column)| {
        let along = if image % 2 == 0 { row } else { column };
        ((along + image + batch) as f32 * std::f32::consts::FRAC_PI_2).sin()
    })
}
