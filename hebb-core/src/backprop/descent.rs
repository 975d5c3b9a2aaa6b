//! Configuration of gradient descent: optimizer, learning rate and its decay.

use super::{Method, Optimizer};
use crate::error::Result;
use crate::range::Range;

/// The configuration of gradient descent.
///
/// | key | default | range | meaning |
/// |---|---|---|---|
/// | `optimizer` | `{ kind = "sgd", momentum = 0.9, nesterov = true }` | | SGD or Adam |
/// | `rate` | 0.001 | at least 0 | the initial learning rate |
/// | `falls` | none | | step decay: epochs at which the rate is multiplied by a factor |
///
/// ```
/// use hebb_core::backprop::{Descent, StepDecay};
///
/// let descent = Descent { rate: 0.1, falls: Some(StepDecay { at: vec![10, 15], factor: 0.5 }), ..Descent::default() };
/// assert_eq!([0, 9, 10, 15].map(|epoch| descent.rate(epoch)), [0.1, 0.1, 0.05, 0.025]);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct Descent {
    /// The optimizer.
    pub optimizer: Method,
    /// The initial learning rate.
    pub rate: f32,
    /// Step decay of the rate. Default: none.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub falls: Option<StepDecay>,
}

/// Step decay of the learning rate, PyTorch's `MultiStepLR`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct StepDecay {
    /// Numbers of completed epochs at which the rate decays; a repeated number counts twice.
    pub at: Vec<u64>,
    /// Factor of the rate at each decay, more than 0 and at most 1. Default: 0.1.
    #[cfg_attr(feature = "serde", serde(default = "tenth"))]
    pub factor: f32,
}

#[cfg(feature = "serde")]
const fn tenth() -> f32 {
    0.1
}

impl Default for Descent {
    fn default() -> Self {
        Self {
            optimizer: Method::NESTEROV,
            rate: 1e-3,
            falls: None,
        }
    }
}

impl Descent {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a parameter out of range.
    pub fn check(&self) -> Result<()> {
        self.optimizer().map(|_| ())?;
        match &self.falls {
            Some(StepDecay { factor, .. }) => Range::UpToOne.check("falls", "factor", *factor),
            None => Ok(()),
        }
    }

    /// A new optimizer at the initial rate.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a parameter out of range.
    pub fn optimizer(&self) -> Result<Optimizer> {
        Optimizer::new(self.optimizer, self.rate)
    }

    /// The rate after `epoch` epochs: rate·factor^(number of decays so far).
    pub fn rate(&self, epoch: u64) -> f32 {
        let Some(StepDecay { at, factor }) = &self.falls else {
            return self.rate;
        };
        let decays = at.iter().filter(|&&at| at <= epoch).count();
        (f64::from(self.rate) * f64::from(*factor).powf(decays as f64)) as f32
    }
}
