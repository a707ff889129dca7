// Embeddings: ids that are checked, masks, sums of gradients, positions, files.
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  DataError,
  data,
  input,
  layers,
  loadModel,
  losses,
  model,
  type Node,
  ops,
  optimizers,
  sequential,
  ShapeError,
  tensor,
} from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import type { Model } from "../../src/model/model";
import { fingerprint, noise } from "../model/twins";

const engines = [
  { engine: "js" },
  { engine: "wasm", worker: false, threads: 1 },
  { engine: "wasm", worker: false, threads: 3 },
] as const;
const [, wasm] = engines;

/** Ids [batch, 4] of 6, through a table to one number. */
function embedded(options: object = {}, dtype: "int32" | "float32" | "uint8" = "int32"): Model {
  const ids = input({ shape: [4], dtype });
  const vectors = layers.embedding({ inputDim: 6, outputDim: 3 }).apply(ids);
  const net = model({
    inputs: ids,
    outputs: layers.dense({ units: 1 }).apply(layers.flatten().apply(vectors)),
    seed: 2,
  });
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...wasm, ...options });
  return net;
}

const good = [
  [0, 5, 2, 2],
  [1, 1, 3, 0],
];

describe("embedding", () => {
  it("takes the vectors of ids, of any dtype", async () => {
    for (const dtype of ["int32", "float32", "uint8"] as const) {
      for (const engine of engines) {
        const ids = input({ shape: [2, 2], dtype });
        const net = model({ inputs: ids, outputs: layers.embedding({ inputDim: 6, outputDim: 3 }).apply(ids) });
        net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...engine });
        const table = Array.from({ length: 18 }, (_, i) => i / 4);
        await net.setWeights({ "embedding/embeddings": tensor(table, [6, 3]) });
        const y = await net.predict(tensor([5, 0, 1, 1], [1, 2, 2], dtype));
        expect(y.shape).toEqual([1, 2, 2, 3]);
        expect([...y.data]).toEqual([5, 0, 1, 1].flatMap((id) => table.slice(3 * id, 3 * id + 3)));
      }
    }
  });

  it("adds up the gradients of ids that repeat, and moves absent ones with momentum only", async () => {
    const ids = input({ shape: [5], dtype: "int32" });
    const net = model({ inputs: ids, outputs: layers.embedding({ inputDim: 4, outputDim: 2 }).apply(ids) });
    const x = tensor([[1, 1, 3, 1, 3]], undefined, "int32");
    const y = tensor(noise(10), [1, 5, 2]);
    const table = noise(8, 1);
    const gradient = new Float64Array(8);
    [1, 1, 3, 1, 3].forEach((id, k) => {
      for (let j = 0; j < 2; j++) gradient[2 * id + j] += (2 / 10) * (table[2 * id + j] - y.data[2 * k + j]);
    });
    for (const engine of engines) {
      net.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: "meanSquaredError", ...engine });
      await net.setWeights({ "embedding/embeddings": tensor(table, [4, 2]) });
      const found = (await net.gradients(x, y)).weights["embedding/embeddings"];
      gradient.forEach((value, i) => {
        expect(found.data[i]).toBeCloseTo(value, 6);
      });
      await net.trainOnBatch(x, y);
      const after = (await net.getWeights())["embedding/embeddings"].data;
      for (const i of [0, 1, 4, 5]) expect(after[i]).toBe(table[i]);
      net.compile({ optimizer: optimizers.sgd({ momentum: 0.9 }), loss: "meanSquaredError", ...engine });
      await net.trainOnBatch(x, y);
      await net.trainOnBatch(tensor([[0, 0, 0, 0, 0]], undefined, "int32"), y);
      // Row 1 did not occur in the last step, and yet went on.
      const moved = (await net.getWeights())["embedding/embeddings"].data;
      await net.trainOnBatch(tensor([[0, 0, 0, 0, 0]], undefined, "int32"), y);
      expect((await net.getWeights())["embedding/embeddings"].data[2]).not.toBe(moved[2]);
    }
  });

  it.each([
    [
      "too large",
      [
        [0, 1, 2, 3],
        [0, 6, 2, 2],
      ],
      "holds 6 at sample 1, column 1: embedding takes ids, whole numbers from 0 to 5",
    ],
    [
      "negative",
      [
        [0, 1, 2, -1],
        [0, 1, 2, 2],
      ],
      "holds -1 at sample 0, column 3",
    ],
  ])("refuses ids that are %s, wherever they come in, before any step", async (_, ids, message) => {
    const x = tensor(ids, undefined, "int32");
    const y = tensor([[1], [2]]);
    for (const options of [wasm, engines[0], { engine: "wasm", worker: true, threads: 1 }]) {
      const net = embedded(options);
      const before = await fingerprint(net);
      const attempts = [
        () => net.fit(x, y, { epochs: 1 }),
        () => net.fit(tensor(good, undefined, "int32"), y, { validationData: [x, y] }),
        () => net.fit(data.fromTensors(x, y)),
        () => net.fit(data.fromTensors(x, y).batch(2)),
        () => net.evaluate(x, y),
        () => net.predict(x),
        () => net.trainOnBatch(x, y),
        () => net.gradients(x, y),
      ];
      for (const attempt of attempts) {
        await expect(attempt()).rejects.toBeInstanceOf(DataError);
        await expect(attempt()).rejects.toThrow(message);
      }
      expect(await fingerprint(net)).toBe(before);
      net.dispose();
    }
    expect(() => embedded().predictSync(x)).toThrow(message);
  });

  it("refuses the batch of a stream before any step of it", async () => {
    const net = embedded();
    const items = async function* () {
      for (const id of [1, 2, 9, 3]) yield { x: tensor([0, 1, id, 2], [4], "int32"), y: tensor([1], [1]) };
    };
    const training = net.fit(data.fromIterable(items).batch(1));
    await expect(training).rejects.toThrow("batch 2 of the dataset: x holds 9 at sample 0, column 2");
  });

  it("refuses ids that are not whole, also where the input holds float32", async () => {
    const x = tensor([[0, 1, 2.5, 3]]);
    await expect(embedded().predict(x)).rejects.toThrow("whole numbers");
    await expect(embedded({}, "float32").predict(x)).rejects.toThrow(
      "holds 2.5 at sample 0, column 2: embedding takes ids",
    );
  });

  it("refuses ids of the smallest table that reads them, in models within, too", async () => {
    const ids = input({ shape: [2], dtype: "int32" });
    const large = layers.embedding({ inputDim: 9, outputDim: 2 }).apply(ids);
    const small = layers.embedding({ inputDim: 4, outputDim: 2, name: "small" }).apply(ids);
    const inner = model({ inputs: ids, outputs: layers.add().apply([large, small]) });
    const outer = input({ shape: [2], dtype: "int32" });
    const net = model({ inputs: outer, outputs: inner.apply(outer) });
    await expect(net.predict(tensor([[3, 4]], undefined, "int32"))).rejects.toThrow(
      "holds 4 at sample 0, column 1: small",
    );
    expect((await net.predict(tensor([[3, 0]], undefined, "int32"))).shape).toEqual([1, 2, 2]);
    const predictor = await loadForInference(await net.toBytes());
    await expect(predictor.predict(tensor([[3, 4]], undefined, "int32"))).rejects.toThrow("holds 4 at sample 0");
  });

  it("has the mask of ids that are not 0, which attention and losses leave out", async () => {
    const ids = input({ shape: [4], dtype: "int32" });
    const x = layers.embedding({ inputDim: 6, outputDim: 4, maskZero: true }).apply(ids);
    const h = layers.multiHeadAttention({ numHeads: 2, keyDim: 2 }).apply(x);
    expect(x.mask?.shape).toEqual([4]);
    expect(h.mask).toBe(x.mask);
    expect(layers.embedding({ inputDim: 6, outputDim: 4 }).apply(ids).mask).toBeUndefined();
    const net = model({ inputs: ids, outputs: h, seed: 4 });
    net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...wasm });
    const [short, padded] = [
      await net.predict(tensor([[3, 2, 0, 0]], undefined, "int32")),
      await net.predict(
        tensor(
          [
            [3, 2, 0, 0],
            [3, 2, 5, 1],
          ],
          undefined,
          "int32",
        ),
      ),
    ];
    // What padding holds reaches no valid place.
    const weights = await net.getWeights();
    const table = Float32Array.from(weights["embedding/embeddings"].data, (value, i) => (i < 4 ? 7 : value));
    await net.setWeights({ ...weights, "embedding/embeddings": tensor(table, [6, 4]) });
    const other = await net.predict(tensor([[3, 2, 0, 0]], undefined, "int32"));
    expect([...other.data.slice(0, 8)]).toEqual([...short.data.slice(0, 8)]);
    expect([...padded.data.slice(0, 8)]).toEqual([...short.data.slice(0, 8)]);
  });

  it("has the options and first values of Keras", async () => {
    const net = embedded();
    const { shape, data: values } = (await net.getWeights())["embedding/embeddings"];
    expect(shape).toEqual([6, 3]);
    for (const value of values) expect(Math.abs(value)).toBeLessThanOrEqual(0.05);
    expect(() => layers.embedding({ inputDim: 0, outputDim: 3 })).toThrow(ArgumentError);
    expect(() => layers.embedding({ inputDim: 3, outputDim: 1.5 })).toThrow(ArgumentError);
    // @ts-expect-error unknown option
    expect(() => layers.embedding({ inputDim: 3, outputDim: 1, input: 4 })).toThrow(ArgumentError);
  });
});

