//! The sequence of launches, products and copies of a training step.

use hebb_core::backend::LayerPlan;
use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Normalize};
use hebb_core::plan::{Competition, Output, Reduction};
use hebb_core::rule::{Decay, SIMILARITY, u, y};
use hebb_core::{Error, Result};

use super::Work;
use crate::shapes::Chunks;

/// Size of `values` f32 values in bytes.
fn bytes(values: usize) -> u64 {
    4 * values as u64
}

/// Memory-bound work.
fn moved(name: &'static str, read: usize, written: usize) -> Work {
    Work {
        name,
        read: bytes(read),
        written: bytes(written),
        operations: 0,
    }
}

/// C (m×n) = A (m×k) · B (k×n).
fn product(m: usize, n: usize, k: usize) -> Work {
    Work {
        operations: 2 * (m * n * k) as u64,
        ..moved("gemm", m * k + k * n, m * n)
    }
}

/// The copy on the device that moves an uploaded batch from the stage to its buffer.
pub fn upload(input: ImageShape, images: usize) -> Work {
    moved("copy", images * input.len(), images * input.len())
}

/// The work of the device in a training step of a layer on a batch of images of shape `input`, in order.
///
/// # Errors
/// [`Error::Incompatible`] for a layer that the model does not know, or a configuration that does not fit.
pub fn training_step(config: &LayerConfig, input: ImageShape, images: usize) -> Result<Vec<Work>> {
    let plan = config.plan(input)?;
    let reduction = config.setting()?.reduction;
    known(config, &plan)?;
    let layer = Layer {
        rows: plan.patches(images),
        units: plan.units,
        patch_len: plan.geometry.patch_len(),
        thresholds: if config.adapts_thresholds() { plan.units } else { 0 },
        pruned: config.prune > 0.0,
        reduction,
        plan: &plan,
        images,
    };
    let normalized = normalized(config.normalize, images * input.positions(), input);
    let parts = [
        normalized,
        layer.forward(),
        layer.sums(),
        layer.output(),
        layer.step(),
    ];
    Ok(parts.concat())
}

/// Refuses layers that the sequence below does not model.
fn known(config: &LayerConfig, plan: &LayerPlan) -> Result<()> {
    let refused = [
        ("a rule with states", plan.lowering.states.is_empty()),
        (
            "a decay that is no number for each unit",
            matches!(plan.lowering.decay, Decay::Diagonal(_)),
        ),
        ("a teacher", !plan.lowering.needs_teacher()),
        ("a p-norm", plan.similarity.weight().is_none()),
        (
            "an output but triangle and relu",
            matches!(plan.output, Output::Triangle { .. } | Output::Relu),
        ),
        (
            "a homeostat but thresholds",
            config.conscience.is_none()
                && !config.random_abstention
                && config.synaptic_scaling.is_none()
                && config.reseed.is_none(),
        ),
    ];
    match refused.into_iter().find(|(_, fits)| !fits) {
        None => Ok(()),
        Some((what, _)) => Err(Error::Incompatible {
            first: what.to_owned(),
            second: "the model of costs".to_owned(),
            reason: "it knows the layers of the published networks alone".to_owned(),
        }),
    }
}

fn chunks(rows: usize) -> usize {
    Chunks::of(rows).map_or(0, |chunks| chunks.count as usize)
}

/// The two stages of a sum over rows.
fn column_sums(rows: usize, cols: usize) -> [Work; 2] {
    let partials = chunks(rows) * cols;
    [
        moved("column_sums_of_chunks", rows * cols, partials),
        moved("column_sums_of_partials", partials, cols),
    ]
}

/// Normalisation of the input, `pixels` in all.
fn normalized(kind: Normalize, pixels: usize, input: ImageShape) -> Vec<Work> {
    let (channels, values) = (input.channels, pixels * input.channels);
    match kind {
        Normalize::None => Vec::new(),
        Normalize::Standardize => vec![
            moved("copy", values, values),
            moved("standardize_rows", values, values),
        ],
        Normalize::BatchNorm { .. } => {
            let [chunks, partials] = column_sums(pixels, channels);
            let follow = moved("formula", 2 * channels, channels);
            vec![
                // The mean, then that of the squared distances from it.
                chunks,
                partials,
                Work {
                    name: "statistics",
                    read: chunks.read + bytes(channels),
                    ..chunks
                },
                partials,
                // The running mean and variance.
                follow,
                follow,
                moved("batch_norm", values + 4 * channels, values),
            ]
        }
    }
}

