use super::nonlinearity::Nonlinearity;
use crate::plan::Constraint;
use crate::rule::{
    Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, Setting, choices, parameters, total, u,
};

parameters! {
    /// One-unit Hebbian independent components: Δw_i = ±g(u_i) x, on whitened patches with |w_i| = 1.
    ///
    /// The sign is that of the source's kurtosis for the cubic g: plus finds sources with heavy tails.
    ///
    /// Source: Hyvärinen and Oja 1998, Signal Processing 64.
    #[derive(Clone, Copy, Debug)]
    pub struct Ica {
        /// the nonlinearity g
        function: Nonlinearity = "cube",
        /// sign of the update
        sign: Sign = "plus",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

choices!(Sign { Plus = "plus", Minus = "minus" });

impl Rule for Ica {
    const INFO: RuleInfo = RuleInfo {
        name: "ica",
        summary: "One-unit independent components by a nonlinear Hebbian rule; patches whitened, weights of norm one.",
        formula: "g(u_i) x; sign = minus: -g(u_i) x, where |w_i| = 1",
        surrogate: "-sg[g(u_i)] (w_i.x); exact: -G(u_i), G an antiderivative of g; sign = minus turns both",
        paper: "Hyvarinen and Oja 1998, Signal Processing 64",
        laws: Laws::USUAL.without(Law::SilentUnitsRest),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        let g = self.function.of(u());
        Lowering::new(match self.sign {
            Sign::Plus => g,
            Sign::Minus => -g,
        })
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let g = self.function.value(sample.similarity[i]);
            D::constant(-self.sign.value() * g) * sample.dot(i)
        })
    }

    fn setting(&self, _: usize) -> Setting {
        Setting {
            constraint: Constraint::UnitNorm,
            ..Setting::default()
        }
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let potentials = samples
            .iter()
            .map(|sample| sample.sum_units(|i| self.function.antiderivative(&sample.dot(i))));
        Some(D::constant(-self.sign.value()) * total(potentials))
    }
}

impl Sign {
    fn value(self) -> f64 {
        match self {
            Self::Plus => 1.0,
            Self::Minus => -1.0,
        }
    }
}
