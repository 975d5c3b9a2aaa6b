use crate::plan::{Competition, Neighbourhood, Similarity, UnitGrid};
use crate::rule::{
    Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, Setting, choices, parameters, y,
};

parameters! {
    /// The self-organising map: Δw_i = |h_i| (sgn(h_i) x − w_i), with h the winner's neighbourhood on a grid of units.
    ///
    /// Units that a signed neighbourhood repels move to the mirrored patch.
    ///
    /// Source: Kohonen 1982, Biological Cybernetics 43.
    #[derive(Clone, Copy, Debug)]
    pub struct Som {
        /// dimensions of the grid, a whole number
        dimensions: usize = 2 in 1..=3,
        /// shape of the neighbourhood
        kernel: Neighbourhood = "gauss",
        /// width of the neighbourhood in steps of the grid
        sigma: f32 = 1.0 in 1e-3..=1e6,
        /// width at the end of training as a share of that at its start
        shrink: f32 = 0.1 in 1e-6..=1.0,
    }
}

choices!(Neighbourhood {
    Gauss = "gauss",
    DifferenceOfGaussians = "difference-of-gaussians",
    Exponential = "exponential",
    DifferenceOfExponentials = "difference-of-exponentials",
});

impl Rule for Som {
    const INFO: RuleInfo = RuleInfo {
        name: "som",
        summary: "The self-organising map: the winner and its neighbours on a grid move to the patch.",
        formula: "|y_i| (sgn(y_i) x - w_i), where y is the winner's neighbourhood on the grid",
        surrogate: "-sg[y_i] (w_i.x) + 1/2 sg[|y_i|] |w_i|^2",
        paper: "Kohonen 1982, Biological Cybernetics 43",
        laws: Laws::USUAL.with(Law::RestsAtMean),
        deviations: "Lagani's code measures distance by the largest gap along an axis, takes sqrt(2) sigma for the second \
                     Gaussian of the difference, and weighs its mean by |h| once more, that is by h^2.",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(y()).with_decay(Decay::magnitude())
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let h = sample.activity[i];
            D::constant(0.5 * h.abs()) * sample.norm_squared(i) - D::constant(h) * sample.dot(i)
        })
    }

    fn setting(&self, units: usize) -> Setting {
        Setting {
            similarity: Similarity::Nearest,
            competition: Competition::Lateral {
                grid: UnitGrid::nearly_cubic(units, self.dimensions),
                kernel: self.kernel,
                sigma: self.sigma,
                shrink: self.shrink,
            },
            ..Setting::default()
        }
    }
}
