//! Synthetic images of an experiment's shape.

use crate::experiment::Experiment;
use crate::{Error, Result};
use hebb_core::Seed;
use hebb_core::geometry::ImageShape;
use hebb_data::{Pipeline, TransformSpec};
use ndarray::Array4;
use rand::RngExt;

/// Number of images that the transforms are fitted on, only to learn the output shape.
const SAMPLES: usize = 4;

/// The shape of the experiment's images after preprocessing.
pub(super) fn shape(experiment: &Experiment) -> Result<ImageShape> {
    let info = hebb_data::datasets::find(&experiment.data.dataset)?;
    let shape = info.shape.ok_or_else(|| {
        let problem = format!("the images of dataset {} have no fixed shape", info.name);
        Error::config(&experiment.name, problem + "; choose another dataset")
    })?;
    let seed = Seed::new(experiment.seed);
    let samples = noise(shape, SAMPLES, seed);
    // Whitening whole images takes long to fit and keeps their shape.
    let changes_shape = |spec: &&TransformSpec| !matches!(spec, TransformSpec::Zca(_));
    let specs = experiment.data.preprocess.iter().filter(changes_shape);
    let specs: Vec<_> = specs.cloned().collect();
    Ok(Pipeline::fit(&specs, &samples, seed)?.output_shape())
}

/// `count` images of independent values, uniform with mean 0 and deviation 1.
pub(super) fn noise(shape: ImageShape, count: usize, seed: Seed) -> Array4<f32> {
    let mut stream = seed.stream("bench", 0);
    let spread = 12.0f32.sqrt();
    Array4::from_shape_simple_fn(shape.batch(count), || (stream.random::<f32>() - 0.5) * spread)
}

/// Number of classes of the experiment's dataset, and labels for `count` images that cycle through them.
pub(super) fn labels(experiment: &Experiment, count: usize) -> Result<(usize, Vec<u16>)> {
    let classes = hebb_data::datasets::find(&experiment.data.dataset)?.classes.len();
    let labels = (0..count).map(|image| (image % classes.max(1)) as u16);
    Ok((classes, labels.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preprocessing_decides_the_shape() {
        let shape_of = |name: &str| shape(&Experiment::open(name, &[]).unwrap()).unwrap();
        assert_eq!(shape_of("miconi2021"), ImageShape::new(3, 32, 32));
        assert_eq!(shape_of("miconi2021-simple").channels, 1);
    }

    #[test]
    fn noise_is_standardised_and_the_same_for_the_same_seed() {
        let images = noise(ImageShape::new(1, 32, 32), 8, Seed::new(3));
        assert!(images.mean().unwrap().abs() < 0.05 && (images.std(0.0) - 1.0).abs() < 0.05);
        assert_eq!(images, noise(ImageShape::new(1, 32, 32), 8, Seed::new(3)));
    }
}
