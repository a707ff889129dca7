// Mistakes in the training loop, in data, initial values, callbacks and files.
const trajectories = "tests/model/trajectories.test.ts";
const fit = "tests/model/fit.test.ts";
const hooks = "tests/model/hooks.test.ts";
const file = "tests/model/file.test.ts";
const callbacks = "tests/training/callbacks.test.ts";
const initializers = "tests/training/initializers.test.ts";
const applyGradients = "tests/model/applyGradients.test.ts";
const predictTraining = "tests/model/predictTraining.test.ts";
const ownParts = "tests/nodes/ownParts.test.ts";
const ownPartsErrors = "tests/nodes/ownPartsErrors.test.ts";

export const training = [
  {
    name: "the last partial batch is dropped",
    edits: [
      [
        "src/training/pass.ts",
        "return Math.ceil(count / batchSize);",
        "return Math.max(1, Math.floor(count / batchSize));",
      ],
    ],
    tests: [fit],
    named: "equals trainOnBatch a partial last batch",
  },
  {
    name: "a slice begins one batch too early",
    edits: [["src/training/pass.ts", "order + 4 * step * batchSize", "order + 4 * Math.max(0, step - 1) * batchSize"]],
    tests: [fit],
    named: "equals trainOnBatch",
  },
  {
    name: "history: mean over batches, not over samples",
    edits: [
      ["src/training/fit.ts", "const loss = this.#losses[i] * batchSize;", "const loss = this.#losses[i];"],
      [
        "src/training/fit.ts",
        "this.#measures.logs(this.#lossSum / this.#samples)",
        "this.#measures.logs(this.#lossSum / this.#steps)",
      ],
    ],
    tests: [fit],
    named: "equals trainOnBatch a partial last batch",
  },
  {
    name: "fit: the loss of the batch alone is that of the epoch so far",
    edits: [["src/training/fit.ts", "this.#sliceLossSum = lossSum;", "this.#sliceLossSum = this.#lossSum;"]],
    tests: ["tests/model/hooks.test.ts"],
    named: "the loss of a batch alone",
  },
  {
    name: "fit: an abort does not end the wait for a source",
    edits: [["src/training/fit.ts", "(next instanceof Promise ? untilAborted(next, signal) : next)", "next"]],
    tests: ["tests/training/endings.test.ts"],
    named: "ends fit while its source is silent",
  },
  {
    name: "compiled again, dropout draws the same masks",
    edits: [["src/graph/graph.ts", "Math.imul(pastSteps, 0x9e3779b1)", "0 * pastSteps"]],
    tests: ["tests/model/determinism.test.ts"],
    named: "masks alone are others",
  },
  {
    name: "evaluate: mean over batches, not over samples",
    edits: [
      ["src/training/pass.ts", "lossSum += losses[i] * batchSize;", "lossSum += losses[i];"],
      ["src/training/pass.ts", "samples += run.steps * batchSize;", "samples += run.steps;"],
    ],
    tests: [fit],
  },
  {
    name: "metrics add up from epoch to epoch",
    edits: [["src/training/fit.ts", "this.#measures.clear();", ""]],
    tests: [fit],
    named: "what is measured",
  },
  {
    name: "shuffle: the same order in every epoch",
    edits: [
      ["src/training/feed.ts", "deriveKey(seed, SEED_STREAM.order, epoch)", "deriveKey(seed, SEED_STREAM.order)"],
    ],
    tests: [fit],
    named: "in the order that seed and epoch determine",
  },
  {
    name: "shuffle: the last sample stays where it is",
    edits: [["src/numeric/random.ts", "i = indices.length - 1; i > 0", "i = indices.length - 2; i > 0"]],
    tests: ["tests/numeric/random.test.ts"],
    named: "shuffle",
  },
  {
    name: "validationSplit: held back samples are trained on",
    edits: [
      [
        "src/training/validation.ts",
        "new ResidentFeed(sliceSamples(weighted, 0, trained), batchSize, orderOf)",
        "new ResidentFeed(weighted, batchSize, orderOf)",
      ],
    ],
    tests: [fit],
    named: "validationSplit",
  },
  {
    name: "validationSplit: measures the first samples",
    edits: [
      ["src/training/validation.ts", "sliceSamples(given, trained, count)", "sliceSamples(given, 0, count - trained)"],
    ],
    tests: [fit],
    named: "validationSplit",
  },
  {
    name: "class weights replace sample weights",
    edits: [["src/training/classWeight.ts", "(weights.get(label) ?? 1) * own", "weights.get(label) ?? 1"]],
    tests: [fit],
    named: "multiply",
  },
  {
    name: "learning rate of the next step",
    edits: [
      [
        "src/training/pass.ts",
        "learningRateAt(recipe.optimizer!, stepIndex + i)",
        "learningRateAt(recipe.optimizer!, stepIndex + i + 1)",
      ],
    ],
    tests: [fit, file, hooks],
  },
  {
    name: "learning rate that a callback sets is ignored",
    edits: [["src/training/pass.ts", "learningRate ?? learningRateAt(recipe", "learningRateAt(recipe"]],
    tests: [hooks],
  },
  {
    name: "steps are counted anew in every fit",
    edits: [
      [
        "src/training/fit.ts",
        "const completed = runSteps(this.runtime, portion, run, this.state.stepIndex);",
        "const completed = runSteps(this.runtime, portion, run, this.#steps);",
      ],
    ],
    tests: [fit],
    named: "equals trainOnBatch",
  },
  {
    name: "trainOnBatch does not count its steps",
    edits: [["src/model/oneStep.ts", "state.stepIndex++;\n  return", "return"]],
    tests: [trajectories],
    named: "adam",
  },
  {
    name: "applyGradients does not count its steps",
    edits: [["src/model/oneStep.ts", "losses });\n  state.stepIndex++;", "losses });"]],
    tests: [applyGradients],
  },
  {
    name: "applyGradients: the program of an update stays the latest",
    edits: [
      ["src/runtime/runtime.ts", "    this.#latest = undefined;\n    this.#programs.push", "    this.#programs.push"],
    ],
    tests: [applyGradients],
    named: "when it takes its place",
  },
  {
    name: "predictions draw the same again",
    edits: [["src/program/stepNumbers.ts", "(batch % COUNTED_STEPS) - COUNTED_STEPS", "-COUNTED_STEPS"]],
    tests: [predictTraining],
  },
  {
    name: "evaluations draw the same in every batch",
    edits: [["src/training/pass.ts", "batches += run.steps;", ""]],
    tests: [predictTraining],
    named: "however the slices fall",
  },
  {
    name: "a prediction as in training moves the averages of batch normalization",
    edits: [["src/compiler/compile.ts", 'kind === "train" && recipe.optimizer', "recipe.optimizer"]],
    tests: [predictTraining],
    named: "leaves the averages alone",
  },
  {
    name: "added losses grow with the batch",
    edits: [
      ["src/compiler/objectives.ts", "numbers: { scale: 1 / rows, ownScale: 0 }", "numbers: { scale: 1, ownScale: 0 }"],
    ],
    tests: [ownParts, ownPartsErrors],
  },
  {
    name: "added losses count in no evaluation of a nested model",
    edits: [
      [
        "src/graph/emitNodes.ts",
        "for (const node of losses) graph.losses.push",
        "for (const node of []) graph.losses.push",
      ],
    ],
    tests: [ownParts],
    named: "a layer of another",
  },
  {
    name: "own layers: states of frozen layers change",
    edits: [["src/layers/custom.ts", "graph.training && !state.frozen", "graph.training"]],
    tests: [ownParts],
    named: "frozen",
  },
  {
    name: "own layers: states are read after the update",
    edits: [["src/layers/custom.ts", "storageOf(value).place ?", "false ?"]],
    tests: [ownParts],
    named: "whatever takes whose place",
  },
  {
    name: "own layers: the graph of prediction trains",
    edits: [["src/layers/custom.ts", "training === graph.training)!", "training !== true || !graph.training)!"]],
    tests: [ownParts],
  },
  {
    name: "evaluate in training mode: dropout is on",
    edits: [
      [
        "src/compiler/compile.ts",
        "{ batchSize, training, columns",
        '{ batchSize, training: kind !== "predict", columns',
      ],
    ],
    tests: [fit],
    named: "^dropout",
  },
  {
    name: "predict in training mode: dropout is on",
    edits: [
      [
        "src/compiler/compile.ts",
        "{ batchSize, training, columns",
        '{ batchSize, training: kind !== "evaluate", columns',
      ],
    ],
    tests: [fit],
    named: "^dropout",
  },
  {
    name: "gradients in inference mode: dropout is off",
    edits: [
      ["src/compiler/compile.ts", "{ batchSize, training, columns", '{ batchSize, training: kind === "train", columns'],
    ],
    tests: [fit],
    named: "^dropout",
  },
  {
    name: "dropout: all layers draw the same mask",
    edits: [["src/layers/core/dropout.ts", "seed: seed | 0, stream }", "seed: seed | 0, stream: 0 }"]],
    tests: [fit],
    named: "^dropout",
  },
  // ── initial values ─────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: "glorotUniform: limit of the inputs only",
    edits: [
      [
        "src/initializers/initializers.ts",
        'scaled("glorotUniform", 1, "fanAvg", "uniform")',
        'scaled("glorotUniform", 1, "fanIn", "uniform")',
      ],
    ],
    tests: [initializers],
  },
  {
    name: "uniform initializers: the limit is the standard deviation",
    edits: [["src/initializers/initializers.ts", "Math.sqrt(3 * variance)", "Math.sqrt(variance)"]],
    tests: [initializers],
  },
  {
    name: "truncated normal: deviation of what was cut off is not made up for",
    edits: [["src/initializers/initializers.ts", "(stddev / TRUNCATED_STDDEV) * stream", "stddev * stream"]],
    tests: [initializers],
  },
  {
    name: "all weights begin with the same random numbers",
    edits: [
      [
        "src/runtime/initialValues.ts",
        "deriveKey(seed, SEED_STREAM.initial, index)",
        "deriveKey(seed, SEED_STREAM.initial)",
      ],
    ],
    tests: ["tests/model/determinism.test.ts"],
    named: "initial weights",
  },
  // ── callbacks ──────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: "earlyStopping: one epoch more patience",
    edits: [["src/training/callbacks/earlyStopping.ts", "epochsWaited >= patience", "epochsWaited > patience"]],
    tests: [callbacks],
  },
  {
    name: "earlyStopping: restores the last weights",
    edits: [
      ["src/training/callbacks/earlyStopping.ts", "if (restores && (improves || !bestWeights))", "if (restores)"],
    ],
    tests: [callbacks],
  },
  {
    name: "callbacks that monitor: accuracy should fall",
    edits: [["src/metrics/metrics.ts", 'factory("accuracy", "max"', 'factory("accuracy", "min"']],
    tests: [callbacks],
  },
  {
    name: "reduceLROnPlateau: counts while it cools down",
    edits: [
      ["src/training/callbacks/reduceLROnPlateau.ts", "if (epochsToCool > 0 || ++epochsWaited", "if (++epochsWaited"],
    ],
    tests: [callbacks],
  },
  // ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: "file: the step is not saved",
    edits: [["src/saving/encodeModel.ts", "step: stepIndex, epoch", "step: 0 * stepIndex, epoch"]],
    tests: [file],
    named: "training goes on",
  },
  {
    name: "file: the epoch is not saved",
    edits: [["src/saving/encodeModel.ts", "epoch: epochIndex,", "epoch: 0 * epochIndex,"]],
    tests: [file],
  },
  {
    name: "file: a rate that a callback has set is not saved",
    edits: [["src/saving/encodeModel.ts", "epoch: epochIndex, learningRate,", "epoch: epochIndex,"]],
    tests: [file],
  },
  {
    name: "file: slots of the optimizer under each other's names",
    edits: [
      [
        "src/saving/modelFile.ts",
        "(i * table.bytes.weights + offset) / 4",
        "((slots.length - 1 - i) * table.bytes.weights + offset) / 4",
      ],
    ],
    tests: [file],
    named: "a model file",
  },
  {
    name: "file: slots of the optimizer in the order of the first weight",
    edits: [
      [
        "src/saving/modelFile.ts",
        "(i * table.bytes.weights + offset) / 4",
        "(i * table.bytes.weights + (table.bytes.weights - offset - 4 * Math.ceil(size / 16) * 16)) / 4",
      ],
    ],
    tests: [file],
    named: "a model file",
  },
  {
    name: "file: tensors sorted by name only",
    edits: [["src/formats/safetensors/encode.ts", "dtypeOrder.indexOf(a.dtype) - dtypeOrder.indexOf(b.dtype) || ", ""]],
    tests: ["tests/formats/safetensors.test.ts"],
  },
];
