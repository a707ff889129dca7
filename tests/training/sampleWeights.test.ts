import { describe, expect, it } from "vitest";
import {
  callbacks,
  data,
  input,
  layers,
  losses,
  type Model,
  metrics,
  model as functional,
  type Tensor,
  tensor,
} from "../../src/index";
import type { CompileOptions } from "../../src/model/compileOptions";
import { ArgumentError, DataError, ShapeError } from "../../src/errors";

/** The output is the input times one weight, which begins as 1. */
function net(loss: CompileOptions["loss"] = "mse", options: Partial<CompileOptions> = {}): Model {
  const start = input({ shape: [1] });
  const model = functional({
    inputs: start,
    outputs: layers.dense({ units: 1, useBias: false, kernelInitializer: "ones", name: "dense" }).apply(start),
    seed: 1,
  });
  model.compile({ optimizer: "sgd", loss, ...options });
  return model as Model;
}

/** A model that gives back what it gets: x is the output of a network `[samples, ...shape]`. */
function passThrough(shape: readonly number[], options: Partial<CompileOptions> = {}) {
  const start = input({ shape: [...shape] });
  const model = functional({ inputs: start, outputs: layers.rescaling({ scale: 1 }).apply(start) });
  model.compile({ optimizer: "sgd", loss: "mse", ...options });
  return model;
}

const x = [[1], [4], [2], [3], [5]];
const y = [[0], [0], [1], [2], [3]];
const weights = [1, 3, 0.5, 0, 2];
/** Squared errors 1, 16, 1, 1, 4, each times its weight, over the number of rows. */
const weighted = (1 + 48 + 0.5 + 0 + 8) / 5;
const items = x.map((row, i) => ({ x: row, y: y[i], sampleWeight: weights[i] }));

