//! Graded competitions: softmax and its residual, and rank codes.

/// r = softmax(β s), without overflow for large scores.
pub(super) fn softmax(beta: f64, scores: &[f64], activity: &mut [f64]) {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for (activity, score) in activity.iter_mut().zip(scores) {
        *activity = (beta * (score - largest)).exp();
    }
    let sum: f64 = activity.iter().sum();
    activity.iter_mut().for_each(|r| *r /= sum);
}

/// +r_c for the winner c and −r_i for the others (Moraitis et al. 2022).
pub(super) fn signed(beta: f64, scores: &[f64], activity: &mut [f64]) {
    softmax(beta, scores, activity);
    let winner = super::winner(scores);
    for (unit, r) in activity.iter_mut().enumerate() {
        *r = if Some(unit) == winner { *r } else { -*r };
    }
}

/// z − r, the winner's one-hot code minus softmax.
pub(super) fn residual(beta: f64, scores: &[f64], activity: &mut [f64]) {
    softmax(beta, scores, activity);
    let winner = super::winner(scores);
    for (unit, r) in activity.iter_mut().enumerate() {
        *r = f64::from(u8::from(Some(unit) == winner)) - *r;
    }
}

/// 1 at rank 1, −delta at rank k, 0 elsewhere (Krotov and Hopfield 2019).
pub(super) fn rank_coded(k: usize, delta: f64, scores: &[f64], activity: &mut [f64]) {
    let order = super::ranked(scores, k);
    activity.fill(0.0);
    if let Some(&loser) = order.get(k - 1) {
        activity[loser] = -delta;
    }
    if let Some(&winner) = order.first() {
        activity[winner] = 1.0;
    }
}
