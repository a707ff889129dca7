import { describe, expect, it } from "vitest";
import { ArgumentError, input, layers, loadModel, model, type Node, ops, ShapeError, type Tensor } from "../../src";
import { loadModel as loadPredictor } from "../../src/inference";

/** Masks in layers of one's own with weights. Right values are worked out by loops over the places that count. */

const MASKED = -9;
const x = [
  [
    [1, 2],
    [3, -4],
    [MASKED, MASKED],
  ],
  [
    [MASKED, MASKED],
    [MASKED, MASKED],
    [5, 7],
  ],
  [
    [0.5, 1],
    [2, 2],
    [4, -1],
  ],
];
const counts = (row: number[]) => row.some((value) => value !== MASKED);
const compiled = { optimizer: "sgd", loss: "meanSquaredError", worker: false, threads: 1 } as const;

/** The mean over the places that count, times a weight. */
const maskedMean = () =>
  layers.custom({
    weights: { scale: { shape: [2], initializer: "ones" } },
    call: ([node], { scale }) => {
      if (!node.mask) return ops.multiply(ops.mean(node, { axis: 1 }), scale);
      const mask = ops.expandDims(node.mask, -1);
      const sum = ops.sum(ops.multiply(node, mask), { axis: 1 });
      return ops.withoutMask(ops.multiply(ops.divide(sum, ops.maximum(ops.sum(mask, { axis: 1 }), 1)), scale));
    },
    supportsMasking: false,
  });

const meansOf = (batch: number[][][]) =>
  batch.map((rows) => {
    const valid = rows.filter(counts);
    return [0, 1].map((j) => valid.reduce((sum, row) => sum + row[j], 0) / Math.max(valid.length, 1));
  });

const build = (shape: (number | null)[], make: (masked: Node) => Node) => {
  const from = input({ shape });
  const net = model({ inputs: from, outputs: make(layers.masking({ maskValue: MASKED }).apply(from)), seed: 3 });
  net.compile(compiled);
  return net;
};

const rounded = (made: Tensor) =>
  JSON.parse(JSON.stringify(made.toArray()), (_, v) => (typeof v === "number" ? +v.toFixed(5) : v));

describe.each([[[3, 2]], [[null, 2]]])("a layer of one's own in a model of %j", (shape) => {
  it("computes with the mask of its input, also from files, and is called without one elsewhere", async () => {
    const layer = maskedMean();
    const net = build(shape, (node) => layer.apply(node));
    const expected = meansOf(x).map((row) => row.map((value) => +value.toFixed(5)));
    const bytes = await net.toBytes();
    for (const each of [net, await loadModel(bytes), await loadPredictor(bytes)]) {
      expect(rounded((await each.predict(x)) as Tensor)).toEqual(expected);
    }
    const plain = input({ shape });
    const without = model({ inputs: plain, outputs: layer.apply(plain) });
    without.compile(compiled);
    const mean = x.map((rows) => [0, 1].map((j) => +(rows.reduce((sum, row) => sum + row[j], 0) / 3).toFixed(5)));
    expect(rounded((await without.predict(x)) as Tensor)).toEqual(mean);
  });

  it("trains its weights by what counts only, and goes on from a file bit for bit", async () => {
    const y = meansOf(x).map((row) => row.map((value) => 3 * value));
    const net = build(shape, (node) => maskedMean().apply(node));
    const { weights, inputs } = await net.gradients(x, y);
    // loss = mean((scale·m − 3·m)²): its derivative by scale is mean over samples and columns of 2·(1 − 3)·m².
    const expected = [0, 1].map((j) => meansOf(x).reduce((sum, row) => sum + (2 * -2 * row[j] ** 2) / 6, 0));
    const [gradient] = Object.values(weights);
    gradient.data.forEach((value, j) => {
      expect(value).toBeCloseTo(expected[j], 4);
    });
    const ofInputs = inputs[0].toArray() as number[][][];
    x.forEach((rows, i) => {
      rows.forEach((row, t) => {
        if (!counts(row)) expect(ofInputs[i][t]).toEqual([0, 0]);
      });
    });
    await net.fit(x, y, { epochs: 3 });
    const again = await loadModel(await net.toBytes());
    for (const each of [net, again]) await each.fit(x, y, { epochs: 2 });
    expect(await again.getWeights()).toEqual(await net.getWeights());
  });
});

it("passes the mask of its input on with supportsMasking: true, to losses, too", async () => {
  const scaled = (supportsMasking?: boolean) =>
    layers.custom({
      weights: { scale: { shape: [], initializer: "ones" } },
      call: ([node], { scale }) => ops.multiply(node, scale),
      supportsMasking,
    });
  const y = x.map((rows) => rows.map((row) => row.map((value, j) => (counts(row) ? value + j : 100))));
  const net = build([3, 2], (node) => scaled(true).apply(node));
  // Errors are 0 and 1 in the two columns of every place that counts.
  expect((await net.evaluate(x, y)).loss).toBeCloseTo(0.5, 5);
  const stopped = build([3, 2], (node) => scaled(false).apply(node));
  // layers.masking writes 0 where it masks.
  const read = x.map((rows) => rows.map((row) => row.map((value) => (counts(row) ? value : 0)))).flat(2);
  const squares = y.flat(2).map((value, i) => (value - read[i]) ** 2);
  expect((await stopped.evaluate(x, y)).loss / (squares.reduce((a, b) => a + b) / squares.length)).toBeCloseTo(1, 5);
  expect(() => build([3, 2], (node) => scaled().apply(node))).toThrow(ArgumentError);
  expect(() => build([3, 2], (node) => scaled().apply(node))).toThrow(
    "supportsMasking: true if the places of the output",
  );
});

it("makes masks of its own, of each of its outputs", async () => {
  const both = () =>
    layers.custom({
      weights: { threshold: { shape: [], isState: true } },
      call: ([node], { threshold }) => {
        const positive = ops.max(ops.greater(node, threshold), { axis: -1 });
        return { outputs: [ops.withMask(node, positive), ops.multiply(node, 2)] as const };
      },
    });
  const from = input({ shape: [3, 2] });
  const [first, second] = both().apply(from);
  expect(first.mask?.shape).toEqual([3]);
  expect(second.mask).toBeUndefined();
  const net = model({ inputs: from, outputs: layers.globalAveragePooling1d().apply(first) });
  net.compile(compiled);
  const expected = x.map((rows) => {
    const valid = rows.filter((row) => row.some((value) => value > 0));
    return [0, 1].map((j) => +(valid.reduce((sum, row) => sum + row[j], 0) / valid.length).toFixed(5));
  });
  const bytes = await net.toBytes();
  for (const each of [net, await loadModel(bytes), await loadPredictor(bytes)]) {
    expect(rounded((await each.predict(x)) as Tensor)).toEqual(expected);
  }
});

it("refuses a mask of places that the output has not, and masks in one of training and prediction only", () => {
  const flat = layers.custom({ call: ([node]) => ops.sum(node, { axis: 1 }), supportsMasking: true });
  expect(() => build([3, 2], (node) => flat.apply(node))).toThrow(ShapeError);
  const sometimes = layers.custom({
    call: ([node], _, { training }) => (training ? ops.withMask(node, ops.max(node, { axis: -1 })) : node),
  });
  expect(() => sometimes.apply(input({ shape: [3, 2] }))).toThrow("the same outputs for training and the rest");
});
