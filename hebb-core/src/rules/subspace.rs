use crate::rule::{Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, parameters, y};

parameters! {
    /// Oja's subspace rule: Δw_i = y_i (x − Σ_j y_j w_j).
    ///
    /// The rows come to span the leading principal subspace, in no particular basis.
    ///
    /// Source: Oja 1989, International Journal of Neural Systems 1.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Subspace;
}

impl Rule for Subspace {
    const INFO: RuleInfo = RuleInfo {
        name: "oja-subspace",
        summary: "Oja's subspace rule: the units together span the leading principal subspace.",
        formula: "y_i (x - sum_j y_j w_j)",
        surrogate: "1/2 |x - sum_j sg[y_j] w_j|^2",
        paper: "Oja 1989, Int. J. Neural Systems 1",
        laws: Laws::USUAL.with(Law::RestsAtPrincipalDirection),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(y()).with_decay(Decay::gram(y(), false))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        let terms: Vec<_> = sample.activity.iter().copied().enumerate().collect();
        D::constant(0.5) * sample.reconstruction_error(&terms, &vec![0.0; sample.patch.len()])
    }
}
