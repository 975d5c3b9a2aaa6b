use crate::rule::{Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, parameters, y};

parameters! {
    /// Sanger's rule, the generalized Hebbian algorithm: Δw_i = y_i (x − Σ_{j≤i} y_j w_j).
    ///
    /// The rows tend to the leading eigenvectors of the patches' covariance, in order.
    ///
    /// Source: Sanger 1989, Neural Networks 2; as HPCA in convolutional layers, Lagani et al. 2021 (arXiv 2012.12229).
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Sanger;
}

impl Rule for Sanger {
    const INFO: RuleInfo = RuleInfo {
        name: "sanger",
        summary: "Sanger's rule (GHA, HPCA): each unit learns what the units before it leave over.",
        formula: "y_i (x - sum_{j<=i} y_j w_j)",
        surrogate: "sum_i 1/2 |x - sum_{j<i} sg[y_j w_j] - sg[y_i] w_i|^2",
        paper: "Sanger 1989, Neural Networks 2; as HPCA, Lagani et al. 2021, arXiv 2012.12229",
        laws: Laws::USUAL
            .without(Law::UnitPermutation)
            .with(Law::RestsAtPrincipalDirection)
            .with(Law::OrthonormalRows),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(y()).with_decay(Decay::gram(y(), true))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        let terms: Vec<_> = sample.activity.iter().copied().enumerate().collect();
        sample.sum_units(|i| {
            let former: Vec<f64> = sample.combination(&terms[..i]).iter().map(|v| -v).collect();
            D::constant(0.5) * sample.reconstruction_error(&terms[i..=i], &former)
        })
    }
}
