//! exp and powers without branches or calls, so that the compiler turns loops over them into vector instructions.

use std::f32::consts::{LN_2, LOG2_E};

/// ln 2 in two parts, the first of few bits, so that its product with a small integer is exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Added and taken off again, it rounds to the nearest integer; the integer is then in the last bits of the sum.
const ROUND: f32 = 12_582_912.0;
/// e^x is a normal number between these.
const LOWEST: f32 = -87.336_54;
const HIGHEST: f32 = 88.3;

/// e^x with a relative error of at most 2e-7 for x in [−87.33654, 88.3]; 0 below, and that of 88.3 above.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let inside = x.clamp(LOWEST, HIGHEST);
    let shifted = inside * LOG2_E + ROUND;
    let n = shifted - ROUND;
    let value = scale(exp_near_zero(inside - n * LN_2_HIGH - n * LN_2_LOW), shifted);
    if x < LOWEST { 0.0 } else { value }
}

/// x^power for x ≥ 0 with a relative error of at most 2e-6 where the result is a normal number; numbers below the
/// smallest normal one count as 0, results are held within [2^−126, 2^127], and x^power is 0 for x = 0.
#[inline(always)]
pub(crate) fn pow(x: f32, power: f32) -> f32 {
    let (exponent, log) = log2(x);
    let (whole, part) = (power * exponent, power * log);
    let shifted = (whole + part).clamp(-126.0, 127.0) + ROUND;
    let rest = (whole - (shifted - ROUND)) + part;
    let value = scale(exp_near_zero(rest.clamp(-0.5, 0.5) * LN_2), shifted);
    if x < f32::MIN_POSITIVE { 0.0 } else { value }
}

/// e^r for |r| ≤ 0.35 by its Taylor series, whose rest is below 6e-9.
#[inline(always)]
fn exp_near_zero(r: f32) -> f32 {
    let high = 1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0));
    let low = 0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * high));
    1.0 + (r + r * r * low)
}

/// value·2^n for the n whose sum with [`ROUND`] is `shifted`.
#[inline(always)]
fn scale(value: f32, shifted: f32) -> f32 {
    f32::from_bits(value.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// log₂ x of a normal number: an integer, and the rest in [−1/2, 1/2].
#[inline(always)]
fn log2(x: f32) -> (f32, f32) {
    /// The bits of √½.
    const ROOT_HALF: i32 = 0x3f35_04f3;
    let bits = x.to_bits() as i32;
    let exponent = bits.wrapping_sub(ROOT_HALF) >> 23;
    let mantissa = f32::from_bits(bits.wrapping_sub(exponent << 23) as u32);
    // 2·atanh s, of which |s| ≤ 0.172.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let z = s * s;
    let series = 1.0 + z * (1.0 / 3.0 + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * (1.0 / 9.0))));
    (exponent as f32, 2.0 * LOG2_E * s * series)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(
        values: impl Iterator<Item = f32>,
        ours: impl Fn(f32) -> f32,
        exact: impl Fn(f64) -> f64,
    ) -> f64 {
        values
            .map(|x| (exact(f64::from(x)), f64::from(ours(x))))
            .filter(|(exact, _)| (1e-37..1e38).contains(exact))
            .map(|(exact, ours)| (ours / exact - 1.0).abs())
            .fold(0.0, f64::max)
    }

    #[test]
    fn exp_is_within_its_bound() {
        let values = (0..400_000).map(|i| LOWEST + (HIGHEST - LOWEST) * i as f32 / 400_000.0);
        assert!(worst(values, exp, f64::exp) < 2e-7);
        assert_eq!([exp(f32::NEG_INFINITY), exp(-100.0), exp(0.0)], [0.0, 0.0, 1.0]);
        assert!(exp(1e30).is_finite());
        assert!(exp(-87.336) > f32::MIN_POSITIVE);
    }

    #[test]
    fn powers_are_within_their_bound() {
        for power in [0.3, 0.7, 1.4, 2.5, 3.0] {
            let values = (0..200_000).map(|i| (-25.0 + 50.0 * i as f32 / 200_000.0).exp());
            let error = worst(values, |x| pow(x, power), |x| x.powf(f64::from(power)));
            assert!(error < 2e-6, "{power}: {error:e}");
        }
        assert_eq!([pow(0.0, 0.7), pow(1e-40, 0.7), pow(1.0, 1.4)], [0.0, 0.0, 1.0]);
        assert!(pow(f32::MAX, 40.0).is_finite());
    }
}
