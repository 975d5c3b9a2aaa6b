use super::{Method, Optimizer};
use crate::error::{Error, Result};

/// Gradient descent as an experiment file spells it.
///
/// | key | default | range | meaning |
/// |---|---|---|---|
/// | `optimizer` | `{ kind = "sgd", momentum = 0.9, nesterov = true }` | | how a gradient becomes a step |
/// | `rate` | 0.001 | at least 0 | the initial learning rate |
/// | `falls` | none | | epochs after which the rate is multiplied by a factor |
///
/// ```
/// use hebb_core::backprop::{Descent, Falls};
///
/// let descent = Descent { rate: 0.1, falls: Some(Falls { at: vec![10, 15], factor: 0.5 }), ..Descent::default() };
/// assert_eq!([0, 9, 10, 15].map(|epoch| descent.rate(epoch)), [0.1, 0.1, 0.05, 0.025]);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct Descent {
    /// How a gradient becomes a step.
    pub optimizer: Method,
    /// The initial learning rate.
    pub rate: f32,
    /// When the rate falls; never when not given.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub falls: Option<Falls>,
}

/// A learning rate that falls in steps: PyTorch's `MultiStepLR`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct Falls {
    /// Epochs done when the rate falls; a number that stands twice counts twice.
    pub at: Vec<u64>,
    /// What the rate is multiplied by each time, more than 0 and at most 1; 0.1 when not given.
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
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a number out of range.
    pub fn check(&self) -> Result<()> {
        self.optimizer().map(|_| ())?;
        match &self.falls {
            Some(Falls { factor, .. }) if !(*factor > 0.0 && *factor <= 1.0) => {
                let range = "more than 0 and at most 1";
                Err(Error::parameter("falls", "factor", factor, range))
            }
            _ => Ok(()),
        }
    }

    /// An optimizer before its first step, at the initial rate.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a number out of range.
    pub fn optimizer(&self) -> Result<Optimizer> {
        Optimizer::new(self.optimizer, self.rate)
    }

    /// The rate when so many epochs are done: rate·factor^(falls so far).
    pub fn rate(&self, epoch: u64) -> f32 {
        let Some(Falls { at, factor }) = &self.falls else {
            return self.rate;
        };
        let falls = at.iter().filter(|&&at| at <= epoch).count();
        (f64::from(self.rate) * f64::from(*factor).powf(falls as f64)) as f32
    }
}
