//! Random initial weights.

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
