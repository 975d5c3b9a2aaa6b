//! What a thread packs operands into: kept from product to product, since clearing it would cost as much as a small one.

use super::kernel::{COLUMNS, DEPTH, Line, ROWS, Tile};
use std::cell::RefCell;

/// Tiles that are packed at once: enough that reading the panels costs little, few enough for a second-level cache.
pub(super) const TILES: usize = 8;
/// Panels that are packed at once.
pub(super) const PANELS: usize = 4;

/// The room of one thread; it starts at a cache line.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Room {
    pub(crate) tiles: [Tile; TILES],
    pub(crate) lines: [[Line; DEPTH]; PANELS],
}

thread_local! {
    // In the thread's own memory and not on the heap, so that no thread allocates when it first takes part.
    static ROOM: RefCell<Room> = const {
        RefCell::new(Room {
            tiles: [[0.0; ROWS * DEPTH]; TILES],
            lines: [[[0.0; COLUMNS]; DEPTH]; PANELS],
        })
    };
}

/// Calls `with` with this thread's room, whatever it holds; `with` must not come here again.
pub(crate) fn with_room<T>(with: impl FnOnce(&mut Room) -> T) -> T {
    ROOM.with_borrow_mut(|room| with(room))
}
