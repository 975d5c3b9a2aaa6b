//! Softmax cross-entropy on the host.

use crate::backend::RowLoss;
use crate::error::{Error, Result};

/// The loss of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// The mean over the images.
    pub mean: f64,
    /// Its gradient with respect to the logits, B×N.
    pub gradient: Vec<f32>,
    /// Number of images whose largest logit, the first of equal ones, is that of their class.
    pub correct: usize,
}

/// −ln softmax(logits)\[label\], the mean over images, for logits B×`classes`.
///
/// # Errors
/// [`Error::Shape`] for another number of logits, or a label not below `classes`.
pub fn softmax_cross_entropy(logits: &[f32], classes: usize, labels: &[u16]) -> Result<Loss> {
    if logits.len() != labels.len() * classes {
        let expected = format!("{}x{classes} values", labels.len());
        return Err(Error::shape(
            "the logits",
            expected,
            format!("{} values", logits.len()),
        ));
    }
    let mut loss = Loss {
        mean: 0.0,
        gradient: Vec::with_capacity(logits.len()),
        correct: 0,
    };
    let share = 1.0 / labels.len().max(1) as f64;
    for (row, &label) in logits.chunks_exact(classes.max(1)).zip(labels) {
        let label = usize::from(label);
        if label >= classes {
            return Err(Error::shape("a label", format!("a class below {classes}"), label));
        }
        let row = RowLoss::of(row, label);
        loss.mean += share * row.loss;
        loss.correct += usize::from(row.correct);
        let gradient = row.gradient.iter().map(|value| (share * value) as f32);
        loss.gradient.extend(gradient);
    }
    Ok(loss)
}
