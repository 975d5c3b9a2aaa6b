// The Hebbian step: update and next weights from the sums of a batch; one block per unit, one reading of the sums.

// What the decay is made of; the host numbers them alike.
#define OF_UNITS 1u
#define OF_INPUTS 2u
// How the sum over patches is scaled; otherwise by a constant.
#define BY_WEIGHT 1u
#define BY_LARGEST 2u

// Weights and entries of an update below these count as these.
#define SMALLEST_NORMAL 1.17549435e-38f
#define SMALLEST_ENTRY 1e-30f
// Added to norms, and to their distance from one.
#define NORM_EPSILON 1e-10f

struct Contraction {
    unsigned decay, scaling;
    float scale;
    unsigned has_mask;
};

struct Step {
    float rate;
    unsigned by_norm;
    float power;
    unsigned unit_norm;
};

// The entry of the summed update at `i` = (unit, c).
__device__ __forceinline__ float summed(const Contraction& how, unsigned unit, unsigned c, unsigned i, const float* hebb,
                                        const float* decay, const float* mask, const float* weights) {
    float value = hebb[i];
    if (how.decay == OF_UNITS) value -= decay[unit] * weights[i];
    if (how.decay == OF_INPUTS) value -= decay[c] * weights[i];
    return how.has_mask ? value * mask[i] : value;
}

// out[unit] = the largest size of an entry of the unit's summed update.
extern "C" __global__ void __launch_bounds__(BLOCK)
largest_update(unsigned cols, const Contraction how, const float* hebb, const float* decay, const float* mask,
               const float* weights, float* out) {
    __shared__ float partial[BLOCK / WARP];
    const unsigned unit = blockIdx.x;
    float largest = 0.0f;
    for (unsigned k = threadIdx.x; k < cols; k += BLOCK) {
        largest = fmaxf(largest, fabsf(summed(how, unit, k, unit * cols + k, hebb, decay, mask, weights)));
    }
    largest = block_largest(largest, partial);
    if (threadIdx.x == 0) out[unit] = largest;
}

// What the unit's summed update is multiplied by. `weight` holds a sum for each unit, `largest` one value; each is read
// only where the scaling is by it.
__device__ __forceinline__ float scale_of(const Contraction& how, unsigned unit, const float* weight,
                                          const float* largest) {
    if (how.scaling == BY_LARGEST) return 1.0f / fmaxf(largest[0], SMALLEST_ENTRY);
    if (how.scaling != BY_WEIGHT) return how.scale;
    return weight[unit] > 0.0f ? 1.0f / fmaxf(weight[unit], SMALLEST_NORMAL) : 0.0f;
}

// delta = the update, and weights = constraint(weights + rate * delta).
extern "C" __global__ void __launch_bounds__(BLOCK)
hebbian_step(unsigned cols, const Contraction how, const Step step, const float* hebb, const float* decay,
             const float* mask, const float* weight, const float* largest, float* weights, float* delta) {
    __shared__ float partial[BLOCK / WARP];
    const unsigned unit = blockIdx.x, first = unit * cols;
    const float scale = scale_of(how, unit, weight, largest);
    float rate = step.rate;
    if (step.by_norm) {
        float before = 0.0f;
        for (unsigned c = threadIdx.x; c < cols; c += BLOCK) before = fmaf(weights[first + c], weights[first + c], before);
        const float gap = fabsf(sqrtf(block_sum(before, partial)) - 1.0f) + NORM_EPSILON;
        rate *= powf(gap, step.power);
    }
    float squares = 0.0f;
    for (unsigned c = threadIdx.x; c < cols; c += BLOCK) {
        const unsigned i = first + c;
        const float change = scale * summed(how, unit, c, i, hebb, decay, mask, weights);
        const float next = fmaf(rate, change, weights[i]);
        delta[i] = change;
        weights[i] = next;
        squares = fmaf(next, next, squares);
    }
    if (!step.unit_norm) return;
    const float inverse = reciprocal_or_zero(sqrtf(block_sum(squares, partial)) + NORM_EPSILON);
    for (unsigned c = threadIdx.x; c < cols; c += BLOCK) weights[first + c] *= inverse;
}
