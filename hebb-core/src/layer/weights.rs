//! The weights of a layer, with their mask and their last update.

use crate::backend::{Backend, Dims, Operand, buffer_of};
use crate::error::{Error, Result, check_finite};
use crate::formula::Formula;
use crate::plan::Mask;
use crate::seed::Stream;
use rand_distr::{Distribution, StandardNormal};

/// N×K normal weights with deviation `scale`/√K, so that a unit's norm is about `scale`.
pub(super) fn normal(units: usize, patch_len: usize, scale: f32, stream: &mut Stream) -> Vec<f32> {
    let deviation = f64::from(scale) / (patch_len as f64).sqrt();
    let draw = |_| {
        let value: f64 = StandardNormal.sample(stream);
        (value * deviation) as f32
    };
    (0..units * patch_len).map(draw).collect()
}

/// W and what belongs to it.
#[derive(Debug)]
pub(super) struct Weights<B: Backend> {
    /// N×K.
    pub(super) dims: Dims,
    /// W.
    pub(super) values: B::Buffer,
    /// The connections that exist, also as N×K ones and zeros.
    pub(super) mask: Option<(Mask, B::Buffer)>,
    /// ΔW of the last batch that was learned from: after the reduction, before rate and constraint.
    pub(super) delta: B::Buffer,
}

impl<B: Backend> Weights<B> {
    pub(super) fn zeros(backend: &B, dims: Dims) -> Result<Self> {
        Ok(Self {
            dims,
            values: backend.zeros(dims.len())?,
            mask: None,
            delta: backend.zeros(dims.len())?,
        })
    }

    /// Takes over weights, those outside the mask as zero.
    pub(super) fn set(&mut self, backend: &B, rows: &[f32]) -> Result<()> {
        if rows.len() != self.dims.len() {
            return Err(Error::shape("the weights", self.dims.len(), rows.len()));
        }
        check_finite("the weights", rows)?;
        backend.upload(rows, &mut self.values)?;
        match &self.mask {
            Some((_, dense)) => {
                let masked = Formula::of(|[w, mask]| w * mask);
                backend.update(&masked, self.dims, &[Operand::elements(dense)], &mut self.values)
            }
            None => Ok(()),
        }
    }

    pub(super) fn set_mask(&mut self, backend: &B, mask: Mask) -> Result<()> {
        let dense = buffer_of(backend, &mask.to_dense())?;
        self.mask = Some((mask, dense));
        Ok(())
    }

    pub(super) fn mask(&self) -> Option<&Mask> {
        self.mask.as_ref().map(|(mask, _)| mask)
    }
}
