use crate::error::{Error, Result};

/// The loss of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// The mean over the images.
    pub mean: f64,
    /// Its gradient with respect to the logits, B×N.
    pub gradient: Vec<f32>,
    /// Images whose largest logit, the first of equals, is that of their class.
    pub correct: usize,
}

/// −ln softmax(logits)\[label\], the mean over images, for logits B×`classes`.
///
/// # Errors
/// [`Error::Shape`] if there are not `classes` logits for each label, or a label that is no class.
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
        let best = first_largest(row);
        let largest = f64::from(row[best]);
        let exponentials: Vec<f64> = row
            .iter()
            .map(|logit| (f64::from(*logit) - largest).exp())
            .collect();
        let sum: f64 = exponentials.iter().sum();
        loss.mean += share * (sum.ln() + largest - f64::from(row[label]));
        loss.correct += usize::from(best == label);
        loss.gradient
            .extend(exponentials.iter().enumerate().map(|(class, exponential)| {
                let target = f64::from(u8::from(class == label));
                (share * (exponential / sum - target)) as f32
            }));
    }
    Ok(loss)
}

/// The index of the largest value, the first of equals; 0 of none.
pub(crate) fn first_largest(row: &[f32]) -> usize {
    (1..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best })
}
