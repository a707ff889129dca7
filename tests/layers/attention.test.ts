// Layers of attention and embedding against torch in float64: tests/references/attention.py.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  input,
  layers,
  type Layer,
  losses,
  model,
  type Node,
  ops,
  optimizers,
  tensor,
  type Tensor,
} from "../../src/index";
import type { LayerResult } from "../../src/graph/layer";
import type { Model, Prediction } from "../../src/model/model";

interface Stored {
  shape: number[];
  data: number[];
}

interface LayerCase {
  name: string;
  kind: "multiHeadAttention" | "groupQueryAttention" | "attention" | "additiveAttention";
  options: Record<string, unknown>;
  inputs: Record<string, Stored>;
  masks: Record<string, Stored>;
  attentionMask?: Stored;
  weights: Record<string, Stored>;
  targets: Stored[];
  outputs: Stored[];
  loss: number;
  inputGradients: Stored[];
  weightGradients: Record<string, Stored>;
}

interface GptCase {
  name: string;
  kind: "gpt";
  options: { V: number; T: number; W: number; H: number; L: number; optimizer: string; tied: boolean; gated: boolean };
  ids: number[][];
  targets: number[][];
  losses: number[];
  initialWeights: Record<string, Stored>;
  finalWeights: Record<string, Stored>;
}

const cases: (LayerCase | GptCase)[] = JSON.parse(readFileSync("tests/references/attention.json", "utf8"));
const layerCases = cases.filter((each): each is LayerCase => each.kind !== "gpt");
const gptCases = cases.filter((each): each is GptCase => each.kind === "gpt");

const engines = [
  { engine: "js" },
  { engine: "wasm", worker: false, threads: 1 },
  { engine: "wasm", worker: false, threads: 3 },
] as const;

const tensorOf = ({ shape, data }: Stored): Tensor => tensor(Float32Array.from(data), shape);
const weightsOf = (stored: Record<string, Stored>) =>
  Object.fromEntries(Object.entries(stored).map(([name, one]) => [name, tensorOf(one)]));

const largestOf = ({ data }: Stored) => Math.max(...data.map(Math.abs));

/** The largest difference, relative to the largest of the expected values, or to `least`, if that is larger. */
function error(actual: Tensor, expected: Stored, least = 1e-3): number {
  expect(actual.shape).toEqual(expected.shape);
  const largest = Math.max(least, largestOf(expected));
  return Math.max(...expected.data.map((value, i) => Math.abs(actual.data[i] - value))) / largest;
}

/** A model of one layer, whose inputs are those of the case, their masks and the attention mask. */
function modelOf({ kind, options, inputs, masks, attentionMask, outputs }: LayerCase): {
  net: Model<Prediction>;
  x: Tensor[];
} {
  const nodes: Node[] = [];
  const x: Tensor[] = [];
  const feed = (stored: Stored) => {
    nodes.push(input({ shape: stored.shape.slice(1) }));
    x.push(tensorOf(stored));
    return nodes[nodes.length - 1];
  };
  const plain = Object.entries(inputs).map(([name, stored]) => [name, feed(stored)] as const);
  const given = plain.map(([name, node]) => (masks[name] ? ops.withMask(node, feed(masks[name])) : node));
  const layer = (layers[kind] as (options: object) => Layer<LayerResult>)(options);
  const isForAll = attentionMask?.shape.length === 2;
  const mask = attentionMask && (isForAll ? ops.constant(tensorOf(attentionMask)) : feed(attentionMask));
  const call = {
    ...(mask ? { attentionMask: mask } : {}),
    ...(outputs.length > 1 ? { returnAttentionScores: true } : {}),
  };
  const result = (layer.apply as (inputs: readonly Node[], call?: object) => LayerResult).call(layer, given, call);
  const made = (Array.isArray(result) ? result : [result]) as Node[];
  // Places that are masked count in the references.
  return { net: model({ inputs: nodes, outputs: made.map((node) => ops.withoutMask(node)) }), x };
}

