// Layers of functions, of one's own and models, applied to every step: what they make of a step is what they make of a sample.
import { describe, expect, it } from "vitest";
import { input, type Layer, layers, loadModel, model, ops, optimizers, sequential, tensor } from "../../src/index";
import { noise } from "../model/twins";

const x = tensor(noise(2 * 3 * 4 * 5, 1), [2, 3, 4, 5]);
const steps = tensor(x.data, [6, 4, 5]);

/** The layer over steps, and another of its kind over samples: predictions, and those of the model that a file keeps. */
async function compare(make: () => Layer): Promise<void> {
  const over = input({ shape: [3, 4, 5] });
  const alone = input({ shape: [4, 5] });
  const built = model({ inputs: over, outputs: layers.timeDistributed({ layer: make() }).apply(over), seed: 4 });
  const single = model({ inputs: alone, outputs: make().apply(alone), seed: 4 });
  const weights = Object.values(await built.getWeights());
  const names = Object.keys(await single.getWeights());
  expect(names.length).toBe(weights.length);
  if (names.length) await single.setWeights(Object.fromEntries(names.map((name, i) => [name, weights[i]])));
  const [made, expected] = [await built.predict(x), await single.predict(steps)];
  expect(made.shape).toEqual([2, 3, ...expected.shape.slice(1)]);
  expect(made.data).toEqual(expected.data);
  expect((await (await loadModel(built.toBytes())).predict(x)).data).toEqual(made.data);
}

const scaled = () =>
  layers.custom({
    weights: { scale: { shape: [5], initializer: "randomNormal" }, shift: { shape: [], initializer: "ones" } },
    call: ([node], { scale, shift }) => ops.add(ops.multiply(node, scale), shift),
  });

describe("timeDistributed over layers that return arrays", () => {
  it("of a function", async () => {
    await compare(() => layers.lambda((node) => ops.mean(node, { axis: -1 })));
    await compare(() => layers.lambda((node) => ops.multiply(ops.exp(node), 2)));
    await compare(() => layers.lambda((node) => ops.transpose(node, [0, 2, 1])));
  });

  it("of one's own, with weights", async () => {
    await compare(scaled);
  });

  it("of one's own, trains as over samples", async () => {
    const built = sequential({
      layers: [layers.timeDistributed({ layer: scaled(), inputShape: [3, 4, 5] })],
      seed: 1,
    });
    const single = sequential({
      layers: [layers.reshape({ targetShape: [3, 4, 5], inputShape: [3, 4, 5] }), scaled()],
    });
    const weights = Object.values(await built.getWeights());
    const names = Object.keys(await single.getWeights());
    await single.setWeights(Object.fromEntries(names.map((name, i) => [name, weights[i]])));
    for (const each of [built, single]) {
      each.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: "mse" });
      await each.fit(x, tensor(noise(120, 2), [2, 3, 4, 5]), { epochs: 2, batchSize: 1, shuffle: false });
    }
    const [one, other] = await Promise.all([built, single].map(async (each) => Object.values(await each.getWeights())));
    one.forEach(({ data }, i) => {
      expect([...data]).not.toEqual([...weights[i].data]);
      data.forEach((value, k) => {
        expect(value).toBeCloseTo(other[i].data[k], 5);
      });
    });
  });

  it("of a model", async () => {
    const inner = () => {
      const start = input({ shape: [4, 5] });
      const mean = layers.lambda((node) => ops.mean(node, { axis: 1 })).apply(layers.dense({ units: 3 }).apply(start));
      return model({ inputs: start, outputs: layers.dense({ units: 2, activation: "tanh" }).apply(mean) })
        .asLayer as Layer;
    };
    await compare(inner);
  });

  it("of a model: they are the model's weights", async () => {
    const inner = sequential({ layers: [layers.flatten({ inputShape: [4, 5] }), layers.dense({ units: 2 })] });
    const built = sequential({
      layers: [layers.timeDistributed({ layer: inner.asLayer as Layer, inputShape: [3, 4, 5] })],
    });
    built.compile({ optimizer: "adam", loss: "mse" });
    await built.fit(x, tensor(noise(12, 2), [2, 3, 2]), { epochs: 2 });
    expect((await inner.predict(steps)).data).toEqual((await built.predict(x)).data);
  });

  it("of one's own, with a state that training changes", async () => {
    const make = () =>
      layers.custom({
        weights: { count: { shape: [], isState: true } },
        call: ([node], { count }, { training }) => ({
          outputs: ops.add(node, count),
          state: training ? { count: ops.add(count, 1) } : {},
        }),
      });
    const built = sequential({
      layers: [layers.timeDistributed({ layer: make(), inputShape: [3, 2] }), layers.dense({ units: 1 })],
    });
    built.compile({ optimizer: "sgd", loss: "mse" });
    await built.fit(tensor(noise(24, 1), [4, 3, 2]), tensor(noise(12, 2), [4, 3, 1]), { epochs: 3, batchSize: 2 });
    const [count] = Object.values(await built.getWeights());
    expect([...count.data]).toEqual([6]);
    const loaded = await loadModel(built.toBytes());
    const data = tensor(noise(6, 3), [1, 3, 2]);
    expect((await loaded.predict(data)).data).toEqual((await built.predict(data)).data);
  });

  it("over sequences of an open length, as long as a step is wide", async () => {
    const start = input({ shape: [null, 3] });
    const over = layers.timeDistributed({
      layer: layers.lambda((node) => ops.multiply(node, ops.sum(node, { axis: -1, keepDims: true }))),
    });
    const built = model({ inputs: start, outputs: over.apply(start) });
    for (const length of [1, 3, 5]) {
      const data = tensor(noise(2 * length * 3, 5), [2, length, 3]);
      const made = await built.predict(data);
      const expected = [...data.data].map((value, i) => {
        const first = i - (i % 3);
        return value * (data.data[first] + data.data[first + 1] + data.data[first + 2]);
      });
      expected.forEach((value, i) => {
        expect(made.data[i]).toBeCloseTo(value, 6);
      });
    }
  });

  it("within a model that is a layer of another", async () => {
    const start = input({ shape: [3, 4] });
    const double = layers.lambda((node) => ops.multiply(node, 2));
    const inner = model({ inputs: start, outputs: layers.timeDistributed({ layer: double }).apply(start) });
    const outer = input({ shape: [3, 4] });
    const built = model({ inputs: outer, outputs: inner.apply(outer) });
    const data = tensor(noise(24, 1), [2, 3, 4]);
    expect([...(await built.predict(data)).data]).toEqual([...data.data].map((value) => 2 * value));
  });
});
