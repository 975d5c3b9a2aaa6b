use super::Instar;
use crate::plan::{Competition, Similarity};
use crate::rule::{
    Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, Setting, parameters, ranked, total,
};

parameters! {
    /// k winners take all: the instar on the k units nearest to the patch.
    ///
    /// Source: Majani, Erlanson and Abu-Mostafa 1989, NIPS 1; in convolutional layers, Miconi 2021 (arXiv 2107.01729).
    #[derive(Clone, Copy, Debug)]
    pub struct KWta {
        /// winners for each patch, a whole number
        k: usize = 1 in 1..,
    }
}

impl Rule for KWta {
    const INFO: RuleInfo = RuleInfo {
        name: "k-wta",
        summary: "The instar on the k units nearest to the patch.",
        formula: "y_i (x - w_i), where y_i = 1 for the k nearest units",
        surrogate: "1/2 sg[y_i] |x - w_i|^2; exact: -(sum of the k largest w_i.x - 1/2 |w_i|^2)",
        paper: "Majani, Erlanson and Abu-Mostafa 1989, NIPS 1; Miconi 2021, arXiv 2107.01729",
        laws: Laws::USUAL.with(Law::RestsAtMean),
        deviations: "Miconi's code lets the dot product decide, not the distance: set similarity to dot for it.",
    };

    fn lower(&self) -> Lowering {
        Rule::lower(&Instar)
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        Instar.surrogate(sample)
    }

    fn setting(&self, _: usize) -> Setting {
        Setting {
            similarity: Similarity::Nearest,
            competition: Competition::KWta {
                k: self.k,
                values: false,
                positive: false,
            },
            ..Setting::default()
        }
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        Some(-total(samples.iter().map(|sample| {
            let nearness: Vec<D> = (0..sample.units()).map(|i| sample.nearness(i)).collect();
            total(
                ranked(&nearness)
                    .into_iter()
                    .take(self.k)
                    .map(|i| nearness[i].clone()),
            )
        })))
    }
}
