//! Output functions of a layer.

use super::{Competition, Similarity};
use crate::error::{Error, Result};
use crate::range::Range;

/// The output function of a layer. The output may differ from the activity y that drives plasticity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)
)]
pub enum Output {
    /// u.
    Raw,
    /// max(0, u).
    Relu,
    /// max(0, s − mean over units of s)^power, with s = u − b (Coates, Ng and Lee 2011; power: Journé et al. 2023).
    Triangle {
        /// The power, positive.
        #[cfg_attr(feature = "serde", serde(default = "one"))]
        power: f32,
    },
    /// y, the activity after the competition.
    #[default]
    Competition,
    /// max(0, cos(x, w)), for a layer with cosine or raised-cosine similarity (Amato et al. 2019).
    ClippedCosine,
    /// 1 for the k units with the largest u, 0 for the others; ties go to the first index.
    KNearest {
        /// Number of units with output 1, from 1 to N.
        k: usize,
    },
}

#[cfg(feature = "serde")]
fn one() -> f32 {
    1.0
}

impl Output {
    /// The name and summary of every kind.
    pub const KINDS: &[(&'static str, &'static str)] = &[
        ("raw", "u, the similarity"),
        ("relu", "max(0, u)"),
        (
            "triangle",
            "max(0, s - mean of s)^power, with s the similarity less the threshold",
        ),
        ("competition", "y, the competition's result"),
        ("clipped-cosine", "max(0, cosine)"),
        (
            "k-nearest",
            "1 for the k units with the largest similarity, 0 for the others",
        ),
    ];

    /// The output of one patch's units, from u (the cosine for [`Self::ClippedCosine`]), s = u − b and y.
    pub fn of(&self, similarity: &[f64], scores: &[f64], activity: &[f64], out: &mut [f64]) {
        match *self {
            Self::Raw => out.copy_from_slice(similarity),
            Self::Competition => out.copy_from_slice(activity),
            Self::KNearest { k } => Competition::k_wta(k).of(similarity, out),
            Self::Relu | Self::ClippedCosine => out
                .iter_mut()
                .zip(similarity)
                .for_each(|(out, u)| *out = u.max(0.0)),
            Self::Triangle { power } => {
                let mean = scores.iter().sum::<f64>() / scores.len() as f64;
                let rise = |score: f64| (score - mean).max(0.0).powf(f64::from(power));
                out.iter_mut()
                    .zip(scores)
                    .for_each(|(out, score)| *out = rise(*score));
            }
        }
    }

    pub(crate) fn check(&self, units: usize, similarity: Similarity) -> Result<()> {
        match *self {
            Self::ClippedCosine if similarity.cosine().is_none() => Err(Error::Incompatible {
                first: "output clipped-cosine".to_owned(),
                second: format!("similarity {}", similarity.name()),
                reason: "no cosine follows from it; set similarity to cosine or raised-cosine".to_owned(),
            }),
            Self::KNearest { k } if k == 0 || k > units => Err(Error::parameter(
                "output k-nearest",
                "k",
                k,
                format!("from 1 to {units}, the number of units"),
            )),
            Self::Triangle { power } => Range::Positive.check("output triangle", "power", power),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_units_are_those_with_the_largest_similarity_whatever_their_thresholds() {
        let mut out = [f64::NAN; 4];
        Output::KNearest { k: 2 }.of(&[3.0, 1.0, 3.0, 3.0], &[-9.0; 4], &[0.0; 4], &mut out);
        assert_eq!(out, [1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_cosine_is_clipped_where_there_is_one() {
        let mut out = [f64::NAN; 2];
        Output::ClippedCosine.of(&[-0.5, 0.5], &[0.0; 2], &[0.0; 2], &mut out);
        assert_eq!(out, [0.0, 0.5]);
        assert!(Output::ClippedCosine.check(2, Similarity::Cosine).is_ok());
        let message = Output::ClippedCosine
            .check(2, Similarity::Dot)
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "output clipped-cosine is incompatible with similarity dot: no cosine follows from it; \
             set similarity to cosine or raised-cosine"
        );
    }

    #[test]
    fn the_triangle_passes_what_is_above_the_mean() {
        let scores = [1.0, 2.0, 6.0];
        let mut out = [0.0; 3];
        Output::Triangle { power: 2.0 }.of(&[0.0; 3], &scores, &[0.0; 3], &mut out);
        assert_eq!(out, [0.0, 0.0, 9.0]);
    }
}
