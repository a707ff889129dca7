import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  DataError,
  data,
  input,
  layers,
  losses,
  model,
  ops,
  ShapeError,
  type Tensor,
  tensor,
} from "../../src";

/** Samples of ids and of series. */

const all = async (dataset: { [Symbol.asyncIterator](): AsyncIterator<data.Item> }) => {
  const items: { x: unknown; y: unknown }[] = [];
  for await (const { x, y } of dataset) items.push({ x: (x as Tensor).toArray(), y: (y as Tensor).toArray() });
  return items;
};

describe("tokens", () => {
  const ids = Array.from({ length: 11 }, (_, i) => 10 * i);

  it.each([
    [3, undefined, [0, 3, 6]],
    [3, 1, [0, 1, 2, 3, 4, 5, 6, 7]],
    [4, 3, [0, 3, 6]],
    [10, undefined, [0]],
    [1, 5, [0, 5]],
  ])("are %i at a time, every %s", async (contextLength, stride, starts) => {
    const items = await all(data.tokens(ids, { contextLength, stride }));
    expect(items).toEqual(
      starts.map((start) => ({
        x: ids.slice(start, start + contextLength),
        y: ids.slice(start + 1, start + contextLength + 1),
      })),
    );
  });

  it("are copied, whole numbers, and enough", () => {
    const own = Int32Array.from(ids);
    const dataset = data.tokens(own, { contextLength: 10 });
    own.fill(7);
    expect((dataset as unknown as { selection: { columns: { x: Tensor[] } } }).selection.columns.x[0].data[3]).toBe(30);
    expect(() => data.tokens([1, 2, 3], { contextLength: 3 })).toThrow("takes 3 ids and the one behind them, got 3");
    expect(() => data.tokens([1, 2.5, 3], { contextLength: 1 })).toThrow("got 2.5 at 1");
    expect(() => data.tokens([1, -2, 3], { contextLength: 1 })).toThrow(DataError);
    expect(() => data.tokens("abc" as never, { contextLength: 1 })).toThrow(ArgumentError);
    expect(() => data.tokens(ids, {} as never)).toThrow(ArgumentError);
    expect(() => data.tokens(ids, { contextLength: 2, strides: 1 } as never)).toThrow(ArgumentError);
  });

  it("train a model that foretells the next", async () => {
    const x = input({ shape: [5], dtype: "int32" });
    const logits = layers.dense({ units: 4, activation: "softmax" }).apply(ops.oneHot(x, 4));
    const net = model({ inputs: x, outputs: logits, seed: 1 });
    net.compile({ optimizer: "adam", loss: losses.sparseCategoricalCrossentropy(), worker: false, threads: 1 });
    const round = Array.from({ length: 101 }, (_, i) => i % 4);
    await net.fit(data.tokens(round, { contextLength: 5 }), { epochs: 400, batchSize: 4 });
    const made = (await net.predict(tensor([[0, 1, 2, 3, 0]]))) as Tensor;
    const next = (made.toArray() as number[][][])[0].map((row) => row.indexOf(Math.max(...row)));
    expect(next).toEqual([1, 2, 3, 0, 1]);
  });
});

