//! Training and inference throughput of a network, beside the machine's peak.

mod images;
mod peak;

pub use peak::peak_flops;

use crate::Result;
use crate::experiment::{Experiment, Machine};
use crate::select::WithBackend;
use hebb_core::backend::LayerPlan;
use hebb_core::layer::Learning;
use hebb_core::network::Network;
use hebb_core::source::Batch;
use hebb_core::{Backend, Seed};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Warm-up batches, which are not timed.
const WARM_UP: usize = 3;
/// Minimum number of timed batches.
const FEWEST: usize = 5;
/// Maximum number of timed batches.
const MOST: usize = 50;
/// Time budget: no batch is started after it, once [`FEWEST`] are timed.
const LONG: Duration = Duration::from_secs(3);

/// A benchmark of one experiment's network, generic over the backend.
#[derive(Debug)]
pub struct BenchTask<'a> {
    /// Experiment whose network is timed.
    pub experiment: &'a Experiment,
    /// Batch size. Default: the experiment's.
    pub batch: Option<usize>,
    /// Number of threads of the backend, which the peak is measured on as well; `None` on a device.
    pub threads: Option<usize>,
}

/// Result of a benchmark.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    /// The experiment.
    pub name: String,
    /// The backend.
    pub backend: &'static str,
    /// Number of threads; absent on a device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// Images in a batch.
    pub batch: usize,
    /// Channels, rows and columns of a preprocessed image.
    pub image: [usize; 3],
    /// Throughput with every layer learning from every batch.
    pub training: Timing,
    /// Throughput on the same batches without learning.
    pub inference: Timing,
    /// The most multiply-adds in registers that the same threads do in a second, as GFLOP/s; see [`peak_flops`]. It is
    /// absent on a device, whose peak is not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_gflops: Option<f64>,
    /// The machine.
    pub machine: Machine,
}

/// Timing of one kind of pass over a batch.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Timing {
    /// Median seconds per batch.
    pub seconds_per_batch: f64,
    /// Number of timed batches.
    pub batches: usize,
    /// Images per second.
    pub images_per_second: f64,
    /// Millions of floating-point operations per image.
    ///
    /// Two for each multiply-add of a dense layer: P·N·K forward (P positions, N units of K weights), and as many again
    /// in training for the update's Aᵀ X. Work that sparseness saves (pruned weights, units that did not win) is counted
    /// as if it were done, so that the rate may exceed the peak; normalisation, competition and pooling are not counted.
    pub mflop_per_image: f64,
    /// `mflop_per_image` times `images_per_second`, in GFLOP/s.
    pub gflops: f64,
}

impl WithBackend for BenchTask<'_> {
    type Out = BenchReport;

    fn run<B: Backend>(self, backend: B) -> Result<BenchReport> {
        let Self {
            experiment, threads, ..
        } = self;
        let batch = self.batch.unwrap_or(experiment.training.batch());
        let seed = Seed::new(experiment.seed);
        let shape = images::shape(experiment)?;
        let images = images::noise(shape, batch, seed);
        let (classes, labels) = images::labels(experiment, batch)?;
        let labelled = Batch {
            images: images.view(),
            labels: &labels,
        };
        let mut network = Network::new(Arc::new(backend), shape, &experiment.layers, seed)?;
        network.set_classes(classes)?;
        let forward: f64 = network
            .hebb_layers()
            .map(|layer| forward_flops(layer.plan()))
            .sum();
        let mut time = |learning, flops| -> Result<Timing> {
            let learning = vec![learning; experiment.layers.len()];
            timing(batch, flops, || {
                network.process_labelled(labelled, &learning)?;
                Ok(network.backend().synchronize()?)
            })
        };
        Ok(BenchReport {
            name: experiment.name.clone(),
            backend: B::NAME,
            threads,
            batch,
            image: [shape.channels, shape.height, shape.width],
            training: time(Learning::ALL, 2.0 * forward)?,
            inference: time(Learning::NONE, forward)?,
            peak_gflops: threads.map(|threads| peak_flops(threads) / 1e9),
            machine: Machine::here(),
        })
    }
}

/// Floating-point operations of the forward pass for one image, as if every weight counted.
fn forward_flops(plan: &LayerPlan) -> f64 {
    2.0 * plan.patches(1) as f64 * plan.weights() as f64
}

/// Median timing of `pass` after a warm-up.
fn timing(batch: usize, flops: f64, mut pass: impl FnMut() -> Result<()>) -> Result<Timing> {
    (0..WARM_UP).try_for_each(|_| pass())?;
    let (start, mut seconds) = (Instant::now(), Vec::with_capacity(MOST));
    while seconds.len() < FEWEST || (seconds.len() < MOST && start.elapsed() < LONG) {
        let before = Instant::now();
        pass()?;
        seconds.push(before.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let images_per_second = batch as f64 / median.max(1e-12);
    Ok(Timing {
        seconds_per_batch: median,
        batches: seconds.len(),
        images_per_second,
        mflop_per_image: flops / 1e6,
        gflops: images_per_second * flops / 1e9,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hebb_core::geometry::ImageShape;
    use hebb_core::layer::LayerConfig;

    #[test]
    fn operations_are_two_for_each_multiply_add() {
        let plan = LayerConfig::conv(100, 5)
            .plan(ImageShape::new(3, 32, 32))
            .unwrap();
        assert_eq!(forward_flops(&plan), 2.0 * (28.0 * 28.0) * 100.0 * 75.0);
    }

    #[test]
    fn rates_follow_from_the_median() {
        let timing = timing(10, 2e6, || {
            std::thread::sleep(Duration::from_millis(1));
            Ok(())
        })
        .unwrap();
        assert!((FEWEST..=MOST).contains(&timing.batches));
        assert!(timing.seconds_per_batch >= 1e-3);
        assert!((timing.gflops - 10.0 / timing.seconds_per_batch * 2e6 / 1e9).abs() < 1e-9);
    }
}
