//! Planted bugs in the host code: the stand-in driver must report each of them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use hebb_core::backend::Gemm;
use hebb_core::formula::Formula;
use hebb_mock_gpu::GpuSession;

use super::{Argument, Device, FormulaOperand, LaunchConfig};
use crate::code::Code;
use crate::kernel::{EMBEDDED_PTX, Kernel};
use crate::{CudaError, CudaOptions};
use Argument::{Float, Input, Operands, Output, Unsigned, Words};

fn device(_turn: &GpuSession) -> Device {
    let mut device = Device::open(0, &CudaOptions::default()).unwrap();
    device.load(Code::Ptx(EMBEDDED_PTX.to_owned())).unwrap();
    device
}

/// The one report of a session.
#[track_caller]
fn only(session: &GpuSession) -> String {
    let reports = session.reports();
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports[0].clone()
}

#[test]
fn a_count_that_is_too_large_leaves_the_buffer() {
    let session = GpuSession::start();
    let device = device(&session);
    let mut x = device.zeros(256).unwrap();
    let shape = LaunchConfig::elements(257);
    device
        .launch(Kernel::Scale, shape, &[Unsigned(257), Float(2.0), Output(&mut x)])
        .unwrap();
    // The launch is asynchronous: the next call reports its failure, as on a GPU.
    let error = device.synchronize().unwrap_err();
    assert!(
        matches!(&error, CudaError::Driver { status, .. } if status == "CUDA_ERROR_ILLEGAL_ADDRESS"),
        "{error}"
    );
    assert!(only(&session).contains("scale: read of 4 bytes"));
}

#[test]
fn an_output_that_is_too_small_is_overrun() {
    let session = GpuSession::start();
    let device = device(&session);
    let (x, mut out) = (device.zeros(128).unwrap(), device.zeros(120).unwrap());
    let arguments = [
        Unsigned(16),
        Unsigned(8),
        Float(1.0),
        Input(&x),
        Unsigned(0),
        Input(&x),
        Output(&mut out),
    ];
    device
        .launch(Kernel::Triangle, LaunchConfig::warps(16), &arguments)
        .unwrap();
    assert!(only(&session).contains("triangle: write of 4 bytes"));
}

#[test]
fn shared_memory_that_is_too_small_is_overrun() {
    let session = GpuSession::start();
    let device = device(&session);
    let (x, mut out) = (device.zeros(4).unwrap(), device.zeros(4).unwrap());
    let formula = Formula::Operand(0) * Formula::Operand(0);
    let program = crate::formula::Program::new(&formula).unwrap();
    let operand = FormulaOperand::matrix(&x);
    let arguments = [
        Unsigned(4),
        Unsigned(4),
        Words(program.words()),
        Operands(&[operand]),
        Output(&mut out),
    ];
    let shape = LaunchConfig::elements(4).with_shared(program.shared_bytes() - 4 * 253);
    device.launch(Kernel::Formula, shape, &arguments).unwrap();
    assert!(only(&session).contains("outside shared"));
}

#[test]
fn a_product_that_is_too_large_leaves_its_operands() {
    let session = GpuSession::start();
    let device = device(&session);
    let (a, b, mut c) = (
        device.zeros(6).unwrap(),
        device.zeros(6).unwrap(),
        device.zeros(9).unwrap(),
    );
    device.products.run(Gemm::new(3, 3, 2), &a, &b, &mut c).unwrap();
    assert!(device.products.run(Gemm::new(4, 3, 2), &a, &b, &mut c).is_err());
    assert!(only(&session).contains("gemm B: 32 bytes at"));
    assert!(device.products.run(Gemm::new(3, 3, 3), &a, &b, &mut c).is_err());
    assert!(only(&session).contains("leave the allocation of 24 bytes"));
}

#[test]
fn wrong_arguments_do_not_reach_the_driver() {
    let session = GpuSession::start();
    let device = device(&session);
    let mut x = device.zeros(4).unwrap();
    session.reset();
    let error = device
        .launch(
            Kernel::Scale,
            LaunchConfig::elements(4),
            &[Unsigned(4), Output(&mut x)],
        )
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("scale cannot be launched: 2 arguments for 3 parameters"),
        "{error}"
    );
    let swapped = [Float(2.0), Unsigned(4), Output(&mut x)];
    assert!(
        device
            .launch(Kernel::Scale, LaunchConfig::elements(4), &swapped)
            .is_err()
    );
    assert_eq!(session.counts().launches, 0);
}

#[test]
fn a_launch_over_nothing_is_none() {
    let session = GpuSession::start();
    let device = device(&session);
    let mut x = device.zeros(0).unwrap();
    session.reset();
    device
        .launch(
            Kernel::Scale,
            LaunchConfig::elements(0),
            &[Unsigned(0), Float(2.0), Output(&mut x)],
        )
        .unwrap();
    assert_eq!(session.counts().launches, 0);
}

#[test]
fn reading_what_was_never_written_is_reported() {
    let session = GpuSession::start();
    let device = device(&session);
    let mut read = vec![0.0; 8];
    // SAFETY: that the memory is uninitialised is the point of the test; f32 has no invalid bit patterns.
    let values = unsafe { device.stream.alloc::<f32>(8) }.unwrap();
    let raw = crate::CudaBuffer { values, len: 8 };
    device.download(&raw, &mut read).unwrap();
    assert!(only(&session).contains("uninitialised device memory"));
}

#[test]
fn work_that_does_not_wait_for_its_copy_is_reported() {
    let session = GpuSession::start();
    let device = device(&session);
    let mut x = device.zeros(4).unwrap();
    let copying = device.stream.context().new_stream().unwrap();
    let scale = |x: &mut crate::CudaBuffer| {
        let arguments = [Unsigned(4), Float(2.0), Output(x)];
        device
            .launch(Kernel::Scale, LaunchConfig::elements(4), &arguments)
            .unwrap();
    };
    // Neither does the copy wait for the zeros, nor the kernel for the copy.
    copying.memcpy_htod(&[1.0; 4], &mut x.values).unwrap();
    assert!(only(&session).contains("cuMemcpyHtoD: Write of memory that stream"));
    scale(&mut x);
    assert!(only(&session).contains("scale: Write of memory that stream"));
    copying.synchronize().unwrap();
    scale(&mut x);
    assert!(session.reports().is_empty());
}

#[test]
fn pinned_memory_that_is_filled_while_it_is_copied_is_reported() {
    let session = GpuSession::start();
    let device = device(&session);
    let mut x = device.zeros(4).unwrap();
    // SAFETY: f32 has no invalid bit patterns.
    let mut pinned = unsafe { device.stream.context().alloc_pinned::<f32>(4) }.unwrap();
    pinned.as_mut_slice().unwrap().fill(1.0);
    device.stream.memcpy_htod(&pinned, &mut x.values).unwrap();
    assert!(session.reports().is_empty());
    device.stream.memcpy_htod(&pinned, &mut x.values).unwrap();
    assert!(only(&session).contains("used again before its last copy was waited for"));
}

#[test]
fn a_copy_in_pieces_arrives_whole() {
    let session = GpuSession::start();
    let device = device(&session);
    let values: Vec<f32> = (0..(4 << 20) + 3).map(|i| i as f32).collect();
    let (mut x, mut found) = (device.zeros(values.len()).unwrap(), vec![0.0; values.len()]);
    device.upload(&values, &mut x).unwrap();
    device.download(&x, &mut found).unwrap();
    assert_eq!(session.counts().copies_up, 2);
    assert!(found == values && session.reports().is_empty());
}
