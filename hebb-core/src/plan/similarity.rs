use crate::error::{Error, Result};

/// u, how much a patch resembles a unit's weights.
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
}

/// Norms below this count as this, so that an empty patch resembles nothing instead of dividing by zero.
const SMALLEST_NORM: f64 = 1e-12;

impl Similarity {
    /// u from w·x, |x|² and |w|².
    pub fn of(&self, dot: f64, patch_squared: f64, unit_squared: f64) -> f64 {
        let norm = |squared: f64| squared.sqrt().max(SMALLEST_NORM);
        match *self {
            Self::Dot => dot,
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

    /// Whether |x|² is needed.
    pub fn needs_patch_norms(&self) -> bool {
        !matches!(self, Self::Dot | Self::Projection)
    }

    /// Whether |w|² is needed.
    pub fn needs_unit_norms(&self) -> bool {
        !matches!(self, Self::Dot)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let (name, value) = match *self {
            Self::RaisedCosine { power } => ("power", power),
            Self::Gaussian { sigma } => ("sigma", sigma),
            Self::Dot | Self::Projection | Self::Cosine => return Ok(()),
        };
        if value > 0.0 && value.is_finite() {
            return Ok(());
        }
        Err(Error::parameter("similarity", name, value, "positive and finite"))
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
    fn an_empty_patch_resembles_nothing() {
        assert_eq!(Similarity::Cosine.of(0.0, 0.0, 4.0), 0.0);
        assert!(
            Similarity::RaisedCosine { power: 2.0 }
                .of(0.0, 0.0, 0.0)
                .is_finite()
        );
    }
}
