// Plain gradient descent changes those rows of a table that were taken, to the bits of the walk over all of it.
import { describe, expect, it } from "vitest";
import {
  input,
  type Layer,
  layers,
  loadModel,
  model,
  type Model,
  NonFiniteError,
  ops,
  optimizers,
  regularizers,
  schedules,
  tensor,
} from "../../src/index";
import type { CompileOptions } from "../../src/model/compileOptions";
import { fingerprint, noise } from "./twins";

const engines = [
  { engine: "js" },
  { engine: "wasm", worker: false, threads: 1 },
  { engine: "wasm", worker: false, threads: 2 },
  { engine: "wasm", worker: false, threads: 3 },
  { engine: "wasm", worker: true, threads: 2 },
] as const;
const [js, wasm] = engines;

interface Sizes {
  /** Rows of the table. */
  readonly rows: number;
  readonly width: number;
  readonly time?: number;
}

/** Ids [batch, time], or of any length, through a table and the mean over time to two numbers. */
function embedded({ rows, width, time }: Sizes, options: Partial<CompileOptions>, layer?: Layer): Model {
  const ids = input({ shape: [time ?? null], dtype: "int32" });
  const vectors = (layer ?? layers.embedding({ inputDim: rows, outputDim: width, name: "table" })).apply(ids);
  const outputs = layers.dense({ units: 2 }).apply(layers.globalAveragePooling1d().apply(vectors));
  const net = model({ inputs: ids, outputs, seed: 4 });
  net.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: "meanSquaredError", ...wasm, ...options });
  return net;
}

/** Ids of which a few are many times in a batch, and targets. */
function batchOf(batch: number, time: number, rows: number, salt: number) {
  const places = noise(batch * time, salt);
  const ids = Int32Array.from(
    places,
    (value, i) => (i % 3 === 0 ? i % 2 : Math.floor(((value + 1) / 2) * rows)) % rows,
  );
  return { x: tensor(ids, [batch, time]), y: tensor(noise(2 * batch, salt + 100), [batch, 2]) };
}

const stepsOf = (net: Model) => net.program({ batchSize: 2 });
const takesRows = (net: Model) => /sgdRows/.test(stepsOf(net));

