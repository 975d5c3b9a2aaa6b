// Sums of several formulas over patches, from one reading of the operands, in two stages of fixed order. No atomics on
// floats.

// partial[chunk, s, c] = the s-th sum over the `chunk_rows` rows of a chunk; out[r, c] = the value that is stored. Block
// (x, y) takes 32 columns of chunk y. Dynamic shared memory holds BLOCK values for each sum, then the stack.
extern "C" __global__ void __launch_bounds__(BLOCK)
statistics(unsigned rows, unsigned cols, unsigned chunk_rows, unsigned sums, const __grid_constant__ Program program,
           const __grid_constant__ Operands operands, float* out, float* partial) {
    extern __shared__ float shared[];
    const unsigned c = blockIdx.x * WARP + lane(), row_lane = threadIdx.x / WARP;
    const unsigned start = blockIdx.y * chunk_rows, end = min(start + chunk_rows, rows);
    float* own = shared + threadIdx.x;
    for (unsigned sum = 0; sum < sums; ++sum) own[sum * BLOCK] = 0.0f;
    if (c < cols) {
        for (unsigned r = start + row_lane; r < end; r += ROW_LANES) {
            const Element at = {r, c, cols};
            Stack stack = {0.0f, own + sums * BLOCK};
            for (unsigned pc = 0; pc < program.length; ++pc) {
                const unsigned op = program.code[pc] & 0x7fu;
                if (op == SUM) {
                    own[(program.code[pc] >> 8) * BLOCK] += stack.top;
                } else if (op == STORE) {
                    out[r * cols + c] = stack.top;
                } else {
                    execute(program, operands, pc, at, stack);
                }
            }
        }
    }
    __syncthreads();
    if (c >= cols) return;
    for (unsigned sum = row_lane; sum < sums; sum += ROW_LANES) {
        const float* lanes = shared + sum * BLOCK + lane();
        float total = 0.0f;
        for (unsigned other = 0; other < ROW_LANES; ++other) total += lanes[other * WARP];
        partial[(blockIdx.y * sums + sum) * cols + c] = total;
    }
}

// The sums for the update, len = 2 or 3 times cols: of weights, of activity, and of decay.
extern "C" __global__ void __launch_bounds__(BLOCK)
update_totals(unsigned chunks, unsigned len, unsigned cols, const float* partial, float* weight, float* active,
              float* decay) {
    const unsigned i = global_index();
    if (i >= len) return;
    float* out = i < cols ? weight : i < 2 * cols ? active : decay;
    out[i % cols] = over_chunks(chunks, len, partial, i);
}

// The sums of the states' formulas, len = states times cols; and what the batch sees of a state: the mean over `rows`
// patches if its bit is set in `from_batch`, or else its former value, which is zero without `has_former`.
extern "C" __global__ void __launch_bounds__(BLOCK)
state_totals(unsigned chunks, unsigned len, unsigned cols, unsigned rows, unsigned from_batch, const float* partial,
             unsigned has_former, const float* former, float* sums, float* seen) {
    const unsigned i = global_index();
    if (i >= len) return;
    const float total = over_chunks(chunks, len, partial, i);
    sums[i] = total;
    if (from_batch >> i / cols & 1u) {
        seen[i] = total / (float)rows;
    } else {
        seen[i] = has_former ? former[i] : 0.0f;
    }
}
