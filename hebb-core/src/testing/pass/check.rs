use super::PassCase;
use crate::backend::{
    Backend, Contraction, Dims, Learned, Operands, PassInput, Step, Sums, Workspace, buffer_of, host_of,
};
use crate::error::Result;
use crate::plan::Constraint;
use crate::testing::oracle::{self, Expected, exact};
use crate::testing::{Bounded, Quantities, compare, compare_where};

/// The learning rate of every step.
const RATE: f32 = 0.25;

/// Holds a pass and a step to the oracle.
pub(in crate::testing) fn check<B: Backend>(
    backend: &B,
    case: &PassCase,
    workspace: &mut Workspace<B>,
) -> Result<(), String> {
    let said = |error: crate::Error| format!("the call failed: {error}");
    case.plan.check().map_err(said)?;
    let expected = oracle::pass(&case.plan, &case.batch).map_err(said)?;
    let device = Device::new(backend, case).map_err(said)?;

    let found = device.pass(workspace, true, true).map_err(said)?;
    found.compare(case, &expected)?;
    let again = device.pass(workspace, true, true).map_err(said)?;
    if found.bits() != again.bits() {
        return Err("two equal passes gave different bits".to_owned());
    }
    let alone = device.pass(workspace, true, false).map_err(said)?;
    alone.compare(case, &expected)?;
    let alone = device.pass(workspace, false, true).map_err(said)?;
    alone.compare(case, &expected)?;

    let (u, y) = device.respond(workspace).map_err(said)?;
    compare("u", &expected.similarity, &u)?;
    compare("y", &expected.activity, &y)?;
    if case.plan.lowering.needs_teacher() && device.without_teacher(workspace) {
        return Err("a pass that needs a teacher was made without one".to_owned());
    }
    contract(&device, workspace, &found)
}

/// A case's operands on the device.
struct Device<'a, B: Backend> {
    backend: &'a B,
    case: &'a PassCase,
    input: B::Buffer,
    weights: B::Buffer,
    thresholds: Option<B::Buffer>,
    states: B::Buffer,
    teacher: B::Buffer,
}

/// What a pass left behind, on the host.
#[derive(Default)]
struct Found {
    sums: Option<[Vec<f32>; 5]>,
    /// Patches that the sums say they are of.
    patches: Option<usize>,
    output: Option<Vec<f32>>,
}

