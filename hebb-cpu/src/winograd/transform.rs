//! The transforms of F(2×2, 3×3) and their adjoints, lane by lane (Lavin & Gray 2016, eq. 6 to 9).
//!
//! Y = Aᵀ((G g Gᵀ) ⊙ (Bᵀ d B)) A for a filter g of 3×3, a tile d of 4×4 and outputs Y of 2×2. All factors are 0, ±1 and
//! ±1/2, so that nothing but sums is rounded.

use super::tiling::{OUTPUTS, SIDE};
use pulp::Simd;

/// A transform along both axes: rows, then columns.
///
/// Loops and not library functions, whose closures need not be inlined.
#[inline(always)]
pub(super) fn both<S: Simd, const FROM: usize, const TO: usize>(
    simd: S,
    values: [[S::f32s; FROM]; FROM],
    along: impl Fn(S, [S::f32s; FROM]) -> [S::f32s; TO],
) -> [[S::f32s; TO]; TO] {
    let zero = simd.splat_f32s(0.0);
    let mut rows = [[zero; FROM]; TO];
    for row in 0..FROM {
        let found = along(simd, values[row]);
        for column in 0..TO {
            rows[column][row] = found[column];
        }
    }
    let mut result = [[zero; TO]; TO];
    for column in 0..TO {
        let found = along(simd, rows[column]);
        for row in 0..TO {
            result[row][column] = found[row];
        }
    }
    result
}

/// Bᵀ: the input transform.
#[inline(always)]
pub(super) fn input<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 4] {
    [
        simd.sub_f32s(a, c),
        simd.add_f32s(b, c),
        simd.sub_f32s(c, b),
        simd.sub_f32s(b, d),
    ]
}

/// B: the adjoint of the input transform.
#[inline(always)]
pub(super) fn input_adjoint<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 4] {
    let both = simd.sub_f32s(b, c);
    [
        a,
        simd.add_f32s(both, d),
        simd.sub_f32s(simd.add_f32s(b, c), a),
        simd.neg_f32s(d),
    ]
}

/// G: the filter transform.
#[inline(always)]
pub(super) fn filter<S: Simd>(simd: S, [a, b, c]: [S::f32s; 3]) -> [S::f32s; 4] {
    let half = simd.splat_f32s(0.5);
    let outer = simd.add_f32s(a, c);
    [
        a,
        simd.mul_f32s(half, simd.add_f32s(outer, b)),
        simd.mul_f32s(half, simd.sub_f32s(outer, b)),
        c,
    ]
}

/// Gᵀ: the adjoint of the filter transform.
#[inline(always)]
pub(super) fn filter_adjoint<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 3] {
    let half = simd.splat_f32s(0.5);
    let sum = simd.mul_f32s(half, simd.add_f32s(b, c));
    [
        simd.add_f32s(a, sum),
        simd.mul_f32s(half, simd.sub_f32s(b, c)),
        simd.add_f32s(sum, d),
    ]
}

/// Aᵀ: the output transform.
#[inline(always)]
pub(super) fn output<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 2] {
    [
        simd.add_f32s(a, simd.add_f32s(b, c)),
        simd.sub_f32s(simd.sub_f32s(b, c), d),
    ]
}

/// One point of A y Aᵀ, the adjoint of the output transform: the factors of the four outputs.
#[inline(always)]
pub(super) fn output_adjoint_factors(point: usize) -> [f32; 4] {
    const A: [[f32; OUTPUTS]; SIDE] = [[1.0, 0.0], [1.0, 1.0], [1.0, -1.0], [0.0, -1.0]];
    let ([a, b], [c, d]) = (A[point / SIDE], A[point % SIDE]);
    [a * c, a * d, b * c, b * d]
}
