//! A convolutional layer trained on an ndarray of images, and its filters read back.

use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning, RuleChoice, Schedule};
use hebb_core::network::Network;
use hebb_core::plan::{Competition, Constraint, Reduction};
use hebb_core::{Result, Seed};
use hebb_cpu::CpuBackend;
use ndarray::{Array4, Axis};
use std::sync::Arc;

/// Gratings (16, 1, 16, 16) of two orientations; their phases change from batch to batch.
fn gratings(batch: usize) -> Array4<f32> {
    Array4::from_shape_fn((16, 1, 16, 16), |(image, _, row, column)| {
        let along = if image % 2 == 0 { row } else { column };
        ((along + image + batch) as f32 * std::f32::consts::FRAC_PI_2).sin()
    })
}

fn main() -> Result<()> {
    let layer = LayerConfig {
        rule: RuleChoice::named("instar"),
        competition: Some(Competition::HardWta),
        reduction: Some(Reduction::Mean),
        learning_rate: Schedule::Constant { rate: 0.1 },
        constraint: Some(Constraint::UnitNorm),
        ..LayerConfig::conv(8, 4)
    };
    let backend = Arc::new(CpuBackend::new());
    let mut network = Network::new(backend, ImageShape::new(1, 16, 16), &[layer], Seed::new(0))?;
    for batch in 0..100 {
        network.process(gratings(batch).view(), &[Learning::ALL])?;
    }

    let layers: Vec<_> = network.hebb_layers().collect();
    let weights: Array4<f32> = layers[0].weights(network.backend())?;
    assert_eq!(weights.dim(), (8, 1, 4, 4));
    for (unit, filter) in weights.axis_iter(Axis(0)).enumerate() {
        println!("unit {unit}:\n{:5.2}", filter.index_axis(Axis(0), 0));
    }
    Ok(())
}