struct Layer<'a> {
    plan: &'a LayerPlan,
    images: usize,
    rows: usize,
    units: usize,
    patch_len: usize,
    /// Thresholds that a competition reads.
    thresholds: usize,
    pruned: bool,
    reduction: Reduction,
}

impl Layer<'_> {
    fn responses(&self) -> usize {
        self.rows * self.units
    }

    fn weights(&self) -> usize {
        self.units * self.patch_len
    }

    /// From the input to u and y.
    fn forward(&self) -> Vec<Work> {
        let (rows, units, similarity) = (self.rows, self.units, &self.plan.similarity);
        let (patches, responses) = (rows * self.patch_len, self.responses());
        let mut work = vec![
            moved("im2col", self.images * self.plan.geometry.input().len(), patches),
            product(rows, units, self.patch_len),
        ];
        let mut norms = 0;
        if similarity.needs_patch_norms() {
            work.push(moved("row_norms_squared", patches, rows));
            norms += rows;
        }
        if similarity.needs_unit_norms() {
            work.push(moved("row_norms_squared", self.weights(), units));
            norms += units;
            work.push(moved("similarity", responses + norms, responses));
        }
        work.push(moved(self.competition(), responses + self.thresholds, responses));
        work
    }

    /// The kernel of the competition.
    fn competition(&self) -> &'static str {
        match self.plan.competition {
            Competition::None => "scores",
            Competition::HardWta | Competition::KWta { k: 1, .. } => "hard_wta",
            Competition::KWta { .. } => "k_wta",
            Competition::RankCoded { .. } => "rank_coded",
            Competition::Lateral { .. } => "lateral",
            _ => "soft_wta",
        }
    }

    /// The sums of weight, of y > 0 and of decay, and Aᵀ X.
    fn sums(&self) -> Vec<Work> {
        let (lowering, responses) = (&self.plan.lowering, self.responses());
        let Decay::Diagonal(decay) = &lowering.decay else {
            return Vec::new();
        };
        let made = [y(), u()].contains(&lowering.factor);
        let mut formulas = vec![&lowering.weight, decay];
        if !made {
            formulas.push(&lowering.factor);
        }
        // y is read for the count of y > 0.
        let reads_u = formulas.iter().any(|formula| formula.names(SIMILARITY));
        let read = if reads_u { 2 * responses } else { responses };
        let (sums, kept) = (3 * self.units, if made { 0 } else { responses });
        let partials = chunks(self.rows) * sums;
        vec![
            moved("statistics", read, partials + kept),
            moved("update_totals", partials, sums),
            product(self.units, self.patch_len, self.rows),
        ]
    }

    /// From u to what is passed on.
    fn output(&self) -> Vec<Work> {
        let responses = self.responses();
        let mut work = vec![match self.plan.output {
            Output::Triangle { .. } => moved("triangle", responses + self.thresholds, responses),
            _ => moved("relu", responses, responses),
        }];
        work.extend(self.pooling());
        work
    }

    /// Pooling reads what its windows cover.
    fn pooling(&self) -> Option<Work> {
        let (pool, input) = (self.plan.pool?, self.plan.geometry.output(self.units));
        let output = pool.output(input).ok()?;
        let covered =
            |out: usize, size: usize| ((out - 1) * pool.stride + pool.size - pool.padding).min(size);
        let read = covered(output.height, input.height) * covered(output.width, input.width);
        Some(moved(
            "pool",
            self.images * read * self.units,
            self.images * output.len(),
        ))
    }

    /// From the sums to the next weights and thresholds.
    fn step(&self) -> Vec<Work> {
        let (units, weights) = (self.units, self.weights());
        let mask = if self.pruned { weights } else { 0 };
        // Sums, decay, mask, weights.
        let summed = 2 * weights + units + mask;
        let mut work = Vec::new();
        let scales = match self.reduction {
            Reduction::Sum | Reduction::Mean => 0,
            Reduction::WeightedMean => units,
            Reduction::MaxNormalized => {
                work.extend([
                    moved("largest_update", summed, units),
                    moved("largest_size", units, 1),
                ]);
                1
            }
        };
        work.push(moved("hebbian_step", summed + scales, 2 * weights));
        if self.thresholds > 0 {
            work.push(moved("formula", 2 * units, units));
        }
        work
    }
}
