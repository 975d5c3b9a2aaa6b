use super::flexible::{Pair, RuleChoice};
use super::normalize::Normalize;
use super::schedule::Schedule;
use crate::error::{Error, Result};
use crate::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use crate::plan::{Competition, Constraint, LayerPlan, Output, Pool, Reduction, Similarity};
use crate::rules;

/// One Hebbian layer as an experiment file spells it.
///
/// Every key has a default but `units`; a layer without `kernel` is dense.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct LayerConfig {
    /// Units N.
    pub units: usize,
    /// Kernel size: a side, or \[rows, columns\]; without it the layer is dense.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub kernel: Option<Pair>,
    /// Step between positions.
    #[cfg_attr(feature = "serde", serde(default = "Pair::one"))]
    pub stride: Pair,
    /// Distance between kernel taps.
    #[cfg_attr(feature = "serde", serde(default = "Pair::one"))]
    pub dilation: Pair,
    /// Border on each side.
    #[cfg_attr(feature = "serde", serde(default))]
    pub padding: Pair,
    /// What the border holds.
    #[cfg_attr(feature = "serde", serde(default))]
    pub padding_mode: PaddingMode,
    /// How the layer's input is normalised first.
    #[cfg_attr(feature = "serde", serde(default))]
    pub normalize: Normalize,
    /// u.
    #[cfg_attr(feature = "serde", serde(default))]
    pub similarity: Similarity,
    /// y.
    #[cfg_attr(feature = "serde", serde(default))]
    pub competition: Competition,
    /// Adaptive thresholds that even out how often the units win.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub thresholds: Option<Thresholds>,
    /// The learning rule.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rule: RuleChoice,
    /// How patches are put together into one update.
    #[cfg_attr(feature = "serde", serde(default))]
    pub reduction: Reduction,
    /// The learning rate.
    #[cfg_attr(feature = "serde", serde(default))]
    pub learning_rate: Schedule,
    /// Factor of the initial weights, which are normal with deviation 1/√K (about unit norm) before the constraint.
    #[cfg_attr(feature = "serde", serde(default = "one"))]
    pub init_scale: f32,
    /// What holds the weights after each step.
    #[cfg_attr(feature = "serde", serde(default))]
    pub constraint: Constraint,
    /// The share of connections that are pruned before training, in \[0, 1).
    #[cfg_attr(feature = "serde", serde(default))]
    pub prune: f32,
    /// What the layer passes on.
    #[cfg_attr(feature = "serde", serde(default))]
    pub output: Output,
    /// How the output is pooled.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub pool: Option<Pool>,
}

/// Adaptive thresholds b_i ← b_i + rate·(how often the unit won − target); they compete on u − b.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Thresholds {
    /// The rate μ.
    pub rate: f32,
    /// How often each unit should win; k/N when not given.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub target: Option<f32>,
}

#[cfg(feature = "serde")]
fn one() -> f32 {
    1.0
}

impl LayerConfig {
    /// A layer of `units` kernels of side `kernel`, everything else at its default.
    pub fn conv(units: usize, kernel: usize) -> Self {
        Self {
            kernel: Some(Pair([kernel; 2])),
            ..Self::dense(units)
        }
    }

    /// A dense layer, everything else at its default.
    pub fn dense(units: usize) -> Self {
        Self {
            units,
            kernel: None,
            stride: Pair::one(),
            dilation: Pair::one(),
            padding: Pair::default(),
            padding_mode: PaddingMode::Zero,
            normalize: Normalize::None,
            similarity: Similarity::Dot,
            competition: Competition::None,
            thresholds: None,
            rule: RuleChoice::default(),
            reduction: Reduction::Sum,
            learning_rate: Schedule::default(),
            init_scale: 1.0,
            constraint: Constraint::None,
            prune: 0.0,
            output: Output::Competition,
            pool: None,
        }
    }

    /// The checked plan for images of shape `input`.
    ///
    /// # Errors
    /// What does not fit or is out of range, by name.
    pub fn plan(&self, input: ImageShape) -> Result<LayerPlan> {
        let geometry = match self.kernel {
            None => ConvGeometry::dense(input)?,
            Some(kernel) => ConvGeometry::new(input, self.window(kernel))?,
        };
        let rule = rules::build(&self.rule.name, &self.rule.params)?;
        let plan = LayerPlan {
            geometry,
            units: self.units,
            similarity: self.similarity,
            competition: self.competition,
            lowering: rule.lower(),
            output: self.output,
            pool: self.pool,
        };
        plan.check()?;
        self.check_numbers()?;
        Ok(plan)
    }

    /// How often each unit should win.
    pub fn target(&self) -> f32 {
        let share = || self.competition.winners().map(|k| k as f32 / self.units as f32);
        self.thresholds
            .and_then(|thresholds| thresholds.target)
            .or_else(share)
            .unwrap_or(0.5)
    }

    fn window(&self, kernel: Pair) -> Window {
        Window {
            kernel: kernel.0,
            stride: self.stride.0,
            dilation: self.dilation.0,
            padding: self.padding.0,
            mode: self.padding_mode,
        }
    }

    fn check_numbers(&self) -> Result<()> {
        let range = |name, value: f32, ok: bool, range| {
            if ok {
                Ok(())
            } else {
                Err(Error::parameter("layer", name, value, range))
            }
        };
        range(
            "prune",
            self.prune,
            (0.0..1.0).contains(&self.prune),
            "at least 0 and less than 1",
        )?;
        range(
            "init-scale",
            self.init_scale,
            self.init_scale > 0.0 && self.init_scale.is_finite(),
            "positive",
        )?;
        if let Some(Thresholds { rate, target }) = self.thresholds {
            range(
                "thresholds.rate",
                rate,
                rate >= 0.0 && rate.is_finite(),
                "at least 0 and finite",
            )?;
            let target = target.unwrap_or(0.5);
            range(
                "thresholds.target",
                target,
                (0.0..=1.0).contains(&target),
                "from 0 to 1",
            )?;
        }
        self.normalize.check()?;
        self.learning_rate.check()
    }
}
