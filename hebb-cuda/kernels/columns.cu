// Column sums in two stages of fixed order: chunks of rows, then the chunks. No atomics on floats.

// partial[chunk, c] = sum over the `chunk_rows` rows of a chunk of x[r, c]. Block (x, y) takes 32 columns of chunk y.
extern "C" __global__ void __launch_bounds__(BLOCK)
column_sums_of_chunks(unsigned rows, unsigned cols, unsigned chunk_rows, const float* x, float* partial) {
    __shared__ float sums[ROW_LANES][WARP];
    const unsigned c = blockIdx.x * WARP + lane(), row_lane = threadIdx.x / WARP;
    const unsigned start = blockIdx.y * chunk_rows, end = min(start + chunk_rows, rows);
    float sum = 0.0f;
    if (c < cols) {
        for (unsigned r = start + row_lane; r < end; r += ROW_LANES) sum += x[r * cols + c];
    }
    sums[row_lane][lane()] = sum;
    __syncthreads();
    if (row_lane > 0 || c >= cols) return;
    for (unsigned other = 1; other < ROW_LANES; ++other) sum += sums[other][lane()];
    partial[blockIdx.y * cols + c] = sum;
}

// The sum over chunks of partial[chunk, i], where a chunk has `len` sums.
__device__ __forceinline__ float over_chunks(unsigned chunks, unsigned len, const float* partial, unsigned i) {
    float total = 0.0f;
    for (unsigned chunk = 0; chunk < chunks; ++chunk) total += partial[chunk * len + i];
    return total;
}

// out[c] = share * the sum over chunks of partial[chunk, c].
extern "C" __global__ void __launch_bounds__(BLOCK)
column_sums_of_partials(unsigned chunks, unsigned cols, float share, const float* partial, float* out) {
    const unsigned c = global_index();
    if (c >= cols) return;
    out[c] = share * over_chunks(chunks, cols, partial, c);
}
