//! What a layer costs at least: its operations and the bytes that it must move, and what bounds it on a machine.

use hebb_core::backend::LayerPlan;
use std::hint::black_box;
use std::thread;
use std::time::Instant;

/// The work of one batch.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Floating-point operations of both products, two for each multiply-add that cannot be left out: pruned weights
    /// are, and with winners all updates but theirs.
    pub flops: f64,
    /// Bytes that must cross the memory at least once: images, outputs, weights and the update.
    pub bytes: f64,
}

impl Cost {
    /// Seconds on a machine of so many operations and bytes a second: the larger of both times.
    pub fn seconds(&self, flops: f64, bandwidth: f64) -> f64 {
        (self.flops / flops).max(self.bytes / bandwidth)
    }

    /// Operations for each byte.
    pub fn intensity(&self) -> f64 {
        self.flops / self.bytes
    }
}

/// The cost of one batch through a layer whose weights are kept to this share, with or without the update.
pub fn cost(plan: &LayerPlan, images: usize, kept: f64, learns: bool) -> Cost {
    let (patches, units, patch_len) = (
        plan.patches(images) as f64,
        plan.units as f64,
        plan.geometry.patch_len() as f64,
    );
    let learning = match plan.competition.winners() {
        _ if !learns => 0.0,
        Some(winners) => winners as f64,
        None => units,
    };
    let sweeps = if learns { 2.0 } else { 1.0 };
    let output = plan.output_shape().map_or(0, |shape| shape.len());
    let values = images * (plan.geometry.input().len() + output);
    Cost {
        flops: 2.0 * patches * patch_len * kept * (units + learning),
        bytes: 4.0 * (values as f64 + sweeps * kept * units * patch_len),
    }
}

/// Bytes a second that `threads` threads read together from memory: the best of some sums over large arrays.
pub fn bandwidth(threads: usize) -> f64 {
    /// Values of one thread's array: far more than any cache holds.
    const VALUES: usize = 1 << 25;
    let read = || {
        let values = vec![1.0f32; VALUES];
        let measure = |_| {
            let start = Instant::now();
            let mut sums = [0.0; 64];
            for block in values.as_chunks::<64>().0 {
                sums.iter_mut().zip(block).for_each(|(sum, value)| *sum += value);
            }
            black_box(sums);
            (4 * VALUES) as f64 / start.elapsed().as_secs_f64()
        };
        (0..8).map(measure).fold(0.0, f64::max)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(read)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or(0.0))
            .sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hebb_core::geometry::ImageShape;
    use hebb_core::layer::LayerConfig;
    use hebb_core::plan::Competition;

    #[test]
    fn winners_and_pruning_save_operations() {
        let config = LayerConfig::conv(100, 5);
        let shape = ImageShape::new(3, 32, 32);
        let dense = cost(&config.plan(shape).unwrap(), 10, 1.0, true);
        assert_eq!(dense.flops, 4.0 * 7840.0 * 100.0 * 75.0);
        let winner = LayerConfig {
            competition: Some(Competition::HardWta),
            ..config
        };
        let winner = cost(&winner.plan(shape).unwrap(), 10, 0.01, true);
        assert!((winner.flops - 0.01 * 2.0 * 7840.0 * 101.0 * 75.0).abs() < 1.0);
        assert!(winner.intensity() < dense.intensity());
        assert_eq!(winner.seconds(winner.flops, f64::INFINITY), 1.0);
    }
}
