//! Hebbian learning rules, competition, layers, networks and the backend trait.
//!
//! # Architecture
//!
//! ```text
//!  images (B,C,H,W)
//!     │ normalize            layer::Normalize
//!     ▼
//!  patches X (P×K) ── similarity ──► u (P×N) ── competition ──► y (P×N)     plan::{Similarity, Competition}
//!     │                               │                          │
//!     │                               └──────── output, pool ────┴──► the next layer      plan::{Output, Pool}
//!     ▼                                                          ▼
//!  sums Aᵀ X and C ── contract ──► ΔW = scale·(Aᵀ X − C W) ── apply ──► W     rule, plan::{Reduction, Constraint}
//! ```
//!
//! Modules are floors, lowest first: each imports only from those above it in this table, which a test of the workspace
//! checks.
//!
//! | module | subject |
//! |---|---|
//! | [`error`] | errors: what was wrong, its value and the remedy |
//! | `range` | ranges of numbers that settings must lie in |
//! | [`formula`] | scalar formulas as data |
//! | [`seed`] | named random streams of one seed |
//! | [`geometry`] | shapes of images and windows of convolutions |
//! | [`tensors`] | named arrays of saved layers, and their layouts |
//! | [`source`] | batches of labelled images, and their order |
//! | [`schedule`] | learning-rate schedules |
//! | [`plan`] | choices that are independent of the rule: closed enums with scalar definitions |
//! | [`rule`] | rules: parameters, the lowering to the form above, and the surrogate loss |
//! | [`rules`] | the registry of rules, one file each |
//! | [`backend`] | the trait that a device implements: few required primitives, whole passes provided |
//! | [`mod@reference`] | the backend that is the specification: naive loops that sum in f64 |
//! | `moments` | mean and variance of channels, of a batch and running |
//! | [`backprop`] | convolutions, batch norm, ReLU, pooling and dropout with their gradients; SGD and Adam |
//! | [`layer`] | Hebbian layers with their state |
//! | [`readout`] | from features to classes: ridge, softmax regression, SVM, neighbours, class means, supervised Hebb |
//! | [`network`] | networks of Hebbian and backprop layers |
//! | [`train`] | training in phases |
//! | `testing` | with the feature of that name: tolerances, strategies, laws, the conformance suite |
//!
//! Letters are the same everywhere: B images of C channels, H×W; N units of K = kh·kw·C weights; P patches in a batch.
//! Images are (B, C, H, W) and kernels (N, C, kh, kw) outside, as in PyTorch; inside, activations are channels-last and a
//! patch is ordered (kh, kw, C).
//!
//! ΔW is a sum over patches, and computing the sums is kept apart from applying them, so that several machines can add
//! theirs in between. Every random decision draws from a named stream of one [`Seed`]; nothing depends on the number of
//! threads. Ties go to the first index.
#![forbid(unsafe_code)]

pub mod backend;
pub mod backprop;
pub mod error;
pub mod formula;
pub mod geometry;
pub mod layer;
mod moments;
pub mod network;
pub mod plan;
mod range;
pub mod readout;
pub mod reference;
pub mod rule;
pub mod rules;
pub mod schedule;
pub mod seed;
pub mod source;
pub mod tensors;
#[cfg(feature = "testing")]
pub mod testing;
pub mod train;

pub use backend::Backend;
pub use error::{Error, Result};
pub use reference::RefBackend;
pub use seed::Seed;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
