use super::flexible::{Pair, RuleChoice};
use super::homeostasis::{Conscience, Homeostats, Reseed, SynapticScaling, Thresholds};
use super::normalize::Normalize;
use crate::backend::LayerPlan;
use crate::error::{Error, Result};
use crate::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use crate::plan::{Competition, Constraint, Output, Pool, Reduction, Setting, Similarity, UnitRate};
use crate::range::Range;
use crate::rule::AnyRule;
use crate::schedule::Schedule;

/// The configuration of a Hebbian layer.
///
/// Every key except `units` has a default. A layer without `kernel` is dense. The [`Setting`] of the rule, its authors'
/// choices, is the default of six keys.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct LayerConfig {
    /// Units N.
    pub units: usize,
    /// Kernel size: a side, or \[rows, columns\]. Default: none, a dense layer.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub kernel: Option<Pair>,
    /// Step between positions.
    #[cfg_attr(feature = "serde", serde(default = "Pair::one"))]
    pub stride: Pair,
    /// Distance between kernel taps.
    #[cfg_attr(feature = "serde", serde(default = "Pair::one"))]
    pub dilation: Pair,
    /// Padding on each side.
    #[cfg_attr(feature = "serde", serde(default))]
    pub padding: Pair,
    /// Contents of the padding.
    #[cfg_attr(feature = "serde", serde(default))]
    pub padding_mode: PaddingMode,
    /// Normalisation of the input.
    #[cfg_attr(feature = "serde", serde(default))]
    pub normalize: Normalize,
    /// The similarity u. Default: that of the rule.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub similarity: Option<Similarity>,
    /// The competition, which gives y. Default: that of the rule.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub competition: Option<Competition>,
    /// Adaptive thresholds that equalise the win rates of the units.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub thresholds: Option<Thresholds>,
    /// Thresholds from a moving average of each unit's win rate.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub conscience: Option<Conscience>,
    /// Excludes frequent winners from random batches.
    #[cfg_attr(feature = "serde", serde(default))]
    pub random_abstention: bool,
    /// Scaling of each unit's weights towards a target activity.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub synaptic_scaling: Option<SynapticScaling>,
    /// Re-seeding of dead units.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub reseed: Option<Reseed>,
    /// The learning rule.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rule: RuleChoice,
    /// Units per class for a rule with a teacher, the first ones in the order of the classes; the remaining units get the
    /// signal of every class. Default: all units, divided equally.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub units_per_class: Option<usize>,
    /// The reduction of patches to one update. Default: that of the rule.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub reduction: Option<Reduction>,
    /// The learning rate.
    #[cfg_attr(feature = "serde", serde(default))]
    pub learning_rate: Schedule,
    /// The dependence of a unit's learning rate on its weights. Default: that of the rule.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub unit_rate: Option<UnitRate>,
    /// Factor of the initial weights, which are normal with deviation 1/√K (about unit norm) before the constraint. Default:
    /// that of the rule.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub init_scale: Option<f32>,
    /// The constraint on the weights. Default: that of the rule.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub constraint: Option<Constraint>,
    /// The fraction of connections pruned before training, in \[0, 1).
    #[cfg_attr(feature = "serde", serde(default))]
    pub prune: f32,
    /// The output function.
    #[cfg_attr(feature = "serde", serde(default))]
    pub output: Output,
    /// Pooling of the output. Default: none.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub pool: Option<Pool>,
    /// Normalisation of the pooled output.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Normalize::is_none"))]
    pub output_normalize: Normalize,
}

/// A configuration whose choices fit each other, with those of its rule where it is silent.
#[derive(Debug)]
pub(super) struct CheckedLayer {
    pub(super) config: LayerConfig,
    pub(super) setting: Setting,
    /// The competition is the one of the training done so far.
    pub(super) plan: LayerPlan,
}

impl LayerConfig {
    /// A layer of `units` kernels of side `kernel`, with defaults for all other keys.
    pub fn conv(units: usize, kernel: usize) -> Self {
        Self {
            kernel: Some(Pair([kernel; 2])),
            ..Self::dense(units)
        }
    }

