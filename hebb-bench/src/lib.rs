//! The networks and inputs that the benches share; nothing here is random beyond its seed.
#![forbid(unsafe_code)]

mod descent;
mod net;
mod networks;
mod roofline;

pub use descent::Descent;
pub use net::Net;
pub use networks::{Case, NETWORKS};
pub use roofline::{Cost, bandwidth, cost};

use hebb_core::Seed;
use rand::RngExt;
use std::time::{Duration, Instant};

/// `len` numbers between −1 and 1, the same on every call.
pub fn values(len: usize) -> Vec<f32> {
    let mut stream = Seed::new(0).stream("bench", 0);
    (0..len).map(|_| stream.random_range(-1.0..1.0)).collect()
}

/// The median of some runs in seconds, for a second or so.
///
/// # Errors
/// The first run that fails.
pub fn median(mut run: impl FnMut() -> hebb_core::Result<()>) -> hebb_core::Result<f64> {
    let (start, mut seconds) = (Instant::now(), Vec::new());
    while seconds.len() < 3 || (seconds.len() < 25 && start.elapsed() < Duration::from_millis(700)) {
        let before = Instant::now();
        run()?;
        seconds.push(before.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[seconds.len() / 2])
}
