//! Memory of the CPU backend that a layer keeps between batches.

use crate::convolution::ConvolutionScratch;
use crate::pass::PassScratch;

/// Memory of the fused pass and of the convolutions, kept in a layer's workspace.
#[derive(Debug, Default)]
pub struct CpuScratch {
    pub(crate) pass: PassScratch,
    pub(crate) convolution: ConvolutionScratch,
}
