// Element-wise operations.

// x[i] *= factor.
extern "C" __global__ void __launch_bounds__(BLOCK) scale(unsigned len, float factor, float* x) {
    const unsigned i = global_index();
    if (i < len) x[i] *= factor;
}

// x[r, c] = 0 for c > r in a size x size matrix.
extern "C" __global__ void __launch_bounds__(BLOCK) lower_triangle(unsigned size, float* x) {
    const unsigned i = global_index();
    if (i < size * size && i % size > i / size) x[i] = 0.0f;
}

// y = u - b, the scores without a competition. `thresholds` is read only if `has_thresholds`.
extern "C" __global__ void __launch_bounds__(BLOCK)
scores(unsigned len, unsigned cols, const float* u, unsigned has_thresholds, const float* thresholds, float* y) {
    const unsigned i = global_index();
    if (i < len) y[i] = has_thresholds ? u[i] - thresholds[i % cols] : u[i];
}

// out = max(0, u).
extern "C" __global__ void __launch_bounds__(BLOCK) relu(unsigned len, const float* u, float* out) {
    const unsigned i = global_index();
    if (i < len) out[i] = fmaxf(u[i], 0.0f);
}
