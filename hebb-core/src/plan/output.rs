use crate::error::{Error, Result};

/// What a layer passes on; it need not be the activity that drives plasticity.
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
    /// y, the competition's result.
    #[default]
    Competition,
}

#[cfg(feature = "serde")]
fn one() -> f32 {
    1.0
}

impl Output {
    /// The output of one patch's units, from u, s = u − b and y.
    pub fn of(&self, similarity: &[f64], scores: &[f64], activity: &[f64], out: &mut [f64]) {
        match *self {
            Self::Raw => out.copy_from_slice(similarity),
            Self::Competition => out.copy_from_slice(activity),
            Self::Relu => out
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

    pub(crate) fn check(&self) -> Result<()> {
        match *self {
            Self::Triangle { power } if !(power > 0.0 && power.is_finite()) => Err(Error::parameter(
                "output triangle",
                "power",
                power,
                "positive and finite",
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_triangle_passes_what_is_above_the_mean() {
        let scores = [1.0, 2.0, 6.0];
        let mut out = [0.0; 3];
        Output::Triangle { power: 2.0 }.of(&[0.0; 3], &scores, &[0.0; 3], &mut out);
        assert_eq!(out, [0.0, 0.0, 9.0]);
    }
}
