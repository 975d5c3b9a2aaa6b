//! Small calls that reach every line of a kernel file, at sizes that are no multiple of a warp or block.
//!
//! Buffers are as long as needed and no longer, results start as NaN, and scores have ties.

use hebb_core::backend::{Backend, Dims, Gemm, Operands, Sums, Variables, Workspace, buffer_of, host_of};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Competition, Grid, Kernel as Neighbours, LayerPlan, Output, Similarity};
use hebb_core::rule::{Decay, Expr, Lowering, State, Statistic, Unary};
use hebb_core::testing::choices;
use hebb_core::{RefBackend, Result};

/// Rows and columns: one, below and above a warp and more rows than a block has warps, above a block, many rows.
const DIMS: [Dims; STEPS] = [
    Dims::new(1, 1),
    Dims::new(9, 31),
    Dims::new(3, 33),
    Dims::new(2, 270),
    Dims::new(530, 3),
];

/// How many steps the probes of a file have.
pub(super) const STEPS: usize = 5;

/// The results of a step of a file's probes, one after the other.
pub(super) fn run<B: Backend>(backend: &B, file: &str, step: usize) -> Result<Vec<f32>> {
    let mut probe = Probe {
        backend,
        results: Vec::new(),
    };
    let dims = DIMS[step];
    let of = |name: &str| file == "prelude.cu" || file == name;
    if of("elementwise.cu") {
        probe.elements(dims)?;
    }
    if of("similarity.cu") {
        probe.similarities(dims)?;
    }
    if of("rows.cu") {
        probe.rows(dims)?;
    }
    if of("columns.cu") {
        probe.columns(dims)?;
    }
    if of("competition.cu") || of("ranking.cu") {
        probe.compete(dims, &choosing(dims.cols))?;
    }
    if of("soft.cu") {
        probe.compete(dims, &grading())?;
    }
    if of("lateral.cu") {
        probe.compete(dims, &lateral(dims.cols))?;
    }
    if of("formula.cu") {
        probe.formulas(dims)?;
    }
    if of("largest.cu") {
        let len = if step == 0 { MANY_CHUNKS } else { dims.len() };
        probe.largest(len)?;
    }
    if of("statistics.cu") {
        probe.statistics(dims)?;
    }
    if step == 0 && (of("patches.cu") || of("pooling.cu")) {
        probe.images()?;
    }
    Ok(probe.results)
}

/// Competitions of `competition.cu`.
fn choosing(units: usize) -> Vec<Competition> {
    let ranked = [2, units / 2, units].into_iter().filter(|k| *k >= 2);
    let ranked = ranked.map(|k| Competition::RankCoded { k, delta: 0.4 });
    let plain = choices::competitions(units).into_iter();
    let plain = plain.filter(|kind| matches!(kind, Competition::HardWta | Competition::KWta { .. }));
    // With scores that are finely and coarsely spaced, so that the largest of a row is sometimes zero.
    let positive = [Competition::KWta {
        k: 1,
        values: false,
        positive: true,
    }; 2];
    plain.chain(ranked).chain(positive).collect()
}

/// Competitions of `soft.cu`.
fn grading() -> Vec<Competition> {
    vec![
        Competition::SignedSoftWta { beta: 0.5 },
        Competition::WinnerResidual { beta: 1.0 },
        Competition::SoftWta { beta: 100.0 },
    ]
}

/// Competitions of `lateral.cu`.
fn lateral(units: usize) -> Vec<Competition> {
    let shapes = [
        Neighbours::Gauss,
        Neighbours::DifferenceOfGaussians,
        Neighbours::Exponential,
        Neighbours::DifferenceOfExponentials,
    ];
    let sides = if units.is_multiple_of(3) {
        [units / 3, 3, 1]
    } else {
        [1, 1, units]
    };
    let grids = [sides, [sides[1], 1, sides[0]], [units / 30, 5, 6]].map(Grid);
    let grids = grids.into_iter().filter(|grid| grid.units() == Some(units));
    let of = |grid| {
        shapes.map(|kernel| Competition::Lateral {
            grid,
            kernel,
            sigma: 2.0,
            shrink: 1.0,
        })
    };
    grids.flat_map(of).collect()
}

struct Probe<'a, B: Backend> {
    backend: &'a B,
    results: Vec<f32>,
}

/// Values in [-2, 2]; coarse ones tie often and have zeros of both signs.
fn values(len: usize, coarse: bool) -> Vec<f32> {
    let mut state = 12_345u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 4_194_304.0 - 2.0
    };
    let round = |value: f32| {
        if coarse {
            (2.0 * value).round() / 2.0
        } else {
            value
        }
    };
    (0..len).map(|_| round(next())).collect()
}

