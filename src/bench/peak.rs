//! The machine's peak: fused multiply-adds in registers.

use pulp::{Arch, Simd, WithSimd};
use std::hint::black_box;
use std::thread;
use std::time::Instant;

/// Independent chains of multiply-adds: enough to hide the latency of two units, few enough for 16 registers.
const CHAINS: usize = 12;
/// Multiply-adds of a chain in one measurement: one or two milliseconds, short enough to be rarely interrupted.
const LINKS: usize = 500_000;
/// Measurements per thread; the best one counts.
const MEASUREMENTS: usize = 40;

/// The most floating-point operations of f32 a second that `threads` threads reach together.
///
/// All threads at once, but no more than the machine has, run 12 independent chains of fused multiply-adds on the
/// widest vectors that the processor has, without touching memory; a multiply-add counts as two operations. The best
/// of 40 short measurements of each thread is taken, so that other programs do not lower the peak.
pub fn peak_flops(threads: usize) -> f64 {
    let machine = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, machine))
            .map(|_| scope.spawn(best))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or(0.0))
            .sum()
    })
}

/// The best rate of this thread.
fn best() -> f64 {
    let measure = |_| {
        let start = Instant::now();
        let lanes = Arch::new().dispatch(Chains);
        (2 * lanes * CHAINS * LINKS) as f64 / start.elapsed().as_secs_f64()
    };
    (0..MEASUREMENTS).map(measure).fold(0.0, f64::max)
}

/// The chains; gives the number of f32 in a vector.
struct Chains;

impl WithSimd for Chains {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        // The chains tend to a fixed point, so that no value overflows or becomes subnormal, which would be slow.
        let factor = simd.splat_f32s(black_box(0.5));
        let term = simd.splat_f32s(black_box(1.0));
        let mut chains = [simd.splat_f32s(1.0); CHAINS];
        for _ in 0..LINKS {
            for chain in &mut chains {
                *chain = simd.mul_add_e_f32s(*chain, factor, term);
            }
        }
        for chain in chains {
            black_box(simd.reduce_sum_f32s(chain));
        }
        S::F32_LANES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_that_of_a_machine_of_this_age() {
        let gflops = peak_flops(1) / 1e9;
        assert!((0.1..10_000.0).contains(&gflops), "{gflops} GFLOP/s");
    }
}
