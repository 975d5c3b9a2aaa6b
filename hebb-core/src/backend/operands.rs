//! Operand and result types of the [`Backend`] methods.

use super::{Backend, Dims, LayerPlan, Operand};
use crate::error::{Error, Result};
use crate::plan::{Mask, Reduction};

/// The state of a layer that a pass reads.
#[derive(Debug)]
pub struct Operands<'a, B: Backend> {
    /// W, N×K, columns in the order (kh, kw, C).
    pub weights: &'a B::Buffer,
    /// The connections that exist; weights outside it are zero.
    pub mask: Option<&'a Mask>,
    /// b, N adaptive thresholds.
    pub thresholds: Option<&'a B::Buffer>,
    /// The rule's states, one row of N for each.
    pub states: Option<&'a B::Buffer>,
    /// t, images×N: one row holds for every position of its image.
    pub teacher: Option<&'a B::Buffer>,
}

/// A batch of images, and the layer that it passes.
#[derive(Debug)]
pub struct PassInput<'a, B: Backend> {
    /// The layer's choices.
    pub plan: &'a LayerPlan,
    /// Images in the batch.
    pub images: usize,
    /// The images, (B, H, W, C).
    pub values: &'a B::Buffer,
    /// The state of the layer.
    pub operands: Operands<'a, B>,
}

/// The sums of a batch, with the choices that turn them into an update.
#[derive(Debug)]
pub struct Contraction<'a, B: Backend> {
    /// The plan of the pass.
    pub plan: &'a LayerPlan,
    /// The reduction over the patches of the batch.
    pub reduction: Reduction,
    /// The sums over the patches.
    pub sums: &'a Sums<B>,
    /// N×K ones and zeros, those of the pass; outside it ΔW is zero.
    pub mask: Option<&'a B::Buffer>,
}

/// The logits of a batch, and the class of each row.
#[derive(Debug)]
pub struct Logits<'a, B: Backend> {
    /// Rows, and classes.
    pub dims: Dims,
    /// The logits, rows×cols.
    pub values: &'a B::Buffer,
    /// The number of each row's class, one value for each row.
    pub labels: &'a B::Buffer,
}

/// The responses of a layer to the patches of a batch.
#[derive(Debug)]
pub struct Responses<'a, B: Backend> {
    /// u, P×N.
    pub similarity: &'a B::Buffer,
    /// y, P×N.
    pub activity: &'a B::Buffer,
}

impl<'a, B: Backend> Responses<'a, B> {
    /// The operands of a rule's formulas, at the positions that [`crate::rule`] gives them.
    ///
    /// `states` holds one row of N values for each state of the rule.
    ///
    /// # Errors
    /// [`Error::Shape`] if the rule needs a teacher and there is none.
    pub fn operands(&self, input: PassInput<'a, B>, states: &'a B::Buffer) -> Result<Vec<Operand<'a, B>>> {
        let lowering = &input.plan.lowering;
        let [y, u] = [self.activity, self.similarity].map(Operand::elements);
        let t = match input.operands.teacher {
            Some(teacher) => Operand::shared_rows(teacher, input.plan.geometry.positions()),
            None if lowering.needs_teacher() => return Err(input.no_teacher()),
            // No formula names it.
            None => u,
        };
        let state = |index| Operand::columns(states).at(index * input.plan.units);
        Ok([y, u, t]
            .into_iter()
            .chain((0..lowering.states.len()).map(state))
            .collect())
    }
}

impl<B: Backend> PassInput<'_, B> {
    /// The size of u and y, P×N.
    pub fn responses(&self) -> Dims {
        Dims::new(self.plan.patches(self.images), self.plan.units)
    }

    /// The size of the patch matrix X, P×K.
    pub fn patches(&self) -> Dims {
        Dims::new(self.plan.patches(self.images), self.plan.geometry.patch_len())
    }

    pub(super) fn no_teacher(&self) -> Error {
        Error::shape(
            "the teacher's signal",
            format!("{}x{} values", self.images, self.plan.units),
            "nothing",
        )
    }
}

/// The sums over the patches of one batch from which the update is made.
///
/// Every number is a plain sum, so batches that several machines worked on can be added before [`Backend::contract`].
#[derive(Debug)]
pub struct Sums<B: Backend> {
    /// Aᵀ X, N×K.
    pub hebb: B::Buffer,
    /// The terms of C; its length is [`crate::rule::Decay::len`].
    pub decay: B::Buffer,
    /// The sum of [`crate::rule::Lowering::weight`] for each unit, N: Σ|y| but where a teacher decides.
    pub weight: B::Buffer,
    /// Number of patches with y > 0 for each unit, N.
    pub active: B::Buffer,
    /// The sum of each state's formula, one row of N for each state.
    pub states: B::Buffer,
    /// Patches summed over.
    pub patches: usize,
}

macro_rules! copyable {
    ($($name:ident),*) => {$(
        // Derived `Clone` would ask for `B: Clone`.
        impl<B: Backend> Clone for $name<'_, B> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<B: Backend> Copy for $name<'_, B> {}
    )*};
}

copyable![Operands, PassInput, Contraction, Responses, Logits];

impl<'a, B: Backend> Operands<'a, B> {
    /// Weights alone.
    pub fn of(weights: &'a B::Buffer) -> Self {
        Self {
            weights,
            mask: None,
            thresholds: None,
            states: None,
            teacher: None,
        }
    }
}

impl<B: Backend> Sums<B> {
    /// Room for the sums of a layer.
    ///
    /// # Errors
    /// [`crate::Error::OutOfMemory`].
    pub fn new(backend: &B, plan: &LayerPlan) -> Result<Self> {
        let (units, patch_len) = (plan.units, plan.geometry.patch_len());
        Ok(Self {
            hebb: backend.zeros(plan.weights())?,
            decay: backend.zeros(plan.lowering.decay.len(units, patch_len))?,
            weight: backend.zeros(units)?,
            active: backend.zeros(units)?,
            states: backend.zeros(plan.lowering.states.len() * units)?,
            patches: 0,
        })
    }
}
