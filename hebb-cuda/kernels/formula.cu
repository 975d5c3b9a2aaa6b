// Stack machine for formulas, and their values for every patch and unit.
//
// The host turns formulas into a program for a stack machine. The top of the stack is in a register; below it, each
// thread's stack is a column of shared memory, so that no local memory is needed and banks do not conflict.

// Instructions; the host numbers them alike. OPERAND and CONSTANT push a value.
#define OPERAND 0u
#define CONSTANT 1u
#define NEGATE 2u
#define ABSOLUTE 3u
#define SIGN 4u
#define POSITIVE 5u
#define TANH 6u
#define EXP 7u
#define SQRT 8u
#define RECIPROCAL 9u
#define ADD 10u
#define SUBTRACT 11u
#define MULTIPLY 12u
#define MAXIMUM 13u
#define POWER 14u
// They end a formula and leave the stack empty: the value goes into a sum, or into the output matrix.
#define SUM 15u
#define STORE 16u

// Set where a value is pushed on an empty stack, which has no top to save.
#define FIRST 0x80u

// The longest program, and the most operands; the host has constants of the same names.
#define MAX_INSTRUCTIONS 96
#define MAX_OPERANDS 36

struct Program {
    unsigned length;
    // The instruction in seven bits, FIRST, and above them the index of an operand or sum.
    unsigned code[MAX_INSTRUCTIONS];
    // The value of a CONSTANT.
    float constants[MAX_INSTRUCTIONS];
};

// Spreads of an operand over the rows and columns of a matrix; the host numbers them alike.
#define EVERY_ELEMENT 0u
#define PER_COLUMN 1u
#define PER_ROW 2u
// One row of values for `rows` rows of the matrix.
#define PER_ROWS 3u
#define SINGLE 4u

struct Operand {
    const float* values;
    unsigned spread, rows;

    __device__ __forceinline__ float at(unsigned row, unsigned col, unsigned cols) const {
        switch (spread) {
            case EVERY_ELEMENT: return values[row * cols + col];
            case PER_COLUMN: return values[col];
            case PER_ROW: return values[row];
            case PER_ROWS: return values[row / rows * cols + col];
            default: return values[0];
        }
    }
};

struct Operands {
    Operand list[MAX_OPERANDS];
};

// An element of the matrix.
struct Element {
    unsigned row, col, cols;
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

struct Stack {
    float top;
    // Where the top is saved when a value is pushed.
    float* level;
};

// Executes the instruction `pc`, which is neither SUM nor STORE.
__device__ __forceinline__ void execute(const Program& program, const Operands& operands, unsigned pc, Element at,
                                        Stack& stack) {
    const unsigned code = program.code[pc], op = code & 0x7fu;
    if (op <= CONSTANT) {
        if (!(code & FIRST)) {
            *stack.level = stack.top;
            stack.level += BLOCK;
        }
        stack.top = op == OPERAND ? operands.list[code >> 8].at(at.row, at.col, at.cols) : program.constants[pc];
    } else if (op < ADD) {
        stack.top = unary(op, stack.top);
    } else {
        stack.level -= BLOCK;
        stack.top = binary(op, *stack.level, stack.top);
    }
}

// out[r, c] = the formula's value, for r * cols + c < len; out may be operand 0. Dynamic shared memory is the stack: BLOCK
// values for each level below the top.
extern "C" __global__ void __launch_bounds__(BLOCK)
formula(unsigned len, unsigned cols, const __grid_constant__ Program program, const __grid_constant__ Operands operands,
        float* out) {
    extern __shared__ float shared[];
    const unsigned i = global_index();
    if (i >= len) return;
    const Element at = {i / cols, i % cols, cols};
    Stack stack = {0.0f, shared + threadIdx.x};
    for (unsigned pc = 0; pc < program.length; ++pc) execute(program, operands, pc, at, stack);
    out[i] = stack.top;
}
