use crate::plan::{Competition, Reduction, Similarity};
use crate::rule::{Decay, Differentiable, Laws, Lowering, Rule, RuleInfo, Sample, Setting, parameters, u, y};

parameters! {
    /// Krotov and Hopfield: Δw_i = g_i (x − I_i w_i), with I_i = Σ_k sgn(w_ik) |w_ik|^(p−1) x_k.
    ///
    /// g is 1 for the unit with the largest current I, −Δ for that of rank k, and 0 for the others. The p-norms of the
    /// weights of units that win tend to one.
    ///
    /// Source: Krotov and Hopfield 2019, PNAS 116.
    #[derive(Clone, Copy, Debug)]
    pub struct Krotov {
        /// exponent of the norm that the weights tend to
        p: f32 = 2.0 in 1.01..=20.0,
        /// rank of the unit that unlearns, a whole number
        k: usize = 2 in 2..,
        /// strength with which it unlearns
        delta: f32 = 0.4 in 0.0..=10.0,
    }
}

impl Rule for Krotov {
    const INFO: RuleInfo = RuleInfo {
        name: "krotov",
        summary: "Krotov and Hopfield: the winner learns, the unit of rank k unlearns, p-norms tend to one.",
        formula: "y_i (x - u_i w_i), where u_i = sum_k sgn(w_ik) |w_ik|^(p-1) x_k, y_i = 1 at rank 1 and -delta at rank k",
        surrogate: "-sg[y_i] (w_i.x) + 1/2 sg[y_i u_i] |w_i|^2",
        paper: "Krotov and Hopfield 2019, PNAS 116",
        laws: Laws::USUAL,
        deviations: "The authors' code divides each step by the largest size of its entries, which is the reduction \
                     max-normalized and this rule's default; the paper does not.",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(y()).with_decay(Decay::Diagonal(y() * u()))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let (g, current) = (sample.activity[i], sample.similarity[i]);
            D::constant(0.5 * g * current) * sample.norm_squared(i) - D::constant(g) * sample.dot(i)
        })
    }

    fn setting(&self, _: usize) -> Setting {
        Setting {
            similarity: Similarity::PNorm { p: self.p },
            competition: Competition::RankCoded {
                k: self.k,
                delta: self.delta,
            },
            reduction: Reduction::MaxNormalized,
            ..Setting::default()
        }
    }
}