describe("positions", () => {
  it("are added, those of short sequences from the first on; masks pass", async () => {
    const x = input({ shape: [null, 2] });
    const masked = layers.masking({ maskValue: 9 }).apply(x);
    const layer = layers.positionEmbedding({ sequenceLength: 5 });
    const y = layer.apply(masked);
    expect(y.mask).toBe(masked.mask);
    const net = model({ inputs: x, outputs: y });
    for (const engine of engines) {
      net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...engine });
      const table = Array.from({ length: 10 }, (_, i) => i);
      await net.setWeights({ "positionEmbedding/embeddings": tensor(table, [5, 2]) });
      expect(
        (
          await net.predict(
            tensor([
              [
                [1, 2],
                [3, 4],
              ],
            ]),
          )
        ).toArray(),
      ).toEqual([
        [
          [1, 3],
          [5, 7],
        ],
      ]);
      const five = await net.predict(tensor(new Float32Array(20), [2, 5, 2]));
      expect([...five.data]).toEqual([...table, ...table]);
      // A step on short sequences leaves the gradients of later positions at 0.
      await net.trainOnBatch(tensor(new Float32Array(20), [2, 5, 2]), tensor(new Float32Array(20), [2, 5, 2]));
      const before = (await net.getWeights())["positionEmbedding/embeddings"].data;
      await net.trainOnBatch(tensor(noise(4), [1, 2, 2]), tensor(new Float32Array(4), [1, 2, 2]));
      const after = (await net.getWeights())["positionEmbedding/embeddings"].data;
      expect([...after.slice(4)]).toEqual([...before.slice(4)]);
      expect([...after.slice(0, 4)]).not.toEqual([...before.slice(0, 4)]);
    }
  });

  it("refuse a context longer than the table before any step", async () => {
    const fixed = input({ shape: [6, 2] });
    expect(() => layers.positionEmbedding({ sequenceLength: 5 }).apply(fixed)).toThrow(ShapeError);
    const open = input({ shape: [null, 2] });
    const net = model({ inputs: open, outputs: layers.positionEmbedding({ sequenceLength: 5 }).apply(open) });
    net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...wasm });
    const long = tensor(new Float32Array(12), [1, 6, 2]);
    const before = await fingerprint(net);
    const message = "positionEmbedding has 5 positions";
    await expect(net.predict(long)).rejects.toThrow(message);
    await expect(net.predict(long)).rejects.toBeInstanceOf(ShapeError);
    await expect(net.trainOnBatch(long, long)).rejects.toThrow(message);
    await expect(net.fit(long, long)).rejects.toThrow(message);
    expect(await fingerprint(net)).toBe(before);
    // Within another model, too; and memory and summary of such a model can be told.
    const outer = input({ shape: [null, 2] });
    const around = model({ inputs: outer, outputs: net.apply(outer) });
    await expect(around.predict(long)).rejects.toThrow(message);
    expect((await around.predict(tensor(new Float32Array(10), [1, 5, 2]))).shape).toEqual([1, 5, 2]);
    expect(around.summary()).toContain("parameters: 10");
  });

  it("that are rotary turn pairs of features, whatever stands between", async () => {
    const x = tensor(noise(48), [1, 3, 2, 8]);
    const a = input({ shape: [3, 2, 8] });
    const net = model({
      inputs: a,
      outputs: layers.rotaryEmbedding({ maxWavelength: 100, scalingFactor: 2 }).apply(a),
    });
    for (const engine of engines) {
      net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...engine });
      const y = await net.predict(x);
      for (let t = 0; t < 3; t++) {
        for (let h = 0; h < 2; h++) {
          for (let j = 0; j < 4; j++) {
            const [low, high] = [t * 16 + h * 8 + j, t * 16 + h * 8 + j + 4];
            const angle = t / 2 / 100 ** (j / 4);
            expect(y.data[low]).toBeCloseTo(x.data[low] * Math.cos(angle) - x.data[high] * Math.sin(angle), 6);
            expect(y.data[high]).toBeCloseTo(x.data[high] * Math.cos(angle) + x.data[low] * Math.sin(angle), 6);
          }
        }
      }
    }
    expect(() => layers.rotaryEmbedding().apply(input({ shape: [3, 7] }))).toThrow("must be even");
    expect(() => layers.multiHeadAttention({ numHeads: 1, keyDim: 3, rotaryEmbedding: {} })).toThrow("must be even");
  });
});

