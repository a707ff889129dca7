// Parts of one's own: layers with weights, states and a training switch, activations, regularizers, added losses.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  activations,
  type CompileOptions,
  gradientCheck,
  input,
  layers,
  loadModel,
  losses,
  metrics,
  model,
  type Model,
  type Node,
  ops,
  optimizers,
  regularizers,
  sequential,
  type Tensor,
  tensor,
} from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import { deriveKey, uniform } from "../../src/numeric/random";
import { differenceInBits, relativeError } from "../ops/harness";

const random = (rows: number, columns: number, seed: number, from = -1, to = 1) =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => from + (to - from) * uniform(deriveKey(seed), i * columns + j)),
  );

const vectorOf = async (made: Model) =>
  Float32Array.from(Object.values(await made.getWeights()).flatMap(({ data }) => Array.from(data)));

const train = { optimizer: "sgd", loss: "mse" } as const;

/** x·kernel + bias, as `layers.dense`. */
const ownDense = (units: number, name?: string) =>
  layers.custom({
    name,
    weights: ([features]) => ({
      kernel: { shape: [features, units], regularizer: "l2" },
      bias: { shape: [units], initializer: "zeros" },
    }),
    call: ([x], { kernel, bias }) => ops.add(ops.matmul(x, kernel), bias),
  });

/** Dropout that counts its steps and keeps a moving mean of what comes in. */
const ownDropout = (rate: number, options: { trainable?: boolean } = {}) =>
  layers.custom({
    ...options,
    weights: (shape) => ({
      seen: { shape: [], isState: true },
      average: { shape, isState: true, initializer: "ones" },
    }),
    call: ([x], { seen, average }, { training }) => {
      if (!training) return x;
      const kept = ops.randomBernoulli([null, ...x.shape], { rate: 1 - rate });
      return {
        outputs: ops.divide(ops.multiply(x, kept), 1 - rate),
        state: {
          seen: ops.add(seen, 1),
          average: ops.add(ops.multiply(0.75, average), ops.multiply(0.25, ops.mean(x, { axis: 0 }))),
        },
      };
    },
  });

