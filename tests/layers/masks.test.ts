// What layers make of masks: those of Keras 3 pass them on, use them, end them or cannot take them.
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  input,
  layers,
  loadModel,
  losses,
  metrics,
  model,
  type Node,
  ops,
  sequential,
  ShapeError,
  tensor,
} from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import { noise } from "../model/twins";

/** [3, 4, 2] with all features −1 at four places. */
const x = tensor(
  Float32Array.from({ length: 24 }, (_, i) => ([2, 3, 7, 8].includes(Math.floor(i / 2)) ? -1 : Math.sin(i))),
  [3, 4, 2],
);
const mask = [1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1];

const maskedInput = () => {
  const a = input({ shape: [4, 2] });
  return { a, masked: layers.masking({ maskValue: -1 }).apply(a) };
};

/** What a node is for x. */
async function numbersOf(a: Node, node: Node): Promise<number[]> {
  return [...(await model({ inputs: a, outputs: node }).predict(x)).data];
}

describe("masking", () => {
  it("makes 0 of places of which every feature is maskValue, and a mask", async () => {
    const { a, masked } = maskedInput();
    expect(masked.mask!.shape).toEqual([4]);
    expect(await numbersOf(a, masked.mask!)).toEqual(mask);
    const expected = [...x.data].map((value, i) => (mask[Math.floor(i / 2)] ? value : 0));
    expect(await numbersOf(a, masked)).toEqual(expected);
    expect(() => layers.masking().apply(input({ shape: [4] }))).toThrow(ShapeError);
  });

  it("of maskValue 0, by default, and of one that float32 rounds", async () => {
    const a = input({ shape: [2, 1] });
    const value = tensor([[[0], [0.1]]]);
    const of = async (node: Node) => [...(await model({ inputs: a, outputs: node.mask! }).predict(value)).data];
    expect(await of(layers.masking().apply(a))).toEqual([0, 1]);
    expect(await of(layers.masking({ maskValue: 0.1 }).apply(a))).toEqual([1, 0]);
  });
});

