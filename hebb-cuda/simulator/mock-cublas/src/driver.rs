//! Entry points of the stand-in for libcuda.

use std::ffi::{c_char, c_int};

// SAFETY: these are the signatures of hebb-mock-cuda, whose library is loaded first.
unsafe extern "C" {
    pub(crate) fn hebb_mock_peek(address: u64, to: *mut u8, bytes: usize, who: *const c_char) -> c_int;
    pub(crate) fn hebb_mock_poke(address: u64, from: *const u8, bytes: usize, who: *const c_char) -> c_int;
    pub(crate) fn hebb_mock_product(stream: usize, m: c_int, n: c_int, k: c_int) -> c_int;
}