describe("weights of the samples of a dataset (T9)", () => {
  it("of two items count in the loss", async () => {
    const two = data.fromIterable([
      { x: [1], y: [0], sampleWeight: 1 },
      { x: [4], y: [0], sampleWeight: 3 },
    ]);
    expect((await net().evaluate(two)).loss).toBe(24.5);
  });

  const datasets: [string, () => ReturnType<typeof data.fromTensors>][] = [
    ["fromIterable", () => data.fromIterable(items)],
    ["fromTensors", () => data.fromTensors(x, y, weights)],
    ["batch", () => data.fromIterable(items).batch(2)],
    ["batch of tensors", () => data.fromTensors(x, y, weights).batch(2)],
    ["shuffle", () => data.fromIterable(items).shuffle(3)],
    ["shuffle of tensors", () => data.fromTensors(x, y, weights).shuffle()],
    ["map", () => data.fromIterable(items).map(({ x, y, sampleWeight }) => ({ x, y, sampleWeight }))],
    ["map of tensors", () => data.fromTensors(x, y, weights).map((item) => item)],
    ["filter", () => data.fromTensors(x, y, weights).filter(() => true)],
    ["prefetch", () => data.fromIterable(items).prefetch(2)],
    ["take and skip, joined", () => data.fromIterable(items).take(2).concat(data.fromIterable(items).skip(2))],
    [
      "take and skip of tensors",
      () => {
        const all = data.fromTensors(x, y, weights);
        return all.take(2).concat(all.skip(2));
      },
    ],
    [
      "split and joined",
      () => {
        const [a, b] = data.fromTensors(x, y, weights).split(0.4);
        return a.concat(b);
      },
    ],
    [
      "ready batches",
      () =>
        data.fromIterable(
          [
            { x: x.slice(0, 3), y: y.slice(0, 3), sampleWeight: weights.slice(0, 3) },
            { x: x.slice(3), y: y.slice(3), sampleWeight: weights.slice(3) },
          ],
          { batchSize: 3 },
        ),
    ],
  ];

  it.each(datasets)("%s keeps them", async (_, make) => {
    for (const batchSize of [1, 2, 32])
      expect((await net().evaluate(make(), { batchSize })).loss).toBeCloseTo(weighted, 6);
    const { sampleWeight } = await make().toTensors();
    expect(Array.from((sampleWeight as Tensor).data).sort()).toEqual([...weights].sort());
  });

  it("standardize keeps them, in memory and walked", async () => {
    const standardized = await data.standardize(x);
    for (const dataset of [data.fromTensors(x, y, weights), data.fromIterable(items)]) {
      const { sampleWeight } = await standardized.apply(dataset).toTensors();
      expect(Array.from((sampleWeight as Tensor).data)).toEqual(weights);
    }
  });

  it("augment keeps them", async () => {
    const images = tensor(new Float32Array(2 * 4), [2, 2, 2]);
    const dataset = data.fromTensors(images, [0, 1], [0.5, 2]).augment({ flip: "horizontal" });
    const { sampleWeight } = await dataset.toTensors();
    expect(Array.from((sampleWeight as Tensor).data)).toEqual([0.5, 2]);
  });

  it("fit trains the same weights from tensors and from every kind of dataset", async () => {
    const options = { epochs: 3, batchSize: 2 };
    const expected = net();
    await expected.fit(x, y, { ...options, shuffle: false, sampleWeight: weights });
    const plain = net();
    await plain.fit(x, y, { ...options, shuffle: false });
    const of = async (model: Model) => (await model.getWeights())["dense/kernel"].data[0];
    for (const dataset of [
      data.fromTensors(x, y, weights),
      data.fromIterable(items),
      data.fromIterable(items).batch(2),
    ]) {
      const model = net();
      await model.fit(dataset, options);
      expect(await of(model)).toBe(await of(expected));
    }
    expect(await of(expected)).not.toBe(await of(plain));
  });

  it("a weight that is lost, misspelt or forgotten in a map is an error", async () => {
    const misspelt = data.fromIterable([{ x: [1], y: [0], sampleWeights: 2 } as never]);
    await expect(misspelt.toTensors()).rejects.toThrow('has an unknown "sampleWeights". Did you mean "sampleWeight"?');
    const forgotten = data.fromIterable(items).map(({ x, y }) => ({ x, y }));
    await expect(forgotten.toTensors()).rejects.toThrow(DataError);
    await expect(forgotten.toTensors()).rejects.toThrow("map: item 0 has a sampleWeight, the result for it has none.");
    const left = data.fromIterable(items).map(({ x, y }) => ({ x, y, sampleWeight: undefined }));
    expect((await left.toTensors()).sampleWeight).toBeUndefined();
    const some = data.fromIterable([items[0], { x: [1], y: [0] }]);
    await expect(some.toTensors()).rejects.toThrow(ShapeError);
    expect(() => data.fromTensors(x, y, [1, 2])).toThrow("fromTensors: 5 inputs but 2 weights.");
    const missing = data.fromIterable([{ x: [1], y: [0], sampleWeight: Number.NaN }]);
    await expect(net().evaluate(missing)).rejects.toThrow("sampleWeight holds NaN at sample 0");
  });
});

describe("weights of validation data (T11)", () => {
  it("valLoss is what evaluate gives, of tensors and of datasets", async () => {
    const model = net("mse", { metrics: ["mae"] });
    for (const validationData of [
      [x, y, weights],
      data.fromTensors(x, y, weights),
      data.fromIterable(items),
    ] as const) {
      const { history } = await model.fit(x, y, { epochs: 1, batchSize: 2, validationData: validationData as never });
      const { loss, mae } = await model.evaluate(x, y, { sampleWeight: weights, batchSize: 2 });
      expect(history.valLoss[0]).toBe(loss);
      // Metrics are not weighted, as in Keras.
      expect(history.valMae[0]).toBe(mae);
      expect(mae).toBe((await model.evaluate(x, y, { batchSize: 2 })).mae);
    }
  });

  it("is refused in other forms", async () => {
    await expect(net().fit(x, y, { validationData: [x, y, [1, 2]] })).rejects.toThrow(
      "fit: validationData: sampleWeight must have shape [5], got [2].",
    );
    await expect(net().fit(x, y, { validationData: [x, y, weights, 1] as never })).rejects.toThrow(
      "fit: validationData must be [x, y], [x, y, sampleWeight] or a Dataset",
    );
  });

  it("a callback that watches valLoss sees the weighted one", async () => {
    const stopping = callbacks.earlyStopping({ patience: 0, baseline: 1e9 });
    const { history } = await net().fit(x, y, {
      epochs: 2,
      validationData: [x, y, [0, 0, 0, 0, 0]],
      callbacks: [stopping],
    });
    expect(history.valLoss[0]).toBe(0);
  });
});

