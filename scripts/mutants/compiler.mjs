// Mistakes between layers and memory: order of gradients, memory plan, fusion, the executor, programs of several sizes.
const trajectories = "tests/model/trajectories.test.ts";
const gradientCheck = "tests/model/gradientCheck.test.ts";
const fit = "tests/model/fit.test.ts";
const file = "tests/model/file.test.ts";
const nonFinite = "tests/model/nonFinite.test.ts";

export const compiler = [
  {
    name: "gradients: the second use of a tensor stores, too",
    edits: [["src/compiler/differentiate.ts", 'gradients.has(storage) ? "add" : "store"', '"store"']],
    tests: [gradientCheck],
    named: "several layers read",
  },
  {
    name: "gradients: the first use of a tensor adds to what stood there",
    edits: [["src/compiler/differentiate.ts", 'gradients.has(storage) ? "add" : "store"', '"add"']],
    tests: [trajectories],
    named: "sgd, defaults",
  },
  {
    name: "gradients: end at a frozen layer",
    edits: [
      [
        "src/compiler/differentiate.ts",
        "for (const name of op.outputs) if (values[name]) needed.add(storageOf(values[name]));",
        'const frozen = inputsOf(operation).some((name) => name === "w" && !isNeeded(operation, name));\n' +
          "    for (const name of op.outputs) if (values[name] && !frozen) needed.add(storageOf(values[name]));",
      ],
    ],
    tests: [trajectories],
    named: "frozen last layer",
  },
  {
    name: "penalties come behind the layers, so that their gradient is stored first and lost",
    edits: [
      [
        "src/compiler/assemble.ts",
        'if (mode === "add") fields',
        'if (mode === "add" && operation.op.name !== "penalty") fields',
      ],
    ],
    tests: [trajectories],
    named: "l2",
  },
  {
    name: "penalties of frozen weights count",
    edits: [
      [
        "src/compiler/objectives.ts",
        "if (!spec.regularizer || !w.trainable) continue;",
        "if (!spec.regularizer) continue;",
      ],
    ],
    tests: [trajectories],
    named: "frozen first layer",
  },
  {
    name: "frozen weights are trained",
    edits: [["src/compiler/lower.ts", "trainable: isTrained,", "trainable: true,"]],
    tests: [fit],
    named: "trainable takes effect",
  },
  {
    name: "frozen weights decay",
    edits: [
      [
        "src/compiler/updates.ts",
        'op.tensors.includes("w") ? ranges : [whole]',
        "op.tensors.length > 1 ? ranges : [whole]",
      ],
    ],
    tests: [trajectories],
    named: "frozen first layer",
  },
  {
    name: "memory plan: what backward reads may be overwritten one operation earlier",
    edits: [
      [
        "src/compiler/plan.ts",
        "for (const name of [...op.saves, ...op.tensors, ...op.integers]) {\n      if (values[name]) this.#touch(this.activations, storageOf(values[name]), time);",
        "for (const name of [...op.saves, ...op.tensors, ...op.integers]) {\n      if (values[name]) this.#touch(this.activations, storageOf(values[name]), time - 1);",
      ],
    ],
    tests: [trajectories, gradientCheck],
  },
  {
    name: "memory plan: gradients live one operation too short",
    edits: [
      [
        "src/compiler/plan.ts",
        "if (storage && this.differentiation.gradients.has(storage)) this.#touch(this.gradients, storage, time);",
        "if (storage && this.differentiation.gradients.has(storage)) this.#touch(this.gradients, storage, time - (modes.has(name) ? 0 : 1));",
      ],
    ],
    tests: [trajectories, gradientCheck],
  },
  {
    name: "memory plan: what is asked for is not kept to the end",
    edits: [
      ["src/compiler/plan.ts", "for (const value of kept) this.#touch(this.activations, storageOf(value), end);", ""],
    ],
    tests: [fit],
    named: "predict",
  },
  {
    name: "memory plan: in place where the input is still needed",
    edits: [["src/compiler/plan.ts", "before.last !== time || ", ""]],
    tests: [trajectories],
    named: "gelu",
  },
  {
    name: "memory plan: buffers that touch in time share memory",
    edits: [
      [
        "src/compiler/plan.ts",
        "first <= other.last && other.first <= last",
        "first < other.last && other.first < last",
      ],
    ],
    tests: [trajectories],
  },
  {
    name: "fusion: a folded rescaling loses its offset",
    edits: [["src/compiler/fuse.ts", "numbers: only.numbers }", "numbers: { ...only.numbers, offset: 0 } }"]],
    tests: [trajectories],
    named: "rescaling",
  },
  {
    name: "fusion: a rescaling is folded though somebody else reads its input",
    edits: [
      [
        "src/compiler/fuse.ts",
        "if (only?.op !== rescaling || another) continue;",
        "if (only?.op !== rescaling) continue;",
      ],
    ],
    tests: [fit],
    named: "predict",
  },
  {
    name: "fusion: operations that somebody asked for are removed",
    edits: [["src/compiler/fuse.ts", "const read = new Set(kept);", "const read = new Set<Value>();"]],
    tests: [gradientCheck, fit],
  },
  {
    name: "executor: the step does not advance",
    edits: [["assembly/executor/program.ts", "s.index++;", ""]],
    tests: [fit],
    named: "^fit on the wasm engine",
  },
  {
    name: "executor: every step of a slice sees the first batch",
    edits: [["assembly/executor/program.ts", "s.order += orderStride;", ""]],
    tests: [fit],
    named: "^fit on the wasm engine",
  },
  {
    name: "executor: every step of a slice has the rate of the first",
    edits: [
      ["assembly/executor/program.ts", "load<f64>(learningRates + ((<usize>i) << 3))", "load<f64>(learningRates)"],
    ],
    tests: [file, fit],
  },
  {
    name: "executor: a step whose loss is not finite still updates",
    edits: [["assembly/executor/program.ts", "updates && value - value != 0", "false"]],
    tests: [nonFinite],
  },
  {
    name: "executor: backward leaves out the last row",
    edits: [["assembly/executor/program.ts", "(p.backwardCount - 1) * rowBytes", "(p.backwardCount - 2) * rowBytes"]],
    tests: [trajectories],
    named: "^wasm .*sgd, defaults",
  },
  {
    name: "programs: a partial batch divides by the full batch size",
    edits: [
      [
        "src/runtime/runtime.ts",
        "const own = this.lowerings.of({ kind, batchSize, weightSizes, length });",
        "const own = this.lowerings.of({ kind, batchSize, weightSizes, length });\n" +
          "    own.graph.operations.forEach((operation, i) => {\n" +
          "      const { graph } = lowerings.get(planKey(kind, weightSizes !== undefined))!;\n" +
          "      Object.assign(operation, { numbers: graph.operations[i].numbers });\n" +
          "    });",
      ],
    ],
    tests: [trajectories],
    named: "^wasm .*batches of",
  },
  {
    name: "programs: one batch size finds the program of another",
    edits: [["src/runtime/runtime.ts", "{batchSize}:", "{0}:"]],
    tests: [fit],
    named: "equals trainOnBatch a partial last batch",
  },
  {
    name: "programs: one is written over another that is still looked up",
    edits: [
      [
        "src/runtime/runtime.ts",
        "      this.#programs = [];\n      this.#programEnd = 0;",
        "      this.#programEnd = 0;",
      ],
    ],
    tests: [fit],
    named: "more kinds of batches",
  },
  {
    name: "memory: optimizer state begins at 0 whatever the optimizer says",
    edits: [["src/runtime/runtime.ts", "this.#persistent.fill(initial,", "this.#persistent.fill(0,"]],
    tests: [trajectories],
    named: "adagrad",
  },
  {
    name: "memory: optimizer state is lost when memory grows",
    edits: [
      [
        "src/runtime/runtime.ts",
        "copyInSlices(this.#persistent.subarray(0, this.#writtenLength), target)",
        "copyInSlices(this.#persistent.subarray(0, this.#parameterLength), target)",
      ],
    ],
    tests: [fit],
    named: "other batch sizes and amounts of data",
  },
];
