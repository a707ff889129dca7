// Losses and perplexity over sequences with masks and weights for each place, against loops in float64: the loss is one mean over
// all valid places of a batch, where weights multiply and do not change what is divided by (Keras 3), that of a pass the mean of
// the batches' by their samples; perplexity is of all places of a pass at once.
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  callbacks,
  DataError,
  data,
  input,
  layers,
  type Loss,
  loadModel,
  losses,
  metrics,
  model as functional,
  ops,
  optimizers,
  sequential,
  ShapeError,
  type Tensor,
  tensor,
} from "../../src/index";
import type { CompileOptions } from "../../src/model/compileOptions";
import { noise } from "../model/twins";

type LossName = "sparseCategoricalCrossentropy" | "binaryCrossentropy" | "meanSquaredError";

const [samples, time, features, columns] = [7, 5, 3, 4];
/** Valid places at the beginning of each sample; of the third sample none. */
const lengths = [5, 2, 0, 3, 1, 4, 2];
const places = samples * time;
const isValid = (place: number) => place % time < lengths[Math.floor(place / time)];
const x = tensor(
  noise(places * features, 1).map((value, i) => (isValid(Math.floor(i / features)) ? value : 0)),
  [samples, time, features],
);
const labels = tensor(
  Float32Array.from({ length: places }, (_, i) => (i * 3) % columns),
  [samples, time],
);
const bits = tensor(
  Float32Array.from({ length: places * columns }, (_, i) => Number((i * i) % 7 < 3)),
  [samples, time, columns],
);
const weights = tensor(
  Float32Array.from({ length: places }, (_, i) => ((i * 5) % 4) / 2),
  [samples, time],
);
const targetsOf = (loss: LossName) =>
  loss === "sparseCategoricalCrossentropy"
    ? labels
    : loss === "binaryCrossentropy"
      ? bits
      : tensor(noise(places * columns, 2), [samples, time, columns]);
const activations = {
  sparseCategoricalCrossentropy: "softmax",
  binaryCrossentropy: "sigmoid",
  meanSquaredError: "linear",
} as const;

function build(loss: LossName, options: Partial<CompileOptions> = {}) {
  const model = sequential({
    layers: [
      layers.masking({ inputShape: [null, features] }),
      layers.dense({ units: columns, activation: activations[loss], biasInitializer: "randomNormal" }),
    ],
    seed: 5,
  });
  model.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss, ...options });
  return model;
}

interface Weights {
  readonly kernel: number[];
  readonly bias: number[];
}

async function weightsOf(model: { getWeights(): Promise<Record<string, Tensor>> }): Promise<Weights> {
  const [kernel, bias] = Object.values(await model.getWeights());
  return { kernel: [...kernel.data], bias: [...bias.data] };
}

/** The loss at one place. */
function lossAt(loss: LossName, { kernel, bias }: Weights, target: Tensor, place: number): number {
  const outputs = bias.map((b, j) => {
    let sum = b;
    for (let f = 0; f < features; f++) sum += x.data[place * features + f] * kernel[f * columns + j];
    return sum;
  });
  const y = Array.from({ length: columns }, (_, j) => target.data[place * columns + j]);
  if (loss === "meanSquaredError") return outputs.reduce((sum, o, j) => sum + (o - y[j]) ** 2, 0) / columns;
  if (loss === "binaryCrossentropy") {
    const sum = outputs.reduce((total, o, j) => total + Math.log(1 + Math.exp(o)) - y[j] * o, 0);
    return sum / columns;
  }
  return Math.log(outputs.reduce((sum, o) => sum + Math.exp(o), 0)) - outputs[target.data[place]];
}

/** The loss of a batch: Σ w·loss over valid places, divided by how many are valid. */
function lossOf(loss: LossName, w: Weights, target: Tensor, batch: readonly number[], sampleWeight?: Tensor): number {
  let [sum, valid] = [0, 0];
  for (const sample of batch) {
    for (let t = 0; t < lengths[sample]; t++) {
      const place = sample * time + t;
      sum += lossAt(loss, w, target, place) * (sampleWeight?.data[place] ?? 1);
      valid++;
    }
  }
  return valid ? sum / valid : 0;
}

