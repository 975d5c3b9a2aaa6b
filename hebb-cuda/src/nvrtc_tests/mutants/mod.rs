//! A mutation run: each guard, barrier, stride and tie rule of each kernel is broken in turn. The interpreter must
//! report it, or the numbers must be wrong; what survives must be listed as harmless, with the reason.

mod catalogue;
mod probes;

use std::fmt::Write;

use hebb_core::{RefBackend, Result};
use hebb_mock_gpu::GpuSession;

use crate::driver::{Device, Target, compile};
use crate::image::Code;
use crate::kernel::{SOURCES, file};
use crate::{CudaBackend, CudaOptions};
use catalogue::Mutant;

/// What became of a mutant.
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
    let mutants = catalogue::mutants();
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
            let _ = writeln!(wrong, "{fate:?}: {mutant}");
        }
    }
    println!(
        "{} mutants: {reported} reported, {numbers} with wrong numbers, {harmless} harmless",
        mutants.len()
    );
    assert!(wrong.is_empty(), "not as listed:\n{wrong}");
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
    let found = run(mutant);
    let reports = session.reports();
    match found {
        _ if !reports.is_empty() => Fate::Reported,
        Ok(values) if agree(&values, &probes::run(&RefBackend, mutant.file).unwrap()) => Fate::Survived,
        Ok(_) => Fate::WrongNumbers,
        Err(error) => panic!("{mutant}: an error without a report: {error}"),
    }
}

/// The results of the probes on the mutated program.
fn run(mutant: &Mutant) -> Result<Vec<f32>> {
    let files = SOURCES.iter().map(|(name, text)| match *name == mutant.file {
        true => file(name, &mutant.text),
        false => file(name, text),
    });
    let compiled =
        compile(&files.collect::<String>(), Target::Ptx(70), &[]).unwrap_or_else(|e| panic!("{mutant}: {e}"));
    let ptx = String::from_utf8_lossy(&compiled.code).into_owned();
    let device = Device::open(0, &CudaOptions::default())?;
    let backend = CudaBackend::from_code(device, Code::Ptx(ptx), mutant.to_string())?;
    probes::run(&backend, mutant.file)
}

fn agree(found: &[f32], expected: &[f32]) -> bool {
    let near = |(a, b): (&f32, &f32)| a == b || (a - b).abs() <= 1e-4 * (1.0 + b.abs());
    found.len() == expected.len() && found.iter().zip(expected).all(near)
}
