// Stack machine for formulas, and their values for every patch and unit.
//
// The host turns formulas into a program for a stack machine. The top of the stack is in a register; below it, each
// thread's stack is a column of shared memory, so that no local memory is needed and banks do not conflict.

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
// They end a formula and leave the stack empty: the value goes into a sum, or into the output matrix.
#define SUM 18u
#define STORE 19u

// Set where a value is pushed on an empty stack, which has no top to save.
#define FIRST 0x80u

// The longest program; the host knows it as MAX_INSTRUCTIONS.
#define MAX_INSTRUCTIONS 96

struct Program {
    unsigned length;
    // The instruction in seven bits, FIRST, and above them the index of a state or sum.
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

__device__ __forceinline__ Element element_at(unsigned row, unsigned col, unsigned cols, unsigned rows_per_teacher,
                                              const float* activity, const float* similarity, const float* teacher,
                                              const float* states) {
    const unsigned index = row * cols + col, teacher_index = row / rows_per_teacher * cols + col;
    return {activity, similarity, teacher, states, index, teacher_index, col, cols};
}

struct Stack {
    float top;
    // Where the top is saved when a value is pushed.
    float* level;
};

// Executes the instruction `pc`, which is neither SUM nor STORE.
__device__ __forceinline__ void execute(const Program& program, unsigned pc, const Element& at, Stack& stack) {
    const unsigned code = program.code[pc], op = code & 0x7fu;
    if (op <= CONSTANT) {
        if (!(code & FIRST)) {
            *stack.level = stack.top;
            stack.level += BLOCK;
        }
        stack.top = variable(op, code >> 8, program.constants[pc], at);
    } else if (op < ADD) {
        stack.top = unary(op, stack.top);
    } else {
        stack.level -= BLOCK;
        stack.top = binary(op, *stack.level, stack.top);
    }
}

// out[r, c] = the formula's value, for r * cols + c < len. A row of `teacher` holds for `rows_per_teacher` rows. Dynamic
// shared memory is the stack: BLOCK values for each level below the top.
extern "C" __global__ void __launch_bounds__(BLOCK)
formula(unsigned len, unsigned cols, const __grid_constant__ Program program, const float* activity,
        const float* similarity, const float* teacher, unsigned rows_per_teacher, const float* states, float* out) {
    extern __shared__ float shared[];
    const unsigned i = global_index();
    if (i >= len) return;
    const Element at =
        element_at(i / cols, i % cols, cols, rows_per_teacher, activity, similarity, teacher, states);
    Stack stack = {0.0f, shared + threadIdx.x};
    for (unsigned pc = 0; pc < program.length; ++pc) execute(program, pc, at, stack);
    out[i] = stack.top;
}
