//! State of the stand-in: memory, handles, counts and complaints. There is one per process, as there is one driver.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use hebb_ptxsim::{Module, SimDevice};

use crate::counts::Counts;
use crate::order::{StreamAccess, StreamOrder};
use crate::status::{CudaStatus, INVALID_CONTEXT, SUCCESS};

#[derive(Default)]
pub(crate) struct DriverState {
    pub(crate) device: SimDevice,
    pub(crate) order: StreamOrder,
    /// Pinned host memory by its address.
    pub(crate) pinned: HashMap<u64, Box<[u64]>>,
    /// The stream of the current product.
    pub(crate) product_stream: usize,
    pub(crate) modules: HashMap<usize, Module>,
    /// Functions by handle: module and kernel name.
    pub(crate) functions: HashMap<usize, (usize, String)>,
    pub(crate) counts: Counts,
    /// Complaints of the stand-in itself; the interpreter keeps its own.
    pub(crate) complaints: Vec<String>,
    /// One line for each launch, copy and product.
    pub(crate) trace: Vec<String>,
    /// The status that every call returns after an illegal access.
    pub(crate) broken: Option<CudaStatus>,
    /// Limit on the live bytes; `None` for no limit.
    pub(crate) memory_limit: Option<usize>,
    last_handle: usize,
}

static STATE: Mutex<Option<DriverState>> = Mutex::new(None);

thread_local! {
    static CONTEXT: Cell<usize> = const { Cell::new(0) };
}

/// The context bound to this thread, or 0.
pub(crate) fn context() -> usize {
    CONTEXT.get()
}

pub(crate) fn bind(context: usize) {
    CONTEXT.set(context);
}

/// Runs `body` on the state, also after a panic of another thread.
pub(crate) fn with<T>(body: impl FnOnce(&mut DriverState) -> T) -> T {
    let mut guard: MutexGuard<'_, Option<DriverState>> =
        STATE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    body(guard.get_or_insert_with(DriverState::default))
}

/// Runs `body` as the driver function `name`, which needs a context in working order.
pub(crate) fn call(name: &str, body: impl FnOnce(&mut DriverState) -> CudaStatus) -> CudaStatus {
    with(|state| {
        if context() == 0 {
            state
                .complaints
                .push(format!("{name}: no context is bound to this thread"));
            return INVALID_CONTEXT;
        }
        match state.broken {
            Some(status) => status,
            None => body(state),
        }
    })
}

impl DriverState {
    pub(crate) fn new_handle(&mut self) -> usize {
        self.last_handle += 16;
        0x1000 + self.last_handle
    }

    /// Records an access to memory by the current operation of a stream.
    pub(crate) fn touch(&mut self, who: &str, stream: usize, address: u64, access: StreamAccess) {
        let race = self.order.touch(stream, address, access);
        self.complaints.extend(race.map(|race| format!("{who}: {race}")));
    }

    /// Records a complaint and returns `status`.
    pub(crate) fn complain(&mut self, status: CudaStatus, text: String) -> CudaStatus {
        self.complaints.push(text);
        status
    }
}

/// `SUCCESS` if `holds`, else `status`.
pub(crate) fn check(holds: bool, status: CudaStatus) -> CudaStatus {
    if holds { SUCCESS } else { status }
}
