//! Registers, spills and shared memory of every kernel on every architecture.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::check_committed;
use crate::driver::{CompileTarget, compile, nvrtc_version, supported_architectures};
use crate::kernel::{BLOCK, Kernel, source};

/// Registers of a multiprocessor that one block may use.
const REGISTERS: u32 = 65_536;

/// Resource usage of a kernel, as reported by the assembler.
#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    registers: u32,
    shared: u32,
    /// Bytes of stack frame and spills.
    spilled: u32,
}

#[test]
#[ignore = "needs NVRTC; ci.sh runs it"]
fn nvrtc_compiles_every_kernel_for_every_architecture_without_spills() {
    let mut table: BTreeMap<String, BTreeMap<u32, Usage>> = BTreeMap::new();
    let architectures: Vec<u32> = supported_architectures()
        .unwrap()
        .into_iter()
        .filter(|a| *a >= 70)
        .collect();
    for architecture in &architectures {
        let options = ["--ptxas-options=-v", "--ptxas-options=--warn-on-spills"];
        let log = compile(&source(), CompileTarget::Cubin(*architecture), &options)
            .unwrap()
            .log;
        assert!(!log.contains("warning"), "{log}");
        let usages = usages(&log);
        assert_eq!(usages.len(), Kernel::ALL.len(), "{log}");
        for (kernel, usage) in usages {
            assert_eq!(usage.spilled, 0, "{kernel} on sm_{architecture}");
            assert!(
                usage.registers * BLOCK <= REGISTERS,
                "{kernel} on sm_{architecture}"
            );
            table.entry(kernel).or_default().insert(*architecture, usage);
        }
    }
    let (major, minor) = nvrtc_version().unwrap();
    let text = markdown((major, minor), &architectures, &table);
    check_committed(&format!("resources/nvrtc-{major}.{minor}.md"), &text);
}

/// Reads the log of `ptxas -v`.
fn usages(log: &str) -> BTreeMap<String, Usage> {
    let mut usages: BTreeMap<String, Usage> = BTreeMap::new();
    let mut kernel = String::new();
    for line in log.lines() {
        if let Some((_, rest)) = line.split_once("Compiling entry function '") {
            kernel = rest.split('\'').next().unwrap_or_default().to_owned();
        }
        let Some(usage) = (!kernel.is_empty()).then(|| usages.entry(kernel.clone()).or_default()) else {
            continue;
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        for (at, word) in words.iter().enumerate().skip(1) {
            let before = |back: usize| {
                words
                    .get(at.wrapping_sub(back))
                    .and_then(|number| number.parse::<u32>().ok())
            };
            match word.trim_end_matches(',') {
                "registers" => usage.registers = before(1).unwrap_or(0),
                "smem" => usage.shared = before(2).unwrap_or(0),
                "stack" | "spill" => usage.spilled += before(2).unwrap_or(0),
                _ => {}
            }
        }
    }
    usages
}

fn markdown(
    (major, minor): (i32, i32),
    architectures: &[u32],
    table: &BTreeMap<String, BTreeMap<u32, Usage>>,
) -> String {
    let mut text = format!(
        "# Registers of each kernel\n\nCompiled by NVRTC {major}.{minor}; no kernel spills or has a stack frame. Blocks have \
         256 threads. Shared memory is\nstatic; `formula` and `statistics` ask for 1 KiB for each further level of the \
         stack, `statistics` also for each\nsum.\n\n| kernel |",
    );
    let columns: String = architectures.iter().map(|a| format!(" sm_{a} |")).collect();
    let _ = writeln!(
        text,
        "{columns} shared bytes |\n| --- |{}",
        " --- |".repeat(architectures.len() + 1)
    );
    for (kernel, usages) in table {
        let registers: String = usages
            .values()
            .map(|usage| format!(" {} |", usage.registers))
            .collect();
        let shared = usages.values().map(|usage| usage.shared).max().unwrap_or(0);
        let _ = writeln!(text, "| {kernel} |{registers} {shared} |");
    }
    text
}

#[test]
fn the_log_of_the_assembler_is_parsed() {
    let log = "ptxas info    : Compiling entry function 'k' for 'sm_80'\n\
               ptxas info    : Function properties for k\n\
               ptxas         .     8 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads\n\
               ptxas info    : Used 21 registers, 1024 bytes smem, 384 bytes cmem[0]";
    let usage = usages(log)["k"];
    assert_eq!((usage.registers, usage.shared, usage.spilled), (21, 1024, 16));
}
