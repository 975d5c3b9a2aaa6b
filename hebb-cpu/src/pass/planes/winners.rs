//! Winners and scores of a tile: units one after the other, positions side by side.

use crate::memory::cleared;
use hebb_core::Result;
use pulp::Simd;

/// The result of the competition: for each rank, the unit and y of every position.
#[derive(Debug, Default)]
pub(super) struct TileWinners {
    pub(super) units: Vec<u32>,
    pub(super) activity: Vec<f32>,
    span: usize,
}

/// The scores of a tile: u less the thresholds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scores<'a> {
    pub(super) u: &'a [f32],
    pub(super) thresholds: &'a [f32],
    pub(super) span: usize,
}

impl TileWinners {
    /// Makes it `count` winners of `span` positions.
    pub(super) fn resize(&mut self, count: usize, span: usize) -> Result<()> {
        self.span = span;
        cleared(&mut self.units, count * span)?;
        cleared(&mut self.activity, count * span)
    }

    /// The unit and y of a winner.
    #[inline(always)]
    pub(super) fn of(&self, winner: usize, position: usize) -> (usize, f32) {
        let at = winner * self.span + position;
        (self.units[at] as usize, self.activity[at])
    }
}

impl Scores<'_> {
    /// Calls `with` for every unit with its scores at `RUNS` vectors of positions, from `at` on.
    #[inline(always)]
    pub(super) fn each<S: Simd, const RUNS: usize>(
        self,
        simd: S,
        at: usize,
        mut with: impl FnMut(u32, [S::f32s; RUNS]),
    ) {
        let rows = self.u.chunks_exact(self.span).zip(self.thresholds);
        for (unit, (row, threshold)) in rows.enumerate() {
            let threshold = simd.splat_f32s(*threshold);
            let (row, _) = S::as_simd_f32s(&row[at..][..RUNS * S::F32_LANES]);
            let scores = std::array::from_fn(|run| simd.sub_f32s(row[run], threshold));
            with(unit as u32, scores);
        }
    }
}
