//! Run-time selection of the SIMD level (AVX-512, AVX2, scalar). `HEBB_CPU_INSTRUCTIONS` lowers it.

use pulp::{Arch, Simd, WithSimd};
use std::marker::PhantomData;
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

/// Returns true if this level has vector instructions.
pub(crate) fn has_vectors() -> bool {
    !matches!(*ARCH, Arch::Scalar)
}

/// Runs `op` with the instructions of this level.
#[inline]
pub(crate) fn dispatch<Op: WithSimd>(op: Op) -> Op::Output {
    ARCH.dispatch(op)
}

/// Runs `op` as a function of its own, with all registers to itself; inside of vectorized code only.
///
/// The call through a function without vector instructions keeps the compiler from merging `op` into its caller.
#[inline(never)]
pub(crate) fn outlined<S: Simd, Op: WithSimd>(simd: S, op: Op) -> Op::Output {
    simd.vectorize(op)
}

/// Code that is worth the widest vector instructions of the machine, and its arguments.
///
/// A trait and not a closure, because only what is certain to be inlined is compiled with those instructions; what an
/// implementation spends its time in must be marked `#[inline(always)]`.
pub(crate) trait SimdKernel<Arguments> {
    /// The result.
    type Output;

    /// The code.
    fn run<S: Simd>(simd: S, arguments: Arguments) -> Self::Output;
}

/// Makes an `#[inline(always)]` function, which may be generic, a [`SimdKernel`]; after `simd`, one whose first argument is
/// pulp's token of the level.
macro_rules! kernel {
    ($vis:vis $name:ident $(<$($generic:ident: $bound:ident),*>)?: simd $($function:tt)*) => {
        kernel!(@define [$vis $name $(<$($generic: $bound),*>)?] simd [simd,] $($function)*);
    };
    ($vis:vis $name:ident $(<$($generic:ident: $bound:ident),*>)?: $($function:tt)*) => {
        kernel!(@define [$vis $name $(<$($generic: $bound),*>)?] _simd [] $($function)*);
    };
    (
        @define [$vis:vis $name:ident $($generics:tt)*] $simd:ident [$($first:tt)*]
        $function:ident($($argument:ident: $type:ty),*) $(-> $output:ty)?
    ) => {
        #[derive(Clone, Copy, Debug)]
        $vis struct $name;

        impl $($generics)* crate::simd::SimdKernel<($($type,)*)> for $name {
            type Output = kernel!(@output $($output)?);

            #[inline(always)]
            fn run<S: pulp::Simd>($simd: S, ($($argument,)*): ($($type,)*)) -> Self::Output {
                $function($($first)* $($argument),*)
            }
        }
    };
    (@output $output:ty) => { $output };
    (@output) => { () };
}
pub(crate) use kernel;

/// Runs a kernel with the widest vector instructions that this machine has.
#[inline]
pub(crate) fn vectorized<A, K: SimdKernel<A>>(_: K, arguments: A) -> K::Output {
    dispatch(Call::<K, A>(arguments, PhantomData))
}

struct Call<K, A>(A, PhantomData<K>);

impl<A, K: SimdKernel<A>> WithSimd for Call<K, A> {
    type Output = K::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> K::Output {
        K::run(simd, self.0)
    }
}
