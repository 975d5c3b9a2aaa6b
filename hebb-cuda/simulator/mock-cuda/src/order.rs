//! What must come before what. Streams run side by side unless an event orders them, or the host has waited in between:
//! two of them that touch the same memory, one of them writing, are a race whatever the stand-in's own order is.
//!
//! Each stream counts its operations and keeps, for every stream, the last operation that is done before its own next one
//! starts (a vector clock). An allocation remembers its last accesses, as one piece.

use std::collections::{BTreeMap, HashMap};

/// For each stream, the last operation that has been waited for.
type Clock = HashMap<usize, u64>;

/// An operation: a stream, and its number there.
type Operation = (usize, u64);

#[derive(Default)]
pub(crate) struct Order {
    streams: HashMap<usize, Clock>,
    events: HashMap<usize, Clock>,
    host: Clock,
    /// Device memory and pinned host memory by its first address.
    memory: BTreeMap<u64, Memory>,
}

struct Memory {
    bytes: usize,
    written: Option<Operation>,
    /// The last read of each stream since then.
    read: Clock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Order {
    pub(crate) fn create_stream(&mut self, stream: usize) {
        self.streams.insert(stream, Clock::new());
    }

    pub(crate) fn destroy_stream(&mut self, stream: usize) -> bool {
        self.streams.remove(&stream).is_some()
    }

    /// Whether a stream is known; 0 to 2 stand for the default streams.
    pub(crate) fn has_stream(&self, stream: usize) -> bool {
        stream < 3 || self.streams.contains_key(&stream)
    }

    /// Streams alive, the default ones not counted.
    pub(crate) fn streams(&self) -> usize {
        self.streams.keys().filter(|stream| **stream >= 3).count()
    }

    pub(crate) fn create_event(&mut self, event: usize) {
        self.events.insert(event, Clock::new());
    }

    pub(crate) fn destroy_event(&mut self, event: usize) -> bool {
        self.events.remove(&event).is_some()
    }

    pub(crate) fn has_event(&self, event: usize) -> bool {
        self.events.contains_key(&event)
    }

    pub(crate) fn events(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn allocate(&mut self, address: u64, bytes: usize) {
        let memory = Memory {
            bytes,
            written: None,
            read: Clock::new(),
        };
        self.memory.insert(address, memory);
    }

    pub(crate) fn free(&mut self, address: u64) {
        self.memory.remove(&address);
    }

    /// What an event stands for: all that its stream was asked for so far.
    pub(crate) fn record(&mut self, event: usize, stream: usize) {
        let clock = self.clock(stream).clone();
        self.events.insert(event, clock);
    }

    /// The stream goes on after what the event stands for.
    pub(crate) fn wait(&mut self, stream: usize, event: usize) {
        let reached = self.events.get(&event).cloned().unwrap_or_default();
        merge(self.clock(stream), &reached);
    }

    /// The host has waited for everything on a stream.
    pub(crate) fn synchronize_stream(&mut self, stream: usize) {
        let reached = self.clock(stream).clone();
        merge(&mut self.host, &reached);
    }

    /// The host has waited for an event.
    pub(crate) fn synchronize_event(&mut self, event: usize) {
        let reached = self.events.get(&event).cloned().unwrap_or_default();
        merge(&mut self.host, &reached);
    }

    /// Starts the next operation of a stream. Tells whether another stream may still be at work then.
    pub(crate) fn begin(&mut self, stream: usize) -> bool {
        let clock = self.clock(stream);
        *clock.entry(stream).or_default() += 1;
        let clock = clock.clone();
        let others = self.streams.iter().filter(|(other, _)| **other != stream);
        let done = |other: &usize| clock.get(other).copied().unwrap_or_default();
        others
            .map(|(other, own)| (other, own.get(other).copied().unwrap_or_default()))
            .any(|(other, asked)| done(other) < asked)
    }

    /// Notes that the present operation of a stream touches the allocation around `address`; what it is in a race with.
    pub(crate) fn touch(&mut self, stream: usize, address: u64, access: Access) -> Option<String> {
        let clock = self.clock(stream).clone();
        let memory = self.around(address)?;
        let pending =
            |operation: &(&usize, &u64)| clock.get(operation.0).copied().unwrap_or_default() < *operation.1;
        let written = memory.written.iter().map(|(stream, number)| (stream, number));
        let (rival, what) = match access {
            Access::Read => (written.clone().find(pending), "written"),
            Access::Write => match memory.read.iter().find(pending) {
                Some(read) => (Some(read), "read"),
                None => (written.clone().find(pending), "written"),
            },
        };
        let race = rival.map(|(other, _)| {
            format!("{access:?} of memory that stream {other:#x} may not have {what} yet; stream {stream:#x} must wait for it")
        });
        let own = clock.get(&stream).copied().unwrap_or_default();
        match access {
            Access::Read => drop(memory.read.insert(stream, own)),
            Access::Write => {
                memory.written = Some((stream, own));
                memory.read.clear();
            }
        }
        race
    }

    /// Whether the host may write to pinned memory, or give it back: no stream can still be at it.
    pub(crate) fn host_may_write(&mut self, address: u64) -> bool {
        let host = self.host.clone();
        let done =
            |(stream, number): (&usize, &u64)| host.get(stream).copied().unwrap_or_default() >= *number;
        self.around(address).is_none_or(|memory| {
            let written = memory.written.iter().map(|(stream, number)| (stream, number));
            memory.read.iter().chain(written).all(done)
        })
    }

    fn around(&mut self, address: u64) -> Option<&mut Memory> {
        let (base, memory) = self.memory.range_mut(..=address).next_back()?;
        (address - base < memory.bytes as u64).then_some(memory)
    }

    /// The clock of a stream, what the host has waited for included.
    fn clock(&mut self, stream: usize) -> &mut Clock {
        let clock = self.streams.entry(stream).or_default();
        merge(clock, &self.host);
        clock
    }
}

fn merge(clock: &mut Clock, other: &Clock) {
    for (stream, number) in other {
        let own = clock.entry(*stream).or_default();
        *own = (*own).max(*number);
    }
}
