// Mistakes in update rules, clippings and schedules. Those in SIMD kernels are shown to trajectories computed elsewhere.
const trajectories = "tests/model/trajectories.test.ts";
const reference = "tests/training/optimizers.test.ts";
const schedules = "tests/training/schedules.test.ts";

/** A mistake in a SIMD kernel that the references with such names must notice. */
function inKernel(name, file, find, replace, named) {
  const edits = [[`assembly/optimizers/${file}.ts`, find, replace]];
  return { name, edits, tests: [trajectories], named: `^wasm .*${named}` };
}

/** A mistake in TypeScript that the reference of every update must notice. */
function inReadable(name, file, find, replace) {
  return {
    name: `${name}, in TypeScript`,
    edits: [[`src/ops/optimizers/${file}.ts`, find, replace]],
    tests: [reference],
  };
}

export const optimizers = [
  inKernel("sgd: climbs", "sgd", "f32x4.sub(v128.load(w + i)", "f32x4.add(v128.load(w + i)", "sgd, defaults"),
  inKernel(
    "momentum: dampened by 1 − momentum",
    "sgdMomentum",
    "} else {\n    for (let i = start; i < end; i += 16) {\n      const descent = f32x4.mul(rate, v128.load(g + i));",
    "} else {\n    for (let i = start; i < end; i += 16) {\n      const descent = f32x4.mul(f32x4.mul(rate, f32x4.sub(f32x4.splat(1), momentum)), v128.load(g + i));",
    "sgd, momentum",
  ),
  inKernel("nesterov is plain momentum", "sgdMomentum", "if (r.nesterov) {", "if (false) {", "sgd, nesterov"),
  inKernel(
    "adam: epsilon inside the root",
    "adam",
    "f32x4.add(f32x4.sqrt(second), epsilon)",
    "f32x4.sqrt(f32x4.add(second, epsilon))",
    "adam, large epsilon",
  ),
  inKernel(
    "adam: epsilon after bias correction, as in the paper",
    "adam",
    "const epsilon = hoist(step, 3, r.epsilon);",
    "const epsilon = hoist(step, 3, r.epsilon * sqrt<f64>(1 - integerPower(r.beta2, t)));",
    "adam, large epsilon",
  ),
  inKernel("adam: no bias correction", "adam", "s.learningRate * correction", "s.learningRate", "adam, defaults"),
  inKernel(
    "adam: updates counted from 0",
    "adam",
    "const t = s.index + 1;",
    "const t = max(1, s.index);",
    "adam, betas",
  ),
  inKernel(
    "adam: second moment with beta1",
    "adam",
    "const rest2 = hoist(step, 2, 1 - r.beta2);",
    "const rest2 = hoist(step, 2, 1 - r.beta1);",
    "adam, betas",
  ),
  inKernel(
    "adam: betas exchanged in the bias correction",
    "adam",
    "sqrt<f64>(1 - integerPower(r.beta2, t)) / (1 - integerPower(r.beta1, t))",
    "sqrt<f64>(1 - integerPower(r.beta1, t)) / (1 - integerPower(r.beta2, t))",
    "adam, betas",
  ),
  inKernel(
    "amsgrad: maximum of the corrected second moment",
    "adam",
    "v0 = f32x4.pmax(v0, v128.load(vmax + i));\n" +
      "      v1 = f32x4.pmax(v1, v128.load(vmax + i, 16));\n" +
      "      v128.store(vmax + i, v0);\n" +
      "      v128.store(vmax + i, v1, 16);",
    "const seen = f32x4.splat(<f32>(1 - integerPower(r.beta2, t)));\n" +
      "      v0 = f32x4.pmax(f32x4.div(v0, seen), v128.load(vmax + i));\n" +
      "      v1 = f32x4.pmax(f32x4.div(v1, seen), v128.load(vmax + i, 16));\n" +
      "      v128.store(vmax + i, v0);\n" +
      "      v128.store(vmax + i, v1, 16);\n" +
      "      v0 = f32x4.mul(v0, seen);\n" +
      "      v1 = f32x4.mul(v1, seen);",
    "amsgrad",
  ),
  inKernel("amsgrad: maximum not kept", "adam", "v128.store(vmax + i, v1, 16);", "", "amsgrad"),
  inKernel(
    "adamax: largest gradient with its sign",
    "adamax",
    "f32x4.pmax(f32x4.abs(gradient),",
    "f32x4.pmax(gradient,",
    "adamax, betas",
  ),
  inKernel(
    "adamax: largest gradient never fades",
    "adamax",
    "f32x4.mul(beta2, v128.load(u + i))",
    "v128.load(u + i)",
    "adamax, betas",
  ),
  inKernel(
    "nadam: product without the next momentum",
    "nadam",
    "(1 - product * nextMomentum)",
    "(1 - product)",
    "nadam, betas",
  ),
  inKernel(
    "nadam: product of one momentum only",
    "nadam",
    "const product = momentumProduct(r.beta1, t);",
    "const product = momentum;",
    "nadam, betas",
  ),
  inKernel(
    "rmsprop: epsilon outside the root",
    "rmsprop",
    "f32x4.sqrt(f32x4.add(variance, epsilon))",
    "f32x4.add(f32x4.sqrt(variance), epsilon)",
    "rmsprop, large epsilon",
  ),
  inKernel(
    "rmsprop: centered, but the mean is not subtracted",
    "rmsprop",
    "f32x4.sub(variance, f32x4.mul(mean, mean))",
    "variance",
    "rmsprop, centered",
  ),
  inKernel(
    "rmsprop: momentum of the gradient, learning rate forgotten",
    "rmsprop",
    "descent = f32x4.add(f32x4.mul(momentum, v128.load(m + i)), descent);",
    "descent = f32x4.add(f32x4.mul(f32x4.mul(momentum, rate), v128.load(m + i)), descent);",
    "rmsprop, rho and momentum",
  ),
  inKernel(
    "adagrad: epsilon outside the root",
    "adagrad",
    "f32x4.sqrt(f32x4.add(squares, epsilon))",
    "f32x4.add(f32x4.sqrt(squares), epsilon)",
    "adagrad, accumulator and epsilon",
  ),
  inKernel(
    "adadelta: mean of steps updated before it is used",
    "adadelta",
    "const size = f32x4.sqrt(f32x4.add(before, epsilon));",
    "const size = f32x4.sqrt(f32x4.add(f32x4.mul(rho, before), epsilon));",
    "adadelta",
  ),
  inKernel(
    "adadelta: the learning rate gets into the mean of steps",
    "adadelta",
    "const descent = f32x4.div(f32x4.mul(gradient, size),",
    "const descent = f32x4.div(f32x4.mul(f32x4.mul(rate, gradient), size),",
    "adadelta, rho and epsilon",
  ),
  inKernel(
    "lion: sign of the new momentum",
    "lion",
    "const direction = f32x4.add(f32x4.mul(beta1, momentum), f32x4.mul(rest1, gradient));",
    "const direction = f32x4.add(f32x4.mul(beta2, momentum), f32x4.mul(rest2, gradient));",
    "lion, betas",
  ),
  {
    name: "lion: NaN counts as zero",
    edits: [
      [
        "assembly/optimizers/lion.ts",
        "keepNaN(v128.and(signed, f32x4.ne(direction, zero)), direction)",
        "v128.and(signed, f32x4.gt(f32x4.abs(direction), zero))",
      ],
    ],
    tests: ["tests/ops/ops.test.ts"],
    named: "^lion",
  },
  inReadable(
    "adam: second moment of m, not of g",
    "adam",
    "gradient * gradient - heap[v + i]",
    "heap[m + i] * heap[m + i] - heap[v + i]",
  ),
  inReadable("adam: step counted from 0", "adam", "const t = index + 1;", "const t = Math.max(1, index);"),
  inReadable(
    "nesterov looks ahead twice",
    "sgdMomentum",
    "momentum * heap[m + i] - descent : heap[m + i]",
    "momentum * (heap[m + i] - descent) : heap[m + i]",
  ),
  inReadable("adagrad forgets", "adagrad", "heap[a + i] += gradient * gradient;", "heap[a + i] = gradient * gradient;"),
  inReadable(
    "rmsprop: variance without the new gradient",
    "rmsprop",
    "let variance = heap[v + i];",
    "let variance = rho * heap[v + i];",
  ),
  inReadable(
    "lion: zero counts as positive",
    "lion",
    "Math.sign(beta1 * heap[m + i] + (1 - beta1) * gradient)",
    "(beta1 * heap[m + i] + (1 - beta1) * gradient < 0 ? -1 : 1)",
  ),
  inReadable(
    "nadam: power of the momentum schedule off by one",
    "nadam",
    "integerPower(DECAY, t + 1)",
    "integerPower(DECAY, t)",
  ),
  {
    name: "adagrad: accumulator begins at 0",
    edits: [["src/optimizers/optimizers.ts", 'slot("a", "accumulator", initial)', 'slot("a", "accumulator")']],
    tests: [trajectories],
    named: "adagrad",
  },
  {
    name: "weight decay: not scaled by the learning rate",
    edits: [["assembly/optimizers/decayWeights.ts", "changetype<Step>(step).learningRate * r.rate", "r.rate"]],
    tests: [trajectories],
    named: "^wasm .*weight decay",
  },
  {
    name: "weight decay: coupled, part of the gradient",
    edits: [
      ["src/ops/optimizers/decayWeights.ts", 'tensors: ["w"]', 'tensors: ["w", "g"]'],
      ["src/ops/optimizers/decayWeights.ts", "{ w, count, rate }", "{ w, g, count, rate }"],
      [
        "src/ops/optimizers/decayWeights.ts",
        "heap[w + i] -= lost * heap[w + i]",
        "heap[g + i] += (lost / learningRate) * heap[w + i]",
      ],
    ],
    tests: [trajectories],
    named: "^js .*adam, weight decay",
  },
  {
    name: "weight decay: adamW has none by default",
    edits: [["src/optimizers/optimizers.ts", "optimizer.weightDecay ?? 4e-3", "optimizer.weightDecay"]],
    tests: [trajectories],
    named: "adamW, defaults",
  },
  {
    name: "clipNorm: over all weights together",
    edits: [
      [
        "src/optimizers/optimizers.ts",
        'limit: clipNorm }, counts: {}, scope: "weight"',
        'limit: clipNorm }, counts: {}, scope: "all"',
      ],
    ],
    tests: [trajectories],
    named: "sgd, clipNorm",
  },
  {
    name: "globalClipNorm: over each weight",
    edits: [
      [
        "src/optimizers/optimizers.ts",
        'limit: globalClipNorm }, counts: {}, scope: "all"',
        'limit: globalClipNorm }, counts: {}, scope: "weight"',
      ],
    ],
    tests: [trajectories],
    named: "sgd, globalClipNorm",
  },
  {
    name: "clipping comes after the update",
    edits: [
      [
        "src/optimizers/optimizers.ts",
        'return [...updates, { op, numbers, counts, scope: "all" }];',
        'return [{ op, numbers, counts, scope: "all" }, ...updates];',
      ],
    ],
    tests: [trajectories],
    named: "sgd, clipValue",
  },
  {
    name: "weight decay comes after the update",
    edits: [
      [
        "src/optimizers/optimizers.ts",
        'return [...updates, { op, numbers, counts, scope: "all" }];',
        'const rule = { op, numbers, counts, scope: "all" } as const;\n' +
          "  return [...updates.filter((update) => update.op !== decayWeights), rule, ...updates.filter((update) => update.op === decayWeights)];",
      ],
    ],
    tests: [trajectories],
    named: "sgd, weight decay",
  },
  {
    name: "norm of a gradient: only whole vectors are summed",
    edits: [["assembly/loops/reduce.ts", "sum += <f64>load<f32>(a + i) * <f64>load<f32>(b + i);", "sum += 0;"]],
    tests: ["tests/ops/ops.test.ts"],
    named: "^clipByNorm ",
  },
  {
    name: "norm of a gradient: lengthens short ones",
    edits: [["assembly/optimizers/clipByNorm.ts", "if (norm <= r.limit) return;", ""]],
    tests: ["tests/ops/ops.test.ts"],
    named: "^clipByNorm ",
  },
  {
    name: "clipValue: only from above",
    edits: [["assembly/optimizers/clipByValue.ts", "f32x4.pmax(v128.load(g + i), low)", "v128.load(g + i)"]],
    tests: [trajectories],
    named: "^wasm .*clipValue",
  },
  {
    name: "power of a bias correction: exponent's top bit lost",
    edits: [["src/ops/optimizers/integerPower.ts", "bits > 0;", "bits > 1;"]],
    tests: [reference],
    named: "integerPower",
  },
  // ── schedules ──────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: "schedules: one step ahead",
    edits: [["src/optimizers/optimizers.ts", "learningRate.at(step)", "learningRate.at(step + 1)"]],
    tests: [trajectories],
    named: "schedule: exponentialDecay",
  },
  {
    name: "piecewiseConstantDecay: a boundary belongs to the next value",
    edits: [["src/optimizers/schedules.ts", "step <= boundary", "step < boundary"]],
    tests: [trajectories],
    named: "piecewiseConstantDecay",
  },
  {
    name: "cosineDecay: the fall counts from step 0, not from the end of the warm-up",
    edits: [["src/optimizers/schedules.ts", "Math.min(step - start, steps)", "Math.min(step, steps)"]],
    tests: [trajectories],
    named: "cosineDecay, warm-up",
  },
  {
    name: "cosineDecayRestarts: a restart one step late",
    edits: [
      [
        "src/optimizers/schedules.ts",
        "if (progress >= beginOf(period + 1)) period++;",
        "if (progress > beginOf(period + 1)) period++;",
      ],
    ],
    tests: [schedules],
  },
  {
    name: "exponentialDecay: staircase rounds instead of falling at the end of each stair",
    edits: [
      [
        "src/optimizers/schedules.ts",
        "pow(factor, staircase ? Math.floor(step / steps)",
        "pow(factor, staircase ? Math.round(step / steps)",
      ],
    ],
    tests: [trajectories],
    named: "exponentialDecay, staircase",
  },
  {
    name: "polynomialDecay: goes on below its end",
    edits: [["src/optimizers/schedules.ts", "Math.min(step, period) / period", "step / period"]],
    tests: [schedules],
  },
];
