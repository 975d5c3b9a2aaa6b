//! Networks, inputs and timers shared by the benches. All values come from one fixed seed.
#![forbid(unsafe_code)]

mod case;
mod case_network;
mod roofline;
mod sgd;
mod timing;

pub use case::{BenchCase, CASES};
pub use case_network::CaseNetwork;
pub use roofline::{LayerCost, memory_bandwidth};
pub use sgd::SgdNetwork;
pub use timing::{RepeatedTiming, median_seconds, time_against_peak};

use hebb_core::Seed;
use rand::RngExt;

/// `len` values drawn uniformly from [−1, 1), the same on every call.
pub fn values(len: usize) -> Vec<f32> {
    let mut stream = Seed::new(0).stream("bench", 0);
    (0..len).map(|_| stream.random_range(-1.0..1.0)).collect()
}
