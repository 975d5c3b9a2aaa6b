//! The machine that figures were measured on.

use serde::{Deserialize, Serialize};
use std::fs;

/// Operating system, processor and threads of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Operating system and architecture.
    pub system: String,
    /// Name of the processor, if the system reports it.
    pub processor: Option<String>,
    /// Number of hardware threads available to this process.
    pub threads: usize,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        Self {
            system: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            processor: field("/proc/cpuinfo", "model name"),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// Peak resident memory of this process in bytes, if the system reports it.
pub fn peak_memory() -> Option<u64> {
    let kilobytes = field("/proc/self/status", "VmHWM")?;
    kilobytes
        .split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|kilobytes| kilobytes * 1024)
}

/// The value of the first `name: value` line of a system file.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_thread_and_a_name() {
        let machine = Machine::here();
        assert!(machine.threads >= 1);
        assert!(machine.system.contains(std::env::consts::ARCH));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn peak_memory_counts_what_was_held() {
        let before = peak_memory().unwrap();
        let block = vec![1u8; before as usize + (64 << 20)];
        assert!(block.iter().map(|&byte| u64::from(byte)).sum::<u64>() > 0);
        assert!(peak_memory().unwrap() > before + (32 << 20));
    }
}
