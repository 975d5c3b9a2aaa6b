// Uniform random numbers, bit-identical to those of the host: the key stream of ChaCha with 8 rounds (Bernstein 2008).

// Words of a block of the key stream; the host knows it as WORDS.
#define KEY_BLOCK 16u

struct KeyStream {
    unsigned key[8];
    // The number of the first block, and which of the key's streams it is; the low word first.
    unsigned counter[2], nonce[2];
};

__device__ __forceinline__ unsigned rotate(unsigned value, unsigned by) { return value << by | value >> (32 - by); }

__device__ __forceinline__ void quarter_round(unsigned& a, unsigned& b, unsigned& c, unsigned& d) {
    a += b, d = rotate(d ^ a, 16);
    c += d, b = rotate(b ^ c, 12);
    a += b, d = rotate(d ^ a, 8);
    c += d, b = rotate(b ^ c, 7);
}

// out[i] = the number from 0 to below 1 that word `used` + i of the stream stands for. One thread a block of words.
extern "C" __global__ void __launch_bounds__(BLOCK)
uniform(unsigned len, unsigned used, const __grid_constant__ KeyStream stream, float* out) {
    const unsigned block = global_index(), counter = stream.counter[0] + block;
    const unsigned carry = counter < block ? 1u : 0u;
    const unsigned start[KEY_BLOCK] = {
        0x61707865u, 0x3320646eu, 0x79622d32u, 0x6b206574u, stream.key[0], stream.key[1], stream.key[2], stream.key[3],
        stream.key[4], stream.key[5], stream.key[6], stream.key[7], counter, stream.counter[1] + carry,
        stream.nonce[0], stream.nonce[1]};
    unsigned x[KEY_BLOCK];
#pragma unroll
    for (unsigned word = 0; word < KEY_BLOCK; ++word) x[word] = start[word];
#pragma unroll
    for (unsigned pair = 0; pair < 4; ++pair) {
#pragma unroll
        for (unsigned c = 0; c < 4; ++c) quarter_round(x[c], x[4 + c], x[8 + c], x[12 + c]);
#pragma unroll
        for (unsigned c = 0; c < 4; ++c) {
            quarter_round(x[c], x[4 + (c + 1) % 4], x[8 + (c + 2) % 4], x[12 + (c + 3) % 4]);
        }
    }
#pragma unroll
    for (unsigned word = 0; word < KEY_BLOCK; ++word) {
        const unsigned i = block * KEY_BLOCK + word - used;
        if (i < len) out[i] = (float)(x[word] + start[word] >> 8) * (1.0f / 16777216.0f);
    }
}
