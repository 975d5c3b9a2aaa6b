// Pooling of channels-last images; neighbouring threads take neighbouring channels.

struct Pooling {
    unsigned channels, height, width, out_height, out_width, size, stride, padding, maximum;
};

// The first input that output `index` covers along an axis.
__device__ __forceinline__ unsigned span_start(const Pooling& pool, unsigned index) {
    const unsigned start = index * pool.stride;
    return start < pool.padding ? 0 : start - pool.padding;
}

// The end of the inputs that output `index` covers along an axis of `length`.
__device__ __forceinline__ unsigned span_end(const Pooling& pool, unsigned index, unsigned length) {
    return min(index * pool.stride + pool.size - pool.padding, length);
}

// out[i] for i < len; zeros of the border count in an average and not in a maximum.
extern "C" __global__ void __launch_bounds__(BLOCK)
pool(unsigned len, const Pooling pool, const float* images, float* out) {
    const unsigned i = global_index();
    if (i >= len) return;
    const unsigned channel = i % pool.channels, pixel = i / pool.channels;
    const unsigned col = pixel % pool.out_width, row = pixel / pool.out_width % pool.out_height;
    const unsigned image = pixel / (pool.out_width * pool.out_height);
    const unsigned rows_end = span_end(pool, row, pool.height), cols_end = span_end(pool, col, pool.width);
    float sum = 0.0f, largest = -LARGEST;
    for (unsigned y = span_start(pool, row); y < rows_end; ++y) {
        for (unsigned x = span_start(pool, col); x < cols_end; ++x) {
            const float value = images[((image * pool.height + y) * pool.width + x) * pool.channels + channel];
            sum += value;
            largest = fmaxf(largest, value);
        }
    }
    out[i] = pool.maximum ? largest : sum / (float)(pool.size * pool.size);
}