impl<B: Backend> Probe<'_, B> {
    fn input(&self, len: usize) -> Result<B::Buffer> {
        buffer_of(self.backend, &values(len, false))
    }

    fn output(&self, len: usize) -> Result<B::Buffer> {
        buffer_of(self.backend, &vec![f32::NAN; len])
    }

    fn keep(&mut self, buffer: &B::Buffer) -> Result<()> {
        let values = host_of(self.backend, buffer, self.backend.len(buffer))?;
        self.results.extend(values);
        Ok(())
    }

    fn elements(&mut self, dims: Dims) -> Result<()> {
        let (backend, len) = (self.backend, dims.len());
        let (factor, scale, x) = (self.input(len)?, self.input(dims.rows)?, self.input(len)?);
        let mut y = self.input(len)?;
        backend.multiply(len, &factor, &mut y)?;
        backend.scale_rows(dims, &scale, &mut y)?;
        backend.add_scaled_rows(dims, &scale, &x, &mut y)?;
        backend.gemm(
            Gemm::new(dims.rows, dims.cols, 0).scaled(1.0, 0.5),
            &x,
            &x,
            &mut y,
        )?;
        self.keep(&y)?;
        let mut square = self.input(dims.rows.min(40).pow(2))?;
        backend.lower_triangle(dims.rows.min(40), &mut square)?;
        self.keep(&square)?;
        let thresholds = self.input(dims.cols)?;
        for thresholds in [None, Some(&thresholds)] {
            let mut out = self.output(len)?;
            backend.compete(&Competition::None, dims, &x, thresholds, &mut out)?;
            self.keep(&out)?;
        }
        let mut out = self.output(len)?;
        backend.activate(&Output::Relu, dims, &x, None, &factor, &mut out)?;
        self.keep(&out)
    }

    fn similarities(&mut self, dims: Dims) -> Result<()> {
        for kind in choices::similarities() {
            let [mut patch_norms, mut unit_norms] = [dims.rows, dims.cols].map(|len| values(len, false));
            patch_norms
                .iter_mut()
                .chain(&mut unit_norms)
                .for_each(|norm| *norm = norm.abs() + 3.0);
            let patch_norms = buffer_of(self.backend, &patch_norms)?;
            let unit_norms = buffer_of(self.backend, &unit_norms)?;
            let mut dots = self.input(dims.len())?;
            self.backend
                .similarity(kind, dims, &patch_norms, &unit_norms, &mut dots)?;
            if kind != Similarity::Dot {
                self.keep(&dots)?;
            }
        }
        Ok(())
    }

    fn rows(&mut self, dims: Dims) -> Result<()> {
        let (backend, x) = (self.backend, self.input(dims.len())?);
        let mut norms = self.output(dims.rows)?;
        backend.row_norms_squared(dims, &x, &mut norms)?;
        self.keep(&norms)?;
        let (mut normalized, mut standardized) = (self.input(dims.len())?, self.input(dims.len())?);
        backend.normalize_rows(dims, 0.1, &mut normalized)?;
        backend.standardize_rows(dims, 0.1, &mut standardized)?;
        self.keep(&normalized)?;
        self.keep(&standardized)?;
        let thresholds = self.input(dims.cols)?;
        for (power, thresholds) in [(1.0, None), (0.7, Some(&thresholds))] {
            let mut out = self.output(dims.len())?;
            backend.activate(&Output::Triangle { power }, dims, &x, thresholds, &x, &mut out)?;
            self.keep(&out)?;
        }
        Ok(())
    }

    fn columns(&mut self, dims: Dims) -> Result<()> {
        let (x, mut sums) = (self.input(dims.len())?, self.output(dims.cols)?);
        self.backend.column_sums(dims, &x, &mut sums)?;
        self.keep(&sums)
    }

    /// The largest value at each place in turn, so that none may be left out.
    fn largest(&mut self, len: usize) -> Result<()> {
        for place in (0..len).step_by((len / 7).max(1)).chain([len - 1]) {
            let mut x = values(len, false);
            x[place] = -9.0;
            let (x, mut largest) = (buffer_of(self.backend, &x)?, self.output(1)?);
            self.backend.largest_size(len, &x, &mut largest)?;
            self.keep(&largest)?;
        }
        Ok(())
    }

    fn compete(&mut self, dims: Dims, kinds: &[Competition]) -> Result<()> {
        let thresholds = buffer_of(self.backend, &values(dims.cols, true))?;
        for (index, kind) in kinds.iter().enumerate() {
            let u = buffer_of(self.backend, &values(dims.len(), index % 2 == 0))?;
            let mut y = self.output(dims.len())?;
            let thresholds = (index % 3 == 0).then_some(&thresholds);
            self.backend.compete(kind, dims, &u, thresholds, &mut y)?;
            self.keep(&y)?;
        }
        Ok(())
    }

    fn formulas(&mut self, dims: Dims) -> Result<()> {
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
        Ok(())
    }

    /// Updates of rules with and without states, former states and decay.
    fn statistics(&mut self, dims: Dims) -> Result<()> {
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
            backend.pass(
                &plan,
                images,
                &input,
                operands,
                Some(&mut sums),
                None,
                &mut workspace,
            )?;
            for found in [&sums.hebb, &sums.decay, &sums.weight, &sums.active, &sums.states] {
                self.keep(found)?;
            }
        }
        Ok(())
    }

    fn images(&mut self) -> Result<()> {
        for conv in choices::geometries() {
            let input = self.input(2 * conv.input().len())?;
            let mut patches = self.output(2 * conv.positions() * conv.patch_len())?;
            self.backend.im2col(&conv, 2, &input, &mut patches)?;
            self.keep(&patches)?;
        }
        for pool in choices::pools() {
            let shape = ImageShape::new(3, 5, 7);
            let mut x = values(2 * shape.len(), false);
            x.iter_mut().for_each(|value| *value -= 3.0);
            let x = buffer_of(self.backend, &x)?;
            let mut out = self.output(2 * pool.output(shape)?.len())?;
            self.backend.pool(&pool, 2, shape, &x, &mut out)?;
            self.keep(&out)?;
        }
        Ok(())
    }
}

/// Values that make more chunks than a block has threads.
const MANY_CHUNKS: usize = 75_001;

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
fn plan(lowering: Lowering, positions: usize, units: usize) -> Result<LayerPlan> {
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

#[test]
fn probes_are_finite_on_the_reference() {
    for (file, _) in crate::kernel::SOURCES {
        for step in 0..STEPS {
            let results = run(&RefBackend, file, step).unwrap();
            assert!(results.iter().all(|value| value.is_finite()), "{file}");
        }
    }
}
