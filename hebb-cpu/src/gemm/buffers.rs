//! The memory of one thread for packed operands, kept from product to product: clearing it would cost as much as a small one.

use super::micro_kernel::{KC, MR, NR, PanelA, RowB};
use std::cell::RefCell;

/// Rows of A that are packed at once: enough that reading B costs little, few enough for a second-level cache.
pub(super) const MC: usize = 8 * MR;
/// Columns of B that are packed at once.
pub(super) const NC: usize = 4 * NR;

/// The packed operands of one thread; they start at a cache line.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct PackBuffers {
    pub(crate) a: [PanelA; MC / MR],
    pub(crate) b: [[RowB; KC]; NC / NR],
}

thread_local! {
    // In the thread's own memory and not on the heap, so that no thread allocates when it first takes part.
    static BUFFERS: RefCell<PackBuffers> = const {
        RefCell::new(PackBuffers {
            a: [[0.0; MR * KC]; MC / MR],
            b: [[[0.0; NR]; KC]; NC / NR],
        })
    };
}

/// Calls `with` with this thread's buffers, whatever they hold; `with` must not come here again.
pub(crate) fn with_pack_buffers<T>(with: impl FnOnce(&mut PackBuffers) -> T) -> T {
    BUFFERS.with_borrow_mut(|buffers| with(buffers))
}
