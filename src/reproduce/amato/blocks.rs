//! The networks of the table: convolutions 96×5, 128×3, 192×3 and 256×3 with pooling after the first and the third, dense
//! layers of 300 and 10 units, batch norm after each but the last.

use hebb_core::backprop::OpConfig;
use hebb_core::layer::{LayerConfig, Normalize, Pair, RuleChoice, Schedule};
use hebb_core::network::LayerSpec;
use hebb_core::plan::{Competition, Neighbourhood, Output, Pool, PoolKind, Reduction, Similarity, UnitGrid};
use hebb_core::rule::Params;
use hebb_data::augment::{Affine, AugmentSpec, ColorJitter, Resize};

/// A layer below the classifier.
#[derive(Clone, Copy, Debug)]
struct Block {
    units: usize,
    /// The side of the kernels; none for a dense layer.
    kernel: Option<usize>,
    /// 2×2 max pooling follows.
    pooled: bool,
    /// In a Hebbian network, the units of each class; a teacher says which compete, and the units left over always do.
    per_class: Option<usize>,
}

const fn block(units: usize, kernel: Option<usize>, pooled: bool, per_class: Option<usize>) -> Block {
    Block {
        units,
        kernel,
        pooled,
        per_class,
    }
}

const BASE: [Block; 5] = [
    block(96, Some(5), true, None),
    block(128, Some(3), false, Some(8)),
    block(192, Some(3), true, Some(16)),
    block(256, Some(3), false, Some(24)),
    block(300, None, false, Some(28)),
];

const CLASSES: usize = 10;

/// A network of the table, or the part above layers that are taken.
#[derive(Clone, Debug)]
pub(super) struct BlockNetwork {
    hebbian: bool,
    blocks: Vec<Block>,
    /// Convolutions and dense layers have a bias.
    bias: bool,
    /// Batch norm comes before the activation.
    norm_first: bool,
    /// The first layer is a self-organising map.
    map: bool,
}

impl BlockNetwork {
    /// From the column `network`, such as `bp-top2` or `hebb-model1_som`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (family, name) = name.split_once('-')?;
        let (shape, variant) = name.split_once('_').unwrap_or((name, ""));
        let count = |prefix: &str| shape.strip_prefix(prefix)?.parse::<usize>().ok();
        let blocks = match shape {
            "model" => BASE.to_vec(),
            "fc" => Vec::new(),
            "triplefc" if variant == "bw" => vec![BASE[4]; 2],
            "triplefc" => vec![block(300, None, false, None); 2],
            _ => match (count("model"), count("top")) {
                (Some(depth), _) => BASE.get(..depth)?.to_vec(),
                (_, Some(below)) => BASE.get(below..)?.to_vec(),
                _ => return None,
            },
        };
        let known = ["", "no_bias", "bn_before_relu", "som", "bw"].contains(&variant);
        known.then_some(Self {
            hebbian: family == "hebb",
            blocks,
            bias: variant != "no_bias",
            norm_first: variant == "bn_before_relu",
            map: variant == "som",
        })
    }

    /// The layers, the classifier last.
    pub(super) fn layers(&self) -> Vec<LayerSpec> {
        let blocks = self.blocks.iter();
        if self.hebbian {
            let hidden = blocks.map(|block| self.hebbian_block(*block).into());
            hidden.chain([classifier().into()]).collect()
        } else {
            let hidden = blocks.map(|block| self.sgd_block(*block).into());
            hidden.chain([self.sgd_classifier().into()]).collect()
        }
    }

    fn sgd_block(&self, block: Block) -> Vec<OpConfig> {
        let (units, bias) = (block.units, self.bias);
        let product = match block.kernel {
            None => OpConfig::Dense { units, bias },
            Some(kernel) => OpConfig::Conv {
                units,
                kernel,
                stride: 1,
                padding: 0,
                bias,
            },
        };
        let pool = block
            .pooled
            .then_some(OpConfig::Pool(Pool::tiled(PoolKind::Max, 2)));
        let norm = OpConfig::batch_norm();
        let mut ops = vec![product];
        match self.norm_first {
            true => ops.extend([norm, OpConfig::Relu].into_iter().chain(pool)),
            false => ops.extend([OpConfig::Relu].into_iter().chain(pool).chain([norm])),
        }
        ops
    }

    /// A dense layer behind dropout; on taken layers alone there is none, as in the authors' code.
    fn sgd_classifier(&self) -> Vec<OpConfig> {
        let dense = OpConfig::Dense {
            units: CLASSES,
            bias: self.bias,
        };
        let dropout = (!self.blocks.is_empty()).then_some(OpConfig::Dropout { rate: 0.5 });
        dropout.into_iter().chain([dense]).collect()
    }

    /// Competition on ((cos + 1)/2)², the winner moving by the weighted mean; the clipped cosine goes on.
    fn hebbian_block(&self, block: Block) -> LayerConfig {
        let rule = match block.per_class {
            Some(_) => RuleChoice::with_params("supervised", Params::default().with("gate", "clamp")),
            None => RuleChoice::named("hard-wta"),
        };
        let layer = LayerConfig {
            kernel: block.kernel.map(|side| Pair([side; 2])),
            units_per_class: block.per_class,
            competition: Some(Competition::HardWta),
            output: Output::ClippedCosine,
            pool: block.pooled.then_some(Pool::tiled(PoolKind::Max, 2)),
            output_normalize: Normalize::BatchNorm { momentum: 0.1 },
            ..learning(block.units, rule)
        };
        if self.map { self_organising(layer) } else { layer }
    }
}

