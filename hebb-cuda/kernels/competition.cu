// Winner-take-all competitions (hard, k, rank-coded): one warp per row.

// The unit with the largest score wins: y is the score if `values_win`, else 1; with `positive`, a winner whose score is
// not positive stays 0.
extern "C" __global__ void __launch_bounds__(BLOCK)
hard_wta(unsigned rows, unsigned units, unsigned values_win, unsigned positive, const float* u,
         unsigned has_thresholds, const float* thresholds, float* y) {
    const unsigned row = warp_row();
    if (row >= rows || units == 0) return;
    const Scores scores = {u + row * units, thresholds, has_thresholds, units};
    const unsigned winner = winner_of(scores);
    const float score = scores[winner];
    const float value = positive && score <= 0.0f ? 0.0f : values_win ? score : 1.0f;
    for (unsigned unit = lane(); unit < units; unit += WARP) y[row * units + unit] = unit == winner ? value : 0.0f;
}

// The same for the k units with the largest scores, exactly k.
extern "C" __global__ void __launch_bounds__(BLOCK)
k_wta(unsigned rows, unsigned units, unsigned k, unsigned values_win, unsigned positive, const float* u,
      unsigned has_thresholds, const float* thresholds, float* y) {
    const unsigned row = warp_row();
    if (row >= rows) return;
    const Scores scores = {u + row * units, thresholds, has_thresholds, units};
    const unsigned bound = key_of_rank(scores, k);
    unsigned places = places_at(scores, k, bound);
    const unsigned before = (1u << lane()) - 1;
    for (unsigned start = 0; start < units; start += WARP) {
        const unsigned unit = start + lane();
        const bool inside = unit < units;
        const float score = inside ? scores[unit] : 0.0f;
        const unsigned key = order_key(score);
        const unsigned ties = __ballot_sync(FULL_MASK, inside && key == bound);
        const bool wins = key > bound || (key == bound && __popc(ties & before) < places);
        const bool silent = !wins || (positive && score <= 0.0f);
        if (inside) y[row * units + unit] = silent ? 0.0f : values_win ? score : 1.0f;
        places -= min((unsigned)__popc(ties), places);
    }
}

// y = 1 for the unit of rank 1, -delta for that of rank k > 1, 0 for the others.
extern "C" __global__ void __launch_bounds__(BLOCK)
rank_coded(unsigned rows, unsigned units, unsigned k, float delta, const float* u, unsigned has_thresholds,
           const float* thresholds, float* y) {
    const unsigned row = warp_row();
    if (row >= rows) return;
    const Scores scores = {u + row * units, thresholds, has_thresholds, units};
    const unsigned winner = winner_of(scores), bound = key_of_rank(scores, k);
    // Counts down the units that tie with rank k; the last of them has it.
    unsigned places = places_at(scores, k, bound);
    const unsigned before = (1u << lane()) - 1;
    for (unsigned start = 0; start < units; start += WARP) {
        const unsigned unit = start + lane();
        const bool inside = unit < units;
        const bool tied = inside && order_key(scores[unit]) == bound;
        const unsigned ties = __ballot_sync(FULL_MASK, tied);
        const bool pushed = tied && __popc(ties & before) + 1 == places;
        if (inside) y[row * units + unit] = unit == winner ? 1.0f : pushed ? -delta : 0.0f;
        // Zero once rank k was met: no count of earlier ties is one less than that.
        places -= min((unsigned)__popc(ties), places);
    }
}
