//! The required operations of a backend, each parallel over rows or images.

pub(crate) mod activate;
pub(crate) mod adjoint;
pub(crate) mod columns;
pub(crate) mod compete;
pub(crate) mod im2col;
pub(crate) mod map;
pub(crate) mod pool;
pub(crate) mod random;
pub(crate) mod rows;
pub(crate) mod similarity;
pub(crate) mod sums;

use crate::instructions::dispatch;
use pulp::{Simd, WithSimd};
use std::marker::PhantomData;

/// Code that is worth the widest vector instructions of the machine, with what it works on.
///
/// A trait and not a closure, because only what is certain to be inlined is compiled with those instructions; what an
/// implementation spends its time in must be marked `#[inline(always)]`.
pub(crate) trait Kernel<Arguments> {
    /// What it returns.
    type Output;

    /// The code.
    fn run(arguments: Arguments) -> Self::Output;
}

/// Makes an `#[inline(always)]` function a [`Kernel`].
macro_rules! kernel {
    ($vis:vis $name:ident: $function:ident($($argument:ident: $type:ty),*) $(-> $output:ty)?) => {
        #[derive(Clone, Copy, Debug)]
        $vis struct $name;

        impl crate::primitives::Kernel<($($type,)*)> for $name {
            type Output = kernel!(@output $($output)?);

            #[inline(always)]
            fn run(($($argument,)*): ($($type,)*)) -> Self::Output {
                $function($($argument),*)
            }
        }
    };
    (@output $output:ty) => { $output };
    (@output) => { () };
}
pub(crate) use kernel;

/// Runs a kernel with the widest vector instructions that this machine has.
#[inline]
pub(crate) fn vectorized<A, K: Kernel<A>>(_: K, arguments: A) -> K::Output {
    dispatch(Call::<K, A>(arguments, PhantomData))
}

struct Call<K, A>(A, PhantomData<K>);

impl<A, K: Kernel<A>> WithSimd for Call<K, A> {
    type Output = K::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> K::Output {
        K::run(self.0)
    }
}

/// Runs `op` as a function of its own, with all registers to itself; inside of vectorized code only.
///
/// The call through a function without vector instructions keeps the compiler from merging `op` into its caller.
#[inline(never)]
pub(crate) fn apart<S: Simd, Op: WithSimd>(simd: S, op: Op) -> Op::Output {
    simd.vectorize(op)
}
