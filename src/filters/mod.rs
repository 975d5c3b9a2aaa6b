//! Pictures of the receptive fields of every layer, projected to the image.

mod fields;
mod grid;

pub use fields::{FieldStep, receptive_fields};
pub use grid::grid;

use crate::files::write_atomically;
use crate::{Error, Result};
use hebb_core::Error as CoreError;
use hebb_core::backprop::OpConfig;
use hebb_core::layer::Tensors;
use hebb_core::network::LayerSpec;
use image::{ImageFormat, RgbImage};
use ndarray::{Array4, Ix4};
use std::path::{Path, PathBuf};

/// A picture for each layer with kernels, from the arrays of a saved network (`layers.INDEX.weight`, or
/// `layers.INDEX.OPERATION.weight` with backpropagation; indices from 0).
///
/// # Errors
/// A layer whose weights are missing or do not fit the layer below.
pub fn pictures(layers: &[LayerSpec], tensors: &Tensors) -> Result<Vec<RgbImage>> {
    let layers = layers.iter().enumerate();
    let steps = layers.map(|(index, layer)| steps(layer, index, tensors));
    let fields = receptive_fields(&steps.collect::<Result<Vec<_>>>()?)?;
    Ok(fields.iter().map(|fields| grid(fields.view())).collect())
}

/// The linear operations of a layer.
fn steps(layer: &LayerSpec, index: usize, tensors: &Tensors) -> Result<Vec<FieldStep>> {
    match layer {
        LayerSpec::Hebb(config) => {
            let kernels = FieldStep::Kernels {
                weights: weights_of(tensors, &format!("layers.{index}.weight"))?,
                stride: config.stride.0,
                dilation: config.dilation.0,
            };
            let pool = config.pool.map(FieldStep::Pool);
            Ok([kernels].into_iter().chain(pool).collect())
        }
        LayerSpec::Backprop(ops) => {
            let ops = ops.iter().enumerate();
            let steps = ops.map(|(at, op)| step(op, &format!("layers.{index}.{at}.weight"), tensors));
            steps.filter_map(Result::transpose).collect()
        }
    }
}

/// The linear operation of `op`; `None` for elementwise maps.
fn step(op: &OpConfig, name: &str, tensors: &Tensors) -> Result<Option<FieldStep>> {
    let kernels = |stride| {
        Ok(Some(FieldStep::Kernels {
            weights: weights_of(tensors, name)?,
            stride: [stride; 2],
            dilation: [1, 1],
        }))
    };
    match *op {
        OpConfig::Conv { stride, .. } => kernels(stride),
        OpConfig::Dense { .. } => kernels(1),
        OpConfig::Pool(pool) => Ok(Some(FieldStep::Pool(pool))),
        OpConfig::BatchNorm { .. } | OpConfig::Relu | OpConfig::Dropout { .. } => Ok(None),
    }
}

/// Writes the pictures to `folder` as `filters-1.png`, `filters-2.png` and so on; former ones are replaced.
///
/// # Errors
/// [`Error::Io`].
pub fn save(pictures: &[RgbImage], folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::with_capacity(pictures.len());
    for (index, picture) in pictures.iter().enumerate() {
        let path = folder.join(format!("filters-{}.png", index + 1));
        write_atomically(&path, |file| {
            picture
                .write_to(file, ImageFormat::Png)
                .map_err(|error| Error::format(&path, error))
        })?;
        paths.push(path);
    }
    Ok(paths)
}

fn weights_of(tensors: &Tensors, name: &str) -> Result<Array4<f32>> {
    let found = tensors
        .get(name)
        .map(|array| array.clone().into_dimensionality::<Ix4>());
    match found {
        Some(Ok(weights)) => Ok(weights),
        Some(Err(_)) => Err(CoreError::shape(name, "four axes (N, C, kh, kw)", "others").into()),
        None => Err(CoreError::shape("the saved network", format!("an array named `{name}`"), "none").into()),
    }
}
