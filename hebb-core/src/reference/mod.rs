//! The executable specification: naive loops that sum in f64.
