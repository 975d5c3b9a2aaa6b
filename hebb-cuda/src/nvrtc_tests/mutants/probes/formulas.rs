//! Formulas, and their sums over a batch.

use hebb_core::Result;
use hebb_core::backend::{
    Backend, Dims, LayerPlan, Operand, Operands, PassInput, Sums, Workspace, buffer_of,
};
use hebb_core::formula::{Formula, Unary};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Competition, Output, Similarity};
use hebb_core::rule::{Decay, Lowering, State, Statistic, state, t, u, y};

use super::{Probe, values};

impl<B: Backend> Probe<'_, B> {
    pub(super) fn formulas(&mut self, dims: Dims) -> Result<()> {
        let (y, u) = (
            self.input(dims.len())?,
            buffer_of(self.backend, &values(dims.len(), true))?,
        );
        let per = 3;
        let (teacher, states) = (
            self.input(dims.rows.div_ceil(per) * dims.cols)?,
            self.input(2 * dims.cols)?,
        );
        let (scale, single) = (self.input(dims.rows)?, self.input(2)?);
        let operands = [
            Operand::elements(&y),
            Operand::elements(&u),
            Operand::shared_rows(&teacher, per),
            Operand::columns(&states),
            Operand::columns(&states).at(dims.cols),
            Operand::rows(&scale),
            Operand::single(&single).at(1),
        ];
        for formula in formulas() {
            let mut out = self.output(dims.len())?;
            self.backend.map(&formula, dims, &operands, &mut out)?;
            self.keep(&out)?;
        }
        let mut target = self.input(dims.len())?;
        let update = Formula::of(|[target, x, scale, single]| target * single + x * scale);
        let operands = [operands[1], operands[5], operands[6]];
        self.backend.update(&update, dims, &operands, &mut target)?;
        self.keep(&target)
    }

    /// Updates of rules with and without states, former states and decay.
    pub(super) fn statistics(&mut self, dims: Dims) -> Result<()> {
        let backend = self.backend;
        for (lowering, has_former) in lowerings().into_iter().zip([true, false, true]) {
            let positions = if dims.rows.is_multiple_of(2) { 2 } else { 1 };
            let (plan, images) = (plan(lowering, positions, dims.cols)?, dims.rows / positions);
            let input = self.input(images * plan.geometry.input().len())?;
            let (weights, states) = (self.input(plan.weights())?, self.input(MANY * dims.cols)?);
            let operands = Operands {
                states: has_former.then_some(&states),
                teacher: Some(&self.input(images * dims.cols)?),
                ..Operands::of(&weights)
            };
            let mut sums = Sums::new(backend, &plan)?;
            let mut workspace = Workspace::default();
            let input = PassInput {
                plan: &plan,
                images,
                values: &input,
                operands,
            };
            backend.pass(input, Some(&mut sums), None, &mut workspace)?;
            for found in [&sums.hebb, &sums.decay, &sums.weight, &sums.active, &sums.states] {
                self.keep(found)?;
            }
        }
        Ok(())
    }
}

/// More states than a block has warps.
const MANY: usize = 9;

/// Rules with two states, with two others, and with many.
fn lowerings() -> [Lowering; 3] {
    let declared = |of, statistic| State {
        name: "s",
        initial: 0.0,
        of,
        statistic,
    };
    let (batch, running) = (Statistic::Batch, Statistic::Running { rate: 0.5 });
    let factor = (y() - state(1)) * (t() + state(0));
    let decay = Decay::Diagonal(y() * (u() + state(0)));
    let with_states = |first, second| {
        Lowering::new(factor.clone())
            .with_decay(decay.clone())
            .with_state(declared(u() * u(), first))
            .with_state(declared(y() + t(), second))
    };
    [
        with_states(running, batch),
        with_states(batch, running),
        (0..MANY).fold(Lowering::new(y()), |rule, _| {
            rule.with_state(declared(u(), running))
        }),
    ]
}

/// Units without a competition on images of `positions` pixels.
pub(super) fn plan(lowering: Lowering, positions: usize, units: usize) -> Result<LayerPlan> {
    Ok(LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(2, 1, positions), Window::square(1))?,
        units,
        similarity: Similarity::Dot,
        competition: Competition::None,
        lowering,
        output: Output::Raw,
        pool: None,
    })
}

/// Formulas that use every function, on arguments where it is defined.
fn formulas() -> Vec<Formula> {
    let positive = || y().abs() + 0.5;
    vec![
        y(),
        (y() - u() * state(1)) * (t() + state(0)),
        u().apply(Unary::Sign) + u().positive() - (-y()).apply(Unary::Tanh),
        y().apply(Unary::Exp).max(u()) * positive().apply(Unary::Sqrt),
        positive().apply(Unary::Recip).pow(y() + (u() + (y() + u()))),
    ]
}
