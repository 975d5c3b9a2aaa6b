//! The mutation run: each guard, barrier, stride and tie rule of each kernel is broken in turn. The interpreter must
//! report the mutant, or its numbers must be wrong; survivors must be listed as harmless, with a reason.

mod catalogue;
mod probes;

use std::fmt::Write;

use hebb_core::{RefBackend, Result};
use hebb_mock_gpu::GpuSession;

use crate::code::Code;
use crate::driver::{CompileTarget, Device, compile};
use crate::kernel::{EMBEDDED_PTX, SOURCES, file};
use crate::{CudaBackend, CudaOptions};
use catalogue::Mutant;

/// Outcome of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Reported,
    WrongNumbers,
    Survived,
}

#[test]
#[ignore = "needs NVRTC; ci.sh runs it"]
fn nvrtc_mutants_are_caught_or_harmless() {
    let session = GpuSession::start();
    let (part, parts) = part();
    let mutants: Vec<Mutant> = catalogue::mutants()
        .into_iter()
        .skip(part)
        .step_by(parts)
        .collect();
    let mut wrong = String::new();
    let (mut reported, mut numbers, mut harmless) = (0, 0, 0);
    for mutant in &mutants {
        let fate = fate(&session, mutant);
        match fate {
            Fate::Reported => reported += 1,
            Fate::WrongNumbers => numbers += 1,
            Fate::Survived => harmless += 1,
        }
        if (fate == Fate::Survived) != mutant.harmless.is_some() {
            println!("{fate:?}: {mutant}");
            let _ = writeln!(wrong, "{fate:?}: {mutant}");
        }
    }
    println!(
        "{} mutants: {reported} reported, {numbers} with wrong numbers, {harmless} harmless",
        mutants.len()
    );
    assert!(wrong.is_empty(), "not as listed:\n{wrong}");
}

/// The share of the mutants to run, as (part, parts): a process has one driver, so several processes divide the work.
fn part() -> (usize, usize) {
    let chosen = std::env::var("HEBB_MUTANTS").ok();
    let numbers = chosen.as_deref().and_then(|chosen| chosen.split_once('/'));
    numbers.map_or((0, 1), |(part, parts)| {
        (part.parse().unwrap(), parts.parse().unwrap())
    })
}

#[test]
#[ignore = "needs NVRTC; ci.sh runs it"]
fn nvrtc_probes_find_nothing_in_the_kernels_as_they_are() {
    let session = GpuSession::start();
    for (name, text) in SOURCES {
        let unchanged = Mutant {
            file: name,
            line: 0,
            from: "",
            to: "",
            text: (*text).to_owned(),
            harmless: None,
        };
        assert_eq!(fate(&session, &unchanged), Fate::Survived, "{name}");
    }
}

fn fate(session: &GpuSession, mutant: &Mutant) -> Fate {
    let backend = backend(mutant).unwrap_or_else(|error| panic!("{mutant}: {error}"));
    for step in 0..probes::STEPS {
        let found = probes::run(&backend, mutant.file, step);
        let reports = session.reports();
        if let Some(first) = reports.first() {
            if mutant.harmless.is_some() {
                println!("{mutant}: {first}");
            }
            return Fate::Reported;
        }
        let found = found.unwrap_or_else(|error| panic!("{mutant}: an error without a report: {error}"));
        if !agree(&found, &probes::run(&RefBackend, mutant.file, step).unwrap()) {
            return Fate::WrongNumbers;
        }
    }
    Fate::Survived
}

/// A backend with the mutated file's kernels in place of the committed ones.
fn backend(mutant: &Mutant) -> Result<CudaBackend> {
    let files = SOURCES.iter().filter(|(name, _)| is_needed(name, mutant.file));
    let program: String = files
        .map(|(name, text)| file(name, if *name == mutant.file { &mutant.text } else { text }))
        .collect();
    let code = compile(&program, CompileTarget::Ptx(70), &[])?.code;
    let ptx = splice(EMBEDDED_PTX, &String::from_utf8_lossy(&code));
    let device = Device::open(0, &CudaOptions::default())?;
    Ok(CudaBackend::from_code(
        device,
        Code::Ptx(ptx),
        mutant.to_string(),
    )?)
}

/// Returns true if a file is compiled for a mutant: the mutated file, its dependencies and its dependents.
fn is_needed(name: &str, mutated: &str) -> bool {
    let together = |files: &[&str]| files.contains(&name) && files.contains(&mutated);
    name == mutated
        || mutated == "prelude.cu"
        || ["prelude.cu", "ranking.cu"].contains(&name)
        || (name == "columns.cu" && ["formula.cu", "statistics.cu", "batch_norm.cu"].contains(&mutated))
        || together(&["ranking.cu", "competition.cu"])
        || together(&["formula.cu", "statistics.cu"])
        || together(&["patches.cu", "pooling.cu", "adjoint.cu"])
}

/// Replaces kernels of a PTX text by those of the same name in another.
fn splice(ptx: &str, newer: &str) -> String {
    const ENTRY: &str = ".visible .entry ";
    let name = |chunk: &str| chunk.split('(').next().unwrap_or_default().to_owned();
    let newer: Vec<&str> = newer.split(ENTRY).skip(1).collect();
    let chosen = ptx.split(ENTRY).enumerate().map(|(index, chunk)| {
        let replaced = newer.iter().find(|other| index > 0 && name(other) == name(chunk));
        replaced.copied().unwrap_or(chunk)
    });
    chosen.collect::<Vec<_>>().join(ENTRY)
}

fn agree(found: &[f32], expected: &[f32]) -> bool {
    let approx_eq = |(a, b): (&f32, &f32)| a == b || (a - b).abs() <= 1e-4 * (1.0 + b.abs());
    found.len() == expected.len() && found.iter().zip(expected).all(approx_eq)
}