/// A map of 8×12 units. Its width of 5 and its rate of 0.1 fall with each batch, to 5^(−n/1000) of the width and e^(−n/1000)
/// of the rate after n; there are 1250 in two epochs.
fn self_organising(layer: LayerConfig) -> LayerConfig {
    LayerConfig {
        rule: RuleChoice::named("som"),
        competition: Some(Competition::Lateral {
            grid: UnitGrid([1, 8, 12]),
            kernel: Neighbourhood::Gauss,
            sigma: 5.0,
            shrink: 0.134,
        }),
        learning_rate: Schedule::Exponential {
            rate: 0.1,
            factor: 0.999,
        },
        ..layer
    }
}

/// The dense layer that the teacher signal clamps.
fn classifier() -> LayerConfig {
    LayerConfig {
        output: Output::Raw,
        ..learning(CLASSES, RuleChoice::named("supervised"))
    }
}

/// The settings of every Hebbian layer: η = 0.1, the weighted mean, and the initial weights of SGD layers.
fn learning(units: usize, rule: RuleChoice) -> LayerConfig {
    LayerConfig {
        similarity: Some(Similarity::RaisedCosine { power: 2.0 }),
        rule,
        reduction: Some(Reduction::WeightedMean),
        learning_rate: Schedule::Constant { rate: 0.1 },
        // The deviation of values uniform within ±1/√K.
        init_scale: Some(0.577),
        ..LayerConfig::dense(units)
    }
}

/// The augmentation of the runs of 100 epochs; [`AugmentSpec`] gives the source of the numbers.
pub(super) fn augmentation() -> AugmentSpec {
    let colors = ColorJitter {
        probability: 0.5,
        brightness: 0.1,
        contrast: 0.1,
        saturation: 0.1,
        hue: 0.0556,
    };
    let saturation = ColorJitter {
        probability: 0.5,
        saturation: 1.0,
        ..ColorJitter::default()
    };
    AugmentSpec {
        mirror: 0.5,
        crop_padding: 4,
        crop_probability: 0.5,
        jitter: vec![colors, saturation],
        resize: Some(Resize {
            probability: 0.3,
            share: 0.125,
        }),
        affine: Some(Affine {
            probability: 0.3,
            degrees: 10.0,
            shear: 10.0,
            ..Affine::default()
        }),
    }
}
