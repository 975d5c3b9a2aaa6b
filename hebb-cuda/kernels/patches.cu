// Patch extraction (im2col) from channels-last images: one row per position, columns in the order (kernel row, kernel
// column, channel). Neighbouring threads copy neighbouring channels.

// Sizes along rows (0) and columns (1) of the image.
struct Convolution {
    unsigned size[2], kernel[2], stride[2], dilation[2], padding[2], positions[2], channels, reflect;
};

// The input index under kernel tap `tap` of output `out` along an axis, or -1 in a border of zeros.
__device__ __forceinline__ int source(const Convolution& conv, int axis, unsigned out, unsigned tap) {
    const int size = conv.size[axis];
    const int at = (int)(out * conv.stride[axis] + tap * conv.dilation[axis]) - (int)conv.padding[axis];
    if (at >= 0 && at < size) return at;
    if (!conv.reflect) return -1;
    return at < 0 ? -at : 2 * (size - 1) - at;
}

// patches[i] for i < len, with len = images * positions * kernel rows * kernel columns * channels.
extern "C" __global__ void __launch_bounds__(BLOCK)
im2col(unsigned len, const Convolution conv, const float* images, float* patches) {
    const unsigned i = global_index();
    if (i >= len) return;
    const unsigned channel = i % conv.channels, tap = i / conv.channels;
    const unsigned tap_col = tap % conv.kernel[1], tap_row = tap / conv.kernel[1] % conv.kernel[0];
    const unsigned position = tap / (conv.kernel[1] * conv.kernel[0]);
    const unsigned col = position % conv.positions[1], row = position / conv.positions[1] % conv.positions[0];
    const unsigned image = position / (conv.positions[1] * conv.positions[0]);
    const int y = source(conv, 0, row, tap_row), x = source(conv, 1, col, tap_col);
    float value = 0.0f;
    if (y >= 0 && x >= 0) value = images[((image * conv.size[0] + y) * conv.size[1] + x) * conv.channels + channel];
    patches[i] = value;
}