describe("layers.custom", () => {
  it("has the weights, outputs and gradients of the layer that it imitates", async () => {
    const x = random(11, 5, 1);
    const y = random(11, 3, 2);
    const built = sequential({
      seed: 4,
      layers: [layers.dense({ units: 3, kernelRegularizer: "l2", name: "d", inputShape: [5] })],
    });
    const own = sequential({ seed: 4, layers: [input({ shape: [5] }), ownDense(3, "d")] });
    for (const made of [built, own]) made.compile({ ...train, optimizer: "adam" });
    expect(await own.getWeights()).toEqual(await built.getWeights());
    expect(relativeError((await own.predict(x)).data, (await built.predict(x)).data)).toBeLessThan(1e-6);
    const [a, b] = [await own.gradients(x, y), await built.gradients(x, y)];
    expect(Math.abs(a.loss / b.loss - 1)).toBeLessThan(1e-6);
    for (const [name, { data }] of Object.entries(b.weights)) {
      expect(relativeError(a.weights[name].data, data), name).toBeLessThanOrEqual(1e-6);
    }
    expect((await gradientCheck(own, x, y)).worst.relativeError).toBeLessThan(1e-5);
    const { history } = await own.fit(x, y, { epochs: 400 });
    expect(history.loss.at(-1)!).toBeLessThan(0.9 * history.loss[0]);
  });

  it("is called twice when it is applied, and never again", async () => {
    const calls: boolean[] = [];
    const layer = layers.custom({
      weights: { scale: { shape: [3], initializer: "ones" } },
      call: ([x], { scale }, { training }) => {
        calls.push(training);
        return ops.multiply(x, scale);
      },
    });
    const x = input({ shape: [3] });
    const made = model({ inputs: x, outputs: layer.apply(layer.apply(x)) });
    expect(calls).toEqual([false, true]);
    made.compile(train);
    await made.fit(random(9, 3, 1), random(9, 3, 2), { batchSize: 4, validationSplit: 0.5 });
    await made.predict(random(2, 3, 1));
    // Both calls left the same graph, of which one is kept.
    const file = new TextDecoder().decode(made.toBytes());
    expect(file.match(/\\"graphs\\"/g)).toHaveLength(1);
    expect(file).not.toContain('\\"training\\":true');
    expect(calls).toEqual([false, true]);
  });

  it("shares its weights when it is applied again", async () => {
    const layer = ownDense(3);
    const x = input({ shape: [3] });
    const made = model({ inputs: x, outputs: layer.apply(layer.apply(x)) });
    const weights = await made.getWeights();
    expect(Object.keys(weights)).toEqual(["custom/kernel", "custom/bias"]);
    const kernel = weights["custom/kernel"].toArray() as number[][];
    const times = (row: number[]) => [0, 1, 2].map((j) => row.reduce((sum, value, i) => sum + value * kernel[i][j], 0));
    const sample = [0.3, -0.5, 0.8];
    expect(relativeError((await made.predict([sample])).data, times(times(sample)))).toBeLessThan(1e-6);
    expect(() => layer.apply(input({ shape: [4] }))).toThrow(/its kernel is \[3, 3\] since it was first applied/);
  });

  it("has several inputs and several outputs, of which each can be used", async () => {
    const layer = layers.custom({
      weights: { share: { shape: [], initializer: "ones" } },
      call: ([a, b], { share }) => [ops.add(a, ops.multiply(share, b)), ops.subtract(a, b)],
    });
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    const [sum, difference] = layer.apply([a, b]);
    const made = model({ inputs: [a, b], outputs: [difference, sum] });
    for (const one of [made, await loadModel(made.toBytes())]) {
      const outputs = await one.predict<Tensor[]>([tensor([[1, 2]]), tensor([[10, 20]])]);
      expect(outputs.map((output) => output.toArray())).toEqual([[[-9, -18]], [[11, 22]]]);
    }
  });

  it("changes states by what a training step computes, and by nothing else", async () => {
    const made = sequential({ seed: 2, layers: [input({ shape: [2] }), ownDropout(0.5), layers.dense({ units: 1 })] });
    made.compile(train);
    const x = [
      [1, 2],
      [3, 6],
    ];
    const y = [[0], [0]];
    const states = async () => {
      const { "custom/seen": seen, "custom/average": average } = await made.getWeights();
      return [seen.data[0], ...average.data];
    };
    await made.predict(x);
    await made.predict(x, { training: true });
    await made.evaluate(x, y);
    await made.gradients(x, y);
    expect(await states()).toEqual([0, 1, 1]);
    await made.trainOnBatch(x, y);
    // ¾·1 + ¼·mean, whose means are 2 and 4.
    expect(await states()).toEqual([1, 1.25, 1.75]);
    await made.fit(x, y, { epochs: 2, batchSize: 2 });
    expect(await states()).toEqual([3, 0.75 * (0.75 * 1.25 + 0.5) + 0.5, 0.75 * (0.75 * 1.75 + 1) + 1]);
    // A step whose loss is not finite changes nothing.
    const before = await states();
    await expect(made.trainOnBatch(x, [[3e38], [-3e38]])).rejects.toThrow(/not finite/);
    expect(await states()).toEqual(before);
  });

  it("leaves states as they are when it is frozen, in training as it was", async () => {
    const made = sequential({
      seed: 2,
      layers: [input({ shape: [2] }), ownDropout(0.5, { trainable: false }), layers.dense({ units: 1 })],
    });
    made.compile(train);
    await made.trainOnBatch([[1, 2]], [[0]]);
    const { "custom/seen": seen, "custom/average": average } = await made.getWeights();
    expect([seen.data[0], ...average.data]).toEqual([0, 1, 1]);
    const { "dense/bias": bias } = await made.getWeights();
    const drawn = await made.predict(random(50, 2, 3), { training: true });
    // Both numbers of a sample are dropped in a quarter of all cases.
    expect(drawn.data.filter((value) => value === bias.data[0]).length).toBeGreaterThan(3);
  });

  it("reads states and weights as they were in the step, whatever takes whose place", async () => {
    const swap = layers.custom({
      weights: {
        a: { shape: [2], isState: true },
        b: { shape: [2], isState: true, initializer: "ones" },
        w: { shape: [2], initializer: "ones" },
        former: { shape: [2], isState: true },
      },
      call: ([x], { a, b, w }) => ({ outputs: ops.multiply(x, w), state: { a: b, b: a, former: ops.reshape(w, [2]) } }),
    });
    const made = sequential({ layers: [input({ shape: [2] }), swap] });
    made.compile({ optimizer: optimizers.sgd({ learningRate: 1 }), loss: "mse" });
    await made.trainOnBatch([[1, 2]], [[0, 0]]);
    const weights = await made.getWeights();
    const of = (name: string) => Array.from(weights[`custom/${name}`].data);
    expect([of("a"), of("b"), of("former")]).toEqual([
      [1, 1],
      [0, 0],
      [1, 1],
    ]);
    // w − mean of 2·x²·w over two columns.
    expect(of("w")).toEqual([0, -3]);
  });

  it("drops in training what dropout would, and nothing otherwise", async () => {
    const made = sequential({ seed: 6, layers: [input({ shape: [100] }), ownDropout(0.25)] });
    made.compile(train);
    const x = random(40, 100, 3, 1, 2);
    expect((await made.predict(x)).toArray()).toEqual(
      (await sequential({ layers: [input({ shape: [100] }), layers.lambda((node) => node)] }).predict(x)).toArray(),
    );
    const { output } = await made.gradients(x, x);
    const dropped = output.data.filter((value) => value === 0).length / output.data.length;
    expect(dropped).toBeGreaterThan(0.22);
    expect(dropped).toBeLessThan(0.28);
    output.data.forEach((value, i) => {
      if (value !== 0) expect(value).toBeCloseTo(x[Math.floor(i / 100)][i % 100] / 0.75, 5);
    });
  });

  it("adds losses of its own", async () => {
    const layer = layers.custom({
      weights: { w: { shape: [2], initializer: "ones" } },
      call: ([x], { w }) => ({
        outputs: ops.multiply(x, w),
        losses: [ops.multiply(0.5, ops.square(x)), ops.sum(ops.square(w))],
      }),
    });
    const made = sequential({ layers: [input({ shape: [2] }), layer] });
    made.compile(train);
    const x = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];
    // The mean of ½·x² over six numbers, and w².
    const expected = 91 / 12 + 2;
    expect((await made.evaluate(x, x)).loss).toBeCloseTo(expected, 5);
    const { loss, weights } = await made.gradients(x, x);
    expect(loss).toBeCloseTo(expected, 5);
    expect(Array.from(weights["custom/w"].data)).toEqual([2, 2]);
  });
});

