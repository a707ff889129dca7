// Mistakes in merges, normalisations, state and models within models.
const trajectories = "tests/model/graphTrajectories.test.ts";
const batch = "tests/layers/batchNormalization.test.ts";
const nested = "tests/model/nested.test.ts";
const ops = "tests/ops/ops.test.ts";
const plan = "tests/model/memoryPlan.test.ts";

export const graphs = [
  {
    name: "multiply: each input gets its own value as slope, in both languages",
    edits: [
      ["src/ops/multiply.ts", "{ a: (_, b) => b, b: (a) => a }", "{ a: (a) => a, b: (_, b) => b }"],
      ["assembly/ops/multiply.ts", "f32x4.mul(b, dy)", "f32x4.mul(a, dy)"],
    ],
    tests: [trajectories],
  },
  {
    name: "batchNormalization: dx without the mean of dy",
    edits: [
      [
        "assembly/ops/batchNormalization.ts",
        "f32x4.sub(f32x4.sub(v128.load(i + j), v128.load(meanGradient + j)), tilt)",
        "f32x4.sub(v128.load(i + j), tilt)",
      ],
    ],
    tests: [trajectories],
  },
  {
    name: "batchNormalization: the unbiased variance",
    edits: [
      [
        "src/ops/batchNormalization.ts",
        "heap[variance + j] = squares / rows;",
        "heap[variance + j] = squares / (rows - 1);",
      ],
    ],
    tests: [batch],
  },
  {
    name: "batchNormalization: a frozen layer trains",
    edits: [
      ["src/layers/normalization/batchNormalization.ts", "!graph.training || movingMean.frozen", "!graph.training"],
    ],
    tests: [batch],
  },
  {
    name: "state changes although only gradients are asked for",
    edits: [["src/compiler/compile.ts", 'kind === "train" && recipe.optimizer\n', "recipe.optimizer\n"]],
    tests: [batch],
  },
  {
    name: "batchNormalization: its moments do not live until the averages are moved: the plan",
    edits: [
      [
        "src/compiler/compile.ts",
        'kind === "train" ? graph.updates.flatMap',
        "kind === undefined ? graph.updates.flatMap",
      ],
    ],
    tests: [plan],
    named: "collides",
  },
  {
    name: "batchNormalization: its moments do not live until the averages are moved: the numbers",
    edits: [
      [
        "src/compiler/compile.ts",
        'kind === "train" ? graph.updates.flatMap',
        "kind === undefined ? graph.updates.flatMap",
      ],
    ],
    tests: [plan],
    named: "the moving mean is that",
  },
  {
    name: "batchNormalization: gradient of gamma without the deviation",
    edits: [
      [
        "assembly/ops/batchNormalization.ts",
        "f32x4.mul(joinHalves(productLow, productHigh), rescaled);\n  if",
        "joinHalves(productLow, productHigh);\n  if",
      ],
    ],
    tests: [trajectories],
    named: "atch",
  },
  {
    name: "batchNormalization: the averages move by momentum",
    edits: [
      [
        "assembly/ops/movingAverage.ts",
        "const kept = f32x4.splat(<f32>r.momentum);",
        "const kept = f32x4.splat(<f32>(1 - r.momentum));",
      ],
      [
        "assembly/ops/movingAverage.ts",
        "const taken = f32x4.splat(<f32>(1 - r.momentum));",
        "const taken = f32x4.splat(<f32>r.momentum);",
      ],
    ],
    tests: [trajectories],
    named: "atch",
  },
  {
    name: "groupNormalization: dx without the mean of dy",
    edits: [["assembly/ops/groupNormalization.ts", "r.centers ? <f32>(sum2(sums) / size) : 0", "0"]],
    tests: [trajectories],
    named: "ormali",
  },
  {
    name: "groupNormalization: all groups read the first one's gamma",
    edits: [
      [
        "assembly/ops/groupNormalization.ts",
        "const gamma = r.gamma ? r.gamma + inSample : 0;\n    const beta",
        "const gamma = r.gamma;\n    const beta",
      ],
    ],
    tests: [trajectories],
  },
  {
    name: "a frozen model within a model is trained",
    edits: [["src/compiler/weightTable.ts", "[layer, ...inner].some((each) => !each.trainable)", "false"]],
    tests: [nested],
  },
  {
    name: "a new model forgets what its layers have learned",
    edits: [["src/runtime/weightCopies.ts", "if (shared.version > 0) return;", ""]],
    tests: [nested],
  },
  {
    name: "concatenate: the second part's gradient is the first's",
    edits: [
      [
        "assembly/ops/concatenate.ts",
        "if (r.db) copyRows(r.rows, r.columnsOfB, r.dy + strideOfA,",
        "if (r.db) copyRows(r.rows, r.columnsOfB, r.dy,",
      ],
    ],
    tests: [trajectories],
    named: "oncat",
  },
  {
    name: "permute: the gradient replaces where it should add",
    edits: [["assembly/ops/permute.ts", "r.dx, r.dy, r.addDx);", "r.dx, r.dy, 0);"]],
    tests: [ops],
    named: "^permute",
  },
  {
    name: "permute: the gradient of a transposed matrix replaces where it should add",
    edits: [["assembly/loops/strided.ts", "min(size4, size5) >= MATRIX && !add", "min(size4, size5) >= MATRIX"]],
    tests: [ops],
    named: "^permute",
  },
  {
    name: "prelu: one sum of sixteen columns is its neighbour's",
    edits: [
      [
        "assembly/ops/prelu.ts",
        "finish(target + 32, low2, high2, sum2, add, part);",
        "finish(target + 32, low1, high1, sum1, add, part);",
      ],
    ],
    tests: [ops],
    named: "^prelu",
  },
  {
    name: "prelu: slopes learn from positive numbers, too",
    edits: [["assembly/ops/prelu.ts", "v128.andnot(product, f32x4.gt(numbers, f32x4.splat(0)))", "product"]],
    tests: [trajectories],
    named: "prelu",
  },
  {
    name: "subtract: the second input's gradient has the sign of the first's",
    edits: [
      [
        "src/layers/merging/merge.ts",
        'new Merge("subtract", options, subtractOp',
        'new Merge("subtract", options, addOp',
      ],
    ],
    tests: [trajectories],
    named: "subtract",
  },
  {
    name: "average: a sum",
    edits: [["src/layers/merging/merge.ts", "scale: 1 / inputs.length", "scale: 1"]],
    tests: [trajectories],
    named: "average",
  },
  {
    name: "matmul: gradient of a transposed second input by the transposed upstream gradient",
    edits: [
      ["assembly/ops/matmul.ts", "dy, yEntry, true, a, aEntry, transposeA", "dy, yEntry, false, a, aEntry, transposeA"],
    ],
    tests: [trajectories],
  },
  {
    name: "matmul: narrow products take b for untransposed",
    edits: [["assembly/gemm/gemm.ts", "aTransposed && !bTransposed && !start", "aTransposed && !start"]],
    tests: [ops],
    named: "^matmul",
  },
  {
    name: "matmul: sums over the batch forget what rounding lost",
    edits: [
      [
        "assembly/ops/matmul.ts",
        "adds = true;\n      if (isFew",
        "adds = isFew || blocks + 1 < BLOCKS;\n      if (isFew",
      ],
    ],
    tests: ["tests/ops/sums.test.ts"],
    named: "matmul",
  },
  {
    name: "maximum hides a NaN",
    edits: [["assembly/ops/maximum.ts", "keepNaN(f32x4.pmax(a, b), b)", "f32x4.pmax(a, b)"]],
    tests: [ops],
    named: "^maximum never hides a NaN",
  },
];
