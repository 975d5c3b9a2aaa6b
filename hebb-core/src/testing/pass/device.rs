//! A case on the device, and the results of its passes on the host.

use super::PassCase;
use crate::backend::{Backend, Operands, PassInput, Sums, Workspace, buffer_of, host_of};
use crate::error::Result;
use crate::testing::oracle::Expected;
use crate::testing::{compare, compare_where};

/// The operands of a case on the device.
pub(super) struct DeviceCase<'a, B: Backend> {
    pub(super) backend: &'a B,
    pub(super) case: &'a PassCase,
    input: B::Buffer,
    weights: B::Buffer,
    thresholds: Option<B::Buffer>,
    states: B::Buffer,
    teacher: B::Buffer,
}

/// The results of a pass, on the host.
#[derive(Default)]
pub(super) struct Found {
    pub(super) sums: Option<[Vec<f32>; 5]>,
    /// Number of patches in the sums.
    patches: Option<usize>,
    output: Option<Vec<f32>>,
}

impl<'a, B: Backend> DeviceCase<'a, B> {
    pub(super) fn new(backend: &'a B, case: &'a PassCase) -> Result<Self> {
        let batch = &case.batch;
        let upload = |values: &Vec<f32>| buffer_of(backend, values);
        Ok(Self {
            backend,
            case,
            input: upload(&batch.input)?,
            weights: upload(&batch.weights)?,
            thresholds: batch.thresholds.as_ref().map(upload).transpose()?,
            states: upload(&batch.states)?,
            teacher: upload(&batch.teacher)?,
        })
    }

    pub(super) fn operands(&self) -> Operands<'_, B> {
        Operands {
            weights: &self.weights,
            mask: self.case.mask.as_ref(),
            thresholds: self.thresholds.as_ref(),
            states: Some(&self.states),
            teacher: Some(&self.teacher),
        }
    }

    fn input<'s>(&'s self, operands: Operands<'s, B>) -> PassInput<'s, B> {
        PassInput {
            plan: &self.case.plan,
            images: self.case.batch.images,
            values: &self.input,
            operands,
        }
    }

    pub(super) fn pass(
        &self,
        workspace: &mut Workspace<B>,
        with_sums: bool,
        with_output: bool,
    ) -> Result<Found> {
        let (plan, images) = (&self.case.plan, self.case.batch.images);
        let mut sums = with_sums.then(|| Sums::new(self.backend, plan)).transpose()?;
        let len = images * plan.output_shape()?.len();
        let mut output = with_output.then(|| self.backend.zeros(len)).transpose()?;
        let input = self.input(self.operands());
        self.backend
            .pass(input, sums.as_mut(), output.as_mut(), workspace)?;
        let patches = sums.as_ref().map(|sums| sums.patches);
        let host = |buffer: &B::Buffer| host_of(self.backend, buffer, self.backend.len(buffer));
        let sums = sums.map(|sums| -> Result<_> {
            Ok([
                host(&sums.hebb)?,
                host(&sums.decay)?,
                host(&sums.weight)?,
                host(&sums.active)?,
                host(&sums.states)?,
            ])
        });
        Ok(Found {
            sums: sums.transpose()?,
            patches,
            output: output.as_ref().map(host).transpose()?,
        })
    }

    pub(super) fn respond(&self, workspace: &mut Workspace<B>) -> Result<(Vec<f32>, Vec<f32>)> {
        let (plan, images) = (&self.case.plan, self.case.batch.images);
        let len = plan.patches(images) * plan.units;
        let (mut u, mut y) = (self.backend.zeros(len)?, self.backend.zeros(len)?);
        let input = self.input(self.operands());
        self.backend.respond(input, &mut u, &mut y, workspace)?;
        Ok((host_of(self.backend, &u, len)?, host_of(self.backend, &y, len)?))
    }

    /// Returns true if a pass succeeds although its teacher is missing.
    pub(super) fn without_teacher(&self, workspace: &mut Workspace<B>) -> bool {
        let operands = Operands {
            teacher: None,
            ..self.operands()
        };
        let made = Sums::new(self.backend, &self.case.plan).and_then(|mut sums| {
            let input = self.input(operands);
            self.backend.pass(input, Some(&mut sums), None, workspace)
        });
        made.is_ok()
    }
}

impl Found {
    /// The sums on the device.
    pub(super) fn upload<B: Backend>(&self, backend: &B, case: &PassCase) -> Result<Sums<B>> {
        let mut sums = Sums::new(backend, &case.plan)?;
        if let Some([hebb, decay, weight, active, states]) = &self.sums {
            backend.upload(hebb, &mut sums.hebb)?;
            backend.upload(decay, &mut sums.decay)?;
            backend.upload(weight, &mut sums.weight)?;
            backend.upload(active, &mut sums.active)?;
            backend.upload(states, &mut sums.states)?;
        }
        sums.patches = case.plan.patches(case.batch.images);
        Ok(sums)
    }

    pub(super) fn compare(&self, case: &PassCase, expected: &Expected) -> Result<(), String> {
        if let Some([hebb, decay, weight, active, states]) = &self.sums {
            let dense = case.mask.as_ref().map(crate::plan::Mask::to_dense);
            let kept = |index: usize| dense.as_ref().is_none_or(|mask| mask[index] != 0.0);
            compare_where("the Hebbian sum", kept, &expected.hebb, hebb)?;
            compare("the decay's sum", &expected.decay, decay)?;
            compare("the activity's sum", &expected.weight, weight)?;
            compare("the count of active patches", &expected.active, active)?;
            compare("the states' sum", &expected.states, states)?;
        }
        let patches = case.plan.patches(case.batch.images);
        if let Some(found) = self.patches.filter(|found| *found != patches) {
            return Err(format!("the sums report {found} patches, not {patches}"));
        }
        match &self.output {
            Some(output) => compare("the output", &expected.output, output),
            None => Ok(()),
        }
    }

    pub(super) fn bits(&self) -> Vec<u32> {
        let sums = self.sums.iter().flatten().flatten();
        sums.chain(self.output.iter().flatten())
            .map(|value| value.to_bits())
            .collect()
    }
}
