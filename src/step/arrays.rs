//! Input arrays of a step, checked against the layer.

use hebb_core::backend::LayerPlan;
use hebb_core::error::check_finite;
use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Tensors};
use hebb_core::{Error, Result};
use ndarray::{Array, Array1, Array2, Array4, ArrayD, Dimension};

/// An input array: its name and axes.
#[derive(Clone, Copy)]
struct Named(&'static str, &'static str);

const X: Named = Named("x", "(B, C, H, W)");
const W: Named = Named("w", "(N, C, kh, kw)");
const THRESHOLDS: Named = Named("thresholds", "(N)");
const MASK: Named = Named("mask", "(N, C, kh, kw)");
const TEACHER: Named = Named("teacher", "(B, N)");

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
            let known = [X, W, THRESHOLDS, MASK, TEACHER].map(|Named(name, _)| name);
            if !known.contains(&name.as_str()) {
                return Err(Error::unknown("array of a step", name, known));
            }
            let values: Vec<f32> = array.iter().copied().collect();
            check_finite(&format!("array `{name}`"), &values)?;
        }
        let [kh, kw] = plan.geometry.window().kernel;
        let kernels = [plan.units, plan.geometry.input().channels, kh, kw];
        let x: Array4<f32> = X.needed(&mut tensors, None)?;
        let pairs = [x.dim().0, plan.units];
        let operands = Self {
            w: W.needed(&mut tensors, Some(&kernels))?,
            thresholds: THRESHOLDS.optional(&mut tensors, Some(&[plan.units]))?,
            mask: MASK.optional(&mut tensors, Some(&kernels))?,
            teacher: TEACHER.optional(&mut tensors, Some(&pairs))?,
            x,
        };
        operands.check_mask(config)?;
        if plan.lowering.needs_teacher() && operands.teacher.is_none() {
            return Err(TEACHER.missing());
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
            return match config.prune > 0.0 {
                true => Err(MASK.missing()),
                false => Ok(()),
            };
        };
        if let Some(other) = mask.iter().find(|value| **value != 0.0 && **value != 1.0) {
            let found = format!("the value {other}");
            return Err(Error::shape("array `mask`", "zeros and ones", found));
        }
        let mut pairs = self.w.iter().zip(mask);
        if pairs.any(|(weight, kept)| *kept == 0.0 && *weight != 0.0) {
            return Err(Error::Incompatible {
                first: "array `w`".to_owned(),
                second: "array `mask`".to_owned(),
                reason: "it has weights where the mask has none; multiply it by the mask".to_owned(),
            });
        }
        Ok(())
    }
}

/// The shape of an image of array `x`.
pub(super) fn image_shape(tensors: &Tensors) -> Result<ImageShape> {
    let array = tensors.get(X.0).ok_or_else(|| X.missing())?;
    let x: Array4<f32> = X.shaped(array.clone(), None)?;
    let (_, channels, height, width) = x.dim();
    Ok(ImageShape::new(channels, height, width))
}

impl Named {
    fn needed<D: Dimension>(self, tensors: &mut Tensors, shape: Option<&[usize]>) -> Result<Array<f32, D>> {
        self.optional(tensors, shape)?.ok_or_else(|| self.missing())
    }

    fn optional<D: Dimension>(
        self,
        tensors: &mut Tensors,
        shape: Option<&[usize]>,
    ) -> Result<Option<Array<f32, D>>> {
        let array = tensors.remove(self.0);
        array.map(|array| self.shaped(array, shape)).transpose()
    }

    /// The array with as many axes as it should have, of `shape` where that is known.
    fn shaped<D: Dimension>(self, array: ArrayD<f32>, shape: Option<&[usize]>) -> Result<Array<f32, D>> {
        let Self(name, axes) = self;
        let found = format!("shape {:?}", array.shape());
        let expected = shape.map_or_else(|| axes.to_owned(), |shape| format!("{axes} = {shape:?}"));
        let fits = shape.is_none_or(|shape| shape == array.shape());
        let shaped = array.into_dimensionality::<D>().ok().filter(|_| fits);
        shaped.ok_or_else(|| Error::shape(format!("array `{name}`"), expected, found))
    }

    fn missing(self) -> Error {
        let expected = format!("an array `{}` {}", self.0, self.1);
        Error::shape("the file", expected, "none of that name")
    }
}
