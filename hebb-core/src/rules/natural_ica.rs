use super::decay_order::DecayOrder;
use super::nonlinearity::Nonlinearity;
use crate::rule::{
    Decay, Differentiable, Formula, Law, Laws, Lowering, Outer, Rule, RuleInfo, Sample, parameters, u,
};

parameters! {
    /// Independent components by the natural gradient: ΔW = (I − g(u) uᵀ) W for each patch.
    ///
    /// The hierarchical form keeps the lower triangle of g(u) uᵀ, as Sanger's rule does of y yᵀ; no paper is known for it.
    ///
    /// Source: Amari, Cichocki and Yang 1996, NIPS 8.
    #[derive(Clone, Copy, Debug)]
    pub struct NaturalIca {
        /// the nonlinearity g
        function: Nonlinearity = "tanh",
        /// units that decay a unit: all, or itself and those before it
        order: DecayOrder = "symmetric",
    }
}

impl Rule for NaturalIca {
    const INFO: RuleInfo = RuleInfo {
        name: "natural-ica",
        summary: "Independent components of all units at once by the natural gradient.",
        formula: "w_i - g(u_i) sum_j u_j w_j; order = hierarchical: w_i - g(u_i) sum_{j<=i} u_j w_j",
        surrogate: "1/2 (sg[g(u_i) u_i] - 1) |w_i|^2 + sg[g(u_i)] w_i.(sum_{j != i} sg[u_j w_j])",
        paper: "Amari, Cichocki and Yang 1996, NIPS 8",
        laws: Laws::USUAL
            .without(Law::UnitPermutation)
            .without(Law::SilentUnitsRest),
        deviations: "The hierarchical order is not the paper's; it carries Sanger's triangle over.",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(Formula::Constant(0.0)).with_decay(Decay::Outer(Outer {
            rows: self.function.of(u()),
            columns: u(),
            lower: self.order.is_hierarchical(),
            identity: true,
        }))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        let terms: Vec<_> = sample.similarity.iter().copied().enumerate().collect();
        sample.sum_units(|i| {
            let g = self.function.value(sample.similarity[i]);
            let counts = |j: usize| j != i && (!self.order.is_hierarchical() || j < i);
            let others: Vec<_> = terms.iter().copied().filter(|(j, _)| counts(*j)).collect();
            let own = D::constant(0.5 * (g * sample.similarity[i] - 1.0)) * sample.norm_squared(i);
            own + D::constant(g) * sample.dot_with(i, &sample.combination(&others))
        })
    }
}
