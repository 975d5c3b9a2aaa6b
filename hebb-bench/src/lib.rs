//! The networks and inputs that the benches share; nothing here is random beyond its seed.
#![forbid(unsafe_code)]

mod descent;
mod net;
mod networks;
mod roofline;
mod timing;

pub use descent::Descent;
pub use net::Net;
pub use networks::{Case, NETWORKS};
pub use roofline::{Cost, bandwidth, cost};
pub use timing::{Taken, beside_peak, median};

use hebb_core::Seed;
use rand::RngExt;

/// `len` numbers between −1 and 1, the same on every call.
pub fn values(len: usize) -> Vec<f32> {
    let mut stream = Seed::new(0).stream("bench", 0);
    (0..len).map(|_| stream.random_range(-1.0..1.0)).collect()
}