/** All kinds of attention and embedding in one model. */
function everything(options: object = wasm): Model {
  const ids = input({ shape: [null], dtype: "int32" });
  const tokens = layers.reversibleEmbedding({ inputDim: 7, outputDim: 4, maskZero: true });
  let x: Node = layers.positionEmbedding({ sequenceLength: 12 }).apply(tokens.apply(ids));
  const [y, scores] = layers
    .multiHeadAttention({ numHeads: 2, keyDim: 2, useCausalMask: true, rotaryEmbedding: {}, dropout: 0.25 })
    .apply(x, { returnAttentionScores: true });
  x = layers.add().apply([x, y]);
  x = layers
    .add()
    .apply([
      x,
      layers.groupQueryAttention({ headDim: 2, numQueryHeads: 4, numKeyValueHeads: 2, slidingWindow: 3 }).apply(x),
    ]);
  x = layers.add().apply([x, layers.attention({ useScale: true }).apply([x, x])]);
  x = layers.add().apply([x, layers.additiveAttention().apply([x, x])]);
  x = layers.rotaryEmbedding().apply(x);
  const net = model({
    inputs: ids,
    outputs: tokens.apply(x, { reverse: true }),
    losses: [ops.square(scores)],
    seed: 8,
  });
  const loss = losses.sparseCategoricalCrossentropy({ fromLogits: true });
  net.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss, ...options });
  return net;
}

