//! The kernels: their names, source text and signatures.

mod signature;

pub(crate) use signature::{Kind, Signature};

/// Threads of every block; `BLOCK` in the kernels.
pub(crate) const BLOCK: u32 = 256;
/// Rows of a block that gives a warp to each.
pub(crate) const WARPS: u32 = BLOCK / 32;

/// PTX of all kernels for compute capability 7.0 and later, compiled by NVRTC 12.1 (see `ci.sh`).
pub(crate) const EMBEDDED_PTX: &str = include_str!("../../kernels/ptx/hebb.ptx");

/// Compiler options besides the architecture. Without contraction a kernel rounds as written.
pub(crate) const COMPILE_OPTIONS: [&str; 2] = ["--std=c++17", "--fmad=false"];

macro_rules! sources {
    ($($name:literal),*) => {
        /// File names and texts of the kernels, the shared prelude first.
        pub(crate) const SOURCES: &[(&str, &str)] =
            &[$((concat!($name, ".cu"), include_str!(concat!("../../kernels/", $name, ".cu")))),*];
    };
}

sources![
    "prelude",
    "elementwise",
    "similarity",
    "patches",
    "pooling",
    "adjoint",
    "rows",
    "columns",
    "largest",
    "ranking",
    "competition",
    "soft",
    "lateral",
    "formula",
    "statistics",
    "step",
    "entropy",
    "batch_norm",
    "uniform"
];

/// The program that NVRTC compiles: all files in order, so that messages name file and line.
pub(crate) fn source() -> String {
    SOURCES.iter().map(|(name, text)| file(name, text)).collect()
}

/// One file of the program.
pub(crate) fn file(name: &str, text: &str) -> String {
    format!("#line 1 \"{name}\"\n{text}")
}

macro_rules! kernels {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A kernel of this crate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kernel {
            $($variant),*
        }

        impl Kernel {
            /// Every kernel, in the order of [`Kernel::index`].
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in the source and in the image.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }

            pub(crate) fn index(self) -> usize {
                self as usize
            }
        }
    };
}

kernels! {
    BatchNorm = "batch_norm",
    BatchNormBackward = "batch_norm_backward",
    BatchNormTotals = "batch_norm_totals",
    Col2im = "col2im",
    ColumnSumsOfChunks = "column_sums_of_chunks",
    ColumnSumsOfPartials = "column_sums_of_partials",
    EntropyGradient = "entropy_gradient",
    EntropyScores = "entropy_scores",
    Formula = "formula",
    HardWta = "hard_wta",
    HebbianStep = "hebbian_step",
    Im2col = "im2col",
    KWta = "k_wta",
    LargestSize = "largest_size",
    LargestUpdate = "largest_update",
    Lateral = "lateral",
    LowerTriangle = "lower_triangle",
    NormalizeRows = "normalize_rows",
    Pool = "pool",
    PoolBackward = "pool_backward",
    RankCoded = "rank_coded",
    Relu = "relu",
    RowNormsSquared = "row_norms_squared",
    Scale = "scale",
    Scores = "scores",
    Similarity = "similarity",
    SoftWta = "soft_wta",
    StandardizeRows = "standardize_rows",
    StateTotals = "state_totals",
    Statistics = "statistics",
    Triangle = "triangle",
    Uniform = "uniform",
    UpdateTotals = "update_totals",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_ptx_holds_exactly_the_kernels_of_this_crate() {
        let mut known: Vec<&str> = Kernel::ALL.iter().map(|kernel| kernel.name()).collect();
        known.sort_unstable();
        let entries = EMBEDDED_PTX
            .lines()
            .filter_map(|line| line.split_once(".entry ")?.1.split('(').next());
        let mut embedded: Vec<&str> = entries.collect();
        embedded.sort_unstable();
        assert_eq!(known, embedded);
    }

    #[test]
    fn kernels_are_indexed_in_order() {
        assert!(
            Kernel::ALL
                .iter()
                .enumerate()
                .all(|(index, kernel)| kernel.index() == index)
        );
    }

    #[test]
    fn no_kernel_includes_a_file() {
        assert!(!source().contains("#include"));
    }
}