describe("layers and masks", () => {
  it.each([
    ["dense", () => layers.dense({ units: 3, activation: "relu" })],
    ["activation", () => layers.activation({ activation: "tanh" })],
    ["relu", () => layers.relu()],
    ["leakyRelu", () => layers.leakyRelu()],
    ["elu", () => layers.elu()],
    ["prelu", () => layers.prelu()],
    ["softmax", () => layers.softmax()],
    ["dropout", () => layers.dropout({ rate: 0.5 })],
    ["gaussianNoise", () => layers.gaussianNoise({ stddev: 1 })],
    ["batchNormalization", () => layers.batchNormalization()],
    ["layerNormalization", () => layers.layerNormalization()],
    ["groupNormalization", () => layers.groupNormalization({ groups: 1 })],
    ["rmsNormalization", () => layers.rmsNormalization()],
    ["rescaling", () => layers.rescaling({ scale: 2 })],
    ["normalization", () => layers.normalization({ mean: 0, variance: 1 })],
  ])("%s passes them on", (_, make) => {
    const { masked } = maskedInput();
    expect(make().apply(masked).mask).toBe(masked.mask);
  });

  it.each([
    ["flatten", () => layers.flatten()],
    ["reshape", () => layers.reshape({ targetShape: [8] })],
    ["permute", () => layers.permute({ dims: [2, 1] })],
    ["conv1d", () => layers.conv1d({ filters: 1, kernelSize: 2 })],
    ["conv1dTranspose", () => layers.conv1dTranspose({ filters: 1, kernelSize: 2 })],
    ["maxPooling1d", () => layers.maxPooling1d()],
    ["averagePooling1d", () => layers.averagePooling1d()],
    ["globalMaxPooling1d", () => layers.globalMaxPooling1d()],
    ["lambda", () => layers.lambda((node) => ops.negative(node))],
  ])("%s refuses them", (kind, make) => {
    const { a, masked } = maskedInput();
    expect(() => make().apply(masked)).toThrow(ArgumentError);
    expect(() => make().apply(masked)).toThrow(kind);
    expect(make().apply(ops.withoutMask(masked)).mask).toBeUndefined();
    expect(make().apply(a).mask).toBeUndefined();
  });

  it("globalAveragePooling1d is the mean over valid places, 0 where there are none", async () => {
    const { a, masked } = maskedInput();
    const pooled = layers.globalAveragePooling1d().apply(masked);
    expect(pooled.mask).toBeUndefined();
    const expected = [0, 1, 2].flatMap((i) =>
      [0, 1].map((j) => {
        const valid = [0, 1, 2, 3].filter((t) => mask[4 * i + t]);
        return valid.reduce((sum, t) => sum + x.data[8 * i + 2 * t + j], 0) / valid.length;
      }),
    );
    const actual = await numbersOf(a, pooled);
    expected.forEach((value, i) => {
      expect(actual[i]).toBeCloseTo(value, 6);
    });
    const kept = layers.globalAveragePooling1d({ keepdims: true }).apply(masked);
    expect(kept.shape).toEqual([1, 2]);
    expect(await numbersOf(a, kept)).toEqual(actual);
    const empty = await model({ inputs: a, outputs: pooled }).predict(tensor(new Float32Array(8).fill(-1), [1, 4, 2]));
    expect([...empty.data]).toEqual([0, 0]);
  });

  it("batchNormalization takes moments of valid places in training", async () => {
    const { a, masked } = maskedInput();
    const network = model({ inputs: a, outputs: layers.batchNormalization({ momentum: 0 }).apply(masked) });
    network.compile({ optimizer: "sgd", loss: "mse" });
    const { output } = await network.gradients(x, x);
    await network.trainOnBatch(x, x);
    const weights = await network.getWeights();
    const valid = mask.flatMap((one, place) => (one ? [place] : []));
    for (const j of [0, 1]) {
      const values = valid.map((place) => x.data[2 * place + j]);
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(weights["batchNormalization/moving_mean"].data[j]).toBeCloseTo(mean, 5);
      expect(weights["batchNormalization/moving_variance"].data[j]).toBeCloseTo(variance, 5);
      valid.forEach((place, k) => {
        expect(output.data[2 * place + j]).toBeCloseTo((values[k] - mean) / Math.sqrt(variance + 1e-3), 4);
      });
    }
  });
});

describe("layers of several inputs", () => {
  // Two masked inputs of one place each: both, only the first, only the second, none valid.
  const [p, q] = [tensor([[[1], [2], [-1], [-1]]]), tensor([[[5], [-1], [7], [-1]]])];
  const two = () => {
    const nodes = [input({ shape: [4, 1] }), input({ shape: [4, 1] })];
    return { nodes, masked: nodes.map((node) => layers.masking({ maskValue: -1 }).apply(node)) };
  };
  const run = async (nodes: Node[], node: Node) => {
    const [first] = await model({ inputs: nodes, outputs: [node, layers.add().apply(nodes)] }).predict([p, q]);
    return [...first.data];
  };

  it.each([
    ["add", layers.add, [6, 2, 7, 0]],
    ["subtract", layers.subtract, [-4, 2, -7, 0]],
    ["average", layers.average, [3, 1, 3.5, 0]],
    ["multiply", layers.multiply, [5, 2, 7, 0]],
    ["maximum", layers.maximum, [5, 2, 7, 0]],
    ["minimum", layers.minimum, [1, 2, 7, 0]],
  ] as const)("%s is valid where any is", async (_, make, expected) => {
    const { nodes, masked } = two();
    const merged = make().apply(masked);
    expect(await run(nodes, merged)).toEqual(expected);
    expect(await run(nodes, merged.mask!)).toEqual([1, 1, 1, 0]);
    expect(make().apply([masked[0], nodes[1]]).mask).toBeUndefined();
    expect(make().apply(nodes).mask).toBeUndefined();
  });

  it("minimum of one with and one without a mask takes the other at masked places", async () => {
    const { nodes, masked } = two();
    expect(await run(nodes, layers.minimum().apply([masked[0], nodes[1]]))).toEqual([1, -1, 7, -1]);
    expect(await run(nodes, layers.multiply().apply([masked[0], nodes[1]]))).toEqual([5, -2, 7, -1]);
  });

  it("concatenate joins masks along their axis, else any counts", async () => {
    const { nodes, masked } = two();
    const along = layers.concatenate({ axis: 1 });
    expect(await run(nodes, along.apply(masked).mask!)).toEqual([1, 1, 0, 0, 1, 0, 1, 0]);
    expect(await run(nodes, along.apply([nodes[0], masked[1]]).mask!)).toEqual([1, 1, 1, 1, 1, 0, 1, 0]);
    expect(await run(nodes, layers.concatenate().apply(masked).mask!)).toEqual([1, 1, 1, 0]);
    expect(layers.concatenate().apply([nodes[0], masked[1]]).mask).toBeUndefined();
  });

  it("dot ends masks", () => {
    const { masked } = two();
    expect(layers.dot({ axes: 2 }).apply(masked).mask).toBeUndefined();
  });
});

