// Mistakes in merges, normalisations, state and models within models.
const trajectories = "tests/model/graphTrajectories.test.ts";
const batch = "tests/layers/batchNormalization.test.ts";
const nested = "tests/model/nested.test.ts";
const ops = "tests/ops/ops.test.ts";

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
    edits: [["src/layers/batchNormalization.ts", "!graph.training || movingMean.frozen", "!graph.training"]],
    tests: [batch],
  },
  {
    name: "state changes although only gradients are asked for",
    edits: [["src/compiler/compile.ts", 'kind === "train" && recipe.optimizer\n', "recipe.optimizer\n"]],
    tests: [batch],
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
    edits: [["src/model/weightTable.ts", "[layer, ...inner].some((each) => !each.trainable)", "false"]],
    tests: [nested],
  },
  {
    name: "a new model forgets what its layers have learned",
    edits: [["src/model/weightTable.ts", "if (known) {", "if (known?.length === -1) {"]],
    tests: [nested],
  },
  {
    name: "dot: gradient of the second input transposed",
    edits: [["assembly/ops/dot.ts", "r.addDb, 4, rowBytes)", "r.addDb, rowBytes, 4)"]],
    tests: [trajectories],
  },
  {
    name: "maximum hides a NaN",
    edits: [["assembly/ops/maximum.ts", "keepNaN(f32x4.pmax(a, b), b)", "f32x4.pmax(a, b)"]],
    tests: [ops],
    named: "^maximum never hides a NaN",
  },
];
