//! Layer state as named arrays, for checkpoints.

use super::HebbLayer;
use super::normalize::Normalizer;
use crate::backend::{Backend, LayerPlan, buffer_of, host_of};
use crate::error::{Error, Result, check_finite};
use crate::plan::Mask;
use crate::rule::{State, Statistic};
use crate::tensors::{Tensors, from_rows, to_rows};
use ndarray::{Array1, Array4, ArrayD, Ix1, Ix4};

/// The running moments of batch norm, of the input and of the output.
const MOMENTS: [&str; 2] = ["running_mean", "running_var"];
const OUTPUT_MOMENTS: [&str; 2] = ["output.running_mean", "output.running_var"];

/// The states of the rule, one row of N for each.
#[derive(Debug)]
pub(super) struct States<B: Backend> {
    pub(super) values: B::Buffer,
    /// The part of the way to the batch's mean that each goes in a batch.
    pub(super) rates: B::Buffer,
}

impl<B: Backend> States<B> {
    /// The states before the first batch.
    pub(super) fn new(backend: &B, plan: &LayerPlan) -> Result<Self> {
        let rate = |state: &State| match state.statistic {
            Statistic::Batch => 1.0,
            Statistic::Running { rate } => rate,
        };
        Ok(Self {
            values: buffer_of(backend, &of_each_unit(plan, |state| state.initial))?,
            rates: buffer_of(backend, &of_each_unit(plan, rate))?,
        })
    }
}

fn of_each_unit(plan: &LayerPlan, value: impl Fn(&State) -> f32) -> Vec<f32> {
    let states = plan.lowering.states.iter();
    states
        .flat_map(|state| std::iter::repeat_n(value(state), plan.units))
        .collect()
}

impl<B: Backend> HebbLayer<B> {
    /// The weights, (N, C, kh, kw).
    ///
    /// # Errors
    /// An error of the backend.
    pub fn weights(&self, backend: &B) -> Result<Array4<f32>> {
        let rows = host_of(backend, &self.weights.values, self.checked.plan.weights())?;
        Ok(from_rows(
            &self.checked.plan.geometry,
            self.checked.plan.units,
            &rows,
        ))
    }

