// Definitions shared by all kernels. The host puts this file first: the files are one program, without includes.
//
// Matrices are row-major; rows are patches, images or units, and channels are contiguous. Sizes are unsigned and an
// operand holds less than 2^32 values. Every sum has a fixed order, so equal inputs give equal bits.

#define FULL_MASK 0xffffffffu
#define WARP 32u
// Threads of every block; the host knows it as BLOCK.
#define BLOCK 256u

// Rows that a block works on at a time where a warp takes 32 columns.
#define ROW_LANES (BLOCK / WARP)

// The largest finite float.
#define LARGEST 3.402823466e38f

// The index of this thread in a one-dimensional grid.
__device__ __forceinline__ unsigned global_index() { return blockIdx.x * BLOCK + threadIdx.x; }

// The row that this warp works on, one warp a row.
__device__ __forceinline__ unsigned warp_row() { return blockIdx.x * (BLOCK / WARP) + threadIdx.x / WARP; }

__device__ __forceinline__ unsigned lane() { return threadIdx.x % WARP; }

// The sum over the lanes of a warp, in every lane.
__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
    for (unsigned step = WARP / 2; step > 0; step /= 2) value += __shfl_xor_sync(FULL_MASK, value, step);
    return value;
}

// The sum over the threads of a block, in every thread. `partial` holds a value for each warp.
__device__ __forceinline__ float block_sum(float value, float* partial) {
    value = warp_sum(value);
    if (lane() == 0) partial[threadIdx.x / WARP] = value;
    __syncthreads();
    value = warp_sum(lane() < BLOCK / WARP ? partial[lane()] : 0.0f);
    __syncthreads();
    return value;
}

// The largest over the lanes of a warp, in every lane.
__device__ __forceinline__ float warp_largest(float value) {
#pragma unroll
    for (unsigned step = WARP / 2; step > 0; step /= 2) value = fmaxf(value, __shfl_xor_sync(FULL_MASK, value, step));
    return value;
}

// The largest of a block's values, which are not negative, in every thread. `partial` holds a value for each warp.
__device__ __forceinline__ float block_largest(float value, float* partial) {
    value = warp_largest(value);
    if (lane() == 0) partial[threadIdx.x / WARP] = value;
    __syncthreads();
    return warp_largest(lane() < BLOCK / WARP ? partial[lane()] : 0.0f);
}

// 1/v, and 0 for v = 0: a row without extent stays zero.
__device__ __forceinline__ float reciprocal_or_zero(float value) { return value > 0.0f ? 1.0f / value : 0.0f; }
