//! Which vector instructions are used: the widest that the machine has, or fewer if `HEBB_CPU_INSTRUCTIONS` says so.

use pulp::{Arch, WithSimd};
use std::sync::LazyLock;

/// `scalar`, `avx2` or `avx512` in this variable is the most that is used; tests set it to reach every fallback.
const VARIABLE: &str = "HEBB_CPU_INSTRUCTIONS";

static ARCH: LazyLock<Arch> = LazyLock::new(|| match std::env::var(VARIABLE).as_deref() {
    Ok("scalar") => Arch::Scalar,
    Ok("avx2") => avx2(),
    _ => Arch::new(),
});

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn avx2() -> Arch {
    pulp::x86::V3::try_new().map_or(Arch::Scalar, Arch::V3)
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
fn avx2() -> Arch {
    Arch::new()
}

/// Runs `op` with these instructions.
#[inline]
pub(crate) fn dispatch<Op: WithSimd>(op: Op) -> Op::Output {
    ARCH.dispatch(op)
}
