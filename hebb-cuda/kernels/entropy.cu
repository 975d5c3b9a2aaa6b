// Softmax cross-entropy of rows of logits, one warp per row.

struct Softmax {
    float largest, sum;
};

__device__ __forceinline__ Softmax softmax_of(const float* logits, unsigned classes) {
    float largest = -LARGEST, sum = 0.0f;
    for (unsigned c = lane(); c < classes; c += WARP) largest = fmaxf(largest, logits[c]);
    largest = warp_largest(largest);
    for (unsigned c = lane(); c < classes; c += WARP) sum += expf(logits[c] - largest);
    return {largest, warp_sum(sum)};
}

// gradient[r, c] = share * (softmax(logits)[r, c] - 1 for the label's class).
extern "C" __global__ void __launch_bounds__(BLOCK)
entropy_gradient(unsigned rows, unsigned classes, float share, const float* logits, const float* labels,
                 float* gradient) {
    const unsigned row = warp_row();
    if (row >= rows) return;
    const float* values = logits + row * classes;
    const Softmax softmax = softmax_of(values, classes);
    const unsigned label = (unsigned)labels[row];
    for (unsigned c = lane(); c < classes; c += WARP) {
        const float target = c == label ? 1.0f : 0.0f;
        gradient[row * classes + c] = share * (expf(values[c] - softmax.largest) / softmax.sum - target);
    }
}

// scores[r] = (-ln softmax(logits)[r, label], 1 if the first of the largest logits is the label's, else 0).
extern "C" __global__ void __launch_bounds__(BLOCK)
entropy_scores(unsigned rows, unsigned classes, const float* logits, const float* labels, float* scores) {
    const unsigned row = warp_row();
    if (row >= rows) return;
    const float* values = logits + row * classes;
    const Softmax softmax = softmax_of(values, classes);
    const unsigned label = (unsigned)labels[row];
    // Classes before the label's that are as likely.
    unsigned rivals = 0;
    for (unsigned c = lane(); c < label; c += WARP) rivals += values[c] == softmax.largest;
    const bool first = !__any_sync(FULL_MASK, rivals > 0) && values[label] == softmax.largest;
    if (lane() == 0) scores[2 * row] = logf(softmax.sum) + softmax.largest - values[label];
    if (lane() == 0) scores[2 * row + 1] = first ? 1.0f : 0.0f;
}
