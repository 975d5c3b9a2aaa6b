//! Happens-before order of streams, and the race check on it. Streams run concurrently unless an event or a wait of the
//! host orders them: two streams that access the same memory, one of them writing, race, whatever the stand-in's own order.
//!
//! Each stream counts its operations and keeps a vector clock: for every stream, the last operation that completes before
//! its own next one starts. Accesses are recorded per allocation, not per byte.

use std::collections::{BTreeMap, HashMap};

/// For each stream, the last operation that has been waited for.
type Clock = HashMap<usize, u64>;

/// An operation: a stream, and its number there.
type Operation = (usize, u64);

#[derive(Default)]
pub(crate) struct StreamOrder {
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
pub(crate) enum StreamAccess {
    Read,
    Write,
}

impl StreamOrder {
    pub(crate) fn create_stream(&mut self, stream: usize) {
        self.streams.insert(stream, Clock::new());
    }

    pub(crate) fn destroy_stream(&mut self, stream: usize) -> bool {
        self.streams.remove(&stream).is_some()
    }

    /// Returns true for a live stream; 0 to 2 are the default streams.
    pub(crate) fn has_stream(&self, stream: usize) -> bool {
        stream < 3 || self.streams.contains_key(&stream)
    }

    /// Number of live streams, without the default ones.
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

    /// Records in an event all operations queued on the stream so far.
    pub(crate) fn record(&mut self, event: usize, stream: usize) {
        let clock = self.clock(stream).clone();
        self.events.insert(event, clock);
    }

    /// Makes the stream wait for the operations recorded in the event.
    pub(crate) fn wait(&mut self, stream: usize, event: usize) {
        let reached = self.events.get(&event).cloned().unwrap_or_default();
        merge(self.clock(stream), &reached);
    }

    /// Records that the host has waited for a stream.
    pub(crate) fn synchronize_stream(&mut self, stream: usize) {
        let reached = self.clock(stream).clone();
        merge(&mut self.host, &reached);
    }

    /// Records that the host has waited for an event.
    pub(crate) fn synchronize_event(&mut self, event: usize) {
        let reached = self.events.get(&event).cloned().unwrap_or_default();
        merge(&mut self.host, &reached);
    }

    /// Starts the next operation of a stream. Returns true if another stream can still be running then.
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

    /// Records an access by the current operation of a stream to the allocation around `address`. Returns a race, if any.
    pub(crate) fn touch(&mut self, stream: usize, address: u64, access: StreamAccess) -> Option<String> {
        let clock = self.clock(stream).clone();
        let memory = self.around(address)?;
        let pending =
            |operation: &(&usize, &u64)| clock.get(operation.0).copied().unwrap_or_default() < *operation.1;
        let written = memory.written.iter().map(|(stream, number)| (stream, number));
        let (rival, what) = match access {
            StreamAccess::Read => (written.clone().find(pending), "written"),
            StreamAccess::Write => match memory.read.iter().find(pending) {
                Some(read) => (Some(read), "read"),
                None => (written.clone().find(pending), "written"),
            },
        };
        let race = rival.map(|(other, _)| {
            format!("{access:?} of memory that stream {other:#x} may not have {what} yet; stream {stream:#x} must wait for it")
        });
        let own = clock.get(&stream).copied().unwrap_or_default();
        match access {
            StreamAccess::Read => drop(memory.read.insert(stream, own)),
            StreamAccess::Write => {
                memory.written = Some((stream, own));
                memory.read.clear();
            }
        }
        race
    }

    /// Returns true if the host may write or free pinned memory: no stream can still be using it.
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

    /// The clock of a stream, merged with that of the host.
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
