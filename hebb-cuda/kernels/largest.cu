// Largest absolute value of an array, by two launches of one kernel.

// out[block] = the largest |x[i]| of the block's `chunk` values, of `len` in all; 0 if there are none.
extern "C" __global__ void __launch_bounds__(BLOCK)
largest_size(unsigned len, unsigned chunk, const float* x, float* out) {
    __shared__ float partial[BLOCK / WARP];
    const unsigned start = min(blockIdx.x * chunk, len), end = start + min(chunk, len - start);
    float largest = 0.0f;
    for (unsigned i = start + threadIdx.x; i < end; i += BLOCK) largest = fmaxf(largest, fabsf(x[i]));
    largest = block_largest(largest, partial);
    if (threadIdx.x == 0) out[blockIdx.x] = largest;
}
