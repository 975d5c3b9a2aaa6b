//! One unit that learns the first principal direction of its images by Oja's rule, on the reference backend.

use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning, RuleChoice, Schedule};
use hebb_core::network::Network;
use hebb_core::plan::Reduction;
use hebb_core::{RefBackend, Result, Seed};
use ndarray::Array4;
use std::sync::Arc;

/// Images (32, 1, 4, 4): a horizontal gradient of changing contrast, and a vertical one that is weaker.
fn images() -> Array4<f32> {
    Array4::from_shape_fn((32, 1, 4, 4), |(image, _, row, column)| {
        let contrast = [1.0, -1.0, 0.5, -0.5][image % 4];
        let weaker = [0.2, 0.2, -0.2, -0.2][image / 4 % 4];
        contrast * (column as f32 - 1.5) + weaker * (row as f32 - 1.5)
    })
}

fn main() -> Result<()> {
    let layer = LayerConfig {
        rule: RuleChoice::named("oja"),
        reduction: Some(Reduction::Mean),
        learning_rate: Schedule::Constant { rate: 0.02 },
        ..LayerConfig::dense(1)
    };
    let mut network = Network::new(
        Arc::new(RefBackend),
        ImageShape::new(1, 4, 4),
        &[layer],
        Seed::new(0),
    )?;
    for _ in 0..300 {
        network.process(images().view(), &[Learning::ALL])?;
    }

    let layers: Vec<_> = network.hebb_layers().collect();
    let weights = layers[0].weights(network.backend())?;
    println!(
        "weights, one row of pixels a line:\n{:.2}",
        weights.index_axis(ndarray::Axis(0), 0)
    );
    let norm = weights.iter().map(|w| w * w).sum::<f32>();
    let gradient: f32 = weights
        .indexed_iter()
        .map(|((_, _, _, column), w)| w * (column as f32 - 1.5))
        .sum();
    let cosine = gradient.abs() / 20f32.sqrt();
    println!("norm {norm:.3}, cosine with the horizontal gradient {cosine:.3}");
    assert!((norm - 1.0).abs() < 0.01 && cosine > 0.99);
    Ok(())
}