describe("a step of plain gradient descent", () => {
  const optimizersOfRows = {
    "a fixed rate": () => optimizers.sgd({ learningRate: 0.5 }),
    "a schedule": () =>
      optimizers.sgd({
        learningRate: schedules.exponentialDecay({ initialLearningRate: 0.7, decaySteps: 2, decayRate: 0.5 }),
      }),
    "clipped values": () => optimizers.sgd({ learningRate: 0.5, clipValue: 2e-4 }),
  };

  it.each(Object.entries(optimizersOfRows))(
    "has the bits of the update by whole gradients, with %s",
    async (_, make) => {
      // One row, ids of one, two and three bytes; widths with and without a rest.
      for (const [rows, width, batch, time] of [
        [1, 3, 4, 5],
        [7, 1, 9, 3],
        [300, 16, 40, 7],
        [70_001, 5, 130, 11],
      ]) {
        for (const engine of [js, wasm]) {
          const [one, other] = [0, 1].map(() => embedded({ rows, width, time }, { optimizer: make(), ...engine }));
          expect(takesRows(one)).toBe(true);
          for (let step = 0; step < 4; step++) {
            // The last batch is smaller.
            const { x, y } = batchOf(step === 3 ? 2 : batch, time, rows, step);
            await one.trainOnBatch(x, y);
            const { weights } = await other.gradients(x, y);
            await other.applyGradients(weights);
          }
          expect(await fingerprint(one)).toBe(await fingerprint(other));
        }
      }
    },
  );

  it("clips values of sums, not of their terms", async () => {
    const x = tensor(Int32Array.of(2, 2, 2, 1), [1, 4]);
    const y = tensor([[5, -5]]);
    const sizes = { rows: 3, width: 2, time: 4 };
    for (const engine of engines) {
      const { data } = (await embedded(sizes, engine).gradients(x, y)).weights["table/embeddings"];
      // That of row 2 is three times as large as that of row 1, which is not clipped.
      const limit = 1.5 * Math.max(Math.abs(data[2]), Math.abs(data[3]));
      const optimizer = optimizers.sgd({ learningRate: 1, clipValue: limit });
      const net = embedded(sizes, { optimizer, ...engine });
      const before = (await net.getWeights())["table/embeddings"].data.slice();
      await net.trainOnBatch(x, y);
      const after = (await net.getWeights())["table/embeddings"].data;
      const clipped = data.map((value) => Math.min(Math.max(value, -limit), limit));
      expect(clipped).not.toEqual(data);
      expect(after).toEqual(before.map((value, i) => value - clipped[i]));
    }
  });

  it("has the same bits on one thread, two and three, and in a worker, in steps that are shared among them", async () => {
    const [rows, width, time, batch] = [5_000, 32, 40, 256];
    const { x, y } = batchOf(3 * batch + 17, time, rows, 1);
    const found = [];
    for (const engine of engines.slice(1)) {
      const net = embedded({ rows, width, time }, engine);
      await net.fit(x, y, { epochs: 2, batchSize: batch });
      found.push(await fingerprint(net));
      net.dispose();
    }
    expect(new Set(found).size).toBe(1);
  });

  it("is that of the formula, row by row, and leaves absent rows as they are", async () => {
    const rows = 6;
    const table = noise(2 * rows, 3);
    table[4] = -0;
    const ids = [4, 1, 4, 4, -1];
    for (const engine of engines) {
      const x = input({ shape: [ids.length], dtype: "int32" });
      // Ids of functions are not checked: −1 is the last row.
      const taken = layers.custom({
        name: "own",
        weights: { table: { shape: [rows, 2], initializer: "zeros" } },
        call: ([places], { table }) => ops.take(table, places, { axis: 0 }),
      });
      const net = model({ inputs: x, outputs: taken.apply(x) });
      net.compile({ optimizer: optimizers.sgd({ learningRate: 0.25 }), loss: "meanSquaredError", ...engine });
      expect(takesRows(net)).toBe(true);
      await net.setWeights({ "own/table": tensor(table, [rows, 2]) });
      const y = noise(2 * ids.length, 5);
      await net.trainOnBatch(tensor(Int32Array.from(ids), [1, ids.length]), tensor(y, [1, ids.length, 2]));
      const expected = Float64Array.from(table);
      ids.forEach((id, k) => {
        const row = (id + rows) % rows;
        for (let j = 0; j < 2; j++) expected[2 * row + j] -= 0.25 * (2 / 10) * (table[2 * row + j] - y[2 * k + j]);
      });
      const after = (await net.getWeights())["own/table"].data;
      for (const i of expected.keys()) {
        if ([1, 4, 5].includes(i >> 1)) expect(after[i]).toBeCloseTo(expected[i], 6);
        else expect(Object.is(after[i], table[i]), `number ${i}`).toBe(true);
      }
    }
  });

  it("changes nothing where the loss is not finite", async () => {
    for (const engine of engines) {
      const net = embedded({ rows: 9, width: 4, time: 2 }, engine);
      const before = await fingerprint(net);
      const x = tensor(Int32Array.of(1, 2), [1, 2]);
      await expect(net.fit(x, tensor([[3e38, 3e38]]))).rejects.toBeInstanceOf(NonFiniteError);
      expect(await fingerprint(net)).toBe(before);
    }
  });

  it("goes on with the same bits after save and load, at any length", async () => {
    const net = embedded({ rows: 50, width: 8 }, {});
    const train = async (trained: Model, from: number) => {
      for (const step of [0, 1, 2]) {
        const { x, y } = batchOf(5, 2 + ((step + from) % 3) * 4, 50, step + from);
        await trained.trainOnBatch(x, y);
      }
    };
    await train(net, 0);
    const copy = await loadModel(await net.toBytes());
    await train(net, 3);
    await train(copy, 3);
    expect(takesRows(copy)).toBe(true);
    expect(await fingerprint(copy)).toBe(await fingerprint(net));
  });

  it("leaves gradients() as it is: a number for every number of the table, 0 in absent rows", async () => {
    const net = embedded({ rows: 5, width: 3, time: 2 }, {});
    const { weights } = await net.gradients(tensor(Int32Array.of(3, 3), [1, 2]), tensor([[1, -1]]));
    const { shape, data } = weights["table/embeddings"];
    expect(shape).toEqual([5, 3]);
    expect(Array.from(data, (value) => value !== 0)).toEqual(Array.from(data, (_, i) => i >= 9 && i < 12));
  });

  it("has no gradient of the table to write, nor scratch memory that grows with it", () => {
    const bytes = (rows: number) => embedded({ rows, width: 4, time: 8 }, {}).memory({ batchSize: 16 }).activations;
    expect(bytes(1_000_000)).toBe(bytes(1_000));
    const steps = stepsOf(embedded({ rows: 1_000_000, width: 4, time: 8 }, {}));
    expect(steps).toMatch(/takeRows +table +x \[1000000, 4\], y \[2, 8, 4\] +\d/);
    expect(steps).toMatch(/sgd +sgd +weights \[32\]/);
    expect(steps).toMatch(/sgdRows +table +w \[1000000, 4\], dy \[2, 8, 4\]/);
  });
});

