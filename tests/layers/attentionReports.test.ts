// What users of other libraries have reported of attention and embeddings, rebuilt: the numbers are those of their reports.
import { describe, expect, it } from "vitest";
import { input, layers, loadModel, model, type Node, ops, tensor, type Tensor } from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import type { Model } from "../../src/model/model";
import { noise } from "../model/twins";

const wasm = { engine: "wasm", worker: false, threads: 1 } as const;
const compile = <M extends Model<Tensor | readonly Tensor[]>>(net: M, options: object = wasm): M => {
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...options });
  return net;
};
const allFinite = ({ data }: Tensor) => Array.from(data).every(Number.isFinite);
const engines = [{ engine: "js" }, wasm] as const;

describe("rows of which every key is masked", () => {
  // The window of the report, and padding that leaves the last two queries of the second sample nothing.
  const window = [
    [1, 0, 0, 0],
    [1, 1, 0, 0],
    [0, 1, 1, 0],
    [0, 0, 1, 1],
  ];
  const padding = tensor([
    [1, 1, 1, 1],
    [1, 1, 0, 0],
  ]);
  const x = tensor(noise(16, 3), [2, 4, 2]);

  const build = (scores: boolean, dropout = 0) => {
    const [a, places] = [input({ shape: [4, 2] }), input({ shape: [4] })];
    const layer = layers.multiHeadAttention({ numHeads: 2, keyDim: 3, dropout });
    const value = ops.withMask(a, places);
    const call = { attentionMask: ops.constant(window) };
    const made = scores
      ? layer.apply([a, value], { ...call, returnAttentionScores: true })
      : [layer.apply([a, value], call)];
    const outputs = made.map((node) => ops.withoutMask(node));
    return compile(model({ inputs: [a, places], outputs, seed: 5 }));
  };

  it("leave every gradient finite (pytorch#41508)", async () => {
    for (const engine of engines) {
      const net = compile(build(false), engine);
      const { weights, inputs, loss } = await net.gradients([x, padding], tensor(noise(16, 4), [2, 4, 2]));
      expect(Number.isFinite(loss)).toBe(true);
      for (const [name, gradient] of Object.entries(weights)) expect(allFinite(gradient), name).toBe(true);
      expect(allFinite(inputs[0])).toBe(true);
    }
  });

  it("are the same whether scores are asked for or not (pytorch#160064)", async () => {
    const [y] = [await build(false).predict([x, padding])].flat() as Tensor[];
    const [withScores, scores] = (await build(true).predict([x, padding])) as Tensor[];
    expect(withScores).toEqual(y);
    expect(allFinite(scores)).toBe(true);
    // Sample 1, both heads, query 3: nothing is seen.
    for (const head of [0, 1])
      expect([...scores.data.slice(16 * (2 + head) + 12, 16 * (2 + head) + 16)]).toEqual([0, 0, 0, 0]);
  });

  it("are finite with dropout and scores (pytorch#152028)", async () => {
    const targets = [tensor(noise(16, 6), [2, 4, 2]), tensor(noise(64, 7), [2, 2, 4, 4])];
    const found = await build(true, 0.5).gradients([x, padding], targets);
    for (const gradient of Object.values(found.weights)) expect(allFinite(gradient)).toBe(true);
  });

  it("of a sample without any valid place do not touch the others (pytorch#27968)", async () => {
    const [a, places] = [input({ shape: [5, 2] }), input({ shape: [5] })];
    const layer = layers.multiHeadAttention({ numHeads: 1, keyDim: 4 });
    const net = model({ inputs: [a, places], outputs: ops.withoutMask(layer.apply(ops.withMask(a, places))), seed: 2 });
    const lengths = [5, 4, 1, 0];
    const mask = tensor(lengths.map((length) => [0, 1, 2, 3, 4].map((t) => Number(t < length))));
    const data = noise(40, 8);
    const y = await net.predict([tensor(data, [4, 5, 2]), mask]);
    expect(allFinite(y)).toBe(true);
    for (const [i, length] of lengths.entries()) {
      // Without the padding there is nothing to mask.
      if (length === 0) continue;
      const short = input({ shape: [length, 2] });
      const plain = model({ inputs: short, outputs: layer.apply(short) });
      const alone = await plain.predict(tensor(data.slice(10 * i, 10 * i + 2 * length), [1, length, 2]));
      expect([...y.data.slice(10 * i, 10 * i + 2 * length)]).toEqual([...alone.data]);
    }
  });
});