    /// The adaptive thresholds, if the layer has any.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn thresholds(&self, backend: &B) -> Result<Option<Vec<f32>>> {
        self.homeostasis
            .thresholds
            .as_ref()
            .map(|thresholds| host_of(backend, thresholds, self.checked.plan.units))
            .transpose()
    }

    /// The state that training and evaluation need.
    ///
    /// `weight` and, if the layer is pruned, `mask`: (N, C, kh, kw), PyTorch's layout. `thresholds`: N. `running_mean` and
    /// `running_var`: C, with batch norm; `output.running_mean` and `output.running_var`: N, with batch norm of the output.
    /// `state.NAME`: N, for each of the rule's states. `conscience`, `victories` and `silent`: N, what those homeostats
    /// remember. `updates`, and where they matter `batches` and `done`: one value.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn tensors(&self, backend: &B) -> Result<Tensors> {
        let mut tensors = Tensors::new();
        let mut insert = |name: &str, array: ArrayD<f32>| tensors.insert(name.to_owned(), array);
        insert("weight", self.weights(backend)?.into_dyn());
        if let Some(mask) = self.weights.mask() {
            let dense = from_rows(
                &self.checked.plan.geometry,
                self.checked.plan.units,
                &mask.to_dense(),
            );
            insert("mask", dense.into_dyn());
        }
        if let Some(thresholds) = self.thresholds(backend)? {
            insert("thresholds", Array1::from(thresholds).into_dyn());
        }
        for (names, normalizer) in [(MOMENTS, &self.normalizer), (OUTPUT_MOMENTS, &self.finisher)] {
            for (name, moments) in names.into_iter().zip(normalizer.moments(backend)?) {
                if !moments.is_empty() {
                    insert(name, Array1::from(moments).into_dyn());
                }
            }
        }
        let declared = &self.checked.plan.lowering.states;
        let states = host_of(
            backend,
            &self.states.values,
            declared.len() * self.checked.plan.units,
        )?;
        for (state, values) in declared.iter().zip(states.chunks_exact(self.checked.plan.units)) {
            insert(
                &format!("state.{}", state.name),
                Array1::from(values.to_vec()).into_dyn(),
            );
        }
        insert("updates", Array1::from(vec![self.updates as f32]).into_dyn());
        if self.checked.setting.competition.at(1.0) != self.checked.setting.competition {
            insert("done", Array1::from(vec![self.done]).into_dyn());
        }
        tensors.extend(self.homeostasis.tensors(backend)?);
        Ok(tensors)
    }

    /// Restores the state from [`Self::tensors`]. `weight` is required; absent names keep their current value.
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::NotFinite`] with the name of the array; the layer may be partly restored.
    pub fn restore(&mut self, backend: &B, tensors: &Tensors) -> Result<()> {
        let conv = self.checked.plan.geometry;
        let units = self.checked.plan.units;
        let Some(weight) = tensors.get("weight") else {
            return Err(Error::shape("the saved layer", "an array named `weight`", "none"));
        };
        if let Some(mask) = tensors.get("mask") {
            let rows = to_rows(&conv, "mask", kernels("mask", mask)?.view())?;
            self.weights
                .set_mask(backend, Mask::from_dense(&rows, conv.patch_len())?)?;
        }
        self.weights.set(
            backend,
            &to_rows(&conv, "weight", kernels("weight", weight)?.view())?,
        )?;
        if let Some(thresholds) = tensors.get("thresholds") {
            self.homeostasis.thresholds =
                Some(buffer_of(backend, &vector("thresholds", thresholds, units)?)?);
        }
        restore_moments(backend, &mut self.normalizer, MOMENTS, tensors)?;
        restore_moments(backend, &mut self.finisher, OUTPUT_MOMENTS, tensors)?;
        let mut states = host_of(
            backend,
            &self.states.values,
            self.checked.plan.lowering.states.len() * units,
        )?;
        for (state, values) in self
            .checked
            .plan
            .lowering
            .states
            .iter()
            .zip(states.chunks_exact_mut(units))
        {
            let name = format!("state.{}", state.name);
            if let Some(saved) = tensors.get(&name) {
                values.copy_from_slice(&vector(&name, saved, units)?);
            }
        }
        backend.upload(&states, &mut self.states.values)?;
        if let Some(updates) = tensors.get("updates") {
            self.updates = vector("updates", updates, 1)?[0] as u64;
        }
        if let Some(done) = tensors.get("done") {
            self.advance(vector("done", done, 1)?[0]);
        }
        self.homeostasis.restore(backend, tensors)
    }
}

fn restore_moments<B: Backend>(
    backend: &B,
    normalizer: &mut Normalizer<B>,
    names: [&str; 2],
    tensors: &Tensors,
) -> Result<()> {
    let mut moments = normalizer.moments(backend)?;
    for (name, moments) in names.into_iter().zip(&mut moments) {
        if let Some(saved) = tensors.get(name) {
            *moments = vector(name, saved, moments.len())?;
        }
    }
    normalizer.set_moments(backend, &moments)
}

fn kernels(name: &str, array: &ArrayD<f32>) -> Result<Array4<f32>> {
    let shape = array.shape().to_vec();
    let kernels = array.clone().into_dimensionality::<Ix4>();
    kernels.map_err(|_| Error::shape(name, "four axes (N, C, kh, kw)", format!("{shape:?}")))
}

pub(super) fn vector(name: &str, array: &ArrayD<f32>, len: usize) -> Result<Vec<f32>> {
    let found = format!("{:?}", array.shape());
    match array.clone().into_dimensionality::<Ix1>() {
        Ok(values) if values.len() == len => {
            let values = values.to_vec();
            check_finite(name, &values)?;
            Ok(values)
        }
        _ => Err(Error::shape(name, format!("one axis of {len} values"), found)),
    }
}
