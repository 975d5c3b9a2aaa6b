// Row reductions, and rows normalised by them.

// out[r] = sum over c of x[r, c]^2, one warp a row.
extern "C" __global__ void __launch_bounds__(BLOCK)
row_norms_squared(unsigned rows, unsigned cols, const float* x, float* out) {
    const unsigned row = warp_row();
    if (row >= rows) return;
    const float* values = x + row * cols;
    float sum = 0.0f;
    for (unsigned c = lane(); c < cols; c += WARP) sum = fmaf(values[c], values[c], sum);
    sum = warp_sum(sum);
    if (lane() == 0) out[row] = sum;
}

// Each row divided by (its norm + epsilon), one block a row.
extern "C" __global__ void __launch_bounds__(BLOCK) normalize_rows(unsigned cols, float epsilon, float* x) {
    __shared__ float partial[BLOCK / WARP];
    float* values = x + blockIdx.x * cols;
    float squares = 0.0f;
    for (unsigned c = threadIdx.x; c < cols; c += BLOCK) squares = fmaf(values[c], values[c], squares);
    const float scale = reciprocal_or_zero(sqrtf(block_sum(squares, partial)) + epsilon);
    for (unsigned c = threadIdx.x; c < cols; c += BLOCK) values[c] *= scale;
}

// Each row less its mean, divided by (its standard deviation + epsilon), one block a row. The deviation divides by
// cols - 1.
extern "C" __global__ void __launch_bounds__(BLOCK) standardize_rows(unsigned cols, float epsilon, float* x) {
    __shared__ float partial[BLOCK / WARP];
    float* values = x + blockIdx.x * cols;
    float sum = 0.0f, squares = 0.0f;
    for (unsigned c = threadIdx.x; c < cols; c += BLOCK) sum += values[c];
    const float mean = block_sum(sum, partial) / (float)cols;
    for (unsigned c = threadIdx.x; c < cols; c += BLOCK) {
        const float distance = values[c] - mean;
        squares = fmaf(distance, distance, squares);
    }
    const float variance = block_sum(squares, partial) / (float)max(cols - 1, 1u);
    const float scale = reciprocal_or_zero(sqrtf(variance) + epsilon);
    for (unsigned c = threadIdx.x; c < cols; c += BLOCK) values[c] = (values[c] - mean) * scale;
}

// out = max(0, s - mean over the row of s)^power with s = u - b, one warp a row.
extern "C" __global__ void __launch_bounds__(BLOCK)
triangle(unsigned rows, unsigned cols, float power, const float* u, unsigned has_thresholds, const float* thresholds,
         float* out) {
    const unsigned row = warp_row();
    if (row >= rows) return;
    const float* values = u + row * cols;
    float sum = 0.0f;
    for (unsigned c = lane(); c < cols; c += WARP) sum += has_thresholds ? values[c] - thresholds[c] : values[c];
    const float mean = warp_sum(sum) / (float)cols;
    for (unsigned c = lane(); c < cols; c += WARP) {
        const float score = has_thresholds ? values[c] - thresholds[c] : values[c];
        const float rise = fmaxf(score - mean, 0.0f);
        out[row * cols + c] = power == 1.0f ? rise : powf(rise, power);
    }
}
