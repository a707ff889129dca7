import { describe, expect, it } from "vitest";
import { ArgumentError, input, layers, loadModel, model, type Node, StateError, Tensor } from "../../src";
import { deriveKey, uniform } from "../../src/numeric/random";

/** Layers that remember, step by step, beside the whole sequence at once. */

const LENGTH = 19;
const VOCABULARY = 7;
const engines = [
  { engine: "js" },
  { engine: "wasm", worker: false, threads: 1 },
  { engine: "wasm", worker: false, threads: 2 },
] as const;

/** Ids, some of them 0, also at the start and the end of a sequence. */
const ids = (batch: number) =>
  new Tensor(
    Int32Array.from({ length: batch * LENGTH }, (_, i) => {
      const drawn = Math.floor(VOCABULARY * uniform(deriveKey(3), i));
      return i % LENGTH < (i / LENGTH) >> 0 ? 0 : drawn;
    }),
    [batch, LENGTH],
  );

const columnOf = ({ data, shape: [batch, length] }: Tensor, t: number) =>
  new Tensor(
    Int32Array.from({ length: batch }, (_, b) => data[b * length + t]),
    [batch],
  );

/** Step t of a whole output. */
const stepOf = ({ data, shape: [batch, length, size] }: Tensor, t: number) =>
  Array.from({ length: batch }, (_, b) => [...data.slice((b * length + t) * size, (b * length + t + 1) * size)]);

type Make = (x: Node) => Node;
const sequences = { units: 5, returnSequences: true, recurrentInitializer: "glorotUniform" } as const;
const mha = (x: Node, options: object = {}) => {
  const layer = layers.multiHeadAttention({ numHeads: 2, keyDim: 4, useCausalMask: true, ...options });
  return layer.apply(x) as Node;
};
const positions = (x: Node) => layers.positionEmbedding({ sequenceLength: LENGTH }).apply(x);

const makers: Record<string, Make> = {
  simpleRNN: (x) => layers.simpleRNN(sequences).apply(x) as Node,
  lstm: (x) => layers.lstm(sequences).apply(x) as Node,
  gru: (x) => layers.gru(sequences).apply(x) as Node,
  "gru that resets before": (x) => layers.gru({ ...sequences, resetAfter: false }).apply(x) as Node,
  "lstm on gru, with dropout": (x) => {
    const lower = layers.gru({ ...sequences, dropout: 0.3, recurrentDropout: 0.2 }).apply(x) as Node;
    return layers.lstm({ ...sequences, units: 3 }).apply(layers.dropout({ rate: 0.5 }).apply(lower)) as Node;
  },
  attention: (x) => mha(positions(x)),
  "attention in blocks": (x) => {
    let y = positions(x);
    for (let block = 0; block < 2; block++) {
      y = layers.add().apply([y, mha(layers.layerNormalization().apply(y))]);
      const inner = layers.dense({ units: 16, activation: "gelu" }).apply(layers.rmsNormalization().apply(y));
      y = layers.add().apply([y, layers.dense({ units: 8 }).apply(inner)]);
    }
    return y;
  },
  "attention with a window": (x) => mha(positions(x), { slidingWindow: 4 }),
  "attention with rotary positions": (x) => mha(x, { rotaryEmbedding: {} }),
  "heads that share keys": (x) =>
    layers
      .groupQueryAttention({ headDim: 4, numQueryHeads: 4, numKeyValueHeads: 2, useCausalMask: true })
      .apply(layers.rotaryEmbedding().apply(x)) as Node,
};

const build = (make: Make, engine: object, { maskZero = false, length = null as number | null } = {}) => {
  const x = input({ shape: [length], dtype: "int32" });
  const embedded = layers
    .embedding({ inputDim: VOCABULARY, outputDim: 8, maskZero, embeddingsInitializer: "randomNormal" })
    .apply(x);
  const net = model({ inputs: x, outputs: make(embedded), seed: 2 });
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...engine });
  return net;
};

describe.each(engines)("on $engine with $threads threads", (engine) => {
  describe.each(Object.entries(makers))("%s", (_, make) => {
    it.each([false, true])("is the whole sequence bit for bit, masked: %s", async (maskZero) => {
      for (const batch of [1, 3]) {
        const net = build(make, engine, { maskZero });
        const x = ids(batch);
        const whole = (await net.predict(x)) as Tensor;
        const stream = await net.stream({ batchSize: batch, maxLength: LENGTH });
        for (let t = 0; t < LENGTH; t++) {
          const made = await stream.push(columnOf(x, t));
          expect(made.toArray(), `step ${t} of ${batch}`).toEqual(stepOf(whole, t));
        }
      }
    });
  });
});