describe("losses that are added", () => {
  const x = random(10, 4, 1);
  const y = random(10, 2, 2);

  it("by layer.addLoss count in training and evaluation: the activity of a layer", async () => {
    const make = (factor?: number) => {
      const hidden = layers.dense({ units: 3, activation: "tanh", inputShape: [4] });
      if (factor) hidden.addLoss((h) => ops.multiply(factor, ops.sum(ops.abs(h), { axis: -1 })));
      const made = sequential({ seed: 3, layers: [hidden, layers.dense({ units: 2 })] });
      made.compile({ ...train, metrics: ["mse"] });
      return made;
    };
    const [plain, active] = [make(), make(0.1)];
    const { "dense/kernel": kernel } = await plain.getWeights();
    const rows = kernel.toArray() as number[][];
    const activity =
      x.reduce(
        (sum, row) =>
          sum +
          [0, 1, 2].reduce((part, j) => part + Math.abs(Math.tanh(row.reduce((s, v, i) => s + v * rows[i][j], 0))), 0),
        0,
      ) / x.length;
    const [without, with_] = [await plain.evaluate(x, y), await active.evaluate(x, y)];
    expect(with_.loss - without.loss).toBeCloseTo(0.1 * activity, 5);
    expect(with_.mse).toBe(without.mse);
    expect((await active.trainOnBatch(x, y)).loss).toBeCloseTo(with_.loss, 5);
    expect((await gradientCheck(make(0.1), x, y)).worst.relativeError).toBeLessThan(1e-5);
    // It is what pulls: with a large factor the activity falls.
    const strong = make(5);
    await strong.fit(x, y, { epochs: 30 });
    const after = (await strong.evaluate(x, y)).loss - (await strong.evaluate(x, y)).mse;
    expect(after).toBeLessThan(0.5 * 5 * activity);
  });

  it("by layer.addLoss once for every use, with each of several outputs", async () => {
    const parts = layers.lambda((node) => [ops.multiply(node, 2), ops.add(node, 1)]);
    parts.addLoss((double, more) => ops.sum(ops.multiply(double, more)));
    const a = input({ shape: [1] });
    const [double, more] = parts.apply(a);
    const [, again] = parts.apply(double);
    const made = model({ inputs: a, outputs: ops.add(more, again) });
    made.compile(train);
    // 2x·(x + 1) + 4x·(2x + 1) of x = 1 and x = 2; the outputs are 3x + 2.
    const { loss } = await made.evaluate([[1], [2]], [[5], [8]]);
    expect(loss).toBe(4 + 12 + 12 + 40);
  });

  it("by model({ losses }): the divergence of a variational autoencoder", async () => {
    const make = () => {
      const image = input({ shape: [4] });
      const mean = layers.dense({ units: 2 }).apply(image);
      const logVariance = layers.dense({ units: 2 }).apply(image);
      const deviation = ops.exp(ops.multiply(0.5, logVariance));
      const code = ops.add(mean, ops.multiply(deviation, ops.randomNormal([null, 2])));
      const sizes = ops.subtract(ops.add(ops.exp(logVariance), ops.square(mean)), ops.add(logVariance, 1));
      const divergence = ops.multiply(0.5, ops.sum(sizes, { axis: 1 }));
      const made = model({
        inputs: image,
        outputs: layers.dense({ units: 4 }).apply(code),
        losses: [divergence],
        seed: 4,
      });
      made.compile({ ...train, optimizer: "adam", metrics: ["mse"] });
      return made;
    };
    const made = make();
    const weights = await made.getWeights();
    const parts = (row: number[], name: string) => {
      const kernel = weights[`${name}/kernel`].toArray() as number[][];
      return [0, 1].map((j) => row.reduce((sum, value, i) => sum + value * kernel[i][j], 0));
    };
    const divergence = x.map((row) => {
      const [m, s] = [parts(row, "dense"), parts(row, "dense_1")];
      return 0.5 * (m[0] ** 2 + m[1] ** 2 + Math.exp(s[0]) + Math.exp(s[1]) - s[0] - s[1] - 2);
    });
    const { loss, mse } = await made.evaluate(x, x, { batchSize: 4 });
    expect(loss - mse).toBeCloseTo(divergence.reduce((a, b) => a + b) / x.length, 5);
    const { history } = await made.fit(x, x, { epochs: 2, batchSize: 4, validationData: [x, x] });
    expect(history.loss[0]).toBeGreaterThan(history.mse[0]);
    expect(history.valLoss[1]).toBeCloseTo((await made.evaluate(x, x, { batchSize: 4 })).loss, 6);
    const loaded = await loadModel(made.toBytes());
    expect(await loaded.evaluate(x, x)).toEqual(await made.evaluate(x, x));
    await loaded.fit(x, x);
    await made.fit(x, x);
    expect(differenceInBits(await vectorOf(loaded), await vectorOf(made))).toBeUndefined();
  });

  it("count in a model that is a layer of another, and in both when both are trained", async () => {
    const a = input({ shape: [4] });
    const inner = model({ inputs: a, outputs: ops.multiply(a, 2), losses: [ops.sum(ops.square(a))] });
    const b = input({ shape: [4] });
    const outer = model({ inputs: b, outputs: inner.apply(ops.add(b, 1)) });
    outer.compile(train);
    const ones = [[1, 1, 1, 1]];
    expect((await outer.evaluate(ones, [[4, 4, 4, 4]])).loss).toBe(16);
    const loaded = await loadModel(outer.toBytes());
    expect((await loaded.evaluate(ones, [[4, 4, 4, 4]])).loss).toBe(16);
  });

  it("count in a model within another when its inputs have masks", async () => {
    const a = input({ shape: [2, 1] });
    const inner = model({
      inputs: a,
      outputs: layers.activation({ activation: "linear" }).apply(a),
      losses: [ops.sum(ops.square(a), { axis: [1, 2] })],
    });
    const b = input({ shape: [2, 1] });
    const masked = layers.masking({ maskValue: 7 }).apply(b);
    const outer = model({ inputs: b, outputs: inner.apply(masked) });
    outer.compile(train);
    // Of the two places only the first counts in the loss: (3 − 1)² + 3². What masking takes away is 0.
    const [x, y] = [[[[3], [7]]], [[[1], [50]]]];
    expect((await outer.evaluate(x, y)).loss).toBe(13);
    const loaded = await loadModel(outer.toBytes());
    expect((await loaded.evaluate(x, y)).loss).toBe(13);
  });

  it("may depend on inputs that no output depends on", async () => {
    const [a, b] = [input({ shape: [1] }), input({ shape: [1] })];
    const made = model({ inputs: [a, b], outputs: a, losses: [ops.square(ops.subtract(a, b))] });
    made.compile(train);
    expect((await made.evaluate([tensor([[1]]), tensor([[4]])], [[1]])).loss).toBe(9);
    expect((await made.predict([tensor([[1]]), tensor([[4]])])).toArray()).toEqual([[1]]);
  });
});