describe("layers of attention", () => {
  it("have references of all of them, and enough", () => {
    expect(new Set(layerCases.map(({ kind }) => kind)).size).toBe(4);
    expect(cases.length).toBeGreaterThanOrEqual(40);
  });

  it.each(layerCases.map((one) => [one.name, one] as const))("do what torch does: %s", async (_, one) => {
    for (const options of engines) {
      const { net, x } = modelOf(one);
      net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...options });
      const weights = weightsOf(one.weights);
      const name = net.layers.find(({ kind }) => kind === one.kind)!.name;
      await net.setWeights(Object.fromEntries(Object.entries(weights).map(([each, w]) => [`${name}/${each}`, w])));
      const y = [await net.predict(x)].flat() as Tensor[];
      y.forEach((output, i) => {
        expect(error(output, one.outputs[i]), `output ${i}`).toBeLessThan(2e-6);
      });
      const targets = one.targets.map(tensorOf);
      const found = await net.gradients(x, targets.length === 1 ? targets[0] : targets);
      expect(Math.abs(found.loss - one.loss)).toBeLessThan(2e-6 * Math.max(1, one.loss));
      // The gradient of a bias of keys is 0: a softmax stays as it is when all scores of a query move alike.
      const least = 0.05 * Math.max(0, ...Object.values(one.weightGradients).map(largestOf));
      for (const [each, gradient] of Object.entries(one.weightGradients)) {
        expect(error(found.weights[`${name}/${each}`], gradient, least), each).toBeLessThan(1e-5);
      }
      one.inputGradients.forEach((gradient, i) => {
        expect(error(found.inputs[i], gradient), `input ${i}`).toBeLessThan(1e-5);
      });
    }
  });

  it("are the same when shared inputs are keys, values and queries at once", async () => {
    const one = layerCases.find(({ name }) => name === "causal")!;
    const { net, x } = modelOf(one);
    const doubled = modelOf({ ...one, inputs: { query: one.inputs.query } });
    for (const each of [net, doubled.net]) {
      each.compile({ optimizer: "sgd", loss: "meanSquaredError", worker: false, threads: 1 });
      await each.setWeights(
        Object.fromEntries(Object.entries(weightsOf(one.weights)).map(([k, w]) => [`multiHeadAttention/${k}`, w])),
      );
    }
    expect((await net.predict(x)) as Tensor).toEqual(await doubled.net.predict(x));
  });

  it("without projections add up the gradients of one input that is query, key and value", async () => {
    const x = tensor(
      Float32Array.from({ length: 40 }, (_, i) => Math.sin(i)),
      [2, 5, 4],
    );
    const y = tensor(
      Float32Array.from({ length: 40 }, (_, i) => Math.cos(3 * i)),
      [2, 5, 4],
    );
    const a = input({ shape: [5, 4] });
    const one = model({ inputs: a, outputs: layers.attention().apply([a, a, a]) });
    const parts = [0, 1, 2].map(() => input({ shape: [5, 4] }));
    const three = model({ inputs: parts, outputs: layers.attention().apply(parts) });
    for (const options of engines) {
      one.compile({ optimizer: "sgd", loss: "meanSquaredError", ...options });
      three.compile({ optimizer: "sgd", loss: "meanSquaredError", ...options });
      const together = (await one.gradients(x, y)).inputs[0];
      const apart = (await three.gradients([x, x, x], y)).inputs;
      const sum = { shape: [2, 5, 4], data: Array.from(x.data, (_, i) => apart.reduce((s, g) => s + g.data[i], 0)) };
      expect(error(together, sum)).toBeLessThan(2e-6);
    }
  });
});

/** The network of the references, with layers of the names that its weights have there. */
function gptOf({ V, T, W, H, L, tied, gated }: GptCase["options"], length: number | null = T): Model {
  const ids = input({ shape: [length], dtype: "int32" });
  const tokens = layers.reversibleEmbedding({ inputDim: V, outputDim: W, name: "tokens" });
  let x = tokens.apply(ids);
  if (!gated) x = layers.positionEmbedding({ sequenceLength: T + 2, name: "positions" }).apply(x);
  for (let i = 0; i < L; i++) {
    const heads = layers.multiHeadAttention({
      ...{ numHeads: H, keyDim: W / H, useCausalMask: true, name: `heads${i}` },
      ...(gated ? { rotaryEmbedding: {} } : {}),
    });
    x = layers.add().apply([x, heads.apply(layers.layerNormalization({ name: `norm${i}` }).apply(x))]);
    const wide = layers.dense({ units: 2 * W, name: `wide${i}`, activation: gated ? "silu" : "gelu" }).apply(x);
    const gate = gated && layers.dense({ units: 2 * W, name: `gate${i}`, useBias: false }).apply(x);
    const h = gate ? layers.multiply().apply([wide, gate]) : wide;
    x = layers.add().apply([x, layers.dense({ units: W, name: `narrow${i}` }).apply(h)]);
  }
  const logits = tied ? tokens.apply(x, { reverse: true }) : layers.dense({ units: V, name: "logits" }).apply(x);
  return model({ inputs: ids, outputs: logits });
}

function compileGpt(net: Model, { options }: GptCase, engine: object): Model {
  const optimizer =
    options.optimizer === "sgd"
      ? optimizers.sgd({ learningRate: 0.125 })
      : optimizers.adam({ learningRate: 0.01, epsilon: 1e-4 });
  const loss = losses.sparseCategoricalCrossentropy({ fromLogits: true });
  net.compile({ optimizer, loss, ...engine });
  return net;
}

describe("small GPTs", () => {
  it.each(gptCases.map((one) => [one.name, one] as const))("train as in torch: %s", async (_, one) => {
    const runs = [...engines.map((engine) => [engine, one.options.T] as const), [engines[1], null] as const];
    const bits: string[] = [];
    for (const [engine, length] of runs) {
      const net = compileGpt(gptOf(one.options, length), one, engine);
      await net.setWeights(weightsOf(one.initialWeights));
      const x = tensor(one.ids, undefined, "int32");
      for (const expected of one.losses) {
        const { loss } = await net.trainOnBatch(x, tensor(one.targets));
        expect(Math.abs(loss - expected), JSON.stringify(engine)).toBeLessThan(3e-6 * expected);
      }
      const weights = await net.getWeights();
      for (const [name, expected] of Object.entries(one.finalWeights)) {
        const initial = one.initialWeights[name];
        const changed = { ...expected, data: expected.data.map((value, i) => value - initial.data[i]) };
        const actual = Float32Array.from(weights[name].data, (value, i) => value - initial.data[i]);
        expect(error(tensor(actual, expected.shape), changed), name).toBeLessThan(
          one.options.optimizer === "sgd" ? 2e-5 : 2e-4,
        );
      }
      bits.push(JSON.stringify(Object.values(weights).map(({ data }) => [...data])));
    }
    // One thread and three, a length that is fixed and one that is open: the same bits.
    expect(bits[1]).toBe(bits[2]);
    expect(bits[1]).toBe(bits[3]);
  });
});
