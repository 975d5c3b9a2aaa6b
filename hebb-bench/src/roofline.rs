//! The roofline model: the least work of a layer, in operations and bytes, and the time that bounds it.

use hebb_core::backend::LayerPlan;
use std::hint::black_box;
use std::thread;
use std::time::Instant;

/// The least work of one batch through a layer.
#[derive(Clone, Copy, Debug)]
pub struct LayerCost {
    /// Floating-point operations of both products, two for each multiply-add. Products with pruned weights do not count,
    /// nor do updates of units that did not win.
    pub flops: f64,
    /// Bytes read from or written to memory at least once: images, outputs, weights and the update.
    pub bytes: f64,
}

impl LayerCost {
    /// The cost of `images` images, with or without the update. `kept` is the share of the weights that is not pruned.
    pub fn of(plan: &LayerPlan, images: usize, kept: f64, learns: bool) -> Self {
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
        Self {
            flops: 2.0 * patches * patch_len * kept * (units + learning),
            bytes: 4.0 * (values as f64 + sweeps * kept * units * patch_len),
        }
    }

    /// Seconds on a machine with this many operations and bytes per second: the larger of the two times.
    pub fn seconds(&self, flops: f64, bandwidth: f64) -> f64 {
        (self.flops / flops).max(self.bytes / bandwidth)
    }

    /// Arithmetic intensity: operations per byte.
    pub fn intensity(&self) -> f64 {
        self.flops / self.bytes
    }
}

/// Bytes per second that `threads` threads together read from memory: the best of eight sums over large arrays.
pub fn memory_bandwidth(threads: usize) -> f64 {
    /// Values of one thread's array, more than any cache holds.
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
        let dense = LayerCost::of(&config.plan(shape).unwrap(), 10, 1.0, true);
        assert_eq!(dense.flops, 4.0 * 7840.0 * 100.0 * 75.0);
        let winner = LayerConfig {
            competition: Some(Competition::HardWta),
            ..config
        };
        let winner = LayerCost::of(&winner.plan(shape).unwrap(), 10, 0.01, true);
        assert!((winner.flops - 0.01 * 2.0 * 7840.0 * 101.0 * 75.0).abs() < 1.0);
        assert!(winner.intensity() < dense.intensity());
        assert_eq!(winner.seconds(winner.flops, f64::INFINITY), 1.0);
    }
}
