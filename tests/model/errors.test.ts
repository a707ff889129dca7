import { describe, expect, it } from "vitest";
import {
  callbacks,
  data,
  input,
  layers,
  losses,
  model as functional,
  optimizers,
  sequential,
  tensor,
  WasmgradError,
} from "../../src/index";
import type { Model } from "../../src/model/model";
import { fingerprint } from "./twins";

/** For what TypeScript refuses and JavaScript lets through. */
const wrong = (value: unknown) => value as never;

const floats = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
const x = floats(3, 4);
const y = floats(3, 1);
const labels = [0, 1, 2];

function withValue(value: number, ...shape: number[]) {
  const result = floats(...shape);
  result.data[Math.floor(result.size / 2)] = value;
  return result;
}

function regressor(): Model {
  const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] });
  model.compile({ optimizer: "adam", loss: "mse" });
  return model;
}

function classifier(): Model {
  const model = sequential({ layers: [layers.dense({ units: 3, activation: "softmax", inputShape: [4] })] });
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

/** Two inputs, [2] and [3]; two outputs, [2] and [1]. */
function twins(): Model {
  const [a, b] = [input({ shape: [2], name: "a" }), input({ shape: [3], name: "b" })];
  const outputs = [layers.dense({ units: 2 }).apply(a), layers.dense({ units: 1 }).apply(b)];
  const model = functional({ inputs: [a, b], outputs });
  model.compile({ optimizer: "sgd", loss: "mse" });
  return model;
}

async function train(model: Model): Promise<void> {
  const ones = (shape: readonly (number | null)[]) => {
    const sizes = shape.map(Number);
    return tensor(new Float32Array(2 * sizes.reduce((a, b) => a * b, 1)).fill(1), [2, ...sizes]);
  };
  const { inputs, outputs } = model.internals("test").recipe.model;
  const isSparse = model.internals("test").recipe.objectives[0].loss.targets === "sparse";
  const targets = outputs.map(({ shape }) => (isSparse ? tensor([0, 1]) : ones(shape)));
  await model.fit(
    inputs.map(({ shape }) => ones(shape)),
    targets,
    { epochs: 2 },
  );
}

type Mistakes = Record<string, (model: Model) => unknown>;

/** What the maker of each mistake is told: a typed error, after which the model is what it was and can be trained. */
async function told(mistakes: Mistakes, make = regressor): Promise<Record<string, string>> {
  const messages: Record<string, string> = {};
  const twin = make();
  const before = await fingerprint(twin);
  await train(twin);
  const after = await fingerprint(twin);
  for (const [title, mistake] of Object.entries(mistakes)) {
    const model = make();
    let error: unknown = new Error("nothing was thrown");
    try {
      await mistake(model);
    } catch (thrown) {
      error = thrown;
    }
    expect(error, title).toBeInstanceOf(WasmgradError);
    const { name, message } = error as WasmgradError;
    messages[title] = `${name}: ${message}`;
    expect(await fingerprint(model), title).toBe(before);
    await train(model);
    expect(await fingerprint(model), title).toBe(after);
  }
  return messages;
}

describe("each mistake is told what was expected, what came and what to do", () => {
  it("shapes of inputs", async () => {
    const mistakes: Mistakes = {
      "other features": (model) => model.fit(floats(3, 5), labels),
      "images for a dense layer": (model) => model.fit(floats(3, 2, 2), labels),
      "a sample without batch": (model) => model.fit([1, 2, 3, 4], [0]),
      "a sample without batch, to predict": (model) => model.predict([1, 2, 3, 4]),
      "a number": (model) => model.predict(5),
      nothing: (model) => model.fit(wrong(undefined), labels),
      options: (model) => model.predict(wrong({ batchSize: 3 })),
      ragged: (model) =>
        model.fit(
          [
            [1, 2, 3, 4],
            [1, 2, 3],
          ],
          [0, 1],
        ),
      "a number among rows": (model) => model.fit(wrong([[1, 2, 3, 4], 5]), [0, 1]),
      texts: (model) => model.fit(wrong([["1", 2, 3, 4]]), [0]),
      empty: (model) => model.fit([], []),
      "empty, with a shape": (model) => model.fit(floats(0, 4), []),
      "rows of nothing": (model) => model.fit([[]], [0]),
      "a dataset, to predict": (model) => model.predict(wrong(data.fromTensors(x))),
    };
    expect(await told(mistakes, classifier)).toMatchInlineSnapshot(`
      {
        "a dataset, to predict": "ArgumentError: predict: expects tensors. For those of a dataset: (await dataset.toTensors()).x.",
        "a number": "ShapeError: predict: x must have rank 1 or more, got shape []. Wrap a single value in an array.",
        "a number among rows": "DataError: fit: x[1] must be an array, got 5.",
        "a sample without batch": "ShapeError: fit: x must have shape [samples, 4], got [4]. Wrap a single sample in an array: the first dimension is the batch.",
        "a sample without batch, to predict": "ShapeError: predict: x must have shape [samples, 4], got [4]. Wrap a single sample in an array: the first dimension is the batch.",
        "empty": "DataError: fit: x is empty.",
        "empty, with a shape": "DataError: fit: x is empty.",
        "images for a dense layer": "ShapeError: fit: x must have shape [samples, 4], got [3, 2, 2]. Reshape it: tensor(x.data, [3, 4]), or begin the model with layers.flatten().",
        "nothing": "ArgumentError: fit: inputs are missing.",
        "options": "ArgumentError: predict: x must be a tensor or nested arrays of numbers, got an object (Object).",
        "other features": "ShapeError: fit: x must have shape [samples, 4], got [3, 5].",
        "ragged": "ShapeError: fit: x is ragged: row 1 has 3 values, row 0 has 4.",
        "rows of nothing": "ShapeError: fit: x must have shape [samples, 4], got [1, 0].",
        "texts": "DataError: fit: x[0][0] must be a number, got "1". Convert texts with Number().",
      }
    `);
  });

  it("targets", async () => {
    const mistakes: Mistakes = {
      "60000 and 59999": (model) => model.fit(floats(60_000, 4), new Uint8Array(59_999)),
      "one and two": (model) => model.fit(floats(1, 4), [0, 1]),
      missing: (model) => model.fit(x, wrong(undefined)),
      "options in their place": (model) => model.fit(x, wrong({ epochs: 5 })),
      "a class too many": (model) => model.fit(x, [0, 1, 3]),
      "a class below 0": (model) => model.fit(x, [0, -1, 2]),
      "half a class": (model) => model.fit(x, [0, 0.5, 2]),
      "one-hot for a sparse loss": (model) =>
        model.evaluate(x, [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ]),
      "of a dataset, none": (model) => model.fit(data.fromTensors(x)),
      "of a dataset, twice": (model) => model.fit(data.fromTensors(x, labels), wrong(labels)),
    };
    expect(await told(mistakes, classifier)).toMatchInlineSnapshot(`
      {
        "60000 and 59999": "ShapeError: fit: 60000 inputs but 59999 targets.",
        "a class below 0": "DataError: fit: y: target -1 at sample 1 is not a class of 0…2.",
        "a class too many": "DataError: fit: y: target 3 at sample 2 is not a class of 0…2. Classes are counted from 0.",
        "half a class": "DataError: fit: y: target 0.5 at sample 1 is not a class of 0…2.",
        "missing": "ArgumentError: fit: targets are missing: fit(x, y, options).",
        "of a dataset, none": "DataError: fit: the dataset has no targets. Give its items a y, as data.fromTensors(x, y) does.",
        "of a dataset, twice": "ArgumentError: fit: a Dataset brings its own targets: fit(dataset, options).",
        "one and two": "ShapeError: fit: 1 input but 2 targets.",
        "one-hot for a sparse loss": "ShapeError: evaluate: y: sparseCategoricalCrossentropy expects targets of shape [3], got [3, 3]. For one-hot targets use categoricalCrossentropy.",
        "options in their place": "ArgumentError: fit: y must be a tensor or nested arrays of numbers, got an object (Object).",
      }
    `);
  });

  it("[N] against [N, 1]", async () => {
    const mistakes: Mistakes = {
      "[N] for [N, 1]": (model) => model.fit(x, [1, 2, 3]),
      "an output of [N]": () => {
        const flat = sequential({
          layers: [layers.dense({ units: 1, inputShape: [4] }), layers.reshape({ targetShape: [] })],
        });
        flat.compile({ optimizer: "sgd", loss: "mse" });
      },
      "of validation data": (model) => model.fit(x, y, { validationData: [x, [1, 2, 3]] }),
    };
    expect(await told(mistakes)).toMatchInlineSnapshot(`
      {
        "[N] for [N, 1]": "ShapeError: fit: y: meanSquaredError expects targets of shape [3, 1], got [3]. Reshape them: tensor(y.data, [3, 1]).",
        "an output of [N]": "ShapeError: reshape: an output of shape [batch] has no axis for a loss. End with [batch, 1].",
        "of validation data": "ShapeError: fit: validationData: y: meanSquaredError expects targets of shape [3, 1], got [3]. Reshape them: tensor(y.data, [3, 1]).",
      }
    `);
  });

  it("values that are not finite", async () => {
    const mistakes: Mistakes = {
      "NaN in x": (model) => model.fit(withValue(Number.NaN, 3, 4), y),
      "infinity in x": (model) => model.evaluate(withValue(Number.NEGATIVE_INFINITY, 3, 4), y),
      "more than float32 holds": (model) => model.predict([[1e39, 0, 0, 0]]),
      "NaN in y": (model) => model.trainOnBatch(x, withValue(Number.NaN, 3, 1)),
      "NaN in sampleWeight": (model) => model.gradients(x, y, { sampleWeight: [1, Number.NaN, 1] }),
      "NaN in validation data": (model) => model.fit(x, y, { validationData: [x, withValue(Number.NaN, 3, 1)] }),
      "NaN in weights": (model) => model.setWeights({ "dense/kernel": withValue(Number.NaN, 4, 1), "dense/bias": [1] }),
    };
    expect(await told(mistakes)).toMatchInlineSnapshot(`
      {
        "NaN in sampleWeight": "DataError: gradients: sampleWeight holds NaN at sample 1. Replace or drop missing values first.",
        "NaN in validation data": "DataError: fit: validationData: y holds NaN at sample 1. Replace or drop missing values first.",
        "NaN in weights": "DataError: setWeights: dense/kernel holds NaN at index 2.",
        "NaN in x": "DataError: fit: x holds NaN at sample 1, column 2. Replace or drop missing values first.",
        "NaN in y": "DataError: trainOnBatch: y holds NaN at sample 1. Replace or drop missing values first.",
        "infinity in x": "DataError: evaluate: x holds -Infinity at sample 1, column 2. Replace or drop missing values first.",
        "more than float32 holds": "DataError: predict: x: 1e+39 is too large for float32, which ends at ±3.4e38.",
      }
    `);
  });

  it("compile", async () => {
    const mistakes: Mistakes = {
      "no options": (model) => model.compile(wrong(undefined)),
      "an optimizer misspelt": (model) => model.compile(wrong({ optimizer: "adm", loss: "mse" })),
      "an optimizer nobody knows": (model) => model.compile(wrong({ optimizer: "gradientDescent", loss: "mse" })),
      "an optimizer not called": (model) => model.compile(wrong({ optimizer: optimizers.adam, loss: "mse" })),
      "an option misspelt": (model) => model.compile(wrong({ optimzer: "adam", loss: "mse" })),
      "a loss misspelt": (model) => model.compile(wrong({ optimizer: "adam", loss: "meanSquareError" })),
      "a loss not called": (model) => model.compile(wrong({ optimizer: "adam", loss: losses.huber })),
      "a loss too many": (model) => model.compile({ optimizer: "adam", loss: ["mse", "mse"] }),
      "a metric misspelt": (model) => model.compile(wrong({ optimizer: "adam", loss: "mse", metrics: ["acuracy"] })),
      "metrics without an array": (model) => model.compile(wrong({ optimizer: "adam", loss: "mse", metrics: "mae" })),
      "an engine": (model) => model.compile(wrong({ optimizer: "adam", loss: "mse", engine: "webgpu" })),
      "a rate below 0": () => optimizers.adam({ learningRate: -1 }),
      "an option in another style": () => optimizers.adam(wrong({ learning_rate: 1 })),
      "forgotten, fit": () => sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] }).fit(x, y),
      "forgotten, evaluate": () => sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] }).evaluate(x, y),
    };
    expect(await told(mistakes)).toMatchInlineSnapshot(`
      {
        "a loss misspelt": "ArgumentError: compile: loss cannot be "meanSquareError". Did you mean "meanSquaredError"?",
        "a loss not called": "ArgumentError: compile: loss cannot be function huber. Call it: losses.huber().",
        "a loss too many": "ArgumentError: compile: expects a loss for each output (1), got 2.",
        "a metric misspelt": "ArgumentError: compile: metric cannot be "acuracy". Did you mean "accuracy"?",
        "a rate below 0": "ArgumentError: optimizers.adam: learningRate must be a finite number ≥ 0, got -1.",
        "an engine": "ArgumentError: compile: engine cannot be "webgpu". Known: wasm, js.",
        "an optimizer misspelt": "ArgumentError: compile: optimizer cannot be "adm". Did you mean "adam"?",
        "an optimizer nobody knows": "ArgumentError: compile: optimizer cannot be "gradientDescent". Known: sgd, rmsprop, adagrad, adadelta, adam, adamW, adamax, nadam, lion.",
        "an optimizer not called": "ArgumentError: compile: optimizer must be a name or an optimizer such as optimizers.adam(), got function adam.",
        "an option in another style": "ArgumentError: optimizers.adam: unknown option "learning_rate". Did you mean "learningRate"?",
        "an option misspelt": "ArgumentError: compile: unknown option "optimzer". Did you mean "optimizer"?",
        "forgotten, evaluate": "StateError: evaluate: call compile({ optimizer, loss }) first.",
        "forgotten, fit": "StateError: fit: call compile({ optimizer, loss }) first.",
        "metrics without an array": "ArgumentError: compile: metrics must be an array, or an object by output, got "mae".",
        "no options": "ArgumentError: compile: optimizer must be a name or an optimizer such as optimizers.adam(), got undefined.",
      }
    `);
  });

  it("options of fit", async () => {
    const withOptions = (options: object) => (model: Model) => model.fit(x, y, options);
    const mistakes: Mistakes = {
      "a name misspelt": withOptions({ epoch: 5 }),
      "a name in another style": withOptions({ batch_size: 5 }),
      "not an object": withOptions(wrong(5)),
      "batchSize 0": withOptions({ batchSize: 0 }),
      "batchSize -1": withOptions({ batchSize: -1 }),
      "batchSize 1.5": withOptions({ batchSize: 1.5 }),
      'batchSize "32"': withOptions({ batchSize: "32" }),
      "batchSize infinite": withOptions({ batchSize: Number.POSITIVE_INFINITY }),
      "epochs -1": withOptions({ epochs: -1 }),
      "initialEpoch 0.5": withOptions({ initialEpoch: 0.5 }),
      'shuffle "batch"': withOptions({ shuffle: "batch" }),
      "validationSplit 0": withOptions({ validationSplit: 0 }),
      "validationSplit 1": withOptions({ validationSplit: 1 }),
      "validationSplit 2": withOptions({ validationSplit: 2 }),
      "validationSplit of one sample": (model) => model.fit(floats(1, 4), [[1]], { validationSplit: 0.5 }),
      "validationSplit and validationData": withOptions({ validationSplit: 0.5, validationData: [x, y] }),
      "validationData without y": withOptions({ validationData: x }),
      "callbacks without an array": withOptions({ callbacks: { onEpochEnd() {} } }),
      "a function as callback": withOptions({ callbacks: [callbacks.earlyStopping] }),
      "a hook misspelt": withOptions({ callbacks: [{ onEpocEnd() {} }] }),
      "a hook that is no function": withOptions({ callbacks: [{ onEpochEnd: 5 }] }),
      "the controller of a signal": withOptions({ signal: new AbortController() }),
      "too few sampleWeights": withOptions({ sampleWeight: [1, 1] }),
      "one sampleWeight": withOptions({ sampleWeight: 3 }),
      "an endless dataset": (model) => model.fit(data.fromTensors(x, y).repeat()),
      "an empty dataset": (model) => model.fit(data.fromTensors(x, y).take(0)),
      "shuffle with a dataset": (model) => model.fit(data.fromTensors(x, y), wrong({ shuffle: true })),
      "validationSplit with a dataset": (model) => model.fit(data.fromTensors(x, y), wrong({ validationSplit: 0.5 })),
      "a rate that is not one": (model) =>
        model.fit(x, y, { callbacks: [{ onTrainBegin: (fit) => void Object.assign(fit, { learningRate: -1 }) }] }),
      "an option of evaluate": (model) => model.evaluate(x, y, wrong({ batchsize: 1 })),
      "an option of predict": (model) => model.predict(x, { batchSize: 0 }),
      "an option of memory": (model) => model.memory(wrong({ batch: 1 })),
    };
    expect(await told(mistakes)).toMatchInlineSnapshot(`
      {
        "a function as callback": "ArgumentError: fit: callbacks[0] must be an object of hooks such as onEpochEnd, or made by one of callbacks, got function earlyStopping.",
        "a hook misspelt": "ArgumentError: fit: callbacks[0] has an unknown hook "onEpocEnd". Did you mean "onEpochEnd"?",
        "a hook that is no function": "ArgumentError: fit: callbacks[0].onEpochEnd must be a function, got 5.",
        "a name in another style": "ArgumentError: fit: unknown option "batch_size". Did you mean "batchSize"?",
        "a name misspelt": "ArgumentError: fit: unknown option "epoch". Did you mean "epochs"?",
        "a rate that is not one": "ArgumentError: fit: learningRate must be a finite number ≥ 0, got -1.",
        "an empty dataset": "DataError: fit: the dataset is empty.",
        "an endless dataset": "ArgumentError: fit: the dataset is endless. Put take() behind repeat(): as many items are an epoch.",
        "an option of evaluate": "ArgumentError: evaluate: unknown option "batchsize". Did you mean "batchSize"?",
        "an option of memory": "ArgumentError: memory: unknown option "batch". Known: batchSize, dataBytes, length.",
        "an option of predict": "ArgumentError: predict: batchSize must be an integer ≥ 1, got 0.",
        "batchSize "32"": "ArgumentError: fit: batchSize must be an integer ≥ 1, got "32".",
        "batchSize -1": "ArgumentError: fit: batchSize must be an integer ≥ 1, got -1.",
        "batchSize 0": "ArgumentError: fit: batchSize must be an integer ≥ 1, got 0.",
        "batchSize 1.5": "ArgumentError: fit: batchSize must be an integer ≥ 1, got 1.5.",
        "batchSize infinite": "ArgumentError: fit: batchSize must be an integer ≥ 1, got Infinity.",
        "callbacks without an array": "ArgumentError: fit: callbacks must be an array, got an object (Object).",
        "epochs -1": "ArgumentError: fit: epochs must be an integer ≥ 0, got -1.",
        "initialEpoch 0.5": "ArgumentError: fit: initialEpoch must be an integer ≥ 0, got 0.5.",
        "not an object": "ArgumentError: fit: expects an object of options, got 5.",
        "one sampleWeight": "ShapeError: fit: sampleWeight must have rank 1 or more, got shape []. Wrap a single value in an array.",
        "shuffle "batch"": "ArgumentError: fit: shuffle must be true or false, got "batch".",
        "shuffle with a dataset": "ArgumentError: fit: shuffle goes with tensors, not with a Dataset. Use dataset.shuffle().",
        "the controller of a signal": "ArgumentError: fit: signal must be an AbortSignal, got an object (AbortController). Pass its signal.",
        "too few sampleWeights": "ShapeError: fit: sampleWeight must have shape [3], got [2].",
        "validationData without y": "ArgumentError: fit: validationData must be [x, y], [x, y, sampleWeight] or a Dataset, got an object (Tensor).",
        "validationSplit 0": "ArgumentError: fit: validationSplit must be a finite number > 0 and < 1, got 0.",
        "validationSplit 1": "ArgumentError: fit: validationSplit must be a finite number > 0 and < 1, got 1.",
        "validationSplit 2": "ArgumentError: fit: validationSplit must be a finite number > 0 and < 1, got 2.",
        "validationSplit and validationData": "ArgumentError: fit: give validationData or validationSplit, not both.",
        "validationSplit of one sample": "DataError: fit: validationSplit 0.5 of 1 samples leaves one part empty.",
        "validationSplit with a dataset": "ArgumentError: fit: validationSplit goes with tensors, not with a Dataset. Use dataset.split() and validationData.",
      }
    `);
  });

  it("class weights", async () => {
    const withWeights = (classWeight: unknown) => (model: Model) =>
      model.fit(x, labels, { classWeight: wrong(classWeight) });
    const mistakes: Mistakes = {
      "a word": withWeights("balanced"),
      "names for classes": withWeights({ cat: 2 }),
      "below 0": withWeights({ 0: -1 }),
      NaN: withWeights({ 0: Number.NaN }),
      "a Map": withWeights(new Map([[0, 1]])),
      nothing: withWeights(null),
      "a class that is not there": withWeights({ 3: 1 }),
    };
    expect(await told(mistakes, classifier)).toMatchInlineSnapshot(`
      {
        "NaN": "ArgumentError: fit: classWeight must map classes 0, 1, … to numbers ≥ 0, got 0: NaN.",
        "a Map": "ArgumentError: fit: classWeight must map classes to numbers, such as { 0: 1, 1: 2.5 }, got an object (Map).",
        "a class that is not there": "ArgumentError: fit: classWeight names class 3, the classes are 0…2.",
        "a word": "ArgumentError: fit: classWeight must map classes to numbers, such as { 0: 1, 1: 2.5 }, got "balanced".",
        "below 0": "ArgumentError: fit: classWeight must map classes 0, 1, … to numbers ≥ 0, got 0: -1.",
        "names for classes": "ArgumentError: fit: classWeight must map classes 0, 1, … to numbers ≥ 0, got cat: 2.",
        "nothing": "ArgumentError: fit: classWeight must map classes to numbers, such as { 0: 1, 1: 2.5 }, got null.",
      }
    `);
  });

  it("several inputs and outputs", async () => {
    const [a, b] = [floats(3, 2), floats(3, 3)];
    const targets = [floats(3, 2), floats(3, 1)];
    const mistakes: Mistakes = {
      "one input": (model) => model.fit(a, targets),
      "inputs by name": (model) => model.fit(wrong({ a, b }), targets),
      "three inputs": (model) => model.fit([a, b, b], targets),
      "nested arrays": (model) => model.predict([[[1, 2]], [[1, 2, 3]]] as never),
      "one target": (model) => model.fit([a, b], a),
      "inputs of different length": (model) => model.fit([a, floats(2, 3)], targets),
      "the second input": (model) => model.fit([a, a], targets),
      "the second target": (model) => model.fit([a, b], [a, floats(3)]),
      "one loss of two": (model) => model.compile({ optimizer: "sgd", loss: ["mse"] }),
      "one weight of two": (model) => model.compile({ optimizer: "sgd", loss: "mse", lossWeights: [1] }),
      "a weight in words": (model) => model.compile({ optimizer: "sgd", loss: "mse", lossWeights: wrong([1, "2"]) }),
      classWeight: (model) => model.fit([a, b], targets, { classWeight: { 0: 1 } }),
    };
    expect(await told(mistakes, twins)).toMatchInlineSnapshot(`
      {
        "a weight in words": "ArgumentError: compile: lossWeights[1] must be a finite number, got "2".",
        "classWeight": "ArgumentError: fit: classWeight needs a model of one output, this one has 2. Use sampleWeight.",
        "inputs by name": "ArgumentError: fit: x must be a tensor or nested arrays of numbers, got an object (Object). Give an array of 2 tensors, each made by tensor().",
        "inputs of different length": "ShapeError: fit: 3 samples in x[0] but 2 in x[1].",
        "nested arrays": "ShapeError: predict: the model has 2 inputs, got [[[1, 2]], [[1, 2, 3]]]. Give an array of 2 tensors, each made by tensor().",
        "one input": "ShapeError: fit: the model has 2 inputs, got 1 tensor. Give an array of 2 tensors, each made by tensor().",
        "one loss of two": "ArgumentError: compile: expects a loss for each output (2), got 1.",
        "one target": "ShapeError: fit: the model has 2 outputs, got 1 tensor. Give an array of 2 tensors, each made by tensor().",
        "one weight of two": "ArgumentError: compile: lossWeights must be an array of 2 numbers, got [1].",
        "the second input": "ShapeError: fit: x[1] must have shape [samples, 3], got [3, 2].",
        "the second target": "ShapeError: fit: y[1]: meanSquaredError expects targets of shape [3, 1], got [3]. Reshape them: tensor(y.data, [3, 1]).",
        "three inputs": "ShapeError: fit: the model has 2 inputs, got 3 tensors. Give an array of 2 tensors, each made by tensor().",
      }
    `);
  });

  it("weights", async () => {
    const kernel = floats(4, 1);
    const mistakes: Mistakes = {
      misspelt: (model) => model.setWeights({ "dense/kernl": kernel, "dense/bias": [1] }),
      missing: (model) => model.setWeights({ "dense/kernel": kernel }),
      "of another shape": (model) => model.setWeights({ "dense/kernel": floats(4), "dense/bias": [1] }),
      "in an array": (model) => model.setWeights(wrong([kernel])),
      none: (model) => model.setWeights(wrong(null)),
    };
    expect(await told(mistakes)).toMatchInlineSnapshot(`
      {
        "in an array": "ArgumentError: setWeights: expects an object of tensors by name, as getWeights() gives, got [an object (Tensor)].",
        "missing": "ArgumentError: setWeights: "dense/bias" is missing. All weights are set at once.",
        "misspelt": "ArgumentError: setWeights: no weight is named "dense/kernl". Did you mean "dense/kernel"?",
        "none": "ArgumentError: setWeights: expects an object of tensors by name, as getWeights() gives, got null.",
        "of another shape": "ShapeError: setWeights: dense/kernel has shape [4, 1], got [4].",
      }
    `);
  });

  it("layers", async () => {
    const dense = (options: object) => () => layers.dense(wrong(options));
    const mistakes: Mistakes = {
      "no options": dense(wrong(undefined)),
      "a number": dense(wrong(128)),
      "an option misspelt": dense({ unit: 2 }),
      "units 0": dense({ units: 0 }),
      'units "128"': dense({ units: "128" }),
      "an activation in another style": dense({ units: 1, activation: "leaky_relu" }),
      "an initializer misspelt": dense({ units: 1, kernelInitializer: "heNorm" }),
      "a regularizer nobody knows": dense({ units: 1, kernelRegularizer: "dropout" }),
      "a name with a slash": dense({ units: 1, name: "a/b" }),
      "a name that no file can hold": dense({ units: 1, name: "\ud800" }),
      "inputShape as a number": dense({ units: 1, inputShape: 4 }),
      "inputShape with a batch": dense({ units: 1, inputShape: [null, null, 4] }),
      "everything dropped": () => layers.dropout({ rate: 1 }),
      "a seed out of range": () => layers.dropout({ rate: 0.5, seed: 2 ** 32 }),
      "two sizes open": () => layers.reshape({ targetShape: [-1, -1] }),
    };
    expect(await told(mistakes)).toMatchInlineSnapshot(`
      {
        "a name that no file can hold": "ArgumentError: dense: name must be a word without spaces and slashes, got "\\ud800".",
        "a name with a slash": "ArgumentError: dense: name must be a word without spaces and slashes, got "a/b".",
        "a number": "ArgumentError: dense: expects an object of options, got 128.",
        "a regularizer nobody knows": "ArgumentError: dense: regularizer cannot be "dropout". Known: l1, l2, l1l2.",
        "a seed out of range": "ArgumentError: dropout: seed must be an integer ≥ 0 and ≤ 4294967295, got 4294967296.",
        "an activation in another style": "ArgumentError: dense: activation cannot be "leaky_relu". Did you mean "leakyRelu"?",
        "an initializer misspelt": "ArgumentError: dense: initializer cannot be "heNorm". Did you mean "heNormal"?",
        "an option misspelt": "ArgumentError: dense: unknown option "unit". Did you mean "units"?",
        "everything dropped": "ArgumentError: dropout: rate must be a finite number ≥ 0 and < 1, got 1.",
        "inputShape as a number": "ShapeError: dense: inputShape must be an array of sizes without the batch dimension, got 4.",
        "inputShape with a batch": "ShapeError: dense: only the first size of inputShape may be null, an open length, got [null, null, 4].",
        "no options": "ArgumentError: dense: units must be an integer ≥ 1, got undefined.",
        "two sizes open": "ArgumentError: reshape: only one size of targetShape may be -1, got [-1, -1].",
        "units "128"": "ArgumentError: dense: units must be an integer ≥ 1, got "128".",
        "units 0": "ArgumentError: dense: units must be an integer ≥ 1, got 0.",
      }
    `);
  });

  it("sequential models", async () => {
    const of =
      (...list: unknown[]) =>
      () =>
        sequential({ layers: wrong(list) });
    const dense = (options: object = {}) => layers.dense({ units: 2, ...options });
    const mistakes: Mistakes = {
      "no layers": () => sequential().predict([1]),
      "no inputShape": of(dense()),
      "inputShapes that differ": of(dense({ inputShape: [4] }), dense({ inputShape: [7] })),
      "two of one name": of(dense({ name: "a", inputShape: [1] }), dense({ name: "a" })),
      "no axis for dense": of(dense({ inputShape: [] })),
      "a reshape that does not fit": of(layers.reshape({ targetShape: [3, 5], inputShape: [4, 4] })),
      "an open reshape that does not fit": of(layers.reshape({ targetShape: [-1, 5], inputShape: [4, 4] })),
      "a factory": of(layers.dense),
      "a layer without an array": () => sequential({ layers: wrong(dense({ inputShape: [1] })) }),
      "two inputs": of(input({ shape: [1] }), input({ shape: [1] })),
      "a layer too late": (model) => (model as ReturnType<typeof sequential>).add(dense()),
      "a layer nobody knows": (model) => model.getLayer("dens"),
      "a seed below 0": () => sequential({ seed: -1 }),
      "half a seed": () => sequential({ seed: 0.5 }),
      "a seed beyond 32 bits": () => sequential({ seed: 2 ** 32 }),
      'the seed "7"': () => sequential({ seed: wrong("7") }),
      "a name that is a number": () => sequential({ name: wrong(5) }),
    };
    expect(await told(mistakes)).toMatchInlineSnapshot(`
      {
        "a factory": "ArgumentError: sequential: add expects a layer such as layers.dense({ units: 1 }), got function dense.",
        "a layer nobody knows": "ArgumentError: getLayer: no layer is named "dens". Did you mean "dense"?",
        "a layer too late": "StateError: sequential: add all layers before the model is used.",
        "a layer without an array": "ArgumentError: sequential: layers must be an array, got an object (Dense).",
        "a name that is a number": "ArgumentError: sequential: name must be a text, got 5.",
        "a reshape that does not fit": "ShapeError: reshape: cannot show [batch, 4, 4] (16 numbers a sample) as [batch, 3, 5] (15).",
        "a seed below 0": "ArgumentError: sequential: seed must be an integer ≥ 0 and ≤ 4294967295, got -1.",
        "a seed beyond 32 bits": "ArgumentError: sequential: seed must be an integer ≥ 0 and ≤ 4294967295, got 4294967296.",
        "an open reshape that does not fit": "ShapeError: reshape: cannot show [batch, 4, 4] (16 numbers a sample) as [batch, -1, 5] (a multiple of 5).",
        "half a seed": "ArgumentError: sequential: seed must be an integer ≥ 0 and ≤ 4294967295, got 0.5.",
        "inputShapes that differ": "ShapeError: dense: its inputShape is [7], what comes in is [2]. Only the first layer needs one.",
        "no axis for dense": "ShapeError: dense: expects input of rank 2 or more [batch, …, features], got [batch].",
        "no inputShape": "ShapeError: sequential: the first layer (dense) needs inputShape, the shape of one sample, such as [784].",
        "no layers": "StateError: sequential: the model has no layers yet.",
        "the seed "7"": "ArgumentError: sequential: seed must be an integer ≥ 0 and ≤ 4294967295, got "7".",
        "two inputs": "StateError: sequential: input() belongs before the first layer.",
        "two of one name": "StateError: model: two layers are named "a". Give one of them another name.",
      }
    `);
  });

  it("wiring of functional models", async () => {
    const a = input({ shape: [2], name: "a" });
    const b = input({ shape: [3], name: "b" });
    const h = layers.relu().apply(b);
    const mistakes: Mistakes = {
      "an input that is not listed": () => functional({ inputs: a, outputs: layers.dense({ units: 1 }).apply(h) }),
      "an input that leads nowhere": () => functional({ inputs: [a, b], outputs: h }),
      "an input listed twice": () => functional({ inputs: [b, b], outputs: h }),
      "a layer's output as input": () => functional({ inputs: h, outputs: h }),
      "a layer as output": () => functional({ inputs: a, outputs: wrong(layers.relu()) }),
      "no outputs": () => functional({ inputs: a, outputs: [] }),
      nothing: () => functional(wrong(undefined)),
      "a shared layer on another shape": () => {
        const shared = layers.dense({ units: 1 });
        shared.apply(a);
        shared.apply(b);
      },
      "a layer applied to numbers": () => layers.relu().apply(wrong([[1, 2]])),
      "a layer applied to nothing": () => layers.relu().apply(wrong(undefined)),
      "two inputs for one": () => layers.dense({ units: 1 }).apply([a, b]),
    };
    expect(await told(mistakes)).toMatchInlineSnapshot(`
      {
        "a layer applied to nothing": "ArgumentError: relu: apply expects what input() or apply() returned.",
        "a layer applied to numbers": "ArgumentError: relu: apply expects what input() or apply() returned.",
        "a layer as output": "ArgumentError: model: outputs must be what input() or apply() returned, or an array of those.",
        "a layer's output as input": "ArgumentError: model: inputs must be made by input().",
        "a shared layer on another shape": "ShapeError: dense: its kernel is [2, 1] since it was first applied, an input of [batch, 3] needs [3, 1].",
        "an input listed twice": "ArgumentError: model: one of the inputs is listed twice.",
        "an input that is not listed": "ArgumentError: model: an output depends on an input that is not among the inputs: b → relu → dense.",
        "an input that leads nowhere": "ArgumentError: model: no output depends on input 0 (a).",
        "no outputs": "ArgumentError: model: outputs must be what input() or apply() returned, or an array of those.",
        "nothing": "ArgumentError: model: inputs must be what input() or apply() returned, or an array of those.",
        "two inputs for one": "ShapeError: dense: expects one input, got 2.
        a [batch, 2] → dense
        b [batch, 3] → dense",
      }
    `);
  });
});
