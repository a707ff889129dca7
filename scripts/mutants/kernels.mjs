// Mistakes in the kernels of layers and activations, in the matrix product and in the functions of four lanes.
const ops = "tests/ops/ops.test.ts";
const limits = "tests/ops/activations.test.ts";
const formulas = "tests/layers/activations.test.ts";
const trajectories = "tests/model/trajectories.test.ts";
const gradientCheck = "tests/model/gradientCheck.test.ts";
const vector = "tests/numeric/vector.test.ts";
const gemm = "tests/gemm.test.ts";

export const kernels = [
  // ── gradients ──────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: "sigmoid: sign of the gradient, in both languages",
    edits: [
      ["assembly/ops/sigmoid.ts", "f32x4.sub(f32x4.splat(1), y)", "f32x4.sub(y, f32x4.splat(1))"],
      ["src/ops/sigmoid.ts", "(1 - heap[y + i])", "(heap[y + i] - 1)"],
    ],
    tests: [ops],
    named: "^sigmoid has the gradient",
  },
  {
    name: "softplus: sign of the gradient",
    edits: [
      [
        "assembly/ops/softplus.ts",
        "f32x4.neg(f32x4.mul(dy, expMinusOne4(f32x4.neg(y))))",
        "f32x4.mul(dy, expMinusOne4(f32x4.neg(y)))",
      ],
    ],
    tests: [trajectories],
    named: "^wasm .*softplus",
  },
  {
    name: "tanh: gradient by x instead of y",
    edits: [["assembly/ops/tanh.ts", "tanhGradient(r.y,", "tanhGradient(r.x,"]],
    tests: [ops],
    named: "^tanh ",
  },
  {
    name: "dense and relu in one row: the gradient of the product is that of the output",
    edits: [["assembly/ops/denseRelu.ts", "rectifyGradient(r.y, r.dy, r.dy, 0, r.rows * r.units);", ""]],
    tests: [trajectories],
  },
  {
    name: "dense and tanh in one row: without the activation",
    edits: [["assembly/ops/denseTanh.ts", "tanhOf(r.y, r.y, r.rows * r.units);", ""]],
    tests: [trajectories],
  },
  {
    name: "relu: passes the gradient where y is 0",
    edits: [["assembly/ops/relu.ts", "f32x4.gt(y, f32x4.splat(0))", "f32x4.ge(y, f32x4.splat(0))"]],
    tests: [trajectories],
    named: "^wasm .*linear, relu, softsign",
  },
  {
    name: "relu6: passes the gradient above 6, in both languages",
    edits: [
      ["assembly/ops/relu6.ts", "f32x4.lt(y, f32x4.splat(6))", "f32x4.le(y, f32x4.splat(6))"],
      ["src/ops/relu6.ts", "heap[y + i] < 6", "heap[y + i] <= 6"],
    ],
    tests: [trajectories],
    named: "relu6",
  },
  {
    name: "softmax: gradient without the sum, in both languages",
    edits: [
      [
        "assembly/ops/softmax.ts",
        "const mean = f32x4.splat(<f32>dotProduct(y, dy, whole, part));",
        "const mean = f32x4.splat(0);",
      ],
      ["src/ops/softmax.ts", "mean += heap[dy + j] * heap[y + j]", "mean += 0"],
    ],
    tests: [ops],
    named: "^softmax has the gradient",
  },
  {
    name: "dense: no gradient of the bias",
    edits: [["assembly/ops/dense.ts", "if (r.db) sumColumns(r.rows, r.units, r.dy, r.db, r.addDb);", ""]],
    tests: [trajectories],
    named: "^wasm .*sgd, defaults",
  },
  {
    name: "dense: gradient of the bias without the last row, in TypeScript",
    edits: [
      [
        "src/ops/dense.ts",
        "for (let j = 0; j < units; j++) sums[j] += heap[dy",
        "if (i < rows - 1) for (let j = 0; j < units; j++) sums[j] += heap[dy",
      ],
    ],
    tests: [ops],
    named: "^dense has the gradient",
  },
  {
    name: "dense: stores dx where it should add",
    edits: [["assembly/ops/dense.ts", "r.addDx != 0", "false"]],
    tests: [gradientCheck],
    named: "several layers read",
  },
  {
    name: "dense: adds dw where it should store",
    edits: [["assembly/ops/dense.ts", "r.addDw != 0", "true"]],
    tests: [trajectories],
    named: "^wasm .*sgd, defaults",
  },
  {
    name: "elementwise: stores where it should add",
    edits: [["assembly/loops/elementwise.ts", "  if (add) {", "  if (false) {"]],
    tests: [ops],
    named: "^(tanh|gelu|rescaling) adds a gradient",
  },
  // ── forms of activations ───────────────────────────────────────────────────────────────────────────────────────────
  {
    name: "leakyRelu: slope 0.3",
    edits: [
      ["src/activations/activations.ts", "negativeSlope: [notNegative, 0.2]", "negativeSlope: [notNegative, 0.3]"],
    ],
    tests: [formulas],
  },
  {
    name: "elu: alpha 1.67, that of selu",
    edits: [["src/activations/activations.ts", "alpha: [notNegative, 1]", "alpha: [notNegative, 1.67]"]],
    tests: [formulas],
  },
  {
    name: "elu: gradient without alpha, in both languages",
    edits: [
      ["assembly/ops/elu.ts", "f32x4.add(y, alpha)", "f32x4.add(y, f32x4.splat(1))"],
      ["src/ops/elu.ts", "heap[y + i] + alpha", "heap[y + i] + 1"],
    ],
    tests: [ops],
    named: "^elu has the gradient",
  },
  {
    name: "selu: alpha without scale",
    edits: [["assembly/ops/selu.ts", "1.0507009873554805 * 1.6732632423543772", "1.6732632423543772"]],
    tests: [trajectories],
    named: "^wasm .*selu",
  },
  {
    name: "hardSigmoid: slope 0.2 of old Keras, in both languages",
    edits: [
      ["assembly/ops/hardSigmoid.ts", "f32x4.add(x, f32x4.splat(3)), 0, 6)", "f32x4.add(x, f32x4.splat(2.5)), 0, 5)"],
      ["assembly/ops/hardSigmoid.ts", "const SIXTH: f32 = 1.0 / 6.0;", "const SIXTH: f32 = 0.2;"],
      [
        "src/ops/hardSigmoid.ts",
        "Math.min(Math.max(6 * slope * heap[x + i] + 3, 0), 6) / 6",
        "Math.min(Math.max(6 * slope * heap[x + i] + 2.5, 0), 5) / 5",
      ],
      ["src/ops/hardSigmoid.ts", "< 1 ? slope : 0", "< 1 ? 1.2 * slope : 0"],
    ],
    tests: [trajectories],
    named: "hardSigmoid",
  },
  {
    name: "gelu: exact and approximate form exchanged",
    edits: [
      [
        "src/activations/activations.ts",
        "approximate ? geluApproximate : geluOp",
        "approximate ? geluOp : geluApproximate",
      ],
    ],
    tests: [trajectories],
    named: "gelu",
  },
  {
    name: "gelu: density without the factor of the normal distribution, in both languages",
    edits: [
      [
        "assembly/ops/gelu.ts",
        "const INVERSE_SQRT_TWO_PI: f32 = 0.3989422804014327;",
        "const INVERSE_SQRT_TWO_PI: f32 = 0.5641895835477563;",
      ],
      [
        "src/ops/gelu.ts",
        "const inverseSqrtTwoPi = 0.3989422804014327;",
        "const inverseSqrtTwoPi = 0.5641895835477563;",
      ],
    ],
    tests: [ops],
    named: "^gelu has the gradient",
  },
  {
    name: "approximate gelu: cubic coefficient 0.04715, in both languages",
    edits: [
      ["assembly/ops/geluApproximate.ts", "const CUBIC: f32 = 0.044715;", "const CUBIC: f32 = 0.04715;"],
      ["src/ops/geluApproximate.ts", "const cubic = 0.044715;", "const cubic = 0.04715;"],
    ],
    tests: [trajectories],
    named: "approximate gelu",
  },
  {
    name: "mish is silu",
    edits: [["src/activations/activations.ts", 'plain("mish", mish)', 'plain("mish", silu)']],
    tests: [trajectories],
    named: "mish",
  },
  {
    name: "softmax: maximum not subtracted",
    edits: [
      ["assembly/ops/softmax.ts", "const m = f32x4.splat(rowMaximum(x, whole, part));", "const m = f32x4.splat(0);"],
    ],
    tests: [limits],
  },
  {
    name: "row-wise: last part of a row not looked at for the maximum",
    edits: [["assembly/loops/rows.ts", "if (part) largest =", "if (false) largest ="]],
    tests: [limits],
  },
  // ── dropout, penalty, gathering ────────────────────────────────────────────────────────────────────────────────────
  {
    name: "dropout: what is kept is not scaled",
    edits: [["assembly/ops/dropout.ts", "(1 / (1 - r.rate))", "1"]],
    tests: ["tests/ops/dropout.test.ts"],
  },
  {
    name: "dropout: another mask on the way back, in both languages",
    edits: [
      [
        "assembly/ops/dropout.ts",
        "changetype<Step>(step).index, r.dy, r.dx,",
        "changetype<Step>(step).index + 1, r.dy, r.dx,",
      ],
      [
        "src/ops/dropout.ts",
        "backward({ heap }, { dx, addDx, dy, count, seed, stream, rate }, step) {\n    const key = deriveKey(seed, stream, step.index);",
        "backward({ heap }, { dx, addDx, dy, count, seed, stream, rate }, step) {\n    const key = deriveKey(seed, stream, step.index + 1);",
      ],
    ],
    tests: ["tests/ops/dropout.test.ts"],
  },
  {
    name: "dropout: the same mask in every step",
    edits: [["assembly/ops/dropout.ts", "deriveKey(r.seed, r.stream, index)", "deriveKey(r.seed, r.stream, 0)"]],
    tests: ["tests/ops/dropout.test.ts"],
  },
  {
    name: "dropout: the rate is the share that is kept",
    edits: [["assembly/ops/dropout.ts", "i32x4.ge_s(", "i32x4.lt_s("]],
    tests: ["tests/ops/dropout.test.ts"],
  },
  {
    name: "random numbers: one shift differs between the languages",
    edits: [
      ["assembly/simd/random.ts", "x = v128.xor(x, i32x4.shr_u(x, 17));", "x = v128.xor(x, i32x4.shr_u(x, 16));"],
    ],
    tests: ["tests/ops/ops.test.ts"],
    named: "^dropout ",
  },
  {
    name: "penalty: l2 gradient without the factor 2, in both languages",
    edits: [
      ["assembly/ops/penalty.ts", "<f32>(2 * r.l2)", "<f32>r.l2"],
      ["src/ops/penalty.ts", "2 * l2 * heap[w + i]", "l2 * heap[w + i]"],
    ],
    tests: [ops],
    named: "^penalty has the gradient",
  },
  {
    name: "penalty: half the squares, as in other libraries, in both languages",
    edits: [
      ["assembly/ops/penalty.ts", "+ r.l2 * square", "+ 0.5 * r.l2 * square"],
      ["assembly/ops/penalty.ts", "<f32>(2 * r.l2)", "<f32>r.l2"],
      ["src/ops/penalty.ts", "+ l2 * square", "+ 0.5 * l2 * square"],
      ["src/ops/penalty.ts", "2 * l2 * heap[w + i]", "l2 * heap[w + i]"],
    ],
    tests: [trajectories],
    named: "l2",
  },
  {
    name: "gather: samples in the order they stand",
    edits: [["assembly/loops/gather.ts", "<usize>load<i32>(order + (<usize>b << 2))", "<usize>b"]],
    tests: [ops],
    named: "^gather",
  },
  {
    name: "gather: bytes are signed",
    edits: [["assembly/ops/gatherBytes.ts", "i16x8.extend_low_i8x16_u(", "i16x8.extend_low_i8x16_s("]],
    tests: ["tests/model/fit.test.ts"],
    named: "uint8, int32 and float32",
  },
  // ── matrix product ─────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: "matrix product: columns behind the last whole vector are dropped",
    edits: [
      [
        "assembly/gemm/pack.ts",
        "for (; j < columns; j++) {\n      const at",
        "for (; j < columns - 1; j++) {\n      const at",
      ],
    ],
    tests: [gemm],
  },
  {
    name: "matrix product: blocks of the reduction replace each other",
    edits: [["assembly/gemm/gemm.ts", "const accumulate = add || p > 0;", "const accumulate = add;"]],
    tests: [gemm],
  },
  {
    name: "matrix product: bias in every block of the reduction",
    edits: [["assembly/gemm/gemm.ts", "const start = p ? <usize>0 : bias;", "const start = bias;"]],
    tests: [gemm],
  },
  {
    name: "matrix product: last step of an odd reduction is dropped in tiles of 4×4",
    edits: [
      ["assembly/gemm/tiles.ts", "left -= 2;\n    b += 32;", "left -= 2;\n    if (left == 1) break;\n    b += 32;"],
    ],
    tests: [gemm],
  },
  {
    name: "matrix product: tiles wider than the panels they read",
    edits: [
      [
        "assembly/gemm/packed.ts",
        "const width = roundUp(columns, 4);\n    const height",
        "const width = roundUp(columns, 8);\n    const height",
      ],
    ],
    tests: [gemm],
  },
  {
    name: "sum of columns: the last row is left out",
    edits: [
      [
        "assembly/loops/reduce.ts",
        "function sumFour(rows: i32, block: i32, stride: usize, matrix: usize, sum: usize, add: i32, part: i32): void {\n  const end = matrix + <usize>rows * stride;",
        "function sumFour(rows: i32, block: i32, stride: usize, matrix: usize, sum: usize, add: i32, part: i32): void {\n  const end = matrix + <usize>max(1, rows - 1) * stride;",
      ],
    ],
    tests: [trajectories],
    named: "^wasm .*sgd, defaults",
  },
  // ── functions of four lanes ────────────────────────────────────────────────────────────────────────────────────────
  {
    name: "exponential: a coefficient of Taylor's in the fitted polynomial",
    edits: [["assembly/simd/vector.ts", "f32x4.splat(0.008366580395)", "f32x4.splat(0.008333333333)"]],
    tests: [vector],
  },
  {
    name: "exponential: second part of ln 2 forgotten",
    edits: [["assembly/simd/vector.ts", "f32x4.mul(k, f32x4.splat(LN2_LOW)),", "f32x4.splat(0),"]],
    tests: [vector],
  },
  {
    name: "logarithm: range reduction to 1 … 2",
    edits: [
      ["assembly/simd/vector.ts", "const SQRT_HALF_BITS: i32 = 0x3f3504f3;", "const SQRT_HALF_BITS: i32 = 0x3f800000;"],
    ],
    tests: [vector],
  },
  {
    name: "tanh: quotient of large arguments near 0",
    edits: [["assembly/simd/vector.ts", "f32x4.splat(0.55)", "f32x4.splat(0.055)"]],
    tests: [vector],
  },
  {
    name: "softplus: maximum with 0 forgotten",
    edits: [
      [
        "assembly/simd/vector.ts",
        "f32x4.add(f32x4.pmax(x, f32x4.splat(0)), logarithmOfNormal",
        "f32x4.add(x, logarithmOfNormal",
      ],
    ],
    tests: [vector],
  },
  {
    name: "error function: one digit of a coefficient",
    edits: [["assembly/simd/vector.ts", "f32x4.splat(0.1128214081)", "f32x4.splat(0.1128224081)"]],
    tests: [vector],
  },
];