describe("weights of several outputs (T11)", () => {
  function two() {
    const start = input({ shape: [1] });
    const outputs = ["a", "b"].map((name) =>
      layers.dense({ units: 1, useBias: false, kernelInitializer: "ones", name }).apply(start),
    );
    const model = functional({ inputs: start, outputs });
    model.compile({ optimizer: "sgd", loss: "mse" });
    return model;
  }
  const targets = [tensor(y), tensor([[1], [2], [2], [3], [3]])];
  const other = [2, 0, 1, 1, 0.25];
  const plain = (1 + 16 + 1 + 1 + 4) / 5;
  // Squared errors of b: 0, 4, 0, 0, 4.
  const [plainB, weightedB, weightedBByA] = [8 / 5, 1 / 5, (12 + 8) / 5];

  it.each([
    ["one for all", weights, weighted, weightedBByA],
    ["an array of tensors", [tensor(weights), tensor(other)], weighted, weightedB],
    ["by name", { b: other, a: weights }, weighted, weightedB],
    ["only the first", { a: weights }, weighted, plainB],
    ["only the second", [undefined, tensor(other)], plain, weightedB],
  ] as const)("%s", async (_, sampleWeight, a, b) => {
    const model = two();
    for (const batchSize of [2, 5]) {
      const results = await model.evaluate(x, targets, { sampleWeight, batchSize });
      expect(results["a/loss"]).toBeCloseTo(a, 6);
      expect(results["b/loss"]).toBeCloseTo(b, 6);
      expect(results.loss).toBeCloseTo(a + b, 6);
    }
    const { loss } = await model.gradients(x, targets, { sampleWeight });
    expect(loss).toBeCloseTo(a + b, 6);
  });

  it("a dataset may bring one for each", async () => {
    const dataset = data.fromTensors(x, targets, [tensor(weights), tensor(other)]);
    expect((await two().evaluate(dataset)).loss).toBeCloseTo(weighted + weightedB, 6);
    const walked = dataset.map((item) => item);
    expect((await two().evaluate(walked)).loss).toBeCloseTo(weighted + weightedB, 6);
  });

  it("mistakes say what is wrong", async () => {
    const told = (sampleWeight: unknown) => two().evaluate(x, targets, { sampleWeight: sampleWeight as never });
    await expect(told({ zebra: weights })).rejects.toThrow(
      'evaluate: sampleWeight: no output is named "zebra". Known: a, b.',
    );
    await expect(told({ a: [1, 2] })).rejects.toThrow("evaluate: sampleWeight[0] must have shape [5], got [2].");
    await expect(told([tensor(weights)])).rejects.toThrow("the model has 2 outputs, got 1 tensors.");
    await expect(told({})).rejects.toThrow(ArgumentError);
    await expect(two().fit(x, targets, { classWeight: { 0: 1 } })).rejects.toThrow(
      "fit: classWeight needs a model of one output, this one has 2. Use sampleWeight.",
    );
  });
});

