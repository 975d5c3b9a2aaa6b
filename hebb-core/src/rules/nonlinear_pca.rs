use super::decay_order::DecayOrder;
use super::nonlinearity::Nonlinearity;
use crate::rule::{Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, parameters, y};

parameters! {
    /// Nonlinear principal components: Δw_i = g(y_i) (x − Σ_j g(y_j) w_j), over all units or over j ≤ i.
    ///
    /// On whitened patches this finds independent components; in order it is Sanger's rule with a nonlinearity.
    ///
    /// Source: Karhunen and Joutsensalo 1994, Neural Networks 7.
    #[derive(Clone, Copy, Debug)]
    pub struct NonlinearPca {
        /// the nonlinearity g
        function: Nonlinearity = "tanh",
        /// units that decay a unit: all, or itself and those before it
        order: DecayOrder = "symmetric",
    }
}

impl Rule for NonlinearPca {
    const INFO: RuleInfo = RuleInfo {
        name: "nonlinear-pca",
        summary: "The subspace rule or Sanger's rule with a nonlinearity; finds independent components of whitened patches.",
        formula: "g(y_i) (x - sum_j g(y_j) w_j); order = hierarchical: g(y_i) (x - sum_{j<=i} g(y_j) w_j)",
        surrogate: "1/2 |x - sum_j sg[g(y_j)] w_j|^2; in order, as for sanger",
        paper: "Karhunen and Joutsensalo 1994, Neural Networks 7",
        laws: Laws::USUAL.without(Law::UnitPermutation),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        let g = || self.function.of(y());
        Lowering::new(g()).with_decay(Decay::gram(g(), self.order.is_hierarchical()))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        let g = |y: &f64| self.function.value(*y);
        let terms: Vec<_> = sample.activity.iter().map(g).enumerate().collect();
        if !self.order.is_hierarchical() {
            return D::constant(0.5) * sample.reconstruction_error(&terms, &vec![0.0; sample.patch.len()]);
        }
        sample.sum_units(|i| {
            let former: Vec<f64> = sample.combination(&terms[..i]).iter().map(|v| -v).collect();
            D::constant(0.5) * sample.reconstruction_error(&terms[i..=i], &former)
        })
    }
}
