// Ranking of a row of scores s = u - b: one warp per row; ties go to the first index.

// A row of scores; without thresholds they count as zero and are not read.
struct Scores {
    const float* u;
    const float* thresholds;
    unsigned has_thresholds, units;

    __device__ __forceinline__ float operator[](unsigned unit) const {
        return has_thresholds ? u[unit] - thresholds[unit] : u[unit];
    }
};

// Orders scores as the reference does, -0 before +0: a larger key is a larger score.
__device__ __forceinline__ unsigned order_key(float score) {
    const unsigned bits = __float_as_uint(score);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

// The first unit with the largest score, in every lane.
__device__ __forceinline__ unsigned winner_of(const Scores& scores) {
    unsigned best = 0, winner = 0xffffffffu;
    for (unsigned unit = lane(); unit < scores.units; unit += WARP) {
        const unsigned key = order_key(scores[unit]);
        if (key > best || winner == 0xffffffffu) {
            best = key;
            winner = unit;
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
    return winner;
}

// How many keys of the row are at least `bound`, in every lane.
__device__ __forceinline__ unsigned count_from(const Scores& scores, unsigned bound) {
    unsigned count = 0;
    for (unsigned unit = lane(); unit < scores.units; unit += WARP) count += order_key(scores[unit]) >= bound;
#pragma unroll
    for (unsigned step = WARP / 2; step > 0; step /= 2) count += __shfl_xor_sync(FULL_MASK, count, step);
    return count;
}

// The k-th largest key, found bit by bit.
__device__ __forceinline__ unsigned key_of_rank(const Scores& scores, unsigned k) {
    unsigned bound = 0;
    for (unsigned bit = 0x80000000u; bit > 0; bit >>= 1) {
        if (count_from(scores, bound | bit) >= k) bound |= bit;
    }
    return bound;
}

// How many of the units that tie at `bound` are among the k first.
__device__ __forceinline__ unsigned places_at(const Scores& scores, unsigned k, unsigned bound) {
    return k - (bound == 0xffffffffu ? 0 : count_from(scores, bound + 1));
}