const wasm = { worker: false, threads: 1 };

it.each(["simpleRNN", "lstm", "gru"] as const)("the last output of %s is that of every beginning", async (kind) => {
  const makers = { simpleRNN: layers.simpleRNN, lstm: layers.lstm, gru: layers.gru };
  const make = makers[kind] as typeof layers.gru;
  const net = build((x) => make({ units: 6 }).apply(x), wasm);
  const x = ids(1);
  const stream = await net.stream();
  for (let t = 0; t < 6; t++) {
    const beginning = new Tensor(x.data.slice(0, t + 1), [1, t + 1]);
    expect((await stream.push(columnOf(x, t))).data).toEqual((await net.predict(beginning)).data);
  }
});

it("goes on from a state that was kept, in a model of a file", async () => {
  const make: Make = (x) => layers.dense({ units: 3 }).apply(layers.lstm(sequences).apply(mha(positions(x))) as Node);
  const net = build(make, wasm);
  const x = ids(2);
  const whole = (await net.predict(x)) as Tensor;
  const stream = await net.stream({ batchSize: 2 });
  for (let t = 0; t < 7; t++) await stream.push(columnOf(x, t));
  const kept = JSON.parse(
    JSON.stringify(Object.entries(stream.state.values).map(([name, { data, shape }]) => [name, [...data], shape])),
  );
  const again = await (await loadModel(await net.toBytes())).stream({ batchSize: 2 });
  const values = kept.map(([name, data, shape]: [string, number[], number[]]) => [
    name,
    new Tensor(Float32Array.from(data), shape),
  ]);
  again.state = { steps: 7, values: Object.fromEntries(values) };
  for (let t = 7; t < LENGTH; t++) expect((await again.push(columnOf(x, t))).toArray()).toEqual(stepOf(whole, t));
});

it("a model of a fixed length streams as one of an open length", async () => {
  const [fixed, open] = [
    build(makers["attention in blocks"], wasm, { length: LENGTH }),
    build(makers["attention in blocks"], wasm),
  ];
  await fixed.setWeights(await open.getWeights());
  const x = ids(1);
  const whole = (await open.predict(x)) as Tensor;
  const stream = await fixed.stream();
  for (let t = 0; t < LENGTH; t++) expect((await stream.push(columnOf(x, t))).toArray()).toEqual(stepOf(whole, t));
});

it("says when there is no room, and goes on behind reset()", async () => {
  const stream = await build(makers.attention, wasm).stream();
  for (let t = 0; t < LENGTH; t++) await stream.push([1]);
  await expect(stream.push([1])).rejects.toThrow(StateError);
  await expect(stream.push([1])).rejects.toThrow(`positionEmbedding has room for ${LENGTH} steps, ${LENGTH} are over`);
  const [first] = [await stream.push([1]).catch(() => undefined)];
  expect(first).toBeUndefined();
  stream.reset();
  expect((await stream.push([1])).shape).toEqual([1, 8]);
  const rotary = build(makers["attention with rotary positions"], wasm);
  await expect(rotary.stream()).rejects.toThrow("keeps all steps. Say for how many there is to be room: { maxLength }");
  const short = await rotary.stream({ maxLength: 2 });
  for (let t = 0; t < 2; t++) await short.push([1]);
  await expect(short.push([1])).rejects.toThrow("multiHeadAttention has room for 2 steps");
});

it.each<[string, Make]>([
  ["lstm that goes backwards", (x) => layers.lstm({ ...sequences, goBackwards: true }).apply(x) as Node],
  ["attention that is not causal", (x) => mha(x, { useCausalMask: false })],
  ["attention over all pairs", (x) => layers.attention().apply([x, x]) as Node],
])("refuses what looks into the future: %s", async (_, make) => {
  const net = build(make, wasm);
  await expect(net.stream({ maxLength: 5 })).rejects.toThrow(ArgumentError);
  await expect(net.stream({ maxLength: 5 })).rejects.toThrow("looks into the future");
});
