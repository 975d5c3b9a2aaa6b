// Lateral competition: the winner and its neighbours on a grid of up to three dimensions; one warp per row.

// Kernels of the distance; the host numbers them alike. The odd ones are twice the narrow less the wide kernel.
#define GAUSS 0u
#define DIFFERENCE_OF_GAUSSIANS 1u
#define EXPONENTIAL 2u
#define DIFFERENCE_OF_EXPONENTIALS 3u

struct Neighbourhood {
    unsigned planes, rows, cols, kernel;
    // 1 / (2 sigma^2) for Gaussians, 1 / sigma for exponentials; `wide` is that of twice the width.
    float narrow, wide;
};

__device__ __forceinline__ float gap_squared(unsigned a, unsigned b) {
    const float gap = (float)a - (float)b;
    return gap * gap;
}

// The squared distance between two units in row-major order.
__device__ __forceinline__ float grid_distance_squared(const Neighbourhood& grid, unsigned a, unsigned b) {
    const unsigned plane = grid.rows * grid.cols;
    return gap_squared(a / plane, b / plane) + gap_squared(a / grid.cols % grid.rows, b / grid.cols % grid.rows) +
           gap_squared(a % grid.cols, b % grid.cols);
}

// y = h(distance to the winner).
extern "C" __global__ void __launch_bounds__(BLOCK)
lateral(unsigned rows, unsigned units, const Neighbourhood grid, const float* u, unsigned has_thresholds,
        const float* thresholds, float* y) {
    const unsigned row = warp_row();
    if (row >= rows) return;
    const Scores scores = {u + row * units, thresholds, has_thresholds, units};
    const unsigned winner = winner_of(scores);
    for (unsigned unit = lane(); unit < units; unit += WARP) {
        const float squared = grid_distance_squared(grid, unit, winner);
        const float distance = grid.kernel >= EXPONENTIAL ? sqrtf(squared) : squared;
        float h = expf(-distance * grid.narrow);
        if (grid.kernel % 2 == 1) h = 2.0f * h - expf(-distance * grid.wide);
        y[row * units + unit] = h;
    }
}
