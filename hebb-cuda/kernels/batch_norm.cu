// Batch norm with a learned scale and shift per column, and its gradients; `statistics` computes the sums over rows.

__device__ __forceinline__ float inverse_deviation(float variance, float epsilon) {
    return 1.0f / sqrtf(variance + epsilon);
}

// y[r, c] = (x[r, c] - mean[c]) * scale[c] / sqrt(variance[c] + epsilon) + shift[c].
extern "C" __global__ void __launch_bounds__(BLOCK)
batch_norm(unsigned len, unsigned cols, float epsilon, const float* x, const float* mean, const float* variance,
           const float* scale, const float* shift, float* y) {
    const unsigned i = global_index(), c = i % cols;
    if (i >= len) return;
    y[i] = fmaf(x[i] - mean[c], scale[c] * inverse_deviation(variance[c], epsilon), shift[c]);
}

// The gradients of scale and shift from the sums of two formulas over chunks of rows: of the gradient g of y, and of
// g (x - mean).
extern "C" __global__ void __launch_bounds__(BLOCK)
batch_norm_totals(unsigned chunks, unsigned cols, float epsilon, const float* partial, const float* variance,
                  float* scale_gradient, float* shift_gradient) {
    const unsigned c = global_index();
    if (c >= cols) return;
    shift_gradient[c] = over_chunks(chunks, 2 * cols, partial, c);
    scale_gradient[c] = over_chunks(chunks, 2 * cols, partial, cols + c) * inverse_deviation(variance[c], epsilon);
}

// The gradient of x from the gradient g of y and those of scale and shift. `share` is 1 / rows, or 0 where mean and
// variance are not those of x.
extern "C" __global__ void __launch_bounds__(BLOCK)
batch_norm_backward(unsigned len, unsigned cols, float epsilon, float share, const float* x, const float* g,
                    const float* mean, const float* variance, const float* scale, const float* scale_gradient,
                    const float* shift_gradient, float* downstream) {
    const unsigned i = global_index(), c = i % cols;
    if (i >= len) return;
    const float inverse = inverse_deviation(variance[c], epsilon);
    const float along = (x[i] - mean[c]) * inverse * scale_gradient[c];
    downstream[i] = scale[c] * inverse * (g[i] - share * (shift_gradient[c] + along));
}
