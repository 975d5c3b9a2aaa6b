//! Uniform random numbers, bit-identical to those of the host.

use hebb_core::Result;
use hebb_core::seed::Stream;

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{LaunchConfig, arguments};
use crate::kernel::{BLOCK, Kernel};
use crate::shapes::size;

/// Words of a block of the key stream; `KEY_BLOCK` in the kernel.
const WORDS: usize = 16;

pub(super) fn uniform(
    backend: &CudaBackend,
    len: usize,
    stream: &mut Stream,
    out: &mut CudaBuffer,
) -> Result<()> {
    let out = out.need_mut("out", len)?;
    // No thread of the last block may count beyond what fits into a word.
    size("the numbers drawn", len + WORDS * BLOCK as usize)?;
    let position = stream.get_word_pos();
    let used = (position % WORDS as u128) as usize;
    let words = key_stream(stream);
    let (drawn, skipped) = (size("the numbers drawn", len)?, size("the numbers drawn", used)?);
    let arguments = arguments![drawn, skipped, &words[..], out];
    let threads = size("the numbers drawn", (used + len).div_ceil(WORDS))?;
    let shape = LaunchConfig::elements(if len == 0 { 0 } else { threads });
    backend.launch(Kernel::Uniform, shape, &arguments)?;
    stream.set_word_pos(position + len as u128);
    Ok(())
}

/// `struct KeyStream` of `uniform.cu`, at the block that the stream stands in.
fn key_stream(stream: &Stream) -> [u32; 12] {
    let block = (stream.get_word_pos() / WORDS as u128) as u64;
    let halves = |value: u64| [value as u32, (value >> 32) as u32];
    let mut words = [0; 12];
    for (word, bytes) in words.iter_mut().zip(stream.get_seed().as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words[8..10].copy_from_slice(&halves(block));
    words[10..].copy_from_slice(&halves(stream.get_stream()));
    words
}
