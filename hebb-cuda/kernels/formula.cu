// A formula of a rule, evaluated for every patch and unit.
//
// The host turns the formula into a program for a stack machine. Each thread's stack is a column of shared memory, so
// that no local memory is needed and banks do not conflict.

// Instructions; the host numbers them alike. Those up to CONSTANT push a value.
#define ACTIVITY 0u
#define SIMILARITY 1u
#define TEACHER 2u
#define STATE 3u
#define CONSTANT 4u
#define NEGATE 5u
#define ABSOLUTE 6u
#define SIGN 7u
#define POSITIVE 8u
#define TANH 9u
#define EXP 10u
#define SQRT 11u
#define RECIPROCAL 12u
#define ADD 13u
#define SUBTRACT 14u
#define MULTIPLY 15u
#define MAXIMUM 16u
#define POWER 17u

// The longest program; the host knows it as MAX_INSTRUCTIONS.
#define MAX_INSTRUCTIONS 64

struct Program {
    unsigned length;
    // The instruction in the low byte; above it the index of a state.
    unsigned code[MAX_INSTRUCTIONS];
    // The value of a CONSTANT.
    float constants[MAX_INSTRUCTIONS];
};

// Where the variables of one element are.
struct Element {
    const float *activity, *similarity, *teacher, *states;
    unsigned index, teacher_index, col, cols;
};

__device__ __forceinline__ float unary(unsigned op, float v) {
    switch (op) {
        case NEGATE: return -v;
        case ABSOLUTE: return fabsf(v);
        case SIGN: return v > 0.0f ? 1.0f : v < 0.0f ? -1.0f : v;
        case POSITIVE: return v > 0.0f ? 1.0f : 0.0f;
        case TANH: return tanhf(v);
        case EXP: return expf(v);
        case SQRT: return sqrtf(v);
        default: return 1.0f / v;
    }
}

__device__ __forceinline__ float binary(unsigned op, float v, float w) {
    switch (op) {
        case ADD: return v + w;
        case SUBTRACT: return v - w;
        case MULTIPLY: return v * w;
        case MAXIMUM: return fmaxf(v, w);
        default: return powf(fabsf(v), w);
    }
}

__device__ __forceinline__ float variable(unsigned op, unsigned state, float constant, const Element& at) {
    switch (op) {
        case ACTIVITY: return at.activity[at.index];
        case SIMILARITY: return at.similarity[at.index];
        case TEACHER: return at.teacher[at.teacher_index];
        case STATE: return at.states[state * at.cols + at.col];
        default: return constant;
    }
}

// out[r, c] for r * cols + c < len. A row of `teacher` holds for `rows_per_teacher` rows. Dynamic shared memory is
// the stack: BLOCK values for each level below the top, which is in a register.
extern "C" __global__ void __launch_bounds__(BLOCK)
formula(unsigned len, unsigned cols, const __grid_constant__ Program program, const float* activity,
        const float* similarity, const float* teacher, unsigned rows_per_teacher, const float* states, float* out) {
    extern __shared__ float stack[];
    const unsigned i = global_index();
    if (i >= len) return;
    const unsigned col = i % cols, row = i / cols;
    const Element at = {activity, similarity, teacher, states, i, row / rows_per_teacher * cols + col, col, cols};
    float* level = stack + threadIdx.x;
    float top = 0.0f;
    for (unsigned pc = 0; pc < program.length; ++pc) {
        const unsigned op = program.code[pc] & 0xffu;
        if (op <= CONSTANT) {
            if (pc > 0) {
                *level = top;
                level += BLOCK;
            }
            top = variable(op, program.code[pc] >> 8, program.constants[pc], at);
        } else if (op < ADD) {
            top = unary(op, top);
        } else {
            level -= BLOCK;
            top = binary(op, *level, top);
        }
    }
    out[i] = top;
}