describe("functions and masks", () => {
  it("ops return numbers without masks, withMask gives one", async () => {
    const { a, masked } = maskedInput();
    const doubled = ops.multiply(masked, 2);
    expect(doubled.mask).toBeUndefined();
    const again = ops.withMask(doubled, masked.mask!);
    expect(await numbersOf(a, again.mask!)).toEqual(mask);
    expect(ops.withoutMask(again).mask).toBeUndefined();
    expect(() => ops.withMask(a, ops.sum(a))).toThrow(ShapeError);
    expect(() => ops.withMask(a, input({ shape: [3] }))).toThrow(
      "ops.withMask: the mask must have the first axes of the node but not its last",
    );
    expect(() => ops.withMask(a, input({ shape: [4, 2] }))).toThrow(ShapeError);
  });

  it("a lambda says what becomes of a mask, and may read and make one", async () => {
    const { a, masked } = maskedInput();
    const passes = layers.lambda((node) => ops.negative(node), { supportsMasking: true }).apply(masked);
    expect(passes.mask).toBe(masked.mask);
    expect(layers.lambda((node) => node, { supportsMasking: false }).apply(masked).mask).toBeUndefined();
    const last = layers.lambda(
      (node) => {
        expect(node.mask!.shape).toEqual([4]);
        return ops.sum(ops.multiply(node, ops.expandDims(node.mask!, 2)), { axis: 1 });
      },
      { supportsMasking: false },
    );
    expect(last.apply(masked).shape).toEqual([2]);
    expect(() => layers.lambda((node) => ops.sum(node, { axis: 1 }), { supportsMasking: true }).apply(masked)).toThrow(
      "are not the first axes of [batch, 2]",
    );
    const turned = layers.lambda((node) => {
      const flipped = ops.flip(node, { axis: 1 });
      return ops.withMask(flipped, ops.flip(node.mask!, { axis: 1 }));
    });
    const expected = [0, 1, 2].flatMap((i) => mask.slice(4 * i, 4 * i + 4).toReversed());
    expect(await numbersOf(a, turned.apply(masked).mask!)).toEqual(expected);
  });
});

/** Masks of every kind: within a nested model, by a lambda, by layers, used in training. */
function everything(seed = 4) {
  const b = input({ shape: [4, 3], name: "inner" });
  const inner = model({
    inputs: b,
    outputs: layers.batchNormalization().apply(layers.dense({ units: 3, activation: "tanh" }).apply(b)),
    name: "inner",
  });
  const { a, masked } = maskedInput();
  const hidden = inner.apply(layers.dense({ units: 3 }).apply(masked));
  const turned = layers
    .lambda((node) => ops.withMask(ops.flip(node, { axis: 1 }), ops.flip(node.mask!, { axis: 1 })))
    .apply(hidden);
  const both = layers.maximum().apply([turned, hidden]);
  const scored = layers.dense({ units: 2, name: "scores" }).apply(both);
  const pooled = layers.dense({ units: 1, name: "whole" }).apply(layers.globalAveragePooling1d().apply(both));
  return { a, masked, hidden, network: model({ inputs: a, outputs: [scored, pooled], seed }) };
}