const all = Array.from({ length: samples }, (_, i) => i);
const inBatches = (size: number) =>
  Array.from({ length: Math.ceil(samples / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
const rows = (like: Tensor, batch: readonly number[]) => {
  const size = like.data.length / samples;
  return tensor(
    Float32Array.from(batch.flatMap((sample) => [...like.data.subarray(sample * size, (sample + 1) * size)])),
    [batch.length, ...like.shape.slice(1)],
  );
};

/** One step of gradient descent by central differences. */
function stepped(w: Weights, learningRate: number, loss: (w: Weights) => number): Weights {
  const h = 1e-5;
  const moved = (part: keyof Weights, i: number, by: number): Weights => ({
    ...w,
    [part]: w[part].map((value, k) => (k === i ? value + by : value)),
  });
  const step = (part: keyof Weights) =>
    w[part].map((value, i) => {
      const slope = (loss(moved(part, i, h)) - loss(moved(part, i, -h))) / (2 * h);
      return value - learningRate * slope;
    });
  return { kernel: step("kernel"), bias: step("bias") };
}

function expectClose(actual: Weights, expected: Weights): void {
  for (const part of ["kernel", "bias"] as const) {
    actual[part].forEach((value, i) => {
      expect(value).toBeCloseTo(expected[part][i], 5);
    });
  }
}

const names: LossName[] = ["sparseCategoricalCrossentropy", "binaryCrossentropy", "meanSquaredError"];
const engines = ["wasm", "js"] as const;

describe.each(names)("%s over [batch, time, …] with a mask", (loss) => {
  const y = targetsOf(loss);
  const cases = [undefined, weights] as const;

  it.each(engines)("is the mean over valid places, weights multiply: %s", async (engine) => {
    const model = build(loss, { engine });
    const w = await weightsOf(model);
    for (const sampleWeight of cases) {
      const results = await model.evaluate(x, y, { sampleWeight });
      expect(results.loss).toBeCloseTo(lossOf(loss, w, y, all, sampleWeight), 5);
    }
    // One weight a sample is one for each of its places.
    const each = tensor([2, 1, 5, 0, 0.5, 1, 3]);
    const spread = tensor(
      Float32Array.from({ length: places }, (_, i) => each.data[Math.floor(i / time)]),
      [samples, time],
    );
    const { loss: measured } = await model.evaluate(x, y, { sampleWeight: each });
    expect(measured).toBeCloseTo(lossOf(loss, w, y, all, spread), 5);
  });

  it("of a pass is the mean of the batches', by their samples", async () => {
    const model = build(loss);
    const w = await weightsOf(model);
    for (const batchSize of [1, 3, 4]) {
      for (const sampleWeight of cases) {
        let sum = 0;
        for (const batch of inBatches(batchSize)) sum += batch.length * lossOf(loss, w, y, batch, sampleWeight);
        const results = await model.evaluate(x, y, { sampleWeight, batchSize });
        expect(results.loss).toBeCloseTo(sum / samples, 5);
      }
    }
  });

  it("trainOnBatch takes the step of that loss", async () => {
    for (const sampleWeight of cases) {
      const model = build(loss);
      for (const batch of [[0, 1, 2], [2], [3, 4, 5, 6]]) {
        const before = await weightsOf(model);
        const given = { sampleWeight: sampleWeight && rows(sampleWeight, batch) };
        const result = await model.trainOnBatch(rows(x, batch), rows(y, batch), given);
        const loss64 = (w: Weights) => lossOf(loss, w, y, batch, sampleWeight);
        expect(result.loss).toBeCloseTo(loss64(before), 5);
        expectClose(await weightsOf(model), stepped(before, 0.5, loss64));
      }
    }
  });

  it("fit does so with batches of different numbers of valid places", async () => {
    for (const sampleWeight of cases) {
      const model = build(loss);
      let w = await weightsOf(model);
      let sum = 0;
      for (const batch of inBatches(3)) {
        const loss64 = (at: Weights) => lossOf(loss, at, y, batch, sampleWeight);
        sum += batch.length * loss64(w);
        w = stepped(w, 0.5, loss64);
      }
      const { history } = await model.fit(x, y, { epochs: 1, batchSize: 3, shuffle: false, sampleWeight });
      expect(history.loss[0]).toBeCloseTo(sum / samples, 5);
      expectClose(await weightsOf(model), w);
    }
  });
});

describe("perplexity", () => {
  const loss = "sparseCategoricalCrossentropy";
  /** e^(Σ w·loss / Σ w) over all valid places. */
  const perplexityOf = (w: Weights, sampleWeight?: Tensor) => {
    let [sum, total] = [0, 0];
    for (let place = 0; place < places; place++) {
      if (!isValid(place)) continue;
      const weight = sampleWeight?.data[place] ?? 1;
      sum += weight * lossAt(loss, w, labels, place);
      total += weight;
    }
    return Math.exp(sum / total);
  };

  it.each(engines)("is of all valid places of a pass, whatever the batches are: %s", async (engine) => {
    const model = build(loss, { metrics: ["perplexity"], weightedMetrics: ["perplexity"], engine });
    const w = await weightsOf(model);
    for (const batchSize of [1, 2, 3, 7]) {
      const results = await model.evaluate(x, labels, { sampleWeight: weights, batchSize });
      expect(results.perplexity).toBeCloseTo(perplexityOf(w), 5);
      expect(results.perplexity_1).toBeCloseTo(perplexityOf(w, weights), 5);
    }
  });

  it("in fit is of the places as they were met", async () => {
    const model = build(loss, { metrics: ["perplexity"] });
    let w = await weightsOf(model);
    let [sum, valid] = [0, 0];
    for (const batch of inBatches(3)) {
      const count = batch.reduce((total, sample) => total + lengths[sample], 0);
      sum += count * lossOf(loss, w, labels, batch);
      valid += count;
      w = stepped(w, 0.5, (at) => lossOf(loss, at, labels, batch));
    }
    const options = { epochs: 1, batchSize: 3, shuffle: false, validationData: [x, labels] as [Tensor, Tensor] };
    const { history } = await model.fit(x, labels, options);
    expect(history.perplexity[0]).toBeCloseTo(Math.exp(sum / valid), 4);
    expect(history.valPerplexity[0]).toBeCloseTo(perplexityOf(w), 4);
    const one = build(loss, { metrics: ["perplexity"] });
    const first = await weightsOf(one);
    const result = await one.trainOnBatch(rows(x, [0, 1]), rows(labels, [0, 1]));
    expect(result.perplexity).toBeCloseTo(Math.exp(lossOf(loss, first, labels, [0, 1])), 5);
  });

  /** A model that gives back the rows it gets. */
  const echo = (classes: number, options: Partial<CompileOptions>, activation?: "softmax") => {
    const start = input({ shape: [classes] });
    const plain = layers.rescaling({ scale: 1 }).apply(start);
    const outputs = activation ? layers.softmax().apply(plain) : plain;
    const model = functional({ inputs: start, outputs });
    model.compile({ optimizer: "sgd", loss, metrics: ["perplexity"], ...options });
    return model;
  };
  const logits = [
    [1, 2, 3],
    [0, -1, 1],
    [4, 0, 0],
  ];
  const p = logits.map((row) => {
    const sum = row.reduce((total, z) => total + Math.exp(z), 0);
    return row.map((z) => Math.exp(z) / sum);
  });
  const right = [2, 0, 1];
  const expected = Math.exp(-right.reduce((sum, label, i) => sum + Math.log(p[i][label]), 0) / 3);

  it("is the same of logits, of a softmax, and of probabilities", async () => {
    const fromLogits = losses.sparseCategoricalCrossentropy({ fromLogits: true });
    const labelsAndOneHot = [
      [fromLogits, right],
      [
        losses.categoricalCrossentropy({ fromLogits: true }),
        [
          [0, 0, 1],
          [1, 0, 0],
          [0, 1, 0],
        ],
      ],
    ] as [Loss, number[] | number[][]][];
    for (const [each, y] of labelsAndOneHot) {
      expect((await echo(3, { loss: each }).evaluate(logits, y)).perplexity).toBeCloseTo(expected, 5);
    }
    expect((await echo(3, {}, "softmax").evaluate(logits, right)).perplexity).toBeCloseTo(expected, 5);
    expect((await echo(3, {}).evaluate(p, right)).perplexity).toBeCloseTo(expected, 5);
    const explicit = metrics.perplexity({ fromLogits: true });
    const same = echo(3, { loss: fromLogits, metrics: [explicit] });
    expect((await same.evaluate(logits, right)).perplexity).toBeCloseTo(expected, 5);
  });

  it("of n classes that are equally likely is n, of certainty 1", async () => {
    expect((await echo(3, {}, "softmax").evaluate([[0, 0, 0]], [1])).perplexity).toBeCloseTo(3, 6);
    expect((await echo(3, {}, "softmax").evaluate([[0, 90, 0]], [1])).perplexity).toBe(1);
    // Of logits, so that what a float32 probability cannot hold is there: e^60, and not 1 / 1e-7.
    const { perplexity } = await echo(2, {}, "softmax").evaluate([[60, 0]], [1]);
    expect(Math.log(perplexity)).toBeCloseTo(60, 5);
  });

  it("leaves label smoothing and reductions to the loss", async () => {
    const smoothed = losses.sparseCategoricalCrossentropy({ labelSmoothing: 0.2, reduction: "sum" });
    const { perplexity } = await echo(3, { loss: smoothed }, "softmax").evaluate(logits, right);
    expect(perplexity).toBeCloseTo(expected, 5);
  });

  it("takes the numbers that the loss has computed", () => {
    const text = (options: Partial<CompileOptions>) => echo(3, options, "softmax").program({ batchSize: 2 });
    const count = (options: Partial<CompileOptions>) =>
      String(text(options)).split("sparseCategoricalCrossentropyFromLogits").length - 1;
    expect(count({ metrics: [] })).toBeGreaterThan(0);
    expect(count({})).toBe(count({ metrics: [] }));
    const smoothed = losses.sparseCategoricalCrossentropy({ labelSmoothing: 0.2 });
    expect(count({ loss: smoothed })).toBeGreaterThan(count({ loss: smoothed, metrics: [] }));
  });

  it("of nothing that counts is 0, and places of weight 0 may be anything", async () => {
    const model = echo(3, { metrics: [], weightedMetrics: ["perplexity"] }, "softmax");
    expect((await model.evaluate(logits, right, { sampleWeight: [0, 0, 0] })).perplexity).toBe(0);
    const { perplexity } = await model.evaluate([[3e38, -3e38, 0], logits[2]], [1, 1], { sampleWeight: [0, 1] });
    expect(perplexity).toBeCloseTo(1 / p[2][1], 3);
  });

  it("with a loss of one's own says fromLogits, and checks labels", async () => {
    const own = losses.custom(
      (label, z) =>
        ops.subtract(
          ops.logSumExp(z, { axis: -1 }),
          ops.sum(ops.multiply(z, ops.oneHot(ops.cast(label, "int32"), 3)), { axis: -1 }),
        ),
      { targetShape: [] },
    );
    const start = input({ shape: [3] });
    const model = functional({ inputs: start, outputs: layers.dense({ units: 3 }).apply(start) });
    const compile = (fromLogits?: boolean) =>
      model.compile({ optimizer: "sgd", loss: own, metrics: [metrics.perplexity({ fromLogits })] });
    compile(true);
    const results = await model.evaluate(logits, right);
    expect(results.perplexity).toBeCloseTo(Math.exp(results.loss), 5);
    await expect(model.evaluate(logits, [2, 0, -1])).rejects.toThrow(DataError);
    expect(() => compile()).toThrow("metrics.perplexity({ fromLogits: true })");
  });

  it("mistakes say what is wrong", () => {
    const fromLogits = losses.sparseCategoricalCrossentropy({ fromLogits: true });
    const wrong = { loss: fromLogits, metrics: [metrics.perplexity({ fromLogits: false })] };
    expect(() => echo(3, wrong)).toThrow(ArgumentError);
    expect(() => echo(3, { metrics: [metrics.perplexity({ fromLogits: true })] })).toThrow(
      "metrics.perplexity: fromLogits is true, but the loss takes probabilities. Leave it out: it is as the loss has it.",
    );
    for (const other of ["mse", "binaryCrossentropy"] as const) {
      expect(() => echo(3, { loss: other })).toThrow("metrics.perplexity: expects one label a row");
    }
    expect(() => echo(1, {})).toThrow(ShapeError);
    expect(() => metrics.perplexity({ fromLogits: "yes" as never })).toThrow(ArgumentError);
    expect(() => metrics.perplexity({ padTokenId: 0 } as never)).toThrow("padTokenId");
  });

  it("is watched as what should fall, and kept in files", async () => {
    const model = build(loss, { metrics: [metrics.perplexity()] });
    const watch = callbacks.earlyStopping({ monitor: "perplexity", patience: 50 });
    const { history } = await model.fit(x, labels, { epochs: 3, callbacks: [watch] });
    expect(history.perplexity[2]).toBeLessThan(history.perplexity[0]);
    const loaded = await loadModel(model.toBytes());
    expect(await loaded.evaluate(x, labels)).toEqual(await model.evaluate(x, labels));
  });
});

describe("public reports of other libraries about perplexity, rebuilt", () => {
  const loss = "sparseCategoricalCrossentropy";

  it("keras-hub#2958: batches count as many places as they have", async () => {
    // As there: a batch with many places beside one with few.
    const model = build(loss, { metrics: ["perplexity"] });
    const whole = (await model.evaluate(x, labels)).perplexity;
    const apart = await Promise.all(
      [0, 4].map(async (i) => (await model.evaluate(rows(x, [i]), rows(labels, [i]))).perplexity),
    );
    const together = (await model.evaluate(rows(x, [0, 4]), rows(labels, [0, 4]), { batchSize: 1 })).perplexity;
    expect(together).toBeCloseTo(Math.exp((5 * Math.log(apart[0]) + Math.log(apart[1])) / 6), 5);
    expect(Math.abs(together - (apart[0] + apart[1]) / 2)).toBeGreaterThan(1e-3);
    expect((await model.evaluate(x, labels, { batchSize: 2 })).perplexity).toBeCloseTo(whole, 6);
  });

  it("mlx-lm#1855, neuralmonkey#806: padding changes nothing", async () => {
    const model = build(loss, { metrics: ["perplexity"] });
    const cut = (like: Tensor, width: number) => {
      const size = width * lengths[1];
      return tensor(
        like.data.slice(time * width, time * width + size),
        width > 1 ? [1, lengths[1], width] : [1, lengths[1]],
      );
    };
    const alone = await model.evaluate(cut(x, features), cut(labels, 1));
    const padded = await model.evaluate(rows(x, [1]), rows(labels, [1]));
    expect(padded.perplexity).toBeCloseTo(alone.perplexity, 6);
  });

  it("deepsparse#1141: class 0 is a class as any other", async () => {
    const start = input({ shape: [3, 2] });
    const model = functional({ inputs: start, outputs: layers.softmax().apply(start) });
    model.compile({ optimizer: "sgd", loss, metrics: ["perplexity"] });
    const even = tensor([
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    ]);
    expect((await model.evaluate(even, [[0, 0, 1]])).perplexity).toBeCloseTo(2, 6);
  });

  it("torcheval#154: it is of places, not the mean of the sequences'", async () => {
    // Losses .1 .2 .1 and .3 .5 .1 .4 .2, as probabilities of the right one of two classes.
    const list = [
      [0.1, 0.2, 0.1],
      [0.3, 0.5, 0.1, 0.4, 0.2],
    ];
    const start = input({ shape: [5, 2] });
    const outputs = layers.rescaling({ scale: 1 }).apply(layers.masking().apply(start));
    const model = functional({ inputs: start, outputs });
    model.compile({ optimizer: "sgd", loss, metrics: ["perplexity"] });
    const probabilities = list.map((row) =>
      Array.from({ length: 5 }, (_, t) => (t < row.length ? [Math.exp(-row[t]), 1 - Math.exp(-row[t])] : [0, 0])),
    );
    const zeros = tensor(new Float32Array(10), [2, 5]);
    const { perplexity } = await model.evaluate(tensor(probabilities), zeros, { batchSize: 1 });
    expect(perplexity).toBeCloseTo(Math.exp(1.9 / 8), 5);
  });

  it("datasets#4108: long texts have a number, not Infinity", async () => {
    const start = input({ shape: [4000, 2] });
    const model = functional({ inputs: start, outputs: layers.softmax().apply(start) });
    model.compile({ optimizer: "sgd", loss, metrics: ["perplexity"] });
    const text = tensor(
      Float32Array.from({ length: 8000 }, (_, i) => (i % 2 ? 0 : 8)),
      [1, 4000, 2],
    );
    const { perplexity } = await model.evaluate(text, tensor(new Float32Array(4000).fill(1), [1, 4000]));
    expect(Math.log(perplexity)).toBeCloseTo(Math.log(1 + Math.exp(8)), 4);
  });

  it("a dataset of windows of tokens is measured as arrays are", async () => {
    const ids = Int32Array.from({ length: 41 }, (_, i) => (i * i) % columns);
    const windows = data.tokens(ids, { contextLength: 8 });
    const model = sequential({
      layers: [
        layers.embedding({ inputDim: columns, outputDim: 4, inputShape: [8] }),
        layers.dense({ units: columns, activation: "softmax" }),
      ],
      seed: 1,
    });
    model.compile({ optimizer: "adam", loss, metrics: ["perplexity"] });
    const results = await model.evaluate(windows.batch(3));
    // All batches have places of the same number a sample, so that the loss is their mean, too.
    expect(results.perplexity).toBeCloseTo(Math.exp(results.loss), 5);
  });
});
