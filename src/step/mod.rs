//! One update of one layer, from files to a file, for cross-checks with other frameworks.

mod arrays;

pub use arrays::StepArrays;

use crate::experiment::parse_toml;
use crate::files::read_text;
use crate::select::WithBackend;
use crate::{Error, Result, npz};
use hebb_core::backend::{self, Workspace, buffer_of, host_of};
use hebb_core::layer::{
    self, HebbLayer, LayerConfig, Learning, Tensors, channels_first, channels_last, from_rows, to_rows,
};
use hebb_core::plan::Mask;
use hebb_core::{Backend, Seed};
use ndarray::{Array1, Array4, ArrayD};
use std::path::Path;

/// A step, generic over the backend.
#[derive(Clone, Copy, Debug)]
pub struct StepTask<'a> {
    /// The layer: one layer table of an experiment file.
    pub layer: &'a Path,
    /// The arrays that go in: `x`, `w` and optionally `thresholds`, `mask`, `teacher`; see [`StepArrays`].
    pub input: &'a Path,
    /// The output arrays; see [`step`].
    pub output: &'a Path,
}

impl WithBackend for StepTask<'_> {
    type Out = Tensors;

    /// Computes the step, writes its arrays to a file and returns them.
    fn run<B: Backend>(self, backend: B) -> Result<Tensors> {
        let text = read_text(self.layer)?;
        let config: LayerConfig = parse_toml(&text, &self.layer.display().to_string())?;
        let misfit = |error: hebb_core::Error| Error::format(self.layer, error);
        let wrong = |error: hebb_core::Error| Error::format(self.input, error);
        let tensors = npz::read(self.input)?;
        let input = arrays::image_shape(&tensors).map_err(wrong)?;
        let plan = config.plan(input).map_err(misfit)?;
        let operands = StepArrays::check(tensors, &config, &plan).map_err(wrong)?;
        let arrays = step(&backend, config, &operands)?;
        npz::write(self.output, &arrays)?;
        Ok(arrays)
    }
}

/// One update of a layer from given weights, with everything in between.
///
/// | array | shape | holds |
/// |---|---|---|
/// | `u`, `y` | (B, N, OH, OW) | similarity and activity, before the update |
/// | `output` | (B, N, OH', OW') | what the layer passes on, pooled |
/// | `delta` | (N, C, kh, kw) | ΔW after the reduction, before learning rate and constraint |
/// | `w` | (N, C, kh, kw) | the weights after the step |
/// | `thresholds` | N | the adaptive thresholds after it, where there are any |
///
/// # Errors
/// Arrays that do not fit the layer, or the backend's own failure.
pub fn step<B: Backend>(
    backend: &B,
    config: LayerConfig,
    operands: &StepArrays,
) -> hebb_core::Result<Tensors> {
    // The mask comes with the arrays, never at random.
    let config = LayerConfig { prune: 0.0, ..config };
    let mut layer = HebbLayer::new(backend, config, operands.input(), Seed::new(0), 0)?;
    layer.restore(backend, &operands.state())?;
    let former = layer.thresholds(backend)?;
    let x = buffer_of(backend, &channels_last(operands.x.view()))?;
    let teacher = operands.teacher.as_ref();
    let teacher = teacher
        .map(|teacher| buffer_of(backend, &teacher.iter().copied().collect::<Vec<_>>()))
        .transpose()?;
    let images = operands.x.dim().0;
    let batch = layer::Input {
        images,
        values: &x,
        teacher: teacher.as_ref(),
    };
    layer.process(backend, &batch, Learning::ALL)?;

    let (u, y) = responses(backend, &layer, operands, &x, former.as_deref())?;
    let (units, shape) = (layer.plan().units, layer.output_shape()?);
    let output = host_of(backend, layer.output(), images * shape.len())?;
    let delta = host_of(backend, layer.delta(), layer.plan().weights())?;
    let output = channels_first(&output, shape.channels, shape.height, shape.width);
    let mut arrays = Tensors::new();
    let mut put = |name: &str, array: ArrayD<f32>| arrays.insert(name.to_owned(), array);
    put("u", u.into_dyn());
    put("y", y.into_dyn());
    put("output", output.into_dyn());
    let delta = from_rows(&layer.plan().geometry, units, &delta);
    put("delta", delta.into_dyn());
    put("w", layer.weights(backend)?.into_dyn());
    if let Some(thresholds) = layer.thresholds(backend)? {
        put("thresholds", Array1::from(thresholds).into_dyn());
    }
    Ok(arrays)
}

/// u and y (B, N, OH, OW) as the update saw them: with the former weights and thresholds, on the input as normalised.
fn responses<B: Backend>(
    backend: &B,
    layer: &HebbLayer<B>,
    operands: &StepArrays,
    x: &B::Buffer,
    thresholds: Option<&[f32]>,
) -> hebb_core::Result<(Array4<f32>, Array4<f32>)> {
    let (plan, images) = (layer.plan(), operands.x.dim().0);
    let conv = &plan.geometry;
    let weights = buffer_of(backend, &to_rows(conv, "w", operands.w.view())?)?;
    let mask = operands.mask.as_ref();
    let mask = mask
        .map(|mask| Mask::from_dense(&to_rows(conv, "mask", mask.view())?, conv.patch_len()))
        .transpose()?;
    let thresholds = thresholds
        .map(|thresholds| buffer_of(backend, thresholds))
        .transpose()?;
    let former = backend::Operands {
        mask: mask.as_ref(),
        thresholds: thresholds.as_ref(),
        ..backend::Operands::of(&weights)
    };
    let len = plan.patches(images) * plan.units;
    let (mut u, mut y) = (backend.zeros(len)?, backend.zeros(len)?);
    let input = backend::PassInput {
        plan,
        images,
        values: layer.normalized_input().unwrap_or(x),
        operands: former,
    };
    backend.respond(input, &mut u, &mut y, &mut Workspace::default())?;
    let host = |buffer: &B::Buffer| -> hebb_core::Result<_> {
        let values = host_of(backend, buffer, len)?;
        let (height, width) = (conv.out_height(), conv.out_width());
        Ok(channels_first(&values, plan.units, height, width))
    };
    Ok((host(&u)?, host(&y)?))
}