describe("other steps go over the whole table", () => {
  const sizes = { rows: 9, width: 4, time: 3 };
  const table = (options: object = {}) => layers.embedding({ inputDim: 9, outputDim: 4, name: "table", ...options });

  it.each([
    ["momentum", optimizers.sgd({ momentum: 0.9 })],
    ["Adam", optimizers.adam()],
    ["weight decay", optimizers.sgd({ weightDecay: 0.1 })],
    ["gradients clipped by their length", optimizers.sgd({ clipNorm: 1 })],
    ["gradients clipped by the length of all", optimizers.sgd({ globalClipNorm: 1 })],
  ])("%s", async (_, optimizer) => {
    expect(takesRows(embedded(sizes, { optimizer }))).toBe(false);
  });

  it("where it has a regularizer, is used twice, or frozen", async () => {
    expect(takesRows(embedded(sizes, {}))).toBe(true);
    expect(takesRows(embedded(sizes, {}, table({ embeddingsRegularizer: regularizers.l2({ l2: 0.1 }) })))).toBe(false);
    const frozen = table();
    frozen.trainable = false;
    expect(takesRows(embedded(sizes, {}, frozen))).toBe(false);
  });

  it("where several use it: their gradients add up", async () => {
    const [a, b] = [0, 1].map(() => input({ shape: [3], dtype: "int32" }));
    const shared = table();
    const twice = model({ inputs: [a, b], outputs: layers.add().apply([shared.apply(a), shared.apply(b)]), seed: 2 });
    const ids = input({ shape: [3], dtype: "int32" });
    const tied = layers.reversibleEmbedding({ inputDim: 9, outputDim: 4, name: "table" });
    const both = model({ inputs: ids, outputs: tied.apply(tied.apply(ids), { reverse: true }), seed: 2 });
    const x = tensor(Int32Array.of(1, 1, 5), [1, 3]);
    for (const [net, feed, width] of [
      [twice, [x, tensor(Int32Array.of(5, 0, 1), [1, 3])], 4],
      [both, x, 9],
    ] as const) {
      net.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: "meanSquaredError", ...wasm });
      expect(takesRows(net)).toBe(false);
      const y = tensor(noise(3 * width), [1, 3, width]);
      const before = (await net.getWeights())["table/embeddings"].data.slice();
      const { weights } = await net.gradients(feed, y);
      await net.trainOnBatch(feed, y);
      const after = (await net.getWeights())["table/embeddings"].data;
      const { data } = weights["table/embeddings"];
      expect(after).toEqual(before.map((value, i) => value - Math.fround(0.5 * data[i])));
    }
  });
});
