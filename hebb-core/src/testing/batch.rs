//! Values that the cases are run on.

use crate::seed::{Seed, Stream};
use rand::RngExt;
use rand_distr::StandardNormal;

/// How the values of a case are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// Quarters from −2 to 2: sums and products of them are exact in f32, and ties are frequent.
    Quarters,
    /// Standard normal.
    Normal,
}

impl Values {
    pub(super) fn draw(self, len: usize, stream: &mut Stream) -> Vec<f32> {
        let one = |stream: &mut Stream| match self {
            Self::Quarters => f32::from(stream.random_range(-8i8..=8)) / 4.0,
            Self::Normal => stream.sample(StandardNormal),
        };
        (0..len).map(|_| one(stream)).collect()
    }
}

/// The stream of the case with this number.
pub(super) fn stream(purpose: &str, case: usize) -> Stream {
    Seed::new(0).stream(purpose, case as u64)
}
