//! The checks of one primitive call.

use super::Primitive;
use crate::backend::{Backend, buffer_of, host_of, values_of};
use crate::error::{Error, Result};
use crate::testing::compare::compare;
use std::borrow::Cow;

/// Values behind the end of every operand, which no primitive may write.
const TAIL: [f32; 3] = [f32::NAN, 7.25, f32::NAN];

/// Checks one call on `operands` against the contract of the backend: values, bits, untouched inputs, refused lengths.
pub(in crate::testing) fn check<B: Backend>(
    backend: &B,
    primitive: &Primitive,
    operands: &[Vec<f32>],
) -> Result<(), String> {
    let expected = primitive
        .expected(operands)
        .map_err(in_context("the reference failed"))?;
    let mut values = operands.to_vec();
    if let (Some(result), false) = (values.last_mut(), primitive.reads_result()) {
        result.fill(f32::NAN);
    }
    let first = call(backend, primitive, &values, host_of).map_err(in_context("the call failed"))?;
    let result = first.last().ok_or("there is no result")?;
    compare("the result", &expected, &result[..expected.len()])?;
    untouched(primitive, &values, &first)?;
    // The second call reads the result as a view, if there is one.
    let view = |backend: &B, buffer: &B::Buffer, len| values_of(backend, buffer, len).map(Cow::into_owned);
    let second = call(backend, primitive, &values, view).map_err(in_context("the second call failed"))?;
    if bits(result) != bits(second.last().unwrap_or(result)) {
        return Err(
            "two equal calls, or the download and the view of their results, gave different bits".to_owned(),
        );
    }
    refuses_short(backend, primitive, &values)
}

/// Runs the call. Returns all operands with their tails.
fn call<B: Backend>(
    backend: &B,
    primitive: &Primitive,
    operands: &[Vec<f32>],
    read: impl Fn(&B, &B::Buffer, usize) -> Result<Vec<f32>>,
) -> Result<Vec<Vec<f32>>> {
    let with_tail = |operand: &Vec<f32>| buffer_of(backend, &[operand.as_slice(), &TAIL].concat());
    let mut buffers = operands.iter().map(with_tail).collect::<Result<Vec<_>>>()?;
    primitive.run(backend, &mut buffers)?;
    let after =
        |(buffer, operand): (&B::Buffer, &Vec<f32>)| read(backend, buffer, operand.len() + TAIL.len());
    buffers.iter().zip(operands).map(after).collect()
}

/// Checks that inputs and tails are unchanged.
fn untouched(primitive: &Primitive, before: &[Vec<f32>], after: &[Vec<f32>]) -> Result<(), String> {
    for (index, ((name, len), values)) in primitive.operands().iter().zip(after).enumerate() {
        if bits(&values[*len..]) != bits(&TAIL) {
            return Err(format!("values behind the end of {name} were written"));
        }
        if index + 1 < before.len() && bits(&values[..*len]) != bits(&before[index]) {
            return Err(format!("the input {name} was written"));
        }
    }
    Ok(())
}

/// Checks that each operand is refused if it is one value too short.
fn refuses_short<B: Backend>(
    backend: &B,
    primitive: &Primitive,
    operands: &[Vec<f32>],
) -> Result<(), String> {
    for (index, (name, len)) in primitive.operands().iter().enumerate() {
        if *len == 0 {
            continue;
        }
        let upload = |(at, operand): (usize, &Vec<f32>)| {
            let len = operand.len() - usize::from(at == index);
            buffer_of(backend, &operand[..len])
        };
        let buffers = operands
            .iter()
            .enumerate()
            .map(upload)
            .collect::<Result<Vec<_>>>();
        let mut buffers = buffers.map_err(in_context("a buffer could not be made"))?;
        match primitive.run(backend, &mut buffers) {
            Err(Error::Shape { .. }) => {}
            Err(other) => return Err(format!("a short {name} gave another error: {other}")),
            Ok(()) => return Err(format!("a short {name} was accepted")),
        }
    }
    Ok(())
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Prefixes an error with its context.
fn in_context(what: &'static str) -> impl Fn(Error) -> String {
    move |error| format!("{what}: {error}")
}
