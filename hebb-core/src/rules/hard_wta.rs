use crate::plan::{Competition, Similarity};
use crate::rule::{
    Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, Setting, parameters, ranked, total, y,
};

parameters! {
    /// Competitive learning: Δw_i = z_i (x − w_i), where z_i is 1 for units that fire and 0 for the others.
    ///
    /// With the nearest unit as the only winner this is online k-means.
    ///
    /// Source: Rumelhart and Zipser 1985, Cognitive Science 9.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct HardWta;
}

impl Rule for HardWta {
    const INFO: RuleInfo = RuleInfo {
        name: "hard-wta",
        summary: "Competitive learning: the nearest unit moves to the patch; online k-means.",
        formula: "[y_i > 0] (x - w_i), where y_i > 0 for the nearest unit",
        surrogate: "1/2 [y_i > 0] |x - w_i|^2; exact: 1/2 min_i |x - w_i|^2",
        paper: "Rumelhart and Zipser 1985, Cognitive Science 9",
        laws: Laws::USUAL.with(Law::RestsAtMean),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        let winner = || y().positive();
        Lowering::new(winner()).with_decay(Decay::Diagonal(winner()))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        let winner = |i: usize| f64::from(u8::from(sample.activity[i] > 0.0));
        sample.sum_units(|i| D::constant(0.5 * winner(i)) * sample.distance_squared(i))
    }

    fn setting(&self, _: usize) -> Setting {
        Setting {
            similarity: Similarity::Nearest,
            competition: Competition::HardWta,
            ..Setting::default()
        }
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        Some(total(samples.iter().map(|sample| {
            let nearness: Vec<D> = (0..sample.units()).map(|i| sample.nearness(i)).collect();
            ranked(&nearness).first().map_or_else(
                || D::constant(0.0),
                |&i| D::constant(0.5) * sample.distance_squared(i),
            )
        })))
    }
}
