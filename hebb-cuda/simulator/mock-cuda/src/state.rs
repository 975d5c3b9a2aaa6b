//! What the stand-in remembers. There is one for the process, as there is one driver.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use hebb_ptxsim::{Device, Module};

use crate::counts::Counts;
use crate::order::{Access, Order};
use crate::status::{INVALID_CONTEXT, SUCCESS, Status};

#[derive(Default)]
pub(crate) struct State {
    pub(crate) device: Device,
    pub(crate) order: Order,
    /// Pinned host memory by its address.
    pub(crate) pinned: HashMap<u64, Box<[u64]>>,
    /// The stream of the product at work.
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
    pub(crate) broken: Option<Status>,
    /// Bytes that may be allocated at a time; none stands for no limit.
    pub(crate) memory_limit: Option<usize>,
    last_handle: usize,
}

static STATE: Mutex<Option<State>> = Mutex::new(None);

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

/// Runs `body` on the state, whatever a panic elsewhere has left.
pub(crate) fn with<T>(body: impl FnOnce(&mut State) -> T) -> T {
    let mut guard: MutexGuard<'_, Option<State>> =
        STATE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    body(guard.get_or_insert_with(State::default))
}

/// Runs `body` as the driver function `name`, which needs a context in working order.
pub(crate) fn call(name: &str, body: impl FnOnce(&mut State) -> Status) -> Status {
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

impl State {
    pub(crate) fn new_handle(&mut self) -> usize {
        self.last_handle += 16;
        0x1000 + self.last_handle
    }

    /// Notes an access to memory by the present operation of a stream.
    pub(crate) fn touch(&mut self, who: &str, stream: usize, address: u64, access: Access) {
        let race = self.order.touch(stream, address, access);
        self.complaints.extend(race.map(|race| format!("{who}: {race}")));
    }

    /// Notes a complaint and returns `status`.
    pub(crate) fn complain(&mut self, status: Status, text: String) -> Status {
        self.complaints.push(text);
        status
    }
}

/// `SUCCESS` if `holds`, else `status`.
pub(crate) fn check(holds: bool, status: Status) -> Status {
    if holds { SUCCESS } else { status }
}
