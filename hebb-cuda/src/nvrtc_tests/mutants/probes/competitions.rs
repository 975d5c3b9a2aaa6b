//! Competitions, with scores that are coarsely and finely spaced in turn.

use hebb_core::Result;
use hebb_core::backend::{Backend, Dims, buffer_of};
use hebb_core::plan::{Competition, Neighbourhood, UnitGrid};
use hebb_core::testing::choices;

use super::{Probe, values};

impl<B: Backend> Probe<'_, B> {
    /// Winner-take-all competitions.
    pub(super) fn choosing(&mut self, dims: Dims) -> Result<()> {
        self.compete(dims, &choosing(dims.cols))
    }

    /// Soft competitions.
    pub(super) fn grading(&mut self, dims: Dims) -> Result<()> {
        self.compete(dims, &grading())
    }

    /// The winner and its neighbours.
    pub(super) fn lateral(&mut self, dims: Dims) -> Result<()> {
        self.compete(dims, &lateral(dims.cols))
    }

    fn compete(&mut self, dims: Dims, kinds: &[Competition]) -> Result<()> {
        let thresholds = buffer_of(self.backend, &values(dims.cols, true))?;
        for (index, kind) in kinds.iter().enumerate() {
            let u = buffer_of(self.backend, &values(dims.len(), index % 2 == 0))?;
            let mut y = self.output(dims.len())?;
            let thresholds = (index % 3 == 0).then_some(&thresholds);
            self.backend.compete(kind, dims, &u, thresholds, &mut y)?;
            self.keep(&y)?;
        }
        Ok(())
    }
}

/// Competitions of `competition.cu`.
fn choosing(units: usize) -> Vec<Competition> {
    let ranked = [2, units / 2, units].into_iter().filter(|k| *k >= 2);
    let ranked = ranked.map(|k| Competition::RankCoded { k, delta: 0.4 });
    let plain = choices::competitions(units).into_iter();
    let plain = plain.filter(|kind| matches!(kind, Competition::HardWta | Competition::KWta { .. }));
    // With scores that are finely and coarsely spaced, so that the largest of a row is sometimes zero.
    let positive = [Competition::KWta {
        k: 1,
        values: false,
        positive: true,
    }; 2];
    plain.chain(ranked).chain(positive).collect()
}

/// Competitions of `soft.cu`.
fn grading() -> Vec<Competition> {
    vec![
        Competition::SignedSoftWta { beta: 0.5 },
        Competition::WinnerResidual { beta: 1.0 },
        Competition::SoftWta { beta: 100.0 },
    ]
}

/// Competitions of `lateral.cu`.
fn lateral(units: usize) -> Vec<Competition> {
    let shapes = [
        Neighbourhood::Gauss,
        Neighbourhood::DifferenceOfGaussians,
        Neighbourhood::Exponential,
        Neighbourhood::DifferenceOfExponentials,
    ];
    let sides = if units.is_multiple_of(3) {
        [units / 3, 3, 1]
    } else {
        [1, 1, units]
    };
    let grids = [sides, [sides[1], 1, sides[0]], [units / 30, 5, 6]].map(UnitGrid);
    let grids = grids.into_iter().filter(|grid| grid.units() == Some(units));
    let of = |grid| {
        shapes.map(|kernel| Competition::Lateral {
            grid,
            kernel,
            sigma: 2.0,
            shrink: 1.0,
        })
    };
    grids.flat_map(of).collect()
}
