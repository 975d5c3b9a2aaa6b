//! Lateral competition: a winner and its neighbours on a grid of units.

/// Units on a grid of one, two or three dimensions, in row-major order; unused dimensions are 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct UnitGrid(pub [usize; 3]);

impl UnitGrid {
    /// Number of units on the grid; `None` if it overflows.
    pub fn units(&self) -> Option<usize> {
        self.0
            .iter()
            .try_fold(1usize, |units, side| units.checked_mul(*side))
    }

    /// The grid of `units` units with the most equal sides, in one, two or three dimensions.
    pub fn nearly_cubic(units: usize, dimensions: usize) -> Self {
        let side = |units: usize, dimensions: f64| {
            let root = (units as f64).powf(1.0 / dimensions).round() as usize;
            (1..=root)
                .rev()
                .find(|side| units.is_multiple_of(*side))
                .unwrap_or(1)
        };
        let depth = if dimensions >= 3 { side(units, 3.0) } else { 1 };
        let rows = if dimensions >= 2 {
            side(units / depth, 2.0)
        } else {
            1
        };
        Self([depth, rows, units / depth / rows])
    }

    /// The squared distance between two units.
    pub fn distance_squared(&self, a: usize, b: usize) -> f64 {
        let [_, rows, cols] = self.0;
        let place = |unit: usize| [unit / (rows * cols), unit / cols % rows, unit % cols];
        let gaps = place(a)
            .into_iter()
            .zip(place(b))
            .map(|(a, b)| a.abs_diff(b) as f64);
        gaps.map(|gap| gap * gap).sum()
    }
}

/// The neighbourhood function h of the distance d from the winner on the grid; 1 at the winner.
///
/// Source: Kohonen 1982; the published code of Lagani et al. has lateral feedback of these four kinds, with the largest
/// gap along an axis for d and √2σ for the second Gaussian of the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Neighbourhood {
    /// exp(−d²/2σ²).
    Gauss,
    /// 2·exp(−d²/2σ²) − exp(−d²/8σ²): neighbours attract, units farther away repel.
    DifferenceOfGaussians,
    /// exp(−d/σ).
    Exponential,
    /// 2·exp(−d/σ) − exp(−d/2σ).
    DifferenceOfExponentials,
}

impl Neighbourhood {
    /// h at the squared distance `d2`.
    pub fn of(self, d2: f64, sigma: f64) -> f64 {
        let gauss = |sigma: f64| (-d2 / (2.0 * sigma * sigma)).exp();
        let exponential = |sigma: f64| (-d2.sqrt() / sigma).exp();
        match self {
            Self::Gauss => gauss(sigma),
            Self::DifferenceOfGaussians => 2.0 * gauss(sigma) - gauss(2.0 * sigma),
            Self::Exponential => exponential(sigma),
            Self::DifferenceOfExponentials => 2.0 * exponential(sigma) - exponential(2.0 * sigma),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_are_as_square_as_their_units_allow() {
        assert_eq!(UnitGrid::nearly_cubic(12, 2), UnitGrid([1, 3, 4]));
        assert_eq!(UnitGrid::nearly_cubic(64, 3), UnitGrid([4, 4, 4]));
        assert_eq!(UnitGrid::nearly_cubic(7, 2), UnitGrid([1, 1, 7]));
        assert_eq!(UnitGrid::nearly_cubic(9, 1), UnitGrid([1, 1, 9]));
    }
}
