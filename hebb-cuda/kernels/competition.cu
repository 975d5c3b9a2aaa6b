// Who wins a row of scores s = u - b: one warp a row, ties to the first index, k winners exactly k.

// Orders scores as the reference does, -0 before +0: a larger key is a larger score.
__device__ __forceinline__ unsigned order_key(float score) {
    const unsigned bits = __float_as_uint(score);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

__device__ __forceinline__ float score_at(const float* u, unsigned has_thresholds, const float* thresholds, unsigned c) {
    return has_thresholds ? u[c] - thresholds[c] : u[c];
}

// y = 1 for the unit with the largest score, 0 for the others.
extern "C" __global__ void __launch_bounds__(BLOCK)
hard_wta(unsigned rows, unsigned cols, const float* u, unsigned has_thresholds, const float* thresholds, float* y) {
    const unsigned row = warp_row();
    if (row >= rows) return;
    const float* values = u + row * cols;
    unsigned best = 0, winner = 0xffffffffu;
    for (unsigned c = lane(); c < cols; c += WARP) {
        const unsigned key = order_key(score_at(values, has_thresholds, thresholds, c));
        if (key > best || winner == 0xffffffffu) {
            best = key;
            winner = c;
        }
    }
#pragma unroll
    for (unsigned step = WARP / 2; step > 0; step /= 2) {
        const unsigned other = __shfl_xor_sync(FULL_MASK, best, step);
        const unsigned other_winner = __shfl_xor_sync(FULL_MASK, winner, step);
        if (other > best || (other == best && other_winner < winner)) {
            best = other;
            winner = other_winner;
        }
    }
    for (unsigned c = lane(); c < cols; c += WARP) y[row * cols + c] = c == winner ? 1.0f : 0.0f;
}

// How many keys of the row are at least `bound`.
__device__ __forceinline__ unsigned count_from(const float* values, unsigned cols, unsigned has_thresholds,
                                               const float* thresholds, unsigned bound) {
    unsigned count = 0;
    for (unsigned c = lane(); c < cols; c += WARP) {
        count += order_key(score_at(values, has_thresholds, thresholds, c)) >= bound;
    }
#pragma unroll
    for (unsigned step = WARP / 2; step > 0; step /= 2) count += __shfl_xor_sync(FULL_MASK, count, step);
    return count;
}

// The k units with the largest scores win: y is the score if `values_win`, else 1; with `positive`, a winner whose
// score is not positive stays 0. The k-th largest key is found bit by bit; units that tie with it win in order.
extern "C" __global__ void __launch_bounds__(BLOCK)
k_wta(unsigned rows, unsigned cols, unsigned k, unsigned values_win, unsigned positive, const float* u,
      unsigned has_thresholds, const float* thresholds, float* y) {
    const unsigned row = warp_row();
    if (row >= rows) return;
    const float* values = u + row * cols;
    unsigned bound = 0;
    for (unsigned bit = 0x80000000u; bit > 0; bit >>= 1) {
        if (count_from(values, cols, has_thresholds, thresholds, bound | bit) >= k) bound |= bit;
    }
    const unsigned above = bound == 0xffffffffu ? 0 : count_from(values, cols, has_thresholds, thresholds, bound + 1);
    unsigned places = k - above;
    const unsigned before = (1u << lane()) - 1;
    for (unsigned start = 0; start < cols; start += WARP) {
        const unsigned c = start + lane();
        const bool inside = c < cols;
        const float score = inside ? score_at(values, has_thresholds, thresholds, c) : 0.0f;
        const unsigned key = order_key(score);
        const bool tied = inside && key == bound;
        const unsigned ties = __ballot_sync(FULL_MASK, tied);
        const bool wins = inside && (key > bound || (tied && __popc(ties & before) < places));
        const bool silent = !wins || (positive && score <= 0.0f);
        if (inside) y[row * cols + c] = silent ? 0.0f : values_win ? score : 1.0f;
        places -= min((unsigned)__popc(ties), places);
    }
}
