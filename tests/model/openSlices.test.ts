import { describe, expect, it } from "vitest";
import { input, layers, loadModel, model, ops, ShapeError, type Tensor, tensor } from "../../src";
import { loadModel as loadPredictor } from "../../src/inference";

/** Parts of a sequence of any length. Right values are those of JavaScript's own slices. */

const features = 2;
const sequence = (length: number, first = 0) =>
  Array.from({ length }, (_, t) => Array.from({ length: features }, (_, j) => first + 10 * t + j));
type Row = number[];

const parts: readonly [
  name: string,
  part: (x: ReturnType<typeof input>) => ReturnType<typeof input>,
  (s: Row[]) => Row[],
  string,
][] = [
  ["the last step", (x) => ops.slice(x, [0, -1, 0], [null, 1, -1]), (s) => s.slice(-1), "[batch, 1, 2]"],
  ["the last three", (x) => ops.slice(x, [0, -3, 0], [null, -1, -1]), (s) => s.slice(-3), "[batch, 3, 2]"],
  ["the first two", (x) => ops.slice(x, [0, 0, 0], [null, 2, -1]), (s) => s.slice(0, 2), "[batch, 2, 2]"],
  ["all but the first", (x) => ops.slice(x, [0, 1, 0], [null, -1, -1]), (s) => s.slice(1), "[batch, length − 1, 2]"],
  ["back to front", (x) => ops.flip(x, { axis: 1 }), (s) => s.toReversed(), "[batch, length, 2]"],
  ["what is behind two", (x) => ops.split(x, [2], { axis: 1 })[1], (s) => s.slice(2), "[batch, length − 2, 2]"],
];

describe.each(parts)("%s of an open length", (_, part, expected, sizes) => {
  const make = () => {
    const x = input({ shape: [null, features] });
    const net = model({ inputs: x, outputs: layers.activation({ activation: "linear" }).apply(part(x)) });
    net.compile({ optimizer: "sgd", loss: "meanSquaredError", worker: false, threads: 1 });
    return net;
  };

  it("is that of every batch, on every engine, in files and in both readers", async () => {
    const net = make();
    expect(net.summary()).toContain(sizes);
    const bytes = await net.toBytes();
    const again = await loadModel(bytes);
    again.compile({ optimizer: "sgd", loss: "meanSquaredError", engine: "js" });
    const models = [net, again, await loadPredictor(bytes)];
    for (const length of [3, 7, 4, 64, 5]) {
      const x = [sequence(length), sequence(length, 500), sequence(length, -7)];
      for (const each of models) {
        const made = (await each.predict(x)) as Tensor;
        expect(made.toArray(), `length ${length}`).toEqual(x.map(expected));
      }
    }
  });

  it("has the gradient of what it takes", async () => {
    const net = make();
    for (const length of [3, 6]) {
      const x = [sequence(length)];
      const y = tensor([expected(x[0]).map((row) => row.map(() => 0))]);
      const { inputs } = await net.gradients(x, y);
      // d mean(y²) / dx = 2·x / count, where x is taken.
      const taken = expected(x[0]);
      const count = taken.length * features;
      const wanted = x[0].map((row) =>
        row.map((value, j) => (taken.some((other) => other[j] === value) ? (2 * value) / count : 0)),
      );
      (inputs[0].toArray() as number[][][])[0].forEach((row, t) => {
        row.forEach((value, j) => {
          expect(value).toBeCloseTo(wanted[t][j], 4);
        });
      });
    }
  });
});

it("a batch that is too short for a part is refused before any work, by any call", async () => {
  const x = input({ shape: [null, features] });
  const net = model({ inputs: x, outputs: layers.dense({ units: 1 }).apply(ops.slice(x, [0, -3, 0], [null, 3, -1])) });
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", worker: false, threads: 1 });
  const short = [sequence(2)];
  const message =
    "sequences of length 2 do not fit the model: ops: axis 1 of [batch, length, 2] of an input has not the 3 places from length − 3";
  await expect(net.predict(short)).rejects.toThrow(ShapeError);
  await expect(net.predict(short)).rejects.toThrow(message);
  await expect(net.fit(short, [[[0], [0], [0]]])).rejects.toThrow(message);
  const reader = await loadPredictor(await net.toBytes());
  await expect(reader.predict(short)).rejects.toThrow(message);
  expect((await net.predict([sequence(3)])).shape).toEqual([1, 3, 1]);
});

it("parts of equal size can be combined where their sizes are equal for every length", async () => {
  const x = input({ shape: [null, features] });
  const later = ops.slice(x, [0, 1, 0], [null, -1, -1]);
  const [earlier] = ops.split(ops.flip(x, { axis: 1 }), [1], { axis: 1 }).slice(1);
  const net = model({ inputs: x, outputs: ops.subtract(later, ops.flip(earlier, { axis: 1 })) });
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", worker: false, threads: 1 });
  const difference = (await net.predict([sequence(5)])) as Tensor;
  expect(difference.toArray()).toEqual([Array.from({ length: 4 }, () => [10, 10])]);
  expect(() => ops.subtract(later, x)).toThrow(ShapeError);
});