describe("a weight for every step (T11)", () => {
  // Two samples of three steps of one number; squared errors 1, 4, 9 and 16, 25, 36.
  const steps = tensor([1, 2, 3, 4, 5, 6], [2, 3, 1]);
  const zeros = tensor(new Float32Array(6), [2, 3, 1]);
  const perStep = [
    [1, 0, 2],
    [0.5, 1, 0],
  ];
  const expected = (1 + 18 + 8 + 25) / 6;

  it("[samples, time] multiplies the losses of steps, [samples] those of samples", async () => {
    for (const engine of ["wasm", "js"] as const) {
      const model = passThrough([3, 1], { engine });
      for (const batchSize of [1, 2]) {
        const options = { batchSize };
        expect((await model.evaluate(steps, zeros, { ...options, sampleWeight: perStep })).loss).toBeCloseTo(
          expected,
          6,
        );
        const perSample = await model.evaluate(steps, zeros, { ...options, sampleWeight: [2, 0.5] });
        expect(perSample.loss).toBeCloseTo((2 * 14 + 0.5 * 77) / 6, 6);
      }
    }
  });

  it("trainOnBatch, gradients and datasets take them", async () => {
    const build = () => {
      const start = input({ shape: [3, 1] });
      const model = functional({
        inputs: start,
        outputs: layers.dense({ units: 1, useBias: false, kernelInitializer: "ones", name: "dense" }).apply(start),
      });
      model.compile({ optimizer: "sgd", loss: "mse" });
      return model;
    };
    const model = build();
    const { loss, weights: gradients } = await model.gradients(steps, zeros, { sampleWeight: perStep });
    expect(loss).toBeCloseTo(expected, 6);
    // The derivative of Σ weight·(w·x)² / 6 by w at 1.
    expect(gradients["dense/kernel"].data[0]).toBeCloseTo(2 * expected, 5);
    expect((await model.trainOnBatch(steps, zeros, { sampleWeight: perStep })).loss).toBeCloseTo(expected, 6);
    expect((await model.getWeights())["dense/kernel"].data[0]).toBeCloseTo(1 - 0.01 * 2 * expected, 6);
    const each = [0, 1].map((i) => ({
      x: (steps.toArray(3) as number[][][])[i],
      y: (zeros.toArray(3) as number[][][])[i],
      sampleWeight: perStep[i],
    }));
    expect((await build().evaluate(data.fromIterable(each))).loss).toBeCloseTo(expected, 6);
    expect((await build().evaluate(data.fromTensors(steps, zeros, perStep))).loss).toBeCloseTo(expected, 6);
  });

  it("of images one a row or one a pixel", async () => {
    const model = passThrough([2, 2, 1]);
    const images = tensor([1, 2, 3, 4], [1, 2, 2, 1]);
    const none = tensor(new Float32Array(4), [1, 2, 2, 1]);
    expect((await model.evaluate(images, none, { sampleWeight: [[2, 1]] })).loss).toBeCloseTo((2 * 5 + 25) / 4, 6);
    const pixels = [
      [
        [1, 0],
        [0, 2],
      ],
    ];
    expect((await model.evaluate(images, none, { sampleWeight: pixels })).loss).toBeCloseTo((1 + 32) / 4, 6);
  });

  it("is refused where outputs have no steps, or other ones", async () => {
    await expect(net().evaluate(x, y, { sampleWeight: x.map(() => [1, 2]) })).rejects.toThrow(
      "evaluate: sampleWeight must have shape [5], got [5, 2]. Only outputs [samples, time, …] take one for every step.",
    );
    await expect(
      passThrough([3, 1]).evaluate(steps, zeros, {
        sampleWeight: [
          [1, 2],
          [3, 4],
        ],
      }),
    ).rejects.toThrow("evaluate: sampleWeight must have shape [2] or [2, 3], got [2, 2].");
    // A column of them is no mistake.
    const { loss } = await net().evaluate(x, y, { sampleWeight: weights.map((weight) => [weight]) });
    expect(loss).toBeCloseTo(weighted, 6);
  });
});