impl<'a, B: Backend> Device<'a, B> {
    fn new(backend: &'a B, case: &'a PassCase) -> Result<Self> {
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

    fn operands(&self) -> Operands<'_, B> {
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

    fn pass(&self, workspace: &mut Workspace<B>, with_sums: bool, with_output: bool) -> Result<Found> {
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

    fn respond(&self, workspace: &mut Workspace<B>) -> Result<(Vec<f32>, Vec<f32>)> {
        let (plan, images) = (&self.case.plan, self.case.batch.images);
        let len = plan.patches(images) * plan.units;
        let (mut u, mut y) = (self.backend.zeros(len)?, self.backend.zeros(len)?);
        let input = self.input(self.operands());
        self.backend.respond(input, &mut u, &mut y, workspace)?;
        Ok((host_of(self.backend, &u, len)?, host_of(self.backend, &y, len)?))
    }

    /// Whether a pass is made although its teacher is missing.
    fn without_teacher(&self, workspace: &mut Workspace<B>) -> bool {
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
    fn compare(&self, case: &PassCase, expected: &Expected) -> Result<(), String> {
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
            return Err(format!(
                "the sums are said to be of {found} patches, not {patches}"
            ));
        }
        match &self.output {
            Some(output) => compare("the output", &expected.output, output),
            None => Ok(()),
        }
    }

    fn bits(&self) -> Vec<u32> {
        let sums = self.sums.iter().flatten().flatten();
        sums.chain(self.output.iter().flatten())
            .map(|value| value.to_bits())
            .collect()
    }
}

/// Contracts the sums that the pass left, applies the update, and compares both.
fn contract<B: Backend>(
    device: &Device<'_, B>,
    workspace: &mut Workspace<B>,
    found: &Found,
) -> Result<(), String> {
    let said = |error: crate::Error| format!("the step failed: {error}");
    let case = device.case;
    let Some([hebb, decay, weight, ..]) = &found.sums else {
        return Err("the pass left no sums".to_owned());
    };
    let [hebb, decay, weight] = [hebb, decay, weight].map(|sum| exact(sum));
    let sums = [&hebb[..], &decay, &weight];
    let expected = oracle::contract(&case.plan, &case.batch, case.reduction, case.mask.as_ref(), sums);
    let dims = Dims::new(case.plan.units, case.plan.geometry.patch_len());
    for way in [Way::InTwo, Way::AtOnce] {
        let (delta, stepped) = step(device, workspace, found, way).map_err(said)?;
        compare("the update", &expected, &delta)?;
        let again = step(device, workspace, found, way).map_err(said)?;
        let bits = |weights: &[f32]| weights.iter().map(|w| w.to_bits()).collect::<Vec<_>>();
        if bits(&again.1) != bits(&stepped) {
            return Err("two equal steps gave different bits".to_owned());
        }
        compare("the weights", &stepped_weights(case, dims, &delta), &stepped)?;
    }
    Ok(())
}

/// How a step is made.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// By `contract` and `apply`.
    InTwo,
    /// By `learn`.
    AtOnce,
}

/// ΔW and the weights after the step.
fn step<B: Backend>(
    device: &Device<'_, B>,
    workspace: &mut Workspace<B>,
    found: &Found,
    way: Way,
) -> Result<(Vec<f32>, Vec<f32>)> {
    let (case, backend) = (device.case, device.backend);
    let dims = Dims::new(case.plan.units, case.plan.geometry.patch_len());
    let mut sums = Sums::new(backend, &case.plan)?;
    if let Some([hebb, decay, weight, active, states]) = &found.sums {
        backend.upload(hebb, &mut sums.hebb)?;
        backend.upload(decay, &mut sums.decay)?;
        backend.upload(weight, &mut sums.weight)?;
        backend.upload(active, &mut sums.active)?;
        backend.upload(states, &mut sums.states)?;
    }
    sums.patches = case.plan.patches(case.batch.images);
    let mut delta = backend.zeros(dims.len())?;
    let mask = case
        .mask
        .as_ref()
        .map(|mask| buffer_of(backend, &mask.to_dense()))
        .transpose()?;
    let step = Step {
        rate: RATE,
        unit_rate: case.unit_rate,
        constraint: case.constraint,
    };
    let contraction = Contraction {
        plan: &case.plan,
        reduction: case.reduction,
        sums: &sums,
        mask: mask.as_ref(),
    };
    let mut weights = buffer_of(backend, &case.batch.weights)?;
    match way {
        Way::InTwo => {
            backend.contract(contraction, &weights, &mut delta, workspace)?;
            backend.apply(&step, dims, &delta, &mut weights, workspace)?;
        }
        Way::AtOnce => {
            let learned = Learned {
                weights: &mut weights,
                delta: &mut delta,
            };
            backend.learn(contraction, &step, learned, workspace)?;
        }
    }
    Ok((
        host_of(backend, &delta, dims.len())?,
        host_of(backend, &weights, dims.len())?,
    ))
}

/// The weights that this ΔW must lead to.
fn stepped_weights(case: &PassCase, dims: Dims, delta: &[f32]) -> Vec<Bounded> {
    let rates = unit_rates(case, dims);
    let exact = |value: f32| Bounded::exact(f64::from(value));
    let moved =
        |(index, (w, delta)): (usize, (&f32, &f32))| exact(*w) + rates[index / dims.cols] * exact(*delta);
    let moved: Vec<Bounded> = case
        .batch
        .weights
        .iter()
        .zip(delta)
        .enumerate()
        .map(moved)
        .collect();
    match case.constraint {
        Constraint::None => moved,
        Constraint::UnitNorm => moved.chunks_exact(dims.cols).flat_map(normalized).collect(),
    }
}

/// The rate of every unit.
fn unit_rates(case: &PassCase, dims: Dims) -> Vec<Bounded> {
    let rate = Bounded::exact(f64::from(RATE));
    let of = |row: &[f32]| match case.unit_rate.factor() {
        None => rate,
        Some(factor) => {
            let squares = exact(row).into_iter().map(|w| w * w);
            let quantities = Quantities {
                states: &[Bounded::sum(squares)],
                ..Quantities::default()
            };
            rate * Bounded::evaluate(&factor, &quantities)
        }
    };
    case.batch.weights.chunks_exact(dims.cols).map(of).collect()
}

fn normalized(row: &[Bounded]) -> Vec<Bounded> {
    let norm = |v: &[f64]| v.iter().map(|w| w * w).sum::<f64>().sqrt() + 1e-10;
    Bounded::through(row, (4 + row.len()) as f64, |v| {
        v.iter().map(|w| w / norm(v)).collect()
    })
}
