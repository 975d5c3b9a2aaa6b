// Soft competitions: y from r = softmax(beta s); one warp per row.

// What becomes of r; the host numbers them alike.
#define PLAIN 0u
#define SIGNED 1u
#define RESIDUAL 2u

// y = r; or r for the winner and -r for the others (SIGNED); or the winner's one-hot code less r (RESIDUAL).
extern "C" __global__ void __launch_bounds__(BLOCK)
soft_wta(unsigned rows, unsigned units, unsigned kind, float beta, const float* u, unsigned has_thresholds,
         const float* thresholds, float* y) {
    const unsigned row = warp_row();
    if (row >= rows || units == 0) return;
    const Scores scores = {u + row * units, thresholds, has_thresholds, units};
    const unsigned winner = winner_of(scores);
    const float largest = scores[winner];
    float sum = 0.0f;
    for (unsigned unit = lane(); unit < units; unit += WARP) sum += expf(beta * (scores[unit] - largest));
    sum = warp_sum(sum);
    for (unsigned unit = lane(); unit < units; unit += WARP) {
        const float r = expf(beta * (scores[unit] - largest)) / sum;
        const bool wins = unit == winner;
        float value = r;
        if (kind == SIGNED && !wins) value = -r;
        if (kind == RESIDUAL) value = (wins ? 1.0f : 0.0f) - r;
        y[row * units + unit] = value;
    }
}
