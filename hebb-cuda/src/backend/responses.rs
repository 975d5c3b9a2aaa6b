//! Unit responses: similarity, competition and output.

use hebb_core::Result;
use hebb_core::backend::Dims;
use hebb_core::plan::{Competition, Output as LayerOutput, Similarity};

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{Argument, LaunchConfig, arguments};
use crate::kernel::Kernel;
use crate::shapes::{neighbourhood, size};

use Argument::{Float, Input, Output, Unsigned, Words};

pub(super) fn similarity(
    backend: &CudaBackend,
    similarity: Similarity,
    dims: Dims,
    patch_norms: &CudaBuffer,
    unit_norms: &CudaBuffer,
    dots: &mut CudaBuffer,
) -> Result<()> {
    let read = |needed, len| if needed { len } else { 0 };
    let patch_norms = patch_norms.need("patch_norms", read(similarity.needs_patch_norms(), dims.rows))?;
    let unit_norms = unit_norms.need("unit_norms", read(similarity.needs_unit_norms(), dims.cols))?;
    let dots = dots.need_mut("dots", dims.len())?;
    let (kind, parameter) = match similarity {
        // The product was already taken with the weights as the p-norm wants them.
        Similarity::Dot | Similarity::PNorm { .. } => return Ok(()),
        Similarity::Projection => (0, 0.0),
        Similarity::Cosine => (1, 0.0),
        Similarity::RaisedCosine { power } => (2, power),
        Similarity::Gaussian { sigma } => (3, (0.5 / f64::from(sigma).powi(2)) as f32),
        Similarity::Nearest => (4, 0.0),
    };
    let (len, units) = (size("dots", dims.len())?, size("a row", dims.cols)?);
    let arguments = arguments![len, units, kind, parameter, patch_norms, unit_norms, dots];
    backend.launch(Kernel::Similarity, LaunchConfig::elements(len), &arguments)
}

pub(super) fn compete(
    backend: &CudaBackend,
    competition: &Competition,
    dims: Dims,
    u: &CudaBuffer,
    thresholds: Option<&CudaBuffer>,
    y: &mut CudaBuffer,
) -> Result<()> {
    let (u, y) = (u.need("u", dims.len())?, y.need_mut("y", dims.len())?);
    let (has_thresholds, thresholds) = optional(backend, thresholds, dims.cols)?;
    let len = size("u", dims.len())?;
    let (rows, cols) = (size("u", dims.rows)?, size("a row", dims.cols)?);
    let (kernel, scalars, words) = choose(competition, dims)?;
    let (shape, first) = match kernel {
        Kernel::Scores => (LaunchConfig::elements(len), len),
        _ => (LaunchConfig::warps(rows), rows),
    };
    let mut arguments = vec![Unsigned(first), Unsigned(cols)];
    arguments.extend(scalars);
    arguments.extend(words.as_ref().map(|words| Words(words)));
    arguments.extend([Input(u), Unsigned(has_thresholds), Input(thresholds), Output(y)]);
    backend.launch(kernel, shape, &arguments)
}

/// Kernel of a competition, and its arguments besides the scores: numbers, and `struct Neighbourhood`.
type Choice = (Kernel, Vec<Argument<'static>>, Option<[u32; 6]>);

fn choose(competition: &Competition, dims: Dims) -> Result<Choice> {
    let mut words = None;
    let soft = |kind, beta| (Kernel::SoftWta, vec![Unsigned(kind), Float(beta)]);
    let (kernel, scalars) = match *competition {
        Competition::None => (Kernel::Scores, Vec::new()),
        Competition::HardWta => (Kernel::HardWta, vec![Unsigned(0), Unsigned(0)]),
        Competition::KWta { k, values, positive } => {
            let flags = [Unsigned(values.into()), Unsigned(positive.into())];
            let k = size("the winners", k.min(dims.cols))?;
            match k {
                // One winner is found in one reading of the scores.
                1 => (Kernel::HardWta, Vec::from(flags)),
                _ => (Kernel::KWta, [Unsigned(k)].into_iter().chain(flags).collect()),
            }
        }
        Competition::RankCoded { k, delta } => (
            Kernel::RankCoded,
            vec![Unsigned(size("the ranks", k)?), Float(delta)],
        ),
        Competition::SoftWta { beta } => soft(0, beta),
        Competition::SignedSoftWta { beta } => soft(1, beta),
        Competition::WinnerResidual { beta } => soft(2, beta),
        Competition::Lateral {
            grid, kernel, sigma, ..
        } => {
            words = Some(neighbourhood(grid, kernel, sigma)?);
            (Kernel::Lateral, Vec::new())
        }
    };
    Ok((kernel, scalars, words))
}

impl CudaBackend {
    /// [`hebb_core::Backend::activate`].
    pub(super) fn write_output(
        &self,
        output: &LayerOutput,
        dims: Dims,
        u: &CudaBuffer,
        thresholds: Option<&CudaBuffer>,
        y: &CudaBuffer,
        out: &mut CudaBuffer,
    ) -> Result<()> {
        let (u, y) = (u.need("u", dims.len())?, y.need("y", dims.len())?);
        let (has_thresholds, thresholds) = optional(self, thresholds, dims.cols)?;
        let out = out.need_mut("out", dims.len())?;
        let len = size("u", dims.len())?;
        match *output {
            LayerOutput::Raw => Ok(self.device.copy(dims.len(), u, out)?),
            LayerOutput::Competition => Ok(self.device.copy(dims.len(), y, out)?),
            LayerOutput::KNearest { k } => compete(self, &Competition::k_wta(k), dims, u, None, out),
            LayerOutput::Relu | LayerOutput::ClippedCosine => {
                let arguments = arguments![len, u, out];
                self.launch(Kernel::Relu, LaunchConfig::elements(len), &arguments)
            }
            LayerOutput::Triangle { power } => {
                let (rows, cols) = (size("u", dims.rows)?, size("a row", dims.cols)?);
                let arguments = arguments![rows, cols, power, u, has_thresholds, thresholds, out];
                self.launch(Kernel::Triangle, LaunchConfig::warps(rows), &arguments)
            }
        }
    }
}

/// Optional thresholds as a flag and a buffer.
fn optional<'a>(
    backend: &'a CudaBackend,
    thresholds: Option<&'a CudaBuffer>,
    len: usize,
) -> Result<(u32, &'a CudaBuffer)> {
    match thresholds {
        Some(thresholds) => Ok((1, thresholds.need("thresholds", len)?)),
        None => Ok((0, &backend.nothing)),
    }
}