describe("what a caller changes later", () => {
  it("does not change a model: inputs, outputs and losses count as they were given", async () => {
    const [a, b] = [input({ shape: [1] }), input({ shape: [1] })];
    const [inputs, outputs, losses] = [[a, b], [ops.add(a, b)], [ops.square(a)]];
    const made = model({ inputs, outputs, losses });
    inputs.pop();
    outputs.push(a);
    losses.pop();
    made.compile(train);
    // (3 + 1 − 6)² + 3²
    expect((await made.evaluate([tensor([[3]]), tensor([[1]])], [[6]])).loss).toBe(13);
  });

  it("does not change a layer: weights count as they were given, before it is applied and after", async () => {
    const shape = [2, 3];
    const weights = { w: { shape, initializer: "ones" as "ones" | "zeros" } };
    const layer = layers.custom({ weights, call: ([x], { w }) => ops.matmul(x, w) });
    shape[1] = 5;
    weights.w.initializer = "zeros";
    const x = input({ shape: [2] });
    const made = model({ inputs: x, outputs: layer.apply(x) });
    shape[1] = 7;
    expect((await made.predict([[1, 2]])).toArray()).toEqual([[3, 3, 3]]);
  });
});

describe("activations.custom", () => {
  const rebuilt: Record<string, (x: Node) => Node> = {
    relu: (x) => ops.maximum(x, 0),
    silu: (x) => ops.multiply(x, ops.sigmoid(x)),
    softmax: (x) => ops.softmax(x),
    softsign: (x) => ops.divide(x, ops.add(1, ops.abs(x))),
  };

  it.each(Object.keys(rebuilt))(
    "%s has the outputs and gradients of the library's, in dense and convolutions",
    async (name) => {
      const make = (activation: object | string) => {
        const made = sequential({
          seed: 8,
          layers: [
            layers.reshape({ targetShape: [4, 4, 1], inputShape: [16] }),
            layers.conv2d({ filters: 3, kernelSize: 2, activation: activation as "relu" }),
            layers.flatten(),
            layers.dense({ units: 5, activation: activation as "relu" }),
            layers.activation({ activation: activation as "relu" }),
          ],
        });
        made.compile(train);
        return made;
      };
      const [x, y] = [random(7, 16, 1), random(7, 5, 2)];
      const [own, built] = [make(activations.custom(rebuilt[name])), make(name)];
      expect(relativeError((await own.predict(x)).data, (await built.predict(x)).data)).toBeLessThan(1e-6);
      const [a, b] = [await own.gradients(x, y), await built.gradients(x, y)];
      for (const [weight, { data }] of Object.entries(b.weights)) {
        expect(relativeError(a.weights[weight].data, data), weight).toBeLessThan(5e-6);
      }
      const loaded = await loadModel(own.toBytes());
      expect(differenceInBits((await loaded.predict(x)).data, (await own.predict(x)).data)).toBeUndefined();
      const small = await loadForInference(own.toBytes());
      expect(differenceInBits((await small.predict(x)).data, (await own.predict(x)).data)).toBeUndefined();
    },
  );

  it("is called once for each shape, when a layer is applied, so that a model that nobody has compiled can be saved", async () => {
    let calls = 0;
    const activation = activations.custom((x) => {
      calls++;
      return ops.sin(x);
    });
    const made = sequential({
      layers: [
        layers.dense({ units: 3, activation, inputShape: [3] }),
        layers.dense({ units: 3, activation }),
        layers.dense({ units: 2, activation }),
      ],
    });
    expect(calls).toBe(2);
    const loaded = await loadModel(made.toBytes());
    expect(calls).toBe(2);
    const again = await loadModel(loaded.toBytes());
    expect((await again.predict([[1, 2, 3]])).data).toHaveLength(2);
  });
});

