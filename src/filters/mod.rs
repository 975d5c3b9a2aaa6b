//! Pictures of what units respond to: the receptive field of every unit of every layer, projected to the image.

mod fields;
mod grid;

pub use fields::receptive_fields;
pub use grid::grid;

use crate::files::write_whole;
use crate::{Error, Result};
use hebb_core::Error as CoreError;
use hebb_core::layer::{LayerConfig, Tensors};
use image::{ImageFormat, RgbImage};
use ndarray::{Array4, Ix4};
use std::path::{Path, PathBuf};

/// A picture for each layer, from the arrays of a saved network (`layers.INDEX.weight`, indices from 0).
///
/// # Errors
/// A layer whose weights are missing or do not fit the layer below.
pub fn pictures(layers: &[LayerConfig], tensors: &Tensors) -> Result<Vec<RgbImage>> {
    let weights: Vec<Array4<f32>> = (0..layers.len())
        .map(|index| weights_of(tensors, index))
        .collect::<Result<_>>()?;
    let fields = receptive_fields(layers, &weights)?;
    Ok(fields.iter().map(|fields| grid(fields.view())).collect())
}

/// Writes the pictures to `folder` as `filters-1.png`, `filters-2.png` and so on; former ones are replaced.
///
/// # Errors
/// [`Error::Io`].
pub fn save(pictures: &[RgbImage], folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::with_capacity(pictures.len());
    for (index, picture) in pictures.iter().enumerate() {
        let path = folder.join(format!("filters-{}.png", index + 1));
        write_whole(&path, |file| {
            picture
                .write_to(file, ImageFormat::Png)
                .map_err(|error| Error::format(&path, error))
        })?;
        paths.push(path);
    }
    Ok(paths)
}

fn weights_of(tensors: &Tensors, layer: usize) -> Result<Array4<f32>> {
    let name = format!("layers.{layer}.weight");
    let found = tensors
        .get(&name)
        .map(|array| array.clone().into_dimensionality::<Ix4>());
    match found {
        Some(Ok(weights)) => Ok(weights),
        Some(Err(_)) => Err(CoreError::shape(name, "four axes (N, C, kh, kw)", "others").into()),
        None => Err(CoreError::shape("the saved network", format!("an array named `{name}`"), "none").into()),
    }
}
