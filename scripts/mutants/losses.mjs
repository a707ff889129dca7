// Mistakes in losses and in what is measured.
const trajectories = "tests/model/trajectories.test.ts";
const values = "tests/losses.test.ts";
const ops = "tests/ops/ops.test.ts";
const metrics = "tests/training/metrics.test.ts";

export const losses = [
  {
    name: "meanSquaredError: gradient without the factor 2, in both languages",
    edits: [
      ["assembly/losses/meanSquaredError.ts", "return f32x4.add(error, error);", "return error;"],
      [
        "src/ops/losses/meanSquaredError.ts",
        "slope: (x, target) => 2 * (x - target)",
        "slope: (x, target) => x - target",
      ],
    ],
    tests: [ops],
    named: "^meanSquaredError has the gradient",
  },
  {
    name: "meanAbsoluteError: sign of the gradient",
    edits: [
      [
        "assembly/simd/lanes.ts",
        "f32x4.gt(v, zero)), v128.and(one, f32x4.lt(v, zero))",
        "f32x4.lt(v, zero)), v128.and(one, f32x4.gt(v, zero))",
      ],
    ],
    tests: [trajectories],
    named: "^wasm .*meanAbsoluteError",
  },
  {
    name: "losses of pairs: sum over columns instead of their mean, in both directions",
    edits: [
      [
        "assembly/losses/pairwise.ts",
        "sumForward<F>(row, 1.0 / <f64>changetype<LossRow>(row).columns, option)",
        "sumForward<F>(row, 1.0, option)",
      ],
      [
        "assembly/losses/pairwise.ts",
        "sumBackward<F>(row, 1.0 / <f64>changetype<LossRow>(row).columns, option)",
        "sumBackward<F>(row, 1.0, option)",
      ],
    ],
    tests: [trajectories],
    named: "^wasm .*sgd, defaults",
  },
  {
    name: "losses of pairs: last columns are left out",
    edits: [["assembly/losses/pairwise.ts", "sums = addFloat64(sums, v128.and(term, mask));", ""]],
    tests: [trajectories],
    named: "^wasm .*sgd, defaults",
  },
  {
    name: "mean over the batch missing",
    edits: [["src/compiler/objectives.ts", 'loss.reduction === "sum" ? 1 : 1 / rows', "1"]],
    tests: [trajectories],
    named: "sgd, defaults",
  },
  {
    name: "mean over samples, not over all rows of a sequence",
    edits: [
      [
        "src/compiler/objectives.ts",
        'loss.reduction === "sum" ? 1 : 1 / rows',
        'loss.reduction === "sum" ? 1 : 1 / graph.batchSize',
      ],
    ],
    tests: [trajectories],
    named: "timesteps",
  },
  {
    name: "sample weights count in the loss and not in its gradient",
    edits: [["assembly/losses/reduceLoss.ts", "<f32>(scale * factor)", "<f32>scale"]],
    tests: [trajectories],
    named: "^wasm .*sampleWeight",
  },
  {
    name: "sample weights: the mean is divided by their sum, as in other libraries",
    edits: [
      ["assembly/losses/reduceLoss.ts", "let sum: f64 = 0;", "let sum: f64 = 0;\n  let weights: f64 = 0;"],
      [
        "assembly/losses/reduceLoss.ts",
        "if (weight) weight += 4;",
        "weights += factor * r.rowsPerWeight;\n    if (weight) weight += 4;",
      ],
      ["assembly/losses/reduceLoss.ts", "r.scale * sum", "(r.scale * sum * r.rows) / weights"],
    ],
    tests: [trajectories],
    named: "^wasm .*sampleWeight",
  },
  {
    name: "losses add up from step to step",
    edits: [["assembly/executor/program.ts", "if (isFirstThread()) store<f64>(loss, 0);", ""]],
    tests: [trajectories],
    named: "^wasm .*sgd, defaults",
  },
  {
    name: "labelSmoothing: spread over the other classes only, in both directions",
    edits: [
      [
        "assembly/losses/crossentropyOfLogits.ts",
        "(labelSmoothing / <f64>columns) * sum2(all)",
        "(labelSmoothing / <f64>(columns - 1)) * sum2(all)",
      ],
      [
        "assembly/losses/crossentropyOfLogits.ts",
        "((labelSmoothing * gradient) / <f64>columns)",
        "((labelSmoothing * gradient) / <f64>(columns - 1))",
      ],
    ],
    tests: [trajectories],
    named: "^wasm .*Crossentropy.*labelSmoothing",
  },
  {
    name: "labelSmoothing: towards 0 instead of ½ for binaryCrossentropy",
    edits: [["assembly/losses/smoothing.ts", "f32x4.mul(smoothing, f32x4.splat(0.5))", "f32x4.splat(0)"]],
    tests: [trajectories],
    named: "^wasm .*binaryCrossentropy, labelSmoothing",
  },
  {
    name: "cross-entropy of logits: maximum not subtracted",
    edits: [
      [
        "assembly/losses/crossentropyOfLogits.ts",
        "const max = f32x4.splat(largest(x, columns));\n    let exponentials = f64x2.splat(0);\n    let all",
        "const max = f32x4.splat(0);\n    let exponentials = f64x2.splat(0);\n    let all",
      ],
    ],
    tests: [values],
    named: "extreme logits",
  },
  {
    name: "cross-entropy of logits: gradient without the target",
    edits: [
      [
        "assembly/losses/crossentropyOfLogits.ts",
        "const slope = f32x4.sub(f32x4.mul(e, perExponential), t);",
        "const slope = f32x4.mul(e, perExponential);",
      ],
    ],
    tests: [ops],
    named: "^categoricalCrossentropyFromLogits ",
  },
  {
    name: "cross-entropy of probabilities: gradient where they were clipped, in both languages",
    edits: [
      [
        "assembly/losses/crossentropyOfProbabilities.ts",
        "return v128.andnot(f32x4.div(f32x4.neg(t), p), clipped);",
        "return f32x4.div(f32x4.neg(t), p);",
      ],
      ["src/ops/losses/crossentropy.ts", "isClipped(p, EPSILON, 1 - EPSILON) ? 0 :", ""],
    ],
    tests: [values],
  },
  {
    name: "cross-entropy of probabilities: rows are not divided by their sum, in both directions",
    edits: [
      [
        "src/ops/losses/crossentropy.ts",
        "let total = 0;\n        for (let j = 0; j < columns; j++) total += heap[first + j];\n        let loss",
        "const total = 1;\n        let loss",
      ],
      [
        "src/ops/losses/crossentropy.ts",
        "let total = 0;\n        for (let j = 0; j < columns; j++) total += heap[first + j];\n        const slope",
        "const total = 1;\n        const slope",
      ],
    ],
    tests: [trajectories],
    named: "^js .*do not sum to 1",
  },
  {
    name: "cross-entropy behind a softmax takes probabilities for logits",
    edits: [["src/compiler/objectives.ts", "fused ? producer!.values.x : output", "output"]],
    tests: [trajectories],
    named: "categoricalCrossentropy",
  },
  {
    name: "sparse targets count from 1",
    edits: [
      [
        "assembly/losses/crossentropyTargets.ts",
        "<i32>load<f32>(target + ((<usize>i) << 2)) << 2",
        "(<i32>load<f32>(target + ((<usize>i) << 2)) - 1) << 2",
      ],
    ],
    tests: [trajectories],
    named: "^wasm .*sparse",
  },
  {
    name: "binaryCrossentropy of logits: as it stands in books, overflows",
    edits: [
      [
        "assembly/losses/binaryCrossentropyFromLogits.ts",
        "f32x4.add(f32x4.mul(smoothBinary(wrong, smoothing), magnitude), compactLogOnePlus4(compactExp4(f32x4.neg(magnitude))))",
        "f32x4.sub(compactLogOnePlus4(compactExp4(x)), f32x4.mul(smoothBinary(target, smoothing), x))",
      ],
    ],
    tests: [values],
  },
  {
    name: "huber: linear part without its offset, in TypeScript",
    edits: [
      [
        "src/ops/losses/huber.ts",
        "bounded * (error - bounded / 2)",
        "error > delta ? delta * error : (error * error) / 2",
      ],
    ],
    tests: [values],
  },
  {
    name: "hinge: targets of 0 and 1 are not made −1 and 1",
    edits: [
      ["assembly/losses/signs.ts", "f32x4.sub(target, v128.and(isZero, f32x4.splat(1)))", "target"],
      ["src/ops/losses/hinge.ts", "target === 0 ? -1 : target", "target"],
    ],
    tests: [trajectories],
    named: "hinge, 0 and 1",
  },
  {
    name: "cosineSimilarity: not negated",
    edits: [
      [
        "assembly/losses/cosineSimilarity.ts",
        "<f32>(-a * b * dot(x, target, vectorBytes, tail))",
        "<f32>(a * b * dot(x, target, vectorBytes, tail))",
      ],
    ],
    tests: [trajectories],
    named: "^wasm .*cosineSimilarity",
  },
  {
    name: "kullbackLeiblerDivergence: quotient upside down, in TypeScript",
    edits: [
      ["src/ops/losses/kullbackLeiblerDivergence.ts", "log(t / clip(x, EPSILON, 1))", "log(clip(x, EPSILON, 1) / t)"],
    ],
    tests: [values],
  },
  // ── metrics ────────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: "accuracy: the last of equal predictions wins, in both languages",
    edits: [
      ["assembly/metrics/argmax.ts", "value == value : value > largest", "value == value : value >= largest"],
      ["src/ops/metrics/argmax.ts", "value > heap[start + best]", "value >= heap[start + best]"],
    ],
    tests: [metrics],
  },
  {
    name: "accuracy: the last column is not looked at",
    edits: [
      [
        "assembly/metrics/argmax.ts",
        "const last = row + ((<usize>(count - 4)) << 2);",
        "const last = row + ((<usize>max(0, count - 5)) << 2);",
      ],
    ],
    tests: [metrics],
  },
  {
    name: "accuracy of logits: compared with ½",
    edits: [["src/metrics/metrics.ts", "log(probability) - log(1 - probability)", "probability"]],
    tests: [metrics],
  },
  {
    name: "binaryAccuracy: a prediction on the threshold is positive, in TypeScript",
    edits: [["src/ops/metrics/binaryAccuracy.ts", "heap[x + i] > limit", "heap[x + i] >= limit"]],
    tests: [metrics],
  },
];