describe("models with masks", () => {
  const targets = [tensor(noise(24, 2), [3, 4, 2]), tensor(noise(3, 3), [3, 1])];

  it("masks go through nested models", async () => {
    const { a, hidden, masked } = everything();
    expect(hidden.mask!.shape).toEqual([4]);
    expect(await numbersOf(a, hidden.mask!)).toEqual(await numbersOf(a, masked.mask!));
  });

  it("a nested model's own mask comes out of it", async () => {
    const b = input({ shape: [4, 2] });
    const inner = model({ inputs: b, outputs: layers.relu().apply(layers.masking({ maskValue: -1 }).apply(b)) });
    const a = input({ shape: [4, 2] });
    expect(await numbersOf(a, inner.apply(a).mask!)).toEqual(mask);
    // A layer within that cannot take one says so.
    const c = input({ shape: [4, 2] });
    const flat = model({ inputs: c, outputs: layers.flatten().apply(c) });
    expect(() => flat.apply(maskedInput().masked)).toThrow(/flatten: cannot take a mask/);
  });

  it("numbers at masked places change neither loss, metrics nor gradients", async () => {
    const run = async (padding: number) => {
      const a = input({ shape: [4, 2] });
      const marks = input({ shape: [4] });
      const hidden = layers.dense({ units: 3 }).apply(ops.withMask(a, marks));
      const normalized = layers.batchNormalization().apply(hidden);
      const network = model({ inputs: [a, marks], outputs: layers.dense({ units: 2 }).apply(normalized), seed: 1 });
      network.compile({ optimizer: "adam", loss: "mse", metrics: ["mae", "cosineSimilarity", "r2"] });
      const data = [...x.data].map((value, i) => (mask[Math.floor(i / 2)] ? value : padding));
      const y = [...targets[0].data].map((value, i) => (mask[Math.floor(i / 2)] ? value : padding));
      const given = [tensor(Float32Array.from(data), [3, 4, 2]), tensor(Float32Array.from(mask), [3, 4])];
      const { history } = await network.fit(given, tensor(Float32Array.from(y), [3, 4, 2]), {
        epochs: 3,
        batchSize: 2,
        shuffle: false,
      });
      return [history, await network.getWeights()];
    };
    expect(await run(1000)).toEqual(await run(0.5));
  });

  it.each(["wasm", "js"] as const)("are kept in files and go on bit for bit (%s)", async (engine) => {
    const { network } = everything();
    network.compile({
      optimizer: "adam",
      loss: [losses.custom((t, p) => ops.mean(ops.square(ops.subtract(t, p)), { axis: -1 })), "mse"],
      metrics: [["mae", metrics.custom((t, p) => ops.abs(ops.subtract(t, p)), { name: "own" })], []],
      weightedMetrics: [["mse"], ["mae"]],
      engine,
    });
    const sampleWeight = [tensor(noise(12, 9).map(Math.abs), [3, 4]), tensor([1, 2, 0.5])];
    await network.fit(x, targets, { epochs: 2, batchSize: 2, sampleWeight });
    const bytes = network.toBytes();
    const loaded = await loadModel(bytes);
    expect(loaded.toBytes()).toEqual(bytes);
    for (const one of [network, loaded]) await one.fit(x, targets, { epochs: 1, batchSize: 2, sampleWeight });
    expect(await loaded.getWeights()).toEqual(await network.getWeights());
    expect(await loaded.evaluate(x, targets, { sampleWeight })).toEqual(
      await network.evaluate(x, targets, { sampleWeight }),
    );
    const predictor = await loadForInference(network.toBytes());
    const expected = await (await loadModel(network.toBytes(), { engine: "wasm" })).predict(x);
    expect((await predictor.predict(x)) as unknown).toEqual(expected);
  });

  it("the same bits on 1 to 3 threads", async () => {
    const run = async (threads: number) => {
      const { network } = everything();
      network.compile({ optimizer: "adam", loss: "mse", metrics: ["mae"], threads });
      const { history } = await network.fit(x, targets, { epochs: 3, batchSize: 2 });
      return [history, await network.getWeights()];
    };
    const one = await run(1);
    expect(await run(2)).toEqual(one);
    expect(await run(3)).toEqual(one);
  });

  it("a mask of ones changes no bit", async () => {
    const run = async (isMasked: boolean) => {
      const a = input({ shape: [4, 2] });
      const hidden = layers
        .dense({ units: 5, activation: "relu" })
        .apply(isMasked ? layers.masking({ maskValue: 99 }).apply(a) : a);
      const network = model({ inputs: a, outputs: layers.dense({ units: 2, name: "end" }).apply(hidden), seed: 1 });
      network.compile({ optimizer: "adam", loss: "mse" });
      const { history } = await network.fit(x, targets[0], { epochs: 3, batchSize: 2 });
      return [history.loss, Object.values(await network.getWeights())];
    };
    expect(await run(true)).toEqual(await run(false));
  });

  it("everything masked: loss, metrics and gradients are 0", async () => {
    for (const engine of ["wasm", "js"] as const) {
      const network = sequential({
        layers: [layers.masking({ inputShape: [4, 2] }), layers.dense({ units: 2, activation: "softmax" })],
      });
      network.compile({
        optimizer: "sgd",
        loss: "categoricalCrossentropy",
        metrics: ["accuracy", "auc", "precision", "recall", "f1", "r2", "topKAccuracy", "confusionMatrix"],
        engine,
      });
      const zeros = tensor(new Float32Array(8), [1, 4, 2]);
      const { confusionMatrix, ...results } = await network.evaluate(zeros, zeros);
      expect(Object.values(results)).toEqual(Object.values(results).map(() => 0));
      expect([...confusionMatrix.data]).toEqual([0, 0, 0, 0]);
      const { weights } = await network.gradients(zeros, zeros);
      for (const { data } of Object.values(weights)) expect([...data].every((value) => value === 0)).toBe(true);
    }
  });

  it("class weights and masks go together", async () => {
    const network = sequential({
      layers: [
        layers.masking({ maskValue: -1, inputShape: [4, 2] }),
        layers.dense({ units: 2, activation: "softmax" }),
      ],
    });
    network.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    const labels = tensor([0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0], [3, 4]);
    const p = (await network.predict(x)).data;
    const weightOf = [1, 3];
    let [sum, count] = [0, 0];
    labels.data.forEach((label, place) => {
      if (!mask[place]) return;
      sum -= weightOf[label] * Math.log(p[2 * place + label]);
      count++;
    });
    const results = await network.evaluate(x, labels, { classWeight: { 0: 1, 1: 3 } });
    expect(results.loss).toBeCloseTo(sum / count, 5);
  });

  it("a loss or metric that returns no number for each place is refused", () => {
    const { network } = everything();
    const perSample = losses.custom((t, p) => ops.mean(ops.square(ops.subtract(t, p)), { axis: [1, 2] }));
    expect(() => network.compile({ optimizer: "sgd", loss: [perSample, "mse"] })).toThrow(
      "losses.custom: the output has a mask for each place [batch, 4], but the function returns [batch].",
    );
    const whole = metrics.custom((t, p) => ops.mean(ops.subtract(t, p)));
    expect(() => network.compile({ optimizer: "sgd", loss: "mse", metrics: [[whole], []] })).toThrow(
      "metrics.custom: the output has a mask for each place [batch, 4], but the function returns one number for the whole batch.",
    );
  });
});