describe("files", () => {
  it("keep a mask that is a constant (keras#16784), weights (keras#15560), and causality (transformers#46273)", async () => {
    const a = input({ shape: [4, 6] });
    const mask = [
      [1, 1, 0, 1],
      [1, 0, 1, 1],
      [0, 1, 1, 0],
      [1, 1, 1, 1],
    ];
    const layer = layers.multiHeadAttention({ numHeads: 2, keyDim: 3, useCausalMask: true });
    const net = model({ inputs: a, outputs: layer.apply(a, { attentionMask: ops.constant(mask) }), seed: 1 });
    const bytes = await net.toBytes();
    const [loaded, predictor] = [(await loadModel(bytes)) as Model, await loadForInference(bytes)];
    expect(await loaded.getWeights()).toEqual(await net.getWeights());
    const x = noise(24);
    const later = Float32Array.from(x, (value, i) => (i >= 18 ? value + 5 : value));
    for (const each of [net, loaded, predictor]) {
      const y = (await each.predict(tensor(x, [1, 4, 6]))) as Tensor;
      expect(y).toEqual(await net.predict(tensor(x, [1, 4, 6])));
      const other = (await each.predict(tensor(later, [1, 4, 6]))) as Tensor;
      expect([...other.data.slice(0, 18)]).toEqual([...y.data.slice(0, 18)]);
      expect([...other.data.slice(18)]).not.toEqual([...y.data.slice(18)]);
    }
  });

  it("give attention in models within its weights (keras#16796)", async () => {
    const a = input({ shape: [3, 4] });
    const layer = layers.multiHeadAttention({ numHeads: 2, keyDim: 2 });
    const inner = model({
      inputs: a,
      outputs: layer.apply(a, {
        attentionMask: ops.constant([
          [1, 1, 0],
          [1, 1, 1],
          [0, 0, 1],
        ]),
      }),
    });
    const b = input({ shape: [3, 4] });
    const net = model({ inputs: b, outputs: inner.apply(layers.masking({ maskValue: 9 }).apply(b)), seed: 3 });
    const x = tensor(noise(24), [2, 3, 4]);
    const loaded = (await loadModel(await net.toBytes())) as Model;
    expect(await loaded.predict(x)).toEqual(await net.predict(x));
  });
});

it("causality begins at the first key whatever the lengths (pytorch#103082, mlx#2835)", async () => {
  const [q, v] = [input({ shape: [2, 3] }), input({ shape: [5, 3] })];
  const layer = layers.multiHeadAttention({ numHeads: 1, keyDim: 2, useCausalMask: true });
  const [, scores] = layer.apply([q, v], { returnAttentionScores: true });
  const net = model({ inputs: [q, v], outputs: scores });
  const { data } = await net.predict([tensor(noise(6), [1, 2, 3]), tensor(noise(15), [1, 5, 3])]);
  expect([...data].map((value) => Number(value > 0))).toEqual([1, 0, 0, 0, 0, 1, 1, 0, 0, 0]);
});

it("rotary positions know lengths that come later (SwissArmyTransformer#165)", async () => {
  const open = input({ shape: [null, 4] });
  const net = model({ inputs: open, outputs: layers.rotaryEmbedding().apply(open) });
  for (const length of [3, 40, 7]) {
    const x = tensor(noise(4 * length, length), [1, length, 4]);
    const fixed = input({ shape: [length, 4] });
    const twin = model({ inputs: fixed, outputs: layers.rotaryEmbedding().apply(fixed) });
    expect(await net.predict(x)).toEqual(await twin.predict(x));
  }
});

it("masks are made of ids, not of vectors that happen to be 0 (Kyubyong/transformer#69)", async () => {
  const ids = input({ shape: [3], dtype: "int32" });
  const x: Node = layers
    .embedding({ inputDim: 4, outputDim: 2, maskZero: true, embeddingsInitializer: "zeros" })
    .apply(ids);
  const net = model({ inputs: ids, outputs: x.mask! });
  expect((await net.predict(tensor([[2, 0, 3]], undefined, "int32"))).toArray()).toEqual([[1, 0, 1]]);
});