    /// A dense layer, with defaults for all other keys.
    pub fn dense(units: usize) -> Self {
        Self {
            units,
            kernel: None,
            stride: Pair::one(),
            dilation: Pair::one(),
            padding: Pair::default(),
            padding_mode: PaddingMode::Zero,
            normalize: Normalize::None,
            similarity: None,
            competition: None,
            thresholds: None,
            conscience: None,
            random_abstention: false,
            synaptic_scaling: None,
            reseed: None,
            rule: RuleChoice::default(),
            units_per_class: None,
            reduction: None,
            learning_rate: Schedule::default(),
            unit_rate: None,
            init_scale: None,
            constraint: None,
            prune: 0.0,
            output: Output::Competition,
            pool: None,
            output_normalize: Normalize::None,
        }
    }

    /// The checked plan for images of shape `input`.
    ///
    /// # Errors
    /// The first key that does not fit or is out of range, by name.
    pub fn plan(&self, input: ImageShape) -> Result<LayerPlan> {
        self.check(input).map(|(plan, _)| plan)
    }

    /// The layer for images of shape `input`, every choice checked and made.
    pub(super) fn checked(self, input: ImageShape) -> Result<CheckedLayer> {
        let (plan, setting) = self.check(input)?;
        Ok(CheckedLayer {
            config: self,
            setting,
            plan,
        })
    }

    /// The choices of the layer, with those of its rule for omitted keys.
    ///
    /// # Errors
    /// The rule does not exist or cannot be built.
    pub fn setting(&self) -> Result<Setting> {
        let rule = self.rule.build()?;
        Ok(self.setting_with(&*rule))
    }

    /// The layer with the defaults of its rule filled in.
    ///
    /// # Errors
    /// As [`Self::setting`].
    pub fn spelled_out(self) -> Result<Self> {
        let setting = self.setting()?;
        Ok(Self {
            similarity: Some(setting.similarity),
            competition: Some(setting.competition),
            reduction: Some(setting.reduction),
            unit_rate: Some(setting.unit_rate),
            init_scale: Some(setting.init_scale),
            constraint: Some(setting.constraint),
            ..self
        })
    }

    /// Returns true if the layer has adaptive thresholds or a conscience.
    pub fn adapts_thresholds(&self) -> bool {
        self.thresholds.is_some() || self.conscience.is_some()
    }

    pub(super) fn homeostats(&self) -> Homeostats {
        Homeostats {
            thresholds: self.thresholds,
            conscience: self.conscience,
            random_abstention: self.random_abstention,
            scaling: self.synaptic_scaling,
            reseed: self.reseed,
        }
    }

    fn setting_with(&self, rule: &dyn AnyRule) -> Setting {
        let own = rule.setting(self.units);
        Setting {
            similarity: self.similarity.unwrap_or(own.similarity),
            competition: self.competition.unwrap_or(own.competition),
            reduction: self.reduction.unwrap_or(own.reduction),
            unit_rate: self.unit_rate.unwrap_or(own.unit_rate),
            constraint: self.constraint.unwrap_or(own.constraint),
            init_scale: self.init_scale.unwrap_or(own.init_scale),
        }
    }

    fn check(&self, input: ImageShape) -> Result<(LayerPlan, Setting)> {
        let geometry = match self.kernel {
            None => ConvGeometry::dense(input)?,
            Some(kernel) => ConvGeometry::new(input, self.window(kernel))?,
        };
        let rule = self.rule.build()?;
        let setting = self.setting_with(&*rule);
        let plan = LayerPlan {
            geometry,
            units: self.units,
            similarity: setting.similarity,
            competition: setting.competition,
            lowering: rule.lower(),
            output: self.output,
            pool: self.pool,
        };
        plan.check()?;
        if self.units_per_class.is_some() && !plan.lowering.needs_teacher() {
            return Err(Error::Incompatible {
                first: "units-per-class".to_owned(),
                second: format!("rule {}", self.rule.name),
                reason: "the rule has no teacher; remove it or use a rule such as supervised".to_owned(),
            });
        }
        self.check_numbers(&setting)?;
        self.homeostats()
            .check(&setting.competition, self.output, setting.constraint)?;
        Ok((plan, setting))
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

    fn check_numbers(&self, setting: &Setting) -> Result<()> {
        Range::BelowOne.check("layer", "prune", self.prune)?;
        Range::Positive.check("layer", "init-scale", setting.init_scale)?;
        if setting.unit_rate != UnitRate::Same && setting.constraint == Constraint::UnitNorm {
            return Err(Error::Incompatible {
                first: "unit-rate norm-dependent".to_owned(),
                second: "constraint unit-norm".to_owned(),
                reason: "the rate of a unit of norm one is zero; keep one of them".to_owned(),
            });
        }
        setting.unit_rate.check()?;
        self.normalize.check()?;
        self.output_normalize.check()?;
        self.learning_rate.check()
    }
}
