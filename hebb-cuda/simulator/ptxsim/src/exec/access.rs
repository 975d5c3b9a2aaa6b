//! Execution of loads and stores, with every check.

use super::block::ThreadBlock;
use super::grid::{FatalDefect, LOCAL_WINDOW, SHARED_WINDOW, WINDOW};
use crate::defect::DefectKind;
use crate::isa::{Address, Operand, Register, Space};
use crate::memory::{Access, Place, Region, Scope, Verdict};
use crate::types::Type;

/// The memory that an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    Global(usize),
    Shared,
    Local,
}

/// One access of one thread, before it is resolved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) thread: usize,
    pub(super) pc: usize,
    pub(super) space: Space,
    pub(super) address: u64,
    pub(super) size: usize,
    pub(super) access: Access,
}

impl Request {
    /// The access to element `index` of a vector that starts here.
    fn part(self, index: usize) -> Self {
        let address = self.address.wrapping_add((index * self.size) as u64);
        Self { address, ..self }
    }
}

impl ThreadBlock<'_, '_> {
    /// Executes `ld`.
    pub(super) fn load_all(&mut self, first: Request, ty: Type, dst: &[Register]) -> Result<(), FatalDefect> {
        self.check_alignment(first, dst.len());
        for (index, register) in dst.iter().enumerate() {
            let value = self.load(first.part(index))?;
            let value = if ty.is_signed() {
                ty.sign_extend(value) as u64
            } else {
                value
            };
            let value = if ty.size() <= 4 {
                value & 0xffff_ffff
            } else {
                value
            };
            self.set(first.thread, *register, value);
        }
        Ok(())
    }

    /// Executes `st`.
    pub(super) fn store_all(&mut self, first: Request, src: &[Operand]) -> Result<(), FatalDefect> {
        self.check_alignment(first, src.len());
        for (index, operand) in src.iter().enumerate() {
            let value = self.value(first.thread, *operand);
            let (region, offset) = self.open(first.part(index))?;
            region.store(offset, first.size, value);
        }
        Ok(())
    }

    pub(super) fn request(
        &self,
        thread: usize,
        pc: usize,
        space: Space,
        address: Address,
        size: usize,
        access: Access,
    ) -> Request {
        let address = self
            .value(thread, address.base)
            .wrapping_add(address.offset as u64);
        Request {
            thread,
            pc,
            space,
            address,
            size,
            access,
        }
    }

    pub(super) fn load(&mut self, request: Request) -> Result<u64, FatalDefect> {
        if request.space == Space::Param {
            return self.parameter(request);
        }
        let size = request.size;
        let (region, offset) = self.open(request)?;
        Ok(region.load(offset, size))
    }

    fn parameter(&mut self, request: Request) -> Result<u64, FatalDefect> {
        let start = request.address as usize;
        let end = start.saturating_add(request.size);
        match self.grid.parameters.get(start..end) {
            Some(bytes) => Ok(bytes
                .iter()
                .rev()
                .fold(0, |value, byte| value << 8 | u64::from(*byte))),
            None => Err(self.out_of_bounds(request, "parameters")),
        }
    }

    /// Finds the memory of a request and runs every check on it.
    pub(super) fn open(&mut self, request: Request) -> Result<(&mut Region, usize), FatalDefect> {
        let (home, address) = self.home(request);
        let Some(home) = home else {
            return Err(self.out_of_bounds(request, "memory"));
        };
        let Some(offset) = self.region(home, request.thread).offset(address, request.size) else {
            return Err(self.out_of_bounds(request, home.name()));
        };
        if !address.is_multiple_of(request.size as u64) {
            self.misaligned(request, request.size);
        }
        let reads = request.access != Access::Write;
        if reads
            && !self
                .region(home, request.thread)
                .is_initialised(offset, request.size)
        {
            let message = format!("read of {} uninitialised {} bytes", request.size, home.name());
            self.report_access(request, DefectKind::Uninitialised, message);
        }
        if home != Home::Local {
            self.check_race(request, home, offset);
        }
        Ok((self.region(home, request.thread), offset))
    }