describe("windows", () => {
  const rows = Array.from({ length: 12 }, (_, t) => [t, 100 - 2 * t, 5]);
  const names = ["a", "b", "c"];
  const forms: [string, data.SeriesLike][] = [
    ["nested arrays", rows],
    ["a tensor", tensor(rows)],
    ["columns", Object.fromEntries(names.map((name, j) => [name, rows.map((row) => row[j])]))],
    ["objects", rows.map((row) => Object.fromEntries(names.map((name, j) => [name, row[j]])))],
  ];

  it.each(forms)("are split by time and scaled by what stands before the test: %s", async (_, series) => {
    const made = data.windows(series, { inputSteps: 3, targetSteps: 2, testFrom: 8, targetColumns: [1] });
    const seen = rows.slice(0, 8);
    const mean = [0, 1, 2].map((j) => seen.reduce((sum, row) => sum + row[j], 0) / 8);
    const deviation = [0, 1].map((j) => Math.sqrt(seen.reduce((sum, row) => sum + (row[j] - mean[j]) ** 2, 0) / 8));
    expect([...made.mean]).toEqual(mean);
    expect([...made.deviation].map((value) => +value.toFixed(9))).toEqual([...deviation, 1].map((v) => +v.toFixed(9)));
    const scaled = rows.map((row) => row.map((value, j) => Math.fround((value - mean[j]) / (deviation[j] ?? 1))));
    const sample = (start: number) => ({
      x: scaled.slice(start, start + 3),
      y: scaled.slice(start + 3, start + 5).map((row) => [row[1]]),
    });
    // Targets are the rows 3–4 … 6–7 of training, 8–9 … 10–11 of the test; 7–8 stands on both sides.
    expect(await all(made.train)).toEqual([0, 1, 2, 3].map(sample));
    expect(await all(made.test)).toEqual([5, 6, 7].map(sample));
    const [{ y }] = await all(made.test);
    const units = made.toUnits([y as number[][]]).toArray() as number[][][];
    expect(units[0].map(([value]) => +value.toFixed(4))).toEqual([84, 82]);
  });

  it("have strides, shares, names of columns, and numbers as they are", async () => {
    const options = { inputSteps: 2, stride: 3, testFrom: 0.5, standardize: false } as const;
    const { train, test } = data.windows(forms[2][1], { ...options, targetColumns: ["c", "a"] });
    const sample = (start: number) => ({ x: rows.slice(start, start + 2), y: [5, rows[start + 2][0]] });
    expect(await all(train)).toEqual([0, 3].map(sample));
    expect(await all(test)).toEqual([6, 9].map(sample));
    const plain = data.windows([1, 2, 3, 4, 5], { inputSteps: 1, standardize: false, testFrom: 3 });
    expect(await all(plain.test)).toEqual([
      { x: [[3]], y: [4] },
      { x: [[4]], y: [5] },
    ]);
  });

  it("know nothing of the test: other later values leave training as it was", async () => {
    const later = rows.map((row, t) => (t < 8 ? row : row.map(() => 1e6 * t)));
    const [one, other] = [rows, later].map((series) => data.windows(series, { inputSteps: 3, testFrom: 8 }));
    expect(await all(other.train)).toEqual(await all(one.train));
    expect(other.mean).toEqual(one.mean);
  });

  it("refuse gaps, columns that are not there, and parts without a sample", () => {
    const gap = rows.map((row, t) => (t === 4 ? [row[0], Number.NaN, 5] : row));
    expect(() => data.windows(gap, { inputSteps: 2 })).toThrow(
      "the series holds NaN at row 4, column 1. Fill or drop gaps",
    );
    expect(() => data.windows(forms[3][1], { inputSteps: 2, targetColumns: ["d"] })).toThrow('there is no column "d"');
    expect(() => data.windows(rows, { inputSteps: 2, targetColumns: ["a"] })).toThrow("have no names");
    expect(() => data.windows(rows, { inputSteps: 2, targetColumns: [3] })).toThrow(ArgumentError);
    expect(() => data.windows(rows, { inputSteps: 2, targetColumns: [1, 1] })).toThrow("twice");
    expect(() => data.windows(rows, { inputSteps: 12 })).toThrow("leave no sample of 12 + 1 rows for training");
    expect(() => data.windows(rows, { inputSteps: 2, targetSteps: 4 })).toThrow("for testing");
    expect(() => data.windows(rows, { inputSteps: 2, testFrom: 12 })).toThrow(ArgumentError);
    expect(() => data.windows([], { inputSteps: 2 })).toThrow();
    expect(() => data.windows({ a: [1, 2], b: [1] }, { inputSteps: 1 })).toThrow(ShapeError);
    expect(() => data.windows([{ a: 1 }, { b: 2 }], { inputSteps: 1 })).toThrow("(row 1)");
    expect(() => data.windows([{ a: 1 }, { a: "2" as never }], { inputSteps: 1 })).toThrow(
      'got "2" in column "a" of row 1',
    );
    expect(() => data.windows(null as never, { inputSteps: 1 })).toThrow(ArgumentError);
    expect(() => data.windows(rows, { inputSteps: 2, steps: 1 } as never)).toThrow(ArgumentError);
    const proto = JSON.parse('[{"__proto__": 1, "a": 2}, {"__proto__": 3, "a": 4}, {"__proto__": 5, "a": 6}]');
    expect(data.windows(proto, { inputSteps: 1, testFrom: 2 }).mean).toEqual(Float64Array.of(2, 3));
  });
});
