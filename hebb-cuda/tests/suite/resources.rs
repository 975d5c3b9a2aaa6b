//! Resources of a pass: allocations, copies and launches; leaks after the backend is dropped.

use hebb_core::backend::{
    Backend, Contraction, Dims, Gemm, LayerPlan, Learned, Operands, PassInput, Step, Sums, Workspace,
    buffer_of,
};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Competition, Constraint, Output, Pool, PoolKind, Reduction, Similarity, UnitRate};
use hebb_core::rule::Params;
use hebb_core::{Error, rules};
use hebb_cuda::{CudaBackend, CudaBuffer, CudaError, CudaOptions, KernelImage, Precision};
use hebb_mock_gpu::GpuSession;

use crate::support::{assert_clean, backend};

const IMAGES: usize = 2;

fn plan() -> LayerPlan {
    LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(3, 8, 8), Window::square(3)).unwrap(),
        units: 12,
        similarity: Similarity::Dot,
        competition: Competition::KWta {
            k: 1,
            values: false,
            positive: false,
        },
        lowering: rules::build("instar", &Params::default()).unwrap().lower(),
        output: Output::Triangle { power: 1.0 },
        pool: Some(Pool::tiled(PoolKind::Average, 2)),
    }
}

/// A layer and everything that a training step of it touches.
struct Layer {
    plan: LayerPlan,
    input: CudaBuffer,
    weights: CudaBuffer,
    output: CudaBuffer,
    delta: CudaBuffer,
    sums: Sums<CudaBackend>,
    workspace: Workspace<CudaBackend>,
}

impl Layer {
    fn new(backend: &CudaBackend) -> Self {
        let plan = plan();
        let values = |len: usize| {
            (0..len)
                .map(|i| (i * 37 % 101) as f32 / 101.0 - 0.5)
                .collect::<Vec<_>>()
        };
        let input = buffer_of(backend, &values(IMAGES * plan.geometry.input().len())).unwrap();
        let weights = buffer_of(backend, &values(plan.weights())).unwrap();
        let output = backend
            .zeros(IMAGES * plan.output_shape().unwrap().len())
            .unwrap();
        let delta = backend.zeros(plan.weights()).unwrap();
        let sums = Sums::new(backend, &plan).unwrap();
        Self {
            plan,
            input,
            weights,
            output,
            delta,
            sums,
            workspace: Workspace::default(),
        }
    }

    /// A batch forward, its update, and the next weights.
    fn train(&mut self, backend: &CudaBackend) {
        let Self {
            plan,
            input,
            weights,
            output,
            delta,
            sums,
            workspace,
        } = self;
        let batch = PassInput {
            plan,
            images: IMAGES,
            values: input,
            operands: Operands::of(weights),
        };
        backend.pass(batch, Some(sums), Some(output), workspace).unwrap();
        let step = Step {
            rate: 0.1,
            unit_rate: UnitRate::Same,
            constraint: Constraint::UnitNorm,
        };
        let contraction = Contraction {
            plan,
            reduction: Reduction::Mean,
            sums,
            mask: None,
        };
        let learned = Learned { weights, delta };
        backend.learn(contraction, &step, learned, workspace).unwrap();
    }
}

#[test]
fn a_training_step_neither_allocates_nor_copies_after_the_first() {
    let session = GpuSession::start();
    let backend = backend(&session);
    let mut layer = Layer::new(&backend);
    layer.train(&backend);
    session.reset();
    layer.train(&backend);
    let counts = session.counts();
    assert_eq!(
        (counts.allocations, counts.copies_up, counts.copies_down),
        (0, 0, 0),
        "{counts:?}"
    );
    assert_eq!(counts.products, 2, "{counts:?}");
    assert_clean(&session);
}