describe("class weights (T10)", () => {
  const outputs = [[0.5], [-0.5], [0.25], [2]];
  const labels = [[1], [0], [0], [1]];
  const signs = [[1], [-1], [-1], [1]];

  it("with hinge −1 and 1 weigh as 0 and 1, whatever the keys are", async () => {
    const model = passThrough([1], { loss: "hinge" });
    // Hinge losses 0.5, 0.5, 1.25, 0.
    const expected = (1 * 0.5 + 100 * 0.5 + 100 * 1.25) / 4;
    for (const targets of [labels, signs]) {
      for (const classWeight of [
        { 0: 100, 1: 1 },
        { [-1]: 100, 1: 1 },
      ] as Record<number, number>[]) {
        expect((await model.evaluate(outputs, targets, { classWeight })).loss).toBeCloseTo(expected, 5);
      }
    }
    await expect(model.evaluate(outputs, signs, { classWeight: { [-1]: 1, 0: 2 } })).rejects.toThrow("the same class");
    const other = passThrough([1]);
    await expect(other.evaluate(outputs, labels, { classWeight: { [-1]: 1 } })).rejects.toThrow("classes 0, 1, …");
  });

  it("on a target that is no class is an error", async () => {
    const classWeight = { 0: 2, 1: 1 };
    for (const targets of [
      [[1], [0], [2.5], [1]],
      [[1], [0], [3], [1]],
      [[1], [0], [-1], [1]],
    ]) {
      const failed = passThrough([1]).evaluate(outputs, targets, { classWeight });
      await expect(failed).rejects.toThrow(ArgumentError);
      await expect(passThrough([1]).evaluate(outputs, targets, { classWeight })).rejects.toThrow(
        "evaluate: classWeight needs targets that are classes 0…1, those of sample 2 are none. Use sampleWeight.",
      );
    }
    const regression = passThrough([2]).evaluate([[0, 0]], [[0.3, 7.2]], { classWeight });
    await expect(regression).rejects.toThrow("classes 0…1, those of sample 0 are none");
    const several = passThrough([2], { loss: "binaryCrossentropy" });
    await expect(several.evaluate([[0.5, 0.5]], [[1, 1]], { classWeight })).rejects.toThrow(ArgumentError);
  });

  it("of steps go by the class of each step, and multiply with what the sample counts", async () => {
    const x = tensor([0.5, 0.5, 0.25, 0.75, 0.5, 0.5, 0.75, 0.25], [2, 2, 2]);
    const sparse = passThrough([2, 2], { loss: "sparseCategoricalCrossentropy" });
    const full = passThrough([2, 2], { loss: "categoricalCrossentropy" });
    const classWeight = { 1: 3 };
    const options = { classWeight, sampleWeight: [2, 1] };
    // −log of ½, ¾ · 3, ½ and ¼ · 3, the first sample twice.
    const expected = (2 * Math.log(2) - 6 * Math.log(0.75) + Math.log(2) - 3 * Math.log(0.25)) / 4;
    const { loss } = await sparse.evaluate(x, tensor([0, 1, 0, 1], [2, 2]), options);
    expect(loss).toBeCloseTo(expected, 5);
    const oneHot = tensor([1, 0, 0, 1, 1, 0, 0, 1], [2, 2, 2]);
    expect((await full.evaluate(x, oneHot, options)).loss).toBeCloseTo(expected, 5);
  });
});

describe("unusual weights", () => {
  it("that are all 0 give a loss of 0 and move nothing", async () => {
    const model = net();
    const none = [0, 0, 0, 0, 0];
    expect((await model.evaluate(x, y, { sampleWeight: none })).loss).toBe(0);
    await model.fit(x, y, { sampleWeight: none });
    expect((await model.getWeights())["dense/kernel"].data[0]).toBe(1);
  });

  it("below 0 push the other way, as advantages do", async () => {
    const up = await net().gradients(x, y, { sampleWeight: weights });
    const down = await net().gradients(x, y, { sampleWeight: weights.map((weight) => -weight) });
    expect(down.loss).toBe(-up.loss);
    expect(down.weights["dense/kernel"].data[0]).toBe(-up.weights["dense/kernel"].data[0]);
  });

  it("that are no numbers are refused before any work", async () => {
    for (const weight of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const attempt = net().fit(x, y, { sampleWeight: [1, 1, weight, 1, 1] });
      await expect(attempt).rejects.toThrow(`fit: sampleWeight holds ${weight} at sample 2`);
    }
  });

  it("do not change metrics, also a confusion matrix", async () => {
    const model = passThrough([2], {
      loss: losses.sparseCategoricalCrossentropy(),
      metrics: ["accuracy", metrics.confusionMatrix()],
    });
    const predicted = [
      [0.9, 0.1],
      [0.4, 0.6],
      [0.3, 0.7],
    ];
    const plain = await model.evaluate(predicted, [0, 1, 0]);
    const { loss, accuracy, confusionMatrix } = await model.evaluate(predicted, [0, 1, 0], {
      sampleWeight: [5, 0, 0.1],
    });
    expect(accuracy).toBe(plain.accuracy);
    expect(confusionMatrix.toArray()).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect(loss).not.toBe(plain.loss);
  });
});