describe("files and engines", () => {
  const x = tensor(
    [
      [1, 2, 3, 4, 5, 6],
      [6, 5, 4, 0, 0, 0],
      [1, 1, 1, 2, 0, 0],
    ],
    undefined,
    "int32",
  );
  const y = tensor([
    [2, 3, 4, 5, 6, 1],
    [5, 4, 3, 0, 0, 0],
    [1, 1, 2, 2, 0, 0],
  ]);

  it("train with the same bits on one thread, two and three, in a worker, and after save and load", async () => {
    const prints: string[] = [];
    for (const options of [
      { engine: "wasm", worker: false, threads: 1 },
      { engine: "wasm", worker: false, threads: 2 },
      { engine: "wasm", worker: false, threads: 3 },
      { engine: "wasm", worker: true, threads: 1 },
    ] as const) {
      const net = everything(options);
      await net.fit(x, y, { epochs: 3, batchSize: 2 });
      prints.push(await fingerprint(net));
      net.dispose();
    }
    const first = everything();
    await first.fit(x, y, { epochs: 2, batchSize: 2 });
    const again = (await loadModel(await first.toBytes())) as Model;
    await again.fit(x, y, { epochs: 3, initialEpoch: 2, batchSize: 2 });
    prints.push(await fingerprint(again));
    expect(new Set(prints).size).toBe(1);
  });

  it("predict the same from a file, in the library and in inference, also at other lengths", async () => {
    const net = everything();
    await net.fit(x, y, { epochs: 1 });
    const bytes = await net.toBytes();
    const loaded = (await loadModel(bytes)) as Model;
    const predictor = await loadForInference(bytes);
    for (const ids of [x, tensor([[3, 2, 1]], undefined, "int32"), tensor([[4]], undefined, "int32")]) {
      const expected = await net.predict(ids);
      expect(await loaded.predict(ids)).toEqual(expected);
      expect(await predictor.predict(ids)).toEqual(expected);
    }
  });

  it("refuse files with unknown options of a use", async () => {
    const net = everything();
    const text = new TextDecoder("latin1").decode(await net.toBytes());
    expect(text).toContain('\\"reverse\\":true');
    const broken = Uint8Array.from(text.replace('\\"reverse\\":true', '\\"revers_\\":true'), (c) => c.charCodeAt(0));
    await expect(loadModel(broken)).rejects.toThrow("revers_");
  });
});

