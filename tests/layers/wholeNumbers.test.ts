import { expect, it } from "vitest";
import { DataError, input, layers, loadModel, losses, model, ops, Tensor, tensor } from "../../src";
import { loadModel as loadPredictor } from "../../src/inference";

// The largest that float32 tells from its neighbours: larger ones are refused wherever they might be computed with.
const LARGE = 2 ** 24 - 2;

const engines = [
  { engine: "js" },
  { engine: "wasm", worker: false, threads: 1 },
  { engine: "wasm", worker: false, threads: 3 },
] as const;

it.each(engines)("an operation gets the whole numbers of an int32 input: $engine $threads", async (options) => {
  const ids = input({ shape: [3], dtype: "int32" });
  const isLarge = ops.equal(ids, tensor([LARGE], [1], "int32"));
  const net = model({ inputs: ids, outputs: isLarge });
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...options });
  const x = tensor([LARGE, LARGE - 1, 5, LARGE, -LARGE, LARGE + 1], [2, 3], "int32");
  expect((await net.predict(x)).toArray()).toEqual([
    [1, 0, 0],
    [1, 0, 0],
  ]);
});

it("what a layer of functions is called with holds them, too, in files and in models within", async () => {
  const table = Array.from({ length: 7 }, (_, i) => [10 * i, 10 * i + 1]);
  const ids = input({ shape: [2], dtype: "int32" });
  const inner = model({
    inputs: ids,
    outputs: layers
      .lambda((x) => ops.take(table, ops.subtract(x, tensor([LARGE], [1], "int32")), { axis: 0 }))
      .apply(ids),
  });
  const outer = input({ shape: [2], dtype: "int32" });
  const net = model({ inputs: outer, outputs: inner.apply(outer) });
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", worker: false, threads: 1 });
  const x = tensor([LARGE, LARGE + 6, LARGE + 1, LARGE + 2], [2, 2], "int32");
  const expected = [
    [table[0], table[6]],
    [table[1], table[2]],
  ];
  expect((await net.predict(x)).toArray()).toEqual(expected);
  const bytes = await net.toBytes();
  expect((await (await loadModel(bytes)).predict(x)).toArray()).toEqual(expected);
  expect((await (await loadPredictor(bytes)).predict(x)).toArray()).toEqual(expected);
});

it("layers that compute with an int32 input get float32 beside operations that read it", async () => {
  const ids = input({ shape: [2], dtype: "int32" });
  const dense = layers.dense({ units: 1, kernelInitializer: "ones" });
  const net = model({
    inputs: ids,
    outputs: ops.concatenate([dense.apply(ids), ops.oneHot(ops.take(ids, 0, { axis: 1 }), 4)]),
  });
  net.compile({ engine: "wasm", worker: false, threads: 1, optimizer: "sgd", loss: losses.meanSquaredError() });
  const x = [
    [3, 4],
    [1, -1],
  ];
  expect((await net.predict(x)).toArray()).toEqual([
    [7, 0, 0, 0, 1],
    [0, 0, 1, 0, 0],
  ]);
  const { loss } = await net.trainOnBatch(x, [
    [7, 0, 0, 0, 1],
    [0, 0, 1, 0, 0],
  ]);
  expect(loss).toBe(0);
});

it("numbers that are not whole are refused before any work, by any call", async () => {
  const ids = input({ shape: [2], dtype: "int32" });
  const net = model({
    inputs: ids,
    outputs: layers
      .dense({ units: 1 })
      .apply(ops.oneHot(ids, 4).shape.length ? layers.flatten().apply(ops.oneHot(ids, 4)) : ids),
  });
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", worker: false, threads: 1 });
  const wrong = [
    [0, 1],
    [2, 1.5],
  ];
  await expect(net.predict(wrong)).rejects.toThrow(DataError);
  await expect(net.fit(wrong, [[1], [2]])).rejects.toThrow("got 1.5 at sample 1, column 1");
  await expect(net.evaluate([[0, Number.NaN]], [[1]])).rejects.toThrow("got NaN at sample 0, column 1");
  await expect(net.trainOnBatch([[0, 2 ** 31]], [[1]])).rejects.toThrow("got 2147483648");
  await expect(net.gradients([[0, -(2 ** 33)]], [[1]])).rejects.toThrow("whole numbers");
  // Bytes and floats that are whole ones are as good.
  const beyond = net.predict(tensor([2 ** 24 + 1, 0], [1, 2], "int32"));
  await expect(beyond).rejects.toThrow("16777217, which is 16777216 in float32");
  const expected = (await net.predict([[3, 1]])).toArray();
  expect((await net.predict(new Tensor(Uint8Array.of(3, 1), [1, 2]))).toArray()).toEqual(expected);
  expect((await net.predict(new Tensor(Float32Array.of(3, 1), [1, 2]))).toArray()).toEqual(expected);
});
