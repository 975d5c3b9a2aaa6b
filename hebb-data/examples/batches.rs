//! The embedded images, standardised, in shuffled and augmented batches.

use hebb_core::Seed;
use hebb_data::augment::AugmentSpec;
use hebb_data::batches::{BatchSpec, DEFAULT_MEMORY_BUDGET, Loader, PreparedImages};
use hebb_data::transform::{StandardizeSpec, TransformSpec};
use hebb_data::{LoadOptions, Pipeline, Result, SearchPath, SplitSpec, datasets};
use std::sync::Arc;

fn main() -> Result<()> {
    let seed = Seed::new(0);
    let bundle = datasets::load("fashion-mini", &SearchPath::default(), &LoadOptions::default())?;
    let splits = SplitSpec {
        validation: 500,
        limit: Some(1000),
    }
    .split(&bundle, seed)?;

    // Every image gets mean 0 and standard deviation 1.
    let specs = [TransformSpec::Standardize(StandardizeSpec::default())];
    let pipeline = Arc::new(Pipeline::fit(&specs, &splits.train, seed)?);

    let prepared = PreparedImages::new(splits.train, pipeline, DEFAULT_MEMORY_BUDGET)?;
    let augment = AugmentSpec {
        mirror: 0.5,
        ..Default::default()
    };
    let mut loader = Loader::new(
        &prepared,
        BatchSpec {
            size: 250,
            ..Default::default()
        },
        augment,
        seed,
    )?;
    for epoch in 0..2 {
        loader.epoch(epoch).for_each(|batch| {
            let (mean, deviation) = (batch.images.mean().unwrap_or(0.0), batch.images.std(0.0));
            let (shape, first) = (batch.images.shape(), &batch.indices[..3]);
            println!(
                "epoch {epoch}: {shape:?}, mean {mean:.3}, deviation {deviation:.3}, images {first:?}, …"
            );
            Ok::<(), hebb_data::Error>(())
        })?;
    }
    Ok(())
}
