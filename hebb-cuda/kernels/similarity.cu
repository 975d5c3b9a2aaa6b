// Similarities computed from dot products w.x (P x N), in place.

// The kinds of similarity; the host numbers them alike.
#define PROJECTION 0u
#define COSINE 1u
#define RAISED_COSINE 2u
#define GAUSSIAN 3u
#define NEAREST 4u

// Norms below this count as this.
#define SMALLEST_NORM 1e-12f

__device__ __forceinline__ float norm(float squared) { return fmaxf(sqrtf(squared), SMALLEST_NORM); }

// |x - w|^2 from |x|^2, |w|^2 and x.w. What rounding drops from the sum of the norms is added again, because the
// difference can be small beside them.
__device__ __forceinline__ float distance_squared(float patch, float unit, float dot) {
    const float sum = patch + unit;
    const float unit_part = sum - patch;
    const float dropped = (patch - (sum - unit_part)) + (unit - unit_part);
    return fmaxf(fmaf(-2.0f, dot, sum) + dropped, 0.0f);
}

// `patch_norms` (P) and `unit_norms` (N) are squared; patch norms are read for all kinds but PROJECTION and NEAREST.
// `parameter` is the power, or 1 / (2 sigma^2) of the Gaussian.
extern "C" __global__ void __launch_bounds__(BLOCK)
similarity(unsigned len, unsigned units, unsigned kind, float parameter, const float* patch_norms,
           const float* unit_norms, float* dots) {
    const unsigned i = global_index();
    if (i >= len) return;
    const float dot = dots[i], unit = unit_norms[i % units];
    if (kind == PROJECTION || kind == NEAREST) {
        dots[i] = kind == PROJECTION ? dot / norm(unit) : fmaf(-0.5f, unit, dot);
        return;
    }
    const float patch = patch_norms[i / units];
    if (kind == GAUSSIAN) {
        dots[i] = expf(-distance_squared(patch, unit, dot) * parameter);
        return;
    }
    const float cosine = dot / norm(unit) / norm(patch);
    dots[i] = kind == COSINE ? cosine : powf(fmaxf(0.5f * (cosine + 1.0f), 0.0f), parameter);
}