describe("regularizers.custom", () => {
  it("of squares has the loss and the gradients of l2", async () => {
    const [x, y] = [random(7, 4, 1), random(7, 2, 2)];
    const own = regularizers.custom((w) => ops.multiply(0.03, ops.sum(ops.square(w))));
    const results = [];
    for (const kernelRegularizer of [own, regularizers.l2({ l2: 0.03 })]) {
      const made = sequential({
        seed: 1,
        layers: [
          layers.dense({ units: 3, kernelRegularizer, biasRegularizer: kernelRegularizer, inputShape: [4] }),
          layers.dense({ units: 2, kernelRegularizer }),
        ],
      });
      made.compile(train);
      const loaded = await loadModel(made.toBytes());
      results.push(await made.gradients(x, y), await loaded.gradients(x, y));
      expect((await made.evaluate(x, y)).loss).toBeCloseTo(results.at(-1)!.loss, 6);
      await made.fit(x, y, { epochs: 3 });
      await loaded.fit(x, y, { epochs: 3 });
      expect(differenceInBits(await vectorOf(loaded), await vectorOf(made))).toBeUndefined();
    }
    const [expected] = results.slice(2);
    for (const { loss, weights } of results.slice(0, 2)) {
      expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(1e-6);
      for (const [name, { data }] of Object.entries(expected.weights)) {
        expect(relativeError(weights[name].data, data), name).toBeLessThanOrEqual(1e-6);
      }
    }
  });

  it("of other powers has the value of the formula, and counts for trained weights only", async () => {
    const power = regularizers.custom((w) => ops.sum(ops.power(ops.abs(w), 1.5)));
    const make = (trainable: boolean) => {
      const made = sequential({
        layers: [
          layers.dense({ units: 2, inputShape: [3], trainable, kernelRegularizer: power }),
          layers.dense({ units: 1, useBias: false }),
        ],
      });
      made.compile(train);
      return made;
    };
    const [x, y] = [random(3, 3, 1), random(3, 1, 2)];
    const [trained, frozen] = [make(true), make(false)];
    const { "dense/kernel": kernel } = await trained.getWeights();
    const penalty = kernel.data.reduce((sum, value) => sum + Math.abs(value) ** 1.5, 0);
    expect((await trained.evaluate(x, y)).loss - (await frozen.evaluate(x, y)).loss).toBeCloseTo(penalty, 5);
    expect((await gradientCheck(trained, x, y)).worst.relativeError).toBeLessThan(1e-5);
  });
});

