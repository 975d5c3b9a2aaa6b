//! Comparisons of `setp`.

use std::cmp::Ordering;

use crate::isa::{Comparison, Test};
use crate::types::{Type, f32_of};

pub(super) fn test(test: Test, ty: Type, a: u64, b: u64) -> bool {
    let order = match ty {
        Type::F32 => f32_of(a).partial_cmp(&f32_of(b)),
        Type::F64 => f64::from_bits(a).partial_cmp(&f64::from_bits(b)),
        _ => Some(ty.integer(a).cmp(&ty.integer(b))),
    };
    let Some(order) = order else {
        return test.or_unordered;
    };
    match test.comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterEqual => order != Ordering::Less,
        Comparison::Ordered => true,
        Comparison::Unordered => false,
    }
}