    /// Resolves the state space; the address comes back in the generic address space.
    fn home(&mut self, request: Request) -> (Option<Home>, u64) {
        let address = request.address;
        let within = |window: u64| (window..window + WINDOW).contains(&address);
        match request.space {
            Space::Shared => (
                Some(Home::Shared),
                (address & 0xffff_ffff).wrapping_add(SHARED_WINDOW),
            ),
            Space::Local => (
                Some(Home::Local),
                (address & 0xffff_ffff).wrapping_add(LOCAL_WINDOW),
            ),
            _ if within(SHARED_WINDOW) => (Some(Home::Shared), address),
            _ if within(LOCAL_WINDOW) => (Some(Home::Local), address),
            _ => (self.grid.memory.find(address).map(Home::Global), address),
        }
    }

    fn region(&mut self, home: Home, thread: usize) -> &mut Region {
        let ranges = self.grid.kernel.symbols.local_ranges();
        match home {
            Home::Global(index) => self.grid.memory.region(index),
            Home::Shared => self.shared,
            Home::Local => {
                let create = || Region::with_gaps(LOCAL_WINDOW, ranges.to_vec());
                self.threads[thread].local.get_or_insert_with(create)
            }
        }
    }

    fn check_race(&mut self, request: Request, home: Home, offset: usize) {
        let now = self.accessor(request.thread);
        // A block number is unique within a launch, and shared memory is new in every launch.
        let (stamp, scope) = match home {
            Home::Shared => (self.index + 1, Scope::Block),
            _ => (self.grid.launch, Scope::Grid),
        };
        let place = Place {
            offset,
            size: request.size,
            stamp,
            scope,
        };
        let shadow = &mut self.region(home, request.thread).shadow;
        let Verdict {
            conflict,
            stale,
            fresh,
        } = shadow.record(place, now, request.access);
        if home != Home::Shared {
            self.grid.traffic.add(request.access, fresh);
        }
        if let Some(earlier) = conflict {
            let message = format!(
                "race: {} at offset {offset} ({}) after {} by thread {} of block {}",
                request.access.verb(),
                home.name(),
                earlier.earlier.verb(),
                earlier.thread,
                earlier.block,
            );
            self.report_access(request, DefectKind::Race, message);
        }
        if stale {
            let message = format!("read-only load at offset {offset} of data written in this launch");
            self.report_access(request, DefectKind::StaleReadOnly, message);
        }
    }

    fn check_alignment(&mut self, request: Request, parts: usize) {
        let size = request.size * parts;
        if parts > 1 && !request.address.is_multiple_of(size as u64) {
            self.misaligned(request, size);
        }
    }

    fn misaligned(&mut self, request: Request, size: usize) {
        let message = format!(
            "misaligned {} of {size} bytes at {:#x}",
            request.access.verb(),
            request.address
        );
        self.report_access(request, DefectKind::Misaligned, message);
    }

    fn out_of_bounds(&mut self, request: Request, what: &str) -> FatalDefect {
        let verb = request.access.verb();
        let message = format!(
            "{verb} of {} bytes at {:#x} outside {what}",
            request.size, request.address
        );
        let message = self.with_thread(message, request);
        self.fault(request.pc, DefectKind::OutOfBounds, message)
    }

    fn report_access(&mut self, request: Request, kind: DefectKind, message: String) {
        let message = self.with_thread(message, request);
        self.report(request.pc, kind, message);
    }

    fn with_thread(&self, message: String, request: Request) -> String {
        format!("{message} by thread {} of block {}", request.thread, self.index)
    }
}

impl Home {
    fn name(self) -> &'static str {
        match self {
            Self::Global(_) => "global",
            Self::Shared => "shared",
            Self::Local => "local",
        }
    }
}
