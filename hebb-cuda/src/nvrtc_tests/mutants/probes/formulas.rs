//! Formulas, and their sums over a batch.

use hebb_core::Result;
use hebb_core::backend::{
    Backend, Dims, LayerPlan, Operands, PassInput, Sums, Variables, Workspace, buffer_of,
};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Competition, Output, Similarity};
use hebb_core::rule::{Decay, Expr, Lowering, State, Statistic, Unary};

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
        let variables = Variables {
            activity: Some(&y),
            similarity: Some(&u),
            teacher: Some((&teacher, per)),
            states: Some(&states),
        };
        for expr in formulas() {
            let mut out = self.output(dims.len())?;
            self.backend.map(&expr, dims, variables, &mut out)?;
            self.keep(&out)?;
        }
        let scale = self.input(dims.rows)?;
        let mut target = self.input(dims.len())?;
        self.backend.multiply(dims.len(), &y, &mut target)?;
        self.backend.scale_rows(dims, &scale, &mut target)?;
        self.backend.add_scaled_rows(dims, &scale, &u, &mut target)?;
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
    let state = |of, statistic| State {
        name: "s",
        initial: 0.0,
        of,
        statistic,
    };
    let (batch, running) = (Statistic::Batch, Statistic::Running { rate: 0.5 });
    let factor = (Expr::Activity - Expr::State(1)) * (Expr::Teacher + Expr::State(0));
    let decay = Decay::Diagonal(Expr::Activity * (Expr::Similarity + Expr::State(0)));
    let with_states = |first, second| {
        Lowering::new(factor.clone())
            .with_decay(decay.clone())
            .with_state(state(Expr::Similarity * Expr::Similarity, first))
            .with_state(state(Expr::Activity + Expr::Teacher, second))
    };
    [
        with_states(running, batch),
        with_states(batch, running),
        (0..MANY).fold(Lowering::new(Expr::Activity), |rule, _| {
            rule.with_state(state(Expr::Similarity, running))
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
fn formulas() -> Vec<Expr> {
    let (y, u) = (|| Expr::Activity, || Expr::Similarity);
    let positive = || y().apply(Unary::Abs) + 0.5.into();
    vec![
        y(),
        (y() - u() * Expr::State(1)) * (Expr::Teacher + Expr::State(0)),
        u().apply(Unary::Sign) + u().positive() - (-y()).apply(Unary::Tanh),
        y().apply(Unary::Exp).max(u()) * positive().apply(Unary::Sqrt),
        positive().apply(Unary::Recip).pow(y() + (u() + (y() + u()))),
    ]
}
