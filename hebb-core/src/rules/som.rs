use crate::error::Result;
use crate::plan::{Competition, Grid, Kernel, Similarity};
use crate::rule::{
    Decay, Default, Differentiable, Expr, Law, Lowering, ParamInfo, Params, Rule, RuleInfo, Sample, Setting,
};

/// The self-organising map: Δw_i = |h_i| (sgn(h_i) x − w_i), with h the winner's neighbourhood on a grid of units.
///
/// Units that a signed neighbourhood repels move to the mirrored patch.
///
/// Source: Kohonen 1982, Biological Cybernetics 43.
#[derive(Clone, Copy, Debug)]
pub struct Som {
    dimensions: usize,
    kernel: Kernel,
    sigma: f32,
    shrink: f32,
}

impl Rule for Som {
    const INFO: RuleInfo = RuleInfo {
        name: "som",
        summary: "The self-organising map: the winner and its neighbours on a grid move to the patch.",
        formula: "|h_i| (sgn(h_i) x - w_i), h the neighbourhood of the winner",
        surrogate: "-sg[h_i] (w_i.x) + 1/2 sg[|h_i|] |w_i|^2",
        paper: "Kohonen 1982, Biological Cybernetics 43",
        params: &[
            ParamInfo {
                name: "dimensions",
                default: Default::Number {
                    value: 2.0,
                    min: 1.0,
                    max: 3.0,
                },
                meaning: "of the grid, a whole number",
            },
            ParamInfo {
                name: "kernel",
                default: Default::Choice {
                    value: "gauss",
                    choices: &[
                        "gauss",
                        "difference-of-gaussians",
                        "exponential",
                        "difference-of-exponentials",
                    ],
                },
                meaning: "the neighbourhood's shape",
            },
            ParamInfo {
                name: "sigma",
                default: Default::Number {
                    value: 1.0,
                    min: 1e-3,
                    max: 1e6,
                },
                meaning: "the neighbourhood's width in steps of the grid",
            },
            ParamInfo {
                name: "shrink",
                default: Default::Number {
                    value: 0.1,
                    min: 1e-6,
                    max: 1.0,
                },
                meaning: "the width at the end of training as a share of the width at its start",
            },
        ],
        laws: &[
            Law::PatchOrder,
            Law::ChannelPermutation,
            Law::UnitPermutation,
            Law::Additive,
            Law::SilentUnitsRest,
            Law::RestsAtMean,
        ],
        deviations: "Lagani's code measures distance by the largest gap along an axis, takes sqrt(2) sigma for the second \
                     Gaussian of the difference, and weighs its mean by |h| once more, that is by h^2.",
    };

    fn from_params(params: &Params) -> Result<Self> {
        params.check(&Self::INFO)?;
        Ok(Self {
            dimensions: params.whole(&Self::INFO, "dimensions")?,
            kernel: match params.word(&Self::INFO, "kernel")?.as_str() {
                "difference-of-gaussians" => Kernel::DifferenceOfGaussians,
                "exponential" => Kernel::Exponential,
                "difference-of-exponentials" => Kernel::DifferenceOfExponentials,
                _ => Kernel::Gauss,
            },
            sigma: params.number(&Self::INFO, "sigma")? as f32,
            shrink: params.number(&Self::INFO, "shrink")? as f32,
        })
    }

    fn lower(&self) -> Lowering {
        Lowering::new(Expr::Activity).with_decay(Decay::magnitude())
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let h = sample.activity[i];
            D::constant(0.5 * h.abs()) * sample.norm_squared(i) - D::constant(h) * sample.dot(i)
        })
    }

    fn setting(&self, units: usize) -> Setting {
        Setting {
            similarity: Similarity::Nearest,
            competition: Competition::Lateral {
                grid: Grid::nearly_cubic(units, self.dimensions),
                kernel: self.kernel,
                sigma: self.sigma,
                shrink: self.shrink,
            },
            ..Setting::default()
        }
    }
}