#[test]
fn a_training_step_is_this_sequence_of_work() {
    let session = GpuSession::start();
    let backend = backend(&session);
    let mut layer = Layer::new(&backend);
    layer.train(&backend);
    session.reset();
    layer.train(&backend);
    let expected: Vec<&str> = [
        // Forward.
        &["im2col", "gemm", "hard_wta"][..],
        // The sums of |y|, of y > 0 and of decay; the product of y with the patches; the output.
        &["statistics", "update_totals", "gemm", "triangle", "pool"],
        // From the sums to the update and the weights.
        &["hebbian_step"],
    ]
    .concat();
    let trace = session.trace();
    let done: Vec<&str> = trace
        .iter()
        .map(|line| line.strip_prefix("launch ").unwrap_or(line))
        .map(first_word)
        .collect();
    assert_eq!(done, expected);
    assert_clean(&session);
}

fn first_word(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

#[test]
fn a_dropped_backend_leaves_nothing_behind() {
    let session = GpuSession::start();
    let gpu = backend(&session);
    let mut layer = Layer::new(&gpu);
    layer.train(&gpu);
    let counts = session.counts();
    assert!(
        counts.live_allocations > 0 && counts.live_streams == 2 && counts.live_modules == 1,
        "{counts:?}"
    );
    drop(layer);
    drop(gpu);
    let counts = session.counts();
    let live = [
        counts.live_allocations,
        counts.live_bytes,
        counts.live_streams,
        counts.live_events,
        counts.live_pinned,
        counts.live_modules,
    ];
    assert_eq!(live, [0; 6], "{counts:?}");
    assert_clean(&session);
}

#[test]
fn memory_that_cannot_be_had_is_an_error() {
    let session = GpuSession::start();
    let backend = backend(&session);
    session.limit_memory(1 << 20);
    let error = backend.zeros(1 << 20).unwrap_err();
    assert!(
        matches!(
            error,
            Error::OutOfMemory {
                backend: "cuda",
                bytes: 4_194_304
            }
        ),
        "{error}"
    );
    assert!(backend.zeros(1 << 10).is_ok());
    assert_clean(&session);
}

#[test]
fn a_device_that_does_not_exist_is_named() {
    let _session = GpuSession::start();
    let error = CudaBackend::with_options(
        3,
        &CudaOptions {
            image: KernelImage::Embedded,
            ..CudaOptions::default()
        },
    );
    let error = error.unwrap_err();
    assert!(matches!(error, CudaError::NoDevice { ordinal: 3, count: 1 }));
    assert_eq!(
        error.to_string(),
        "there is no CUDA device 3; the driver sees 1, numbered from 0"
    );
}

#[test]
fn precisions_round_the_operands_of_products() {
    let session = GpuSession::start();
    let product = |precision| {
        let options = CudaOptions {
            image: KernelImage::Embedded,
            precision,
            ..CudaOptions::default()
        };
        let backend = CudaBackend::with_options(0, &options).unwrap();
        let a = buffer_of(&backend, &[1.0 + 2f32.powi(-9) + f32::EPSILON]).unwrap();
        let one = buffer_of(&backend, &[1.0]).unwrap();
        let mut c = backend.zeros(1).unwrap();
        backend.gemm(Gemm::new(1, 1, 1), &a, &one, &mut c).unwrap();
        hebb_core::backend::host_of(&backend, &c, 1).unwrap()[0]
    };
    let [f32, tf32, bf16] = [Precision::F32, Precision::Tf32, Precision::Bf16].map(product);
    assert_eq!(f32, 1.0 + 2f32.powi(-9) + f32::EPSILON);
    assert_eq!((tf32, bf16), (1.0 + 2f32.powi(-9), 1.0));
    assert_clean(&session);
}

#[test]
fn the_description_names_device_and_image() {
    let session = GpuSession::start();
    let description = backend(&session).description();
    assert_eq!(
        description,
        "PTX interpreter (compute capability 8.0), kernels: embedded PTX"
    );
}

#[test]
fn operands_beyond_what_a_kernel_counts_are_refused() {
    let session = GpuSession::start();
    let backend = backend(&session);
    let mut x = backend.zeros(4).unwrap();
    let error = backend.standardize_rows(Dims::new(0, 1 << 33), 0.0, &mut x);
    assert!(error.is_ok());
    let error = backend
        .row_norms_squared(Dims::new(0, 1 << 33), &backend.zeros(1).unwrap(), &mut x)
        .unwrap_err();
    assert!(
        error.to_string().contains("a row has 8589934592 values"),
        "{error}"
    );
}