describe("attention", () => {
  it("takes memory that grows linearly with the context, as memory() says beforehand", () => {
    const bytesAt = (context: number, returnAttentionScores: boolean) => {
      const a = input({ shape: [context, 32] });
      const [y, scores] = layers
        .multiHeadAttention({ numHeads: 4, keyDim: 8, useCausalMask: true })
        .apply(a, { returnAttentionScores: true });
      const outputs = returnAttentionScores ? [y, scores] : y;
      const net = model({ inputs: a, outputs: outputs as Node });
      net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...wasm });
      const { activations, workspace } = net.memory({ batchSize: 2 }) as unknown as Record<string, number>;
      return activations + (workspace ?? 0);
    };
    const plain = (context: number) => {
      const a = input({ shape: [context, 32] });
      const y = layers.multiHeadAttention({ numHeads: 4, keyDim: 8, useCausalMask: true }).apply(a);
      const net = model({ inputs: a, outputs: y });
      net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...wasm });
      return Object.values(net.memory({ batchSize: 2 })).reduce((most, bytes) => Math.max(most, bytes), 0);
    };
    const [small, middle, large] = [64, 256, 1024].map(plain);
    expect(middle).toBeLessThan(4.2 * small);
    expect(large).toBeLessThan(4.2 * middle);
    expect(bytesAt(1024, true)).toBeGreaterThan(2 * 4 * 1024 * 1024 * 4);
  });

  it.each([
    [
      "a query of another rank",
      () => layers.multiHeadAttention({ numHeads: 1, keyDim: 2 }).apply(input({ shape: [4] })),
      "expects a query [batch, time, features]",
    ],
    [
      "keys and values of two lengths",
      () =>
        layers
          .multiHeadAttention({ numHeads: 1, keyDim: 2 })
          .apply([input({ shape: [3, 4] }), input({ shape: [3, 4] }), input({ shape: [2, 4] })]),
      "value and key must be of one length",
    ],
    [
      "four inputs",
      () =>
        layers.multiHeadAttention({ numHeads: 1, keyDim: 2 }).apply([1, 2, 3, 4].map(() => input({ shape: [3, 4] }))),
      "got 4 inputs",
    ],
    [
      "a mask of another shape",
      () =>
        layers
          .multiHeadAttention({ numHeads: 1, keyDim: 2 })
          .apply(input({ shape: [3, 4] }), { attentionMask: input({ shape: [3, 2] }) }),
      "attentionMask must be [batch, 3, 3] or [3, 3]",
    ],
    [
      "a mask that is no node",
      () =>
        layers
          .multiHeadAttention({ numHeads: 1, keyDim: 2 })
          .apply(input({ shape: [3, 4] }), { attentionMask: [[1]] as never }),
      "attentionMask must be a node",
    ],
    [
      "options of apply that there are not",
      () =>
        layers
          .multiHeadAttention({ numHeads: 1, keyDim: 2 })
          .apply(input({ shape: [3, 4] }), { useCausalMask: true } as never),
      "useCausalMask",
    ],
    [
      "heads that cannot be dealt out",
      () => layers.groupQueryAttention({ headDim: 2, numQueryHeads: 3, numKeyValueHeads: 2 }),
      "must be a multiple of numKeyValueHeads",
    ],
    ["dropout of 1", () => layers.multiHeadAttention({ numHeads: 1, keyDim: 2, dropout: 1 }), "dropout"],
    [
      "a query alone where values are needed",
      () => layers.attention().apply(input({ shape: [3, 4] })),
      "expects [query, value]",
    ],
    [
      "keys of another size",
      () => layers.attention().apply([input({ shape: [3, 4] }), input({ shape: [3, 5] })]),
      "keys must have the features of queries",
    ],
    [
      "logits of vectors of another size",
      () => layers.reversibleEmbedding({ inputDim: 5, outputDim: 4 }).apply(input({ shape: [3] }), { reverse: true }),
      "expects vectors",
    ],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  it("drops scores in training only, by the same numbers whatever the batch of threads", async () => {
    const a = input({ shape: [6, 4] });
    const net = model({
      inputs: a,
      outputs: layers.multiHeadAttention({ numHeads: 2, keyDim: 2, dropout: 0.5 }).apply(a),
      seed: 3,
    });
    const x = tensor(noise(48), [2, 6, 4]);
    const made: number[][] = [];
    for (const engine of engines) {
      net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...engine });
      expect((await net.predict(x)).data).toEqual((await net.predict(x)).data);
      made.push([...(await net.gradients(x, tensor(new Float32Array(48), [2, 6, 4]))).output.data]);
      expect(made[0]).not.toEqual([...(await net.predict(x)).data]);
    }
    expect(made[2]).toEqual(made[1]);
    made[1].forEach((value, i) => {
      expect(made[0][i]).toBeCloseTo(value, 5);
    });
  });

  it("learns to copy what stood at the beginning", async () => {
    const [length, ids] = [8, input({ shape: [8], dtype: "int32" })];
    let x = layers
      .positionEmbedding({ sequenceLength: length })
      .apply(layers.embedding({ inputDim: 5, outputDim: 16 }).apply(ids));
    for (let i = 0; i < 2; i++) {
      x = layers
        .add()
        .apply([
          x,
          layers
            .multiHeadAttention({ numHeads: 2, keyDim: 8, useCausalMask: true })
            .apply(layers.rmsNormalization().apply(x)),
        ]);
      const n = layers.rmsNormalization().apply(x);
      const gated = layers
        .multiply()
        .apply([layers.dense({ units: 32, activation: "silu" }).apply(n), layers.dense({ units: 32 }).apply(n)]);
      x = layers.add().apply([x, layers.dense({ units: 16 }).apply(gated)]);
    }
    const net = model({ inputs: ids, outputs: layers.dense({ units: 5 }).apply(x), seed: 1 });
    const loss = losses.sparseCategoricalCrossentropy({ fromLogits: true });
    net.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss, metrics: ["accuracy"], ...wasm });
    const given = Int32Array.from({ length: 128 * length }, (_, i) => Math.floor((noise(1, i)[0] + 1) * 2.5) % 5);
    const wanted = given.map((_, i) => given[i - (i % length)]);
    const [x1, y1] = [tensor(given, [128, length]), tensor(wanted, [128, length])];
    const { history } = await net.fit(x1, y1, { epochs: 15, batchSize: 16 });
    expect(history.accuracy.at(-1)).toBeGreaterThan(0.95);
  });
});

it("sequential models begin with embeddings", async () => {
  const net = sequential({
    layers: [
      layers.embedding({ inputDim: 9, outputDim: 4, inputShape: [5] }),
      layers.multiHeadAttention({ numHeads: 2, keyDim: 2 }),
      layers.globalAveragePooling1d(),
    ],
  });
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...wasm });
  expect((await net.predict([[1, 2, 3, 4, 8]])).shape).toEqual([1, 4]);
  await expect(net.predict([[1, 2, 3, 4, 9]])).rejects.toThrow("embedding takes ids");
});
