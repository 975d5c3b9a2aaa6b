//! Input arrays of a step, checked against the layer.

use hebb_core::backend::LayerPlan;
use hebb_core::error::check_finite;
use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Tensors};
use hebb_core::{Error, Result};
use ndarray::{Array, Array1, Array2, Array4, ArrayD, Dimension};

const NAMES: [&str; 5] = ["x", "w", "thresholds", "mask", "teacher"];

/// Input arrays of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepArrays {
    /// Images (B, C, H, W).
    pub x: Array4<f32>,
    /// Weights (N, C, kh, kw), zero where the mask is.
    pub w: Array4<f32>,
    /// Adaptive thresholds N; zero when absent and the layer has some.
    pub thresholds: Option<Array1<f32>>,
    /// Ones and zeros (N, C, kh, kw): the connections that exist. The layer's `prune` needs it and is otherwise unused.
    pub mask: Option<Array4<f32>>,
    /// The teacher's signal (B, N).
    pub teacher: Option<Array2<f32>>,
}

impl StepArrays {
    /// The operands among named arrays.
    ///
    /// # Errors
    /// An array that is missing, unknown, not finite or of another shape than the layer needs, by name.
    pub fn check(mut tensors: Tensors, config: &LayerConfig, plan: &LayerPlan) -> Result<Self> {
        for (name, array) in &tensors {
            if !NAMES.contains(&name.as_str()) {
                return Err(Error::unknown("array of a step", name, NAMES));
            }
            let values: Vec<f32> = array.iter().copied().collect();
            check_finite(&format!("array `{name}`"), &values)?;
        }
        let [kh, kw] = plan.geometry.window().kernel;
        let kernels = [plan.units, plan.geometry.input().channels, kh, kw];
        let x: Array4<f32> = needed(&mut tensors, "x", "(B, C, H, W)", None)?;
        let pairs = [x.dim().0, plan.units];
        let operands = Self {
            w: needed(&mut tensors, "w", "(N, C, kh, kw)", Some(&kernels))?,
            thresholds: optional(&mut tensors, "thresholds", "(N)", Some(&[plan.units]))?,
            mask: optional(&mut tensors, "mask", "(N, C, kh, kw)", Some(&kernels))?,
            teacher: optional(&mut tensors, "teacher", "(B, N)", Some(&pairs))?,
            x,
        };
        operands.check_mask(config)?;
        if plan.lowering.needs_teacher() && operands.teacher.is_none() {
            return Err(missing("teacher", "(B, N)"));
        }
        Ok(operands)
    }

    /// The shape of an image.
    pub(super) fn input(&self) -> ImageShape {
        let (_, channels, height, width) = self.x.dim();
        ImageShape::new(channels, height, width)
    }

    /// The layer state: weights, thresholds and mask.
    pub(super) fn state(&self) -> Tensors {
        let mut state = Tensors::from([("weight".to_owned(), self.w.clone().into_dyn())]);
        let thresholds = self.thresholds.as_ref().map(|array| array.clone().into_dyn());
        let mask = self.mask.as_ref().map(|array| array.clone().into_dyn());
        state.extend(thresholds.map(|array| ("thresholds".to_owned(), array)));
        state.extend(mask.map(|array| ("mask".to_owned(), array)));
        state
    }

    fn check_mask(&self, config: &LayerConfig) -> Result<()> {
        let Some(mask) = &self.mask else {
            return if config.prune > 0.0 {
                Err(missing("mask", "(N, C, kh, kw)"))
            } else {
                Ok(())
            };
        };
        if let Some(other) = mask.iter().find(|value| **value != 0.0 && **value != 1.0) {
            return Err(Error::shape(
                "array `mask`",
                "zeros and ones",
                format!("the value {other}"),
            ));
        }
        match self
            .w
            .iter()
            .zip(mask)
            .any(|(weight, kept)| *kept == 0.0 && *weight != 0.0)
        {
            true => Err(Error::Incompatible {
                first: "array `w`".to_owned(),
                second: "array `mask`".to_owned(),
                reason: "it has weights where the mask has none; multiply it by the mask".to_owned(),
            }),
            false => Ok(()),
        }
    }
}

/// The shape of an image of array `x`.
pub(super) fn image_shape(tensors: &Tensors) -> Result<ImageShape> {
    let array = tensors.get("x").ok_or_else(|| missing("x", "(B, C, H, W)"))?;
    let x: Array4<f32> = shaped(array.clone(), "x", "(B, C, H, W)", None)?;
    let (_, channels, height, width) = x.dim();
    Ok(ImageShape::new(channels, height, width))
}

fn needed<D: Dimension>(
    tensors: &mut Tensors,
    name: &str,
    axes: &str,
    shape: Option<&[usize]>,
) -> Result<Array<f32, D>> {
    optional(tensors, name, axes, shape)?.ok_or_else(|| missing(name, axes))
}

fn optional<D: Dimension>(
    tensors: &mut Tensors,
    name: &str,
    axes: &str,
    shape: Option<&[usize]>,
) -> Result<Option<Array<f32, D>>> {
    tensors
        .remove(name)
        .map(|array| shaped(array, name, axes, shape))
        .transpose()
}

/// The array with as many axes as it should have, of `shape` where that is known.
fn shaped<D: Dimension>(
    array: ArrayD<f32>,
    name: &str,
    axes: &str,
    shape: Option<&[usize]>,
) -> Result<Array<f32, D>> {
    let found = format!("shape {:?}", array.shape());
    let expected = shape.map_or_else(|| axes.to_owned(), |shape| format!("{axes} = {shape:?}"));
    let fits = shape.is_none_or(|shape| shape == array.shape());
    let shaped = array.into_dimensionality::<D>().ok().filter(|_| fits);
    shaped.ok_or_else(|| Error::shape(format!("array `{name}`"), expected, found))
}

fn missing(name: &str, axes: &str) -> Error {
    Error::shape(
        "the file",
        format!("an array `{name}` {axes}"),
        "none of that name",
    )
}
