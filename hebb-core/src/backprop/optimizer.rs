use super::Parameter;
use crate::backend::{Backend, Dims, Operand};
use crate::error::Result;
use crate::formula::Formula;
use crate::range::Range;
use crate::schedule::Schedule;

/// The step from a gradient; weight decay is added to the gradient, as in PyTorch.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        tag = "kind",
        rename_all = "kebab-case",
        rename_all_fields = "kebab-case",
        deny_unknown_fields
    )
)]
pub enum Method {
    /// Stochastic gradient descent: v ← momentum·v + g, w ← w − rate·v, or with Nesterov w ← w − rate·(g + momentum·v).
    Sgd {
        /// The share of the velocity that is kept; default 0.
        #[cfg_attr(feature = "serde", serde(default))]
        momentum: f32,
        /// Whether the step looks ahead; it does not when not given.
        #[cfg_attr(feature = "serde", serde(default))]
        nesterov: bool,
        /// The L2 penalty λ: λ·w is added to the gradient; 0 when not given.
        #[cfg_attr(feature = "serde", serde(default))]
        weight_decay: f32,
    },
    /// Adam (Kingma and Ba 2015, algorithm 1), whose constants hold where none is given.
    Adam {
        /// The share of the running mean of gradients that is kept.
        #[cfg_attr(feature = "serde", serde(default = "beta1"))]
        beta1: f32,
        /// The share of the running mean of squared gradients that is kept.
        #[cfg_attr(feature = "serde", serde(default = "beta2"))]
        beta2: f32,
        /// Added to the root that is divided by.
        #[cfg_attr(feature = "serde", serde(default = "epsilon"))]
        epsilon: f32,
        /// The L2 penalty λ: λ·w is added to the gradient; 0 when not given.
        #[cfg_attr(feature = "serde", serde(default))]
        weight_decay: f32,
    },
}

const fn beta1() -> f32 {
    0.9
}
const fn beta2() -> f32 {
    0.999
}
const fn epsilon() -> f32 {
    1e-8
}

/// A method, its learning rate, and how many steps it has made.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimizer {
    method: Method,
    rate: Schedule,
    steps: u64,
}

impl Method {
    /// Adam with the constants of its paper.
    pub const ADAM: Self = Self::Adam {
        beta1: beta1(),
        beta2: beta2(),
        epsilon: epsilon(),
        weight_decay: 0.0,
    };

    /// Stochastic gradient descent with Nesterov's momentum of 0.9.
    pub const NESTEROV: Self = Self::Sgd {
        momentum: 0.9,
        nesterov: true,
        weight_decay: 0.0,
    };

    fn check(&self) -> Result<()> {
        let owner = "the optimizer";
        let decay = match *self {
            Self::Sgd {
                momentum,
                weight_decay,
                ..
            } => {
                Range::BelowOne.check(owner, "momentum", momentum)?;
                weight_decay
            }
            Self::Adam {
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => {
                Range::BelowOne.check(owner, "beta1", beta1)?;
                Range::BelowOne.check(owner, "beta2", beta2)?;
                Range::Positive.check(owner, "epsilon", epsilon)?;
                weight_decay
            }
        };
        Range::NotNegative.check(owner, "weight-decay", decay)
    }
}

impl Optimizer {
    /// An optimizer before its first step; `rate` is a schedule counted in steps, or a number for a constant one.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a number out of range.
    pub fn new(method: Method, rate: impl Into<Schedule>) -> Result<Self> {
        let rate = rate.into();
        method.check()?;
        rate.check()?;
        Ok(Self {
            method,
            rate,
            steps: 0,
        })
    }

    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Makes the steps to come at this rate.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a rate that is negative or no number.
    pub fn set_rate(&mut self, rate: f32) -> Result<()> {
        let rate = Schedule::from(rate);
        rate.check()?;
        self.rate = rate;
        Ok(())
    }

    pub(crate) fn step<'p, B: Backend>(
        &mut self,
        backend: &B,
        parameters: impl Iterator<Item = &'p mut Parameter<B>>,
    ) -> Result<()> {
        let rate = self.rate.rate(self.steps);
        self.steps += 1;
        for parameter in parameters {
            match self.method {
                Method::Sgd {
                    momentum,
                    nesterov,
                    weight_decay,
                } => {
                    sgd(backend, parameter, rate, [momentum, weight_decay], nesterov)?;
                }
                Method::Adam {
                    beta1,
                    beta2,
                    epsilon,
                    weight_decay,
                } => {
                    adam(
                        backend,
                        parameter,
                        rate,
                        [beta1, beta2, epsilon, weight_decay],
                        self.steps,
                    )?;
                }
            }
        }
        Ok(())
    }
}

/// v ← momentum·v + (g + λ·w), then w ← w − rate·step.
fn sgd<B: Backend>(
    backend: &B,
    parameter: &mut Parameter<B>,
    rate: f32,
    [momentum, weight_decay]: [f32; 2],
    nesterov: bool,
) -> Result<()> {
    let Parameter {
        len,
        value,
        gradient,
        memory: [velocity, _],
    } = parameter;
    let (dims, g) = (Dims::new(1, *len), Operand::elements(gradient));
    let followed = Formula::of(|[v, g, w]| v * momentum + (g + w * weight_decay));
    backend.update(&followed, dims, &[g, Operand::elements(value)], velocity)?;
    let moved = Formula::of(|[w, v, g]| {
        let step = match nesterov {
            true => v * momentum + (g + w.clone() * weight_decay),
            false => v,
        };
        w - step * rate
    });
    backend.update(&moved, dims, &[Operand::elements(velocity), g], value)
}

fn adam<B: Backend>(
    backend: &B,
    parameter: &mut Parameter<B>,
    rate: f32,
    [beta1, beta2, epsilon, weight_decay]: [f32; 4],
    steps: u64,
) -> Result<()> {
    let Parameter {
        len,
        value,
        gradient,
        memory: [first, second],
    } = parameter;
    let dims = Dims::new(1, *len);
    let decayed = |g: Formula, w: Formula| g + w * weight_decay;
    let operands = [Operand::elements(gradient), Operand::elements(value)];
    let followed = Formula::of(|[m, g, w]| m * beta1 + decayed(g, w) * (1.0 - beta1));
    backend.update(&followed, dims, &operands, first)?;
    let followed = Formula::of(|[v, g, w]| {
        let square = decayed(g.clone(), w.clone()) * decayed(g, w);
        v * beta2 + square * (1.0 - beta2)
    });
    backend.update(&followed, dims, &operands, second)?;
    // Means of few values are too small by 1 − β^steps.
    let correct = |beta: f32| (1.0 - f64::from(beta).powf(steps as f64)).recip();
    let (mean, square) = (f64::from(rate) * correct(beta1), correct(beta2).sqrt());
    let moved = Formula::of(|[w, m, v]| {
        let root = v.sqrt() * square as f32 + epsilon;
        w - m * mean as f32 * root.recip()
    });
    let operands = [Operand::elements(first), Operand::elements(second)];
    backend.update(&moved, dims, &operands, value)
}
