//! Random values of the test cases.

use crate::seed::{Seed, Stream};
use rand::RngExt;
use rand_distr::StandardNormal;

/// The distribution of the values of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// Multiples of ¼ from −2 to 2: their sums and products are exact in f32, and ties are frequent.
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

/// The random stream of case number `case`.
pub(super) fn stream(purpose: &str, case: usize) -> Stream {
    Seed::new(0).stream(purpose, case as u64)
}
