// Adjoints of patch extraction and pooling: each input value gathers its gradients in a fixed order, without atomics.

// Positions of the padded image that hold an input value: its own and, with reflection, one beyond either end.
#define ITSELF 0u
#define BEFORE_START 1u
#define BEYOND_END 2u

// The output whose tap `tap` lies on `place` of an axis, or on its mirror image; negative if there is none.
__device__ __forceinline__ int output_at(const Convolution& conv, int axis, int place, unsigned mirror, unsigned tap) {
    const int last = (int)conv.size[axis] - 1, stride = conv.stride[axis];
    // The ends are their own mirror images.
    if ((mirror == BEFORE_START && place == 0) || (mirror == BEYOND_END && place == last)) return -1;
    const int at = mirror == ITSELF ? place : mirror == BEFORE_START ? -place : 2 * last - place;
    const int start = at + (int)conv.padding[axis] - (int)(tap * conv.dilation[axis]);
    if (start % stride != 0) return -1;
    return start / stride < (int)conv.positions[axis] ? start / stride : -1;
}

// images[i] for i < len, with len = images * rows * columns * channels.
extern "C" __global__ void __launch_bounds__(BLOCK)
col2im(unsigned len, const Convolution conv, const float* patches, float* images) {
    const unsigned i = global_index();
    if (i >= len) return;
    const unsigned channel = i % conv.channels, pixel = i / conv.channels;
    const unsigned x = pixel % conv.size[1], y = pixel / conv.size[1] % conv.size[0];
    const unsigned image = pixel / (conv.size[1] * conv.size[0]), mirrors = conv.reflect ? 3 : 1;
    float sum = 0.0f;
    for (unsigned row_tap = 0; row_tap < mirrors * conv.kernel[0]; ++row_tap) {
        const unsigned tap_row = row_tap % conv.kernel[0];
        const int row = output_at(conv, 0, y, row_tap / conv.kernel[0], tap_row);
        if (row < 0) continue;
        for (unsigned col_tap = 0; col_tap < mirrors * conv.kernel[1]; ++col_tap) {
            const unsigned tap_col = col_tap % conv.kernel[1];
            const int col = output_at(conv, 1, x, col_tap / conv.kernel[1], tap_col);
            if (col < 0) continue;
            const unsigned position = (image * conv.positions[0] + row) * conv.positions[1] + col;
            sum += patches[((position * conv.kernel[0] + tap_row) * conv.kernel[1] + tap_col) * conv.channels + channel];
        }
    }
    images[i] = sum;
}

// The first output whose window reaches input `at` along an axis.
__device__ __forceinline__ unsigned first_over(const Pooling& pool, unsigned at) {
    const unsigned place = at + pool.padding;
    return place < pool.size ? 0 : (place - pool.size) / pool.stride + 1;
}

// The end of the outputs whose windows reach input `at` along an axis with `outputs` of them.
__device__ __forceinline__ unsigned end_over(const Pooling& pool, unsigned at, unsigned outputs) {
    return min((at + pool.padding) / pool.stride + 1, outputs);
}

// Whether the value at (y, x) is the first of the largest under the window of output (row, col). `plane` is the image's
// channel.
__device__ __forceinline__ bool is_maximum(const Pooling& pool, const float* plane, unsigned row, unsigned col, unsigned y,
                                           unsigned x) {
    const float value = plane[(y * pool.width + x) * pool.channels];
    const unsigned rows_end = span_end(pool, row, pool.height), cols_end = span_end(pool, col, pool.width);
    for (unsigned at_y = span_start(pool, row); at_y < rows_end; ++at_y) {
        for (unsigned at_x = span_start(pool, col); at_x < cols_end; ++at_x) {
            const float other = plane[(at_y * pool.width + at_x) * pool.channels];
            const bool before = at_y < y || (at_y == y && at_x < x);
            if (other > value || (before && other == value)) return false;
        }
    }
    return true;
}

// downstream[i] for i < len, a gradient for each value of `images`, from one for each value that `pool` makes of them.
extern "C" __global__ void __launch_bounds__(BLOCK)
pool_backward(unsigned len, const Pooling pool, const float* images, const float* upstream, float* downstream) {
    const unsigned i = global_index();
    if (i >= len) return;
    const unsigned channel = i % pool.channels, pixel = i / pool.channels;
    const unsigned x = pixel % pool.width, y = pixel / pool.width % pool.height;
    const unsigned image = pixel / (pool.width * pool.height);
    const float* plane = images + image * pool.height * pool.width * pool.channels + channel;
    const unsigned rows_end = end_over(pool, y, pool.out_height), cols_end = end_over(pool, x, pool.out_width);
    float sum = 0.0f;
    for (unsigned row = first_over(pool, y); row < rows_end; ++row) {
        for (unsigned col = first_over(pool, x); col < cols_end; ++col) {
            const float gradient =
                upstream[((image * pool.out_height + row) * pool.out_width + col) * pool.channels + channel];
            if (!pool.maximum || is_maximum(pool, plane, row, col, y, x)) sum += gradient;
        }
    }
    downstream[i] = pool.maximum ? sum : sum / (float)(pool.size * pool.size);
}
