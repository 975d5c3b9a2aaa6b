//! Per-channel standardisation to mean 0 and standard deviation 1.

use hebb_core::Seed;
use ndarray::{Array1, Array4, ArrayView4, ArrayViewMut4, Axis};

use super::spec::Spec;
use super::{Tensors, Transform, check_channels, check_epsilon, parallel, tensor};
use crate::{Error, ImageShape, ImageSource, Result};

const NAME: &str = "standardize-channels";

/// Images read at a time.
const CHUNK: usize = 1024;

crate::options! {
    /// Options of [`StandardizeChannels`].
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `epsilon` | 1e-10 | finite, at least 0 | added to the standard deviation |
    #[derive(Clone, Debug, PartialEq)]
    pub struct StandardizeChannelsSpec {
        /// Added to the standard deviation.
        pub epsilon: f32 = 1e-10,
    }
}

/// (x − mean) / (sd + ε) with one mean and one standard deviation per channel, over all training pixels.
#[derive(Clone, Debug)]
pub struct StandardizeChannels {
    mean: Array1<f32>,
    /// 1 / (sd + ε).
    scale: Array1<f32>,
}

impl Spec for StandardizeChannelsSpec {
    fn fit(&self, images: &dyn ImageSource, _: Seed) -> Result<Box<dyn Transform>> {
        check_epsilon(self.epsilon)?;
        let pixels = (images.len() * images.shape().height * images.shape().width) as f64;
        let mean = channel_sums(images, |_, x| x)? / pixels;
        let squares = channel_sums(images, |channel, x| (x - mean[channel]).powi(2))?;
        let spread = squares.mapv(|sum| (sum / pixels).sqrt() + f64::from(self.epsilon));
        if let Some(channel) = spread.iter().position(|&spread| spread == 0.0) {
            let problem = format!("channel {channel} is the same in all training images");
            return Err(Error::numeric(NAME, format!("{problem}; set epsilon above 0")));
        }
        let scale = spread.mapv(|spread| (1.0 / spread) as f32);
        Ok(Box::new(StandardizeChannels {
            mean: mean.mapv(|x| x as f32),
            scale,
        }))
    }

    fn restore(&self, input: ImageShape, tensors: &Tensors) -> Result<Box<dyn Transform>> {
        let read = |name| tensor(tensors, NAME, name, ndarray::Ix1(input.channels));
        Ok(Box::new(StandardizeChannels {
            mean: read("mean")?,
            scale: read("scale")?,
        }))
    }
}

/// Σ term(channel, value) per channel, over all pixels of all images.
fn channel_sums(images: &dyn ImageSource, term: impl Fn(usize, f64) -> f64) -> Result<Array1<f64>> {
    let mut sums = Array1::zeros(images.shape().channels);
    for start in (0..images.len()).step_by(CHUNK) {
        let positions: Vec<usize> = (start..images.len().min(start + CHUNK)).collect();
        let mut chunk = Array4::zeros(images.shape().batch(positions.len()));
        images.read(&positions, chunk.view_mut())?;
        for (channel, values) in chunk.axis_iter(Axis(1)).enumerate() {
            sums[channel] += values.iter().map(|&x| term(channel, x.into())).sum::<f64>();
        }
    }
    Ok(sums)
}

impl Transform for StandardizeChannels {
    fn name(&self) -> &'static str {
        NAME
    }

    fn output_shape(&self, input: ImageShape) -> Result<ImageShape> {
        check_channels(NAME, self.mean.len(), input)?;
        Ok(input)
    }

    fn apply(&self, input: ArrayView4<'_, f32>, output: ArrayViewMut4<'_, f32>) -> Result<()> {
        let plane = input.shape()[2] * input.shape()[3];
        parallel::each_image(self, input, output, |image, result| {
            let planes = image.chunks_exact(plane).zip(result.chunks_exact_mut(plane));
            for ((image, result), (mean, scale)) in planes.zip(self.mean.iter().zip(&self.scale)) {
                for (result, x) in result.iter_mut().zip(image) {
                    *result = (x - mean) * scale;
                }
            }
        })
    }

    fn commutes_with_mirror(&self) -> bool {
        true
    }

    fn tensors(&self) -> Tensors {
        let tensors = [("mean", &self.mean), ("scale", &self.scale)];
        tensors
            .map(|(name, tensor)| (name.to_string(), tensor.clone().into_dyn()))
            .into()
    }
}
