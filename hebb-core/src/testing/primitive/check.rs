use super::Primitive;
use crate::backend::{Backend, buffer_of, host_of, values_of};
use crate::error::{Error, Result};
use crate::testing::compare::compare;
use std::borrow::Cow;

/// Values behind every operand that no primitive may touch.
const TAIL: [f32; 3] = [f32::NAN, 7.25, f32::NAN];

/// Holds one call to the contract; `operands` are the values to call it on.
pub(in crate::testing) fn check<B: Backend>(
    backend: &B,
    primitive: &Primitive,
    operands: &[Vec<f32>],
) -> Result<(), String> {
    let expected = primitive
        .expected(operands)
        .map_err(said("the reference failed"))?;
    let mut given = operands.to_vec();
    if let (Some(result), false) = (given.last_mut(), primitive.reads_result()) {
        result.fill(f32::NAN);
    }
    let first = call(backend, primitive, &given, host_of).map_err(said("the call failed"))?;
    let result = first.last().ok_or("there is no result")?;
    compare("the result", &expected, &result[..expected.len()])?;
    untouched(primitive, &given, &first)?;
    // Read as a view, where there is one.
    let view = |backend: &B, buffer: &B::Buffer, len| values_of(backend, buffer, len).map(Cow::into_owned);
    let second = call(backend, primitive, &given, view).map_err(said("the second call failed"))?;
    if bits(result) != bits(second.last().unwrap_or(result)) {
        return Err(
            "two equal calls, or the download and the view of their results, gave different bits".to_owned(),
        );
    }
    refuses_short(backend, primitive, &given)
}

/// The operands after the call, with their tails.
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

/// Inputs and everything behind an operand's end are as they were.
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

/// Each operand in turn is one value too short.
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
        let mut buffers = buffers.map_err(said("a buffer could not be made"))?;
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

fn said(what: &'static str) -> impl Fn(Error) -> String {
    move |error| format!("{what}: {error}")
}
