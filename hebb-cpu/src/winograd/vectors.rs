//! Vectors of neighbouring values, the last of which may be short.

use pulp::Simd;

/// The vector that starts at `at`; zeros behind the last value.
#[inline(always)]
pub(super) fn load<S: Simd>(simd: S, values: &[f32], at: usize) -> S::f32s {
    let values = &values[at..];
    match S::as_simd_f32s(values).0.first() {
        Some(vector) => *vector,
        None => simd.partial_load_f32s(values),
    }
}

/// Writes a vector from `at` on, as far as there is room.
#[inline(always)]
pub(super) fn store<S: Simd>(simd: S, values: &mut [f32], at: usize, vector: S::f32s) {
    let values = &mut values[at..];
    if values.len() >= S::F32_LANES {
        S::as_mut_simd_f32s(&mut values[..S::F32_LANES]).0[0] = vector;
    } else {
        simd.partial_store_f32s(values, vector);
    }
}