/** A model in which every part is of one's own. */
function makeOwn(engine: object = {}, units = 9): Model {
  const x = input({ shape: [6] });
  const hidden = layers
    .dense({
      units,
      activation: activations.custom((h) => ops.multiply(h, ops.sigmoid(h))),
      kernelRegularizer: regularizers.custom((w) => ops.multiply(1e-3, ops.sum(ops.abs(ops.sin(w))))),
    })
    .addLoss((h) => ops.multiply(1e-3, ops.square(h)))
    .apply(x);
  const dropped = ownDropout(0.2).apply(hidden);
  const outputs = ownDense(3).apply(dropped);
  const made = model({ inputs: x, outputs, losses: [ops.multiply(1e-3, ops.sum(ops.square(outputs)))], seed: 7 });
  made.compile({
    optimizer: "adam",
    loss: losses.custom((y, p) => ops.mean(ops.abs(ops.subtract(y, p)), { axis: -1 })),
    metrics: [metrics.custom((y, p) => ops.less(ops.abs(ops.subtract(y, p)), 0.5), { name: "near" })],
    ...engine,
  } as CompileOptions);
  return made;
}

const data = random(37, 6, 7);
const targets = random(37, 3, 8);
const options = { epochs: 3, batchSize: 8 };

describe("a model of parts of one's own", () => {
  // Steps of fewer than two million operations are left to one thread.
  it.each([9, 4001])(
    "trains to the same bits on one, two and three threads, and in a worker: %i units",
    async (units) => {
      const results = [];
      for (const engine of [{}, { threads: 2 }, { threads: 3 }, { worker: true }]) {
        const made = makeOwn(engine, units);
        const { history } = await made.fit(data, targets, { ...options, validationSplit: 0.25 });
        results.push([await vectorOf(made), (await made.predict(data, { training: true })).data, history] as const);
        made.dispose();
      }
      for (const [weights, drawn, history] of results.slice(1)) {
        expect(differenceInBits(weights, results[0][0])).toBeUndefined();
        expect(differenceInBits(drawn, results[0][1])).toBeUndefined();
        expect(history.history).toEqual(results[0][2].history);
      }
    },
  );

  it("trains on the readable kernels", async () => {
    const [a, b] = [makeOwn({ engine: "js" }), makeOwn()];
    const [slow, fast] = [await a.fit(data, targets, options), await b.fit(data, targets, options)];
    expect(relativeError(slow.history.loss, fast.history.loss)).toBeLessThan(1e-5);
    expect(relativeError(await vectorOf(a), await vectorOf(b))).toBeLessThan(1e-3);
  });

  it("goes on in a fresh process without the functions, bit for bit, and predicts in wasmgrad/inference", async () => {
    const made = makeOwn();
    await made.fit(data, targets, options);
    const folder = mkdtempSync(join(tmpdir(), "own-"));
    try {
      const path = join(folder, "model.safetensors");
      await made.save(path);
      const program = join(folder, "go.mts");
      const library = join(process.cwd(), "src/index.ts");
      writeFileSync(
        program,
        `import { loadModel } from ${JSON.stringify(library)};
         const made = await loadModel(${JSON.stringify(path)});
         await made.fit(${JSON.stringify(data)}, ${JSON.stringify(targets)}, ${JSON.stringify(options)});
         await made.save(${JSON.stringify(path)});`,
      );
      execFileSync("npx", ["tsx", program], { cwd: process.cwd() });
      await made.fit(data, targets, options);
      const there = await loadModel(path);
      expect(Buffer.from(there.toBytes()).equals(Buffer.from(made.toBytes()))).toBe(true);
      const small = await loadForInference(path);
      expect(differenceInBits((await small.predict(data)).data, (await made.predict(data)).data)).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
