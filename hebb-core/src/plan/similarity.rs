//! Similarities of patches and weights.

use crate::error::Result;
use crate::formula::{Formula, Unary};
use crate::range::Range;

/// The similarity u of a patch x and a unit's weights w.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)
)]
pub enum Similarity {
    /// w·x.
    #[default]
    Dot,
    /// w·x / |w|.
    Projection,
    /// w·x / (|w| |x|).
    Cosine,
    /// ((cos + 1)/2)^power (Amato et al. 2019 with power 2).
    RaisedCosine {
        /// The power, positive.
        power: f32,
    },
    /// exp(−|x − w|² / 2σ²).
    Gaussian {
        /// σ, positive, in the units of the patches.
        sigma: f32,
    },
    /// w·x − |w|²/2, largest for the unit with the smallest Euclidean distance.
    Nearest,
    /// Σ_k sgn(w_k) |w_k|^(p−1) x_k (Krotov and Hopfield 2019).
    PNorm {
        /// p, more than 1.
        p: f32,
    },
}

/// Lower bound of norms in divisions, so that a zero patch has similarity zero.
const SMALLEST_NORM: f64 = 1e-12;

impl Similarity {
    /// The name and summary of every kind.
    pub const KINDS: &[(&'static str, &'static str)] = &[
        ("dot", "w.x"),
        ("projection", "w.x / |w|"),
        ("cosine", "w.x / (|w| |x|)"),
        ("raised-cosine", "((cosine + 1)/2)^power"),
        ("gaussian", "exp(-|x - w|^2 / (2 sigma^2))"),
        ("nearest", "w.x - |w|^2 / 2"),
        ("p-norm", "sum over k of sgn(w_k) |w_k|^(p-1) x_k"),
    ];

    /// u from v·x, |x|² and |w|², where v is [`Self::weight`] of w.
    pub fn of(&self, dot: f64, patch_squared: f64, unit_squared: f64) -> f64 {
        let norm = |squared: f64| squared.sqrt().max(SMALLEST_NORM);
        match *self {
            Self::Dot | Self::PNorm { .. } => dot,
            Self::Nearest => dot - 0.5 * unit_squared,
            Self::Projection => dot / norm(unit_squared),
            Self::Cosine => dot / (norm(unit_squared) * norm(patch_squared)),
            Self::RaisedCosine { power } => {
                let cosine = Self::Cosine.of(dot, patch_squared, unit_squared);
                (0.5 * (cosine + 1.0)).max(0.0).powf(f64::from(power))
            }
            Self::Gaussian { sigma } => {
                let distance = (patch_squared + unit_squared - 2.0 * dot).max(0.0);
                (-distance / (2.0 * f64::from(sigma).powi(2))).exp()
            }
        }
    }

    /// Returns true if u depends on |x|².
    pub fn needs_patch_norms(&self) -> bool {
        !matches!(
            self,
            Self::Dot | Self::Projection | Self::Nearest | Self::PNorm { .. }
        )
    }

    /// Returns true if u depends on |w|².
    pub fn needs_unit_norms(&self) -> bool {
        !matches!(self, Self::Dot | Self::PNorm { .. })
    }

    /// The function v of each weight (operand 0) whose dot product with the patch is taken; `None` if v = w.
    pub fn weight(&self) -> Option<Formula> {
        match *self {
            Self::PNorm { p } if p != 2.0 => Some(Formula::of(|[w]| {
                w.clone().apply(Unary::Sign) * w.abs().pow(p - 1.0)
            })),
            _ => None,
        }
    }

    /// cos(x, w) as a formula of u (operand 0), if u determines it.
    pub fn cosine(&self) -> Option<Formula> {
        match *self {
            Self::Cosine => Some(Formula::Operand(0)),
            Self::RaisedCosine { power } => {
                let root = match power {
                    2.0 => Formula::Operand(0).sqrt(),
                    _ => Formula::Operand(0).pow(Formula::Constant(1.0 / power)),
                };
                Some(Formula::Constant(2.0) * root - Formula::Constant(1.0))
            }
            _ => None,
        }
    }

    /// The kind's name in an experiment file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Projection => "projection",
            Self::Cosine => "cosine",
            Self::RaisedCosine { .. } => "raised-cosine",
            Self::Gaussian { .. } => "gaussian",
            Self::Nearest => "nearest",
            Self::PNorm { .. } => "p-norm",
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        match *self {
            Self::RaisedCosine { power } => Range::Positive.check("similarity", "power", power),
            Self::Gaussian { sigma } => Range::Positive.check("similarity", "sigma", sigma),
            Self::PNorm { p } => Range::AboveOne.check("similarity p-norm", "p", p),
            Self::Dot | Self::Projection | Self::Cosine | Self::Nearest => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_similarity_is_largest_where_the_patch_is_the_weight() {
        let all = [
            Similarity::Cosine,
            Similarity::RaisedCosine { power: 2.0 },
            Similarity::Gaussian { sigma: 0.7 },
        ];
        for similarity in all {
            let own = similarity.of(4.0, 4.0, 4.0);
            assert!((own - 1.0).abs() < 1e-12, "{similarity:?}");
            assert!(similarity.of(1.0, 4.0, 4.0) < own, "{similarity:?}");
        }
    }

    #[test]
    fn a_raised_cosine_leads_back_to_the_cosine() {
        for power in [1.0, 1.5, 2.0] {
            let similarity = Similarity::RaisedCosine { power };
            let u = similarity.of(-1.0, 4.0, 4.0);
            let cosine = similarity.cosine().unwrap().value(&[u]);
            assert!((cosine + 0.25).abs() < 1e-6, "{similarity:?}: {cosine}");
        }
    }

    #[test]
    fn the_p_norm_weighs_large_weights_more() {
        let v = Similarity::PNorm { p: 3.0 }.weight().unwrap();
        let of = |w| v.value(&[w]);
        assert_eq!([of(-2.0), of(0.0), of(3.0)], [-4.0, 0.0, 9.0]);
        assert!(Similarity::PNorm { p: 2.0 }.weight().is_none());
        assert!(Similarity::PNorm { p: 1.0 }.check().is_err());
    }

    #[test]
    fn an_empty_patch_resembles_nothing() {
        assert_eq!(Similarity::Cosine.of(0.0, 0.0, 4.0), 0.0);
        assert!(
            Similarity::RaisedCosine { power: 2.0 }
                .of(0.0, 0.0, 0.0)
                .is_finite()
        );
    }
}
