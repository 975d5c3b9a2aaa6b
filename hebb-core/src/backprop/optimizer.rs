use super::Parameter;
use crate::backend::{Backend, Dims, Variables};
use crate::error::{Error, Result};
use crate::formula::{Formula, Unary};
use crate::schedule::Schedule;

/// How a gradient becomes a step; weight decay is added to the gradient, as PyTorch does.
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
        /// What is kept of the velocity; 0 when not given.
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
        /// What is kept of the mean of gradients.
        #[cfg_attr(feature = "serde", serde(default = "beta1"))]
        beta1: f32,
        /// What is kept of the mean of their squares.
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
        let share = |name, value: f32| match (0.0..1.0).contains(&value) {
            true => Ok(()),
            false => Err(Error::parameter(
                "the optimizer",
                name,
                value,
                "from 0 to below 1",
            )),
        };
        let decay = match *self {
            Self::Sgd {
                momentum,
                weight_decay,
                ..
            } => share("momentum", momentum).map(|()| weight_decay)?,
            Self::Adam {
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => {
                share("beta1", beta1)?;
                share("beta2", beta2)?;
                if !(epsilon > 0.0 && epsilon.is_finite()) {
                    return Err(Error::parameter(
                        "the optimizer",
                        "epsilon",
                        epsilon,
                        "more than 0 and finite",
                    ));
                }
                weight_decay
            }
        };
        match decay >= 0.0 && decay.is_finite() {
            true => Ok(()),
            false => Err(Error::parameter(
                "the optimizer",
                "weight-decay",
                decay,
                "at least 0 and finite",
            )),
        }
    }
}

impl Optimizer {
    /// An optimizer before its first step; `rate` is a schedule counted in steps, or a number for a constant one.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a number out of range.
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
    /// [`Error::Parameter`] for a rate that is negative or no number.
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

/// g + λ·w.
fn decayed(weight_decay: f32) -> Formula {
    Formula::Activity + Formula::Constant(weight_decay) * Formula::Similarity
}

/// Replaces `target` by a formula of g (`Activity`), w (`Similarity`) and `third` (`Teacher`).
fn replace<B: Backend>(
    backend: &B,
    parameter: &mut Parameter<B>,
    expr: &Formula,
    third: usize,
    target: Option<usize>,
) -> Result<()> {
    let variables = Variables {
        activity: Some(&parameter.gradient),
        similarity: Some(&parameter.value),
        teacher: Some((&parameter.memory[third], 1)),
        states: None,
    };
    backend.map(expr, Dims::new(1, parameter.len), variables, &mut parameter.next)?;
    let target = match target {
        Some(memory) => &mut parameter.memory[memory],
        None => &mut parameter.value,
    };
    std::mem::swap(target, &mut parameter.next);
    Ok(())
}

fn sgd<B: Backend>(
    backend: &B,
    parameter: &mut Parameter<B>,
    rate: f32,
    [momentum, weight_decay]: [f32; 2],
    nesterov: bool,
) -> Result<()> {
    let keep = Formula::Constant(momentum) * Formula::Teacher;
    replace(
        backend,
        parameter,
        &(keep.clone() + decayed(weight_decay)),
        0,
        Some(0),
    )?;
    let step = if nesterov {
        keep + decayed(weight_decay)
    } else {
        Formula::Teacher
    };
    replace(
        backend,
        parameter,
        &(Formula::Similarity - Formula::Constant(rate) * step),
        0,
        None,
    )
}

fn adam<B: Backend>(
    backend: &B,
    parameter: &mut Parameter<B>,
    rate: f32,
    [beta1, beta2, epsilon, weight_decay]: [f32; 4],
    steps: u64,
) -> Result<()> {
    let follow = |beta: f32, now: Formula| {
        Formula::Constant(beta) * Formula::Teacher + Formula::Constant(1.0 - beta) * now
    };
    let gradient = decayed(weight_decay);
    replace(backend, parameter, &follow(beta1, gradient.clone()), 0, Some(0))?;
    replace(
        backend,
        parameter,
        &follow(beta2, gradient.clone() * gradient),
        1,
        Some(1),
    )?;
    // Means of few values are too small by 1 − β^steps.
    let correct = |beta: f32| (1.0 - f64::from(beta).powf(steps as f64)).recip();
    let (mean, square) = (f64::from(rate) * correct(beta1), correct(beta2).sqrt());
    let root =
        Formula::Teacher.apply(Unary::Sqrt) * Formula::Constant(square as f32) + Formula::Constant(epsilon);
    let step = Formula::Constant(mean as f32) * Formula::Activity * root.apply(Unary::Recip);
    let variables = Variables {
        activity: Some(&parameter.memory[0]),
        similarity: Some(&parameter.value),
        teacher: Some((&parameter.memory[1], 1)),
        states: None,
    };
    let dims = Dims::new(1, parameter.len);
    backend.map(
        &(Formula::Similarity - step),
        dims,
        variables,
        &mut parameter.next,
    )?;
    std::mem::swap(&mut parameter.value, &mut parameter.next);
    Ok(())
}
