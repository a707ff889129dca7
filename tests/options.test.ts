import { describe, expect, it } from "vitest";
import {
  activations,
  ArgumentError,
  callbacks,
  configure,
  data,
  gradientCheck,
  initializers,
  input,
  layers,
  loadModel,
  losses,
  metrics,
  model,
  optimizers,
  regularizers,
  schedules,
  sequential,
  tensor,
} from "../src/index";
import { createCore } from "../src/core/index";
import { csvLogger } from "../src/node/index";
import { loadModel as loadPredictor } from "../src/inference/index";

// T24, T25: no function takes an option or an argument that it does not know, and none minds one that is undefined.

type Call = (options: Record<string, unknown>) => unknown;
type Factories = Record<string, (options?: never) => unknown>;

/** What functions need that do not do without. */
const needed: Record<string, Record<string, Record<string, unknown>>> = {
  layers: {
    activation: { activation: "relu" },
    conv1d: { filters: 1, kernelSize: 1 },
    conv1dTranspose: { filters: 1, kernelSize: 1 },
    conv2d: { filters: 1, kernelSize: 1 },
    conv2dTranspose: { filters: 1, kernelSize: 1 },
    dense: { units: 1 },
    custom: { call: (inputs: unknown[]) => inputs[0] },
    depthwiseConv2d: { kernelSize: 1 },
    bidirectional: { layer: layers.gru({ units: 1 }) },
    dot: { axes: 1 },
    embedding: { inputDim: 2, outputDim: 1 },
    groupQueryAttention: { headDim: 2, numQueryHeads: 2, numKeyValueHeads: 1 },
    gru: { units: 1 },
    lstm: { units: 1 },
    multiHeadAttention: { numHeads: 1, keyDim: 1 },
    positionEmbedding: { sequenceLength: 1 },
    repeatVector: { n: 1 },
    reversibleEmbedding: { inputDim: 2, outputDim: 1 },
    simpleRNN: { units: 1 },
    spatialDropout1d: { rate: 0.5 },
    timeDistributed: { layer: layers.relu() },
    dropout: { rate: 0.5 },
    gaussianNoise: { stddev: 1 },
    permute: { dims: [1] },
    rescaling: { scale: 1 },
    reshape: { targetShape: [1] },
    separableConv2d: { filters: 1, kernelSize: 1 },
  },
  schedules: {
    cosineDecay: { initialLearningRate: 1, decaySteps: 1 },
    cosineDecayRestarts: { initialLearningRate: 1, firstDecaySteps: 1 },
    exponentialDecay: { initialLearningRate: 1, decaySteps: 1, decayRate: 1 },
    inverseTimeDecay: { initialLearningRate: 1, decaySteps: 1, decayRate: 1 },
    piecewiseConstantDecay: { boundaries: [1], values: [1, 2] },
    polynomialDecay: { initialLearningRate: 1, decaySteps: 1 },
  },
  callbacks: {
    learningRateScheduler: { schedule: () => 1 },
    modelCheckpoint: { path: "model.safetensors" },
  },
};

const namespaces: Record<string, object> = {
  activations,
  callbacks,
  initializers,
  layers,
  losses,
  metrics,
  optimizers,
  regularizers,
  schedules,
};

const x = [[1]];
const samples = data.fromTensors([[1], [2], [3], [4]], [[0], [1], [2], [3]]);
const images = data.fromTensors({ data: new Uint8Array(8), shape: [2, 2, 2] });
const compiled = () => {
  const one = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
  one.compile({ optimizer: "sgd", loss: "mse" });
  return one;
};
const bytes = compiled().toBytes();

/** Every function with options that is not in a namespace of its own, called as it should be but for the options. */
const calls: Record<string, Call> = {
  sequential: (options) => sequential(options),
  model: (options) => {
    const node = input({ shape: [1] });
    return model({ inputs: node, outputs: layers.dense({ units: 1 }).apply(node), ...options });
  },
  input: (options) => input({ shape: [1], ...options }),
  compile: (options) => compiled().compile({ optimizer: "sgd", loss: "mse", ...options }),
  fit: (options) => compiled().fit(x, x, options),
  "fit of a dataset": (options) => compiled().fit(samples, options),
  evaluate: (options) => compiled().evaluate(x, x, options),
  "evaluate of a dataset": (options) => compiled().evaluate(samples, options),
  predict: (options) => compiled().predict(x, options),
  trainOnBatch: (options) => compiled().trainOnBatch(x, x, options),
  gradients: (options) => compiled().gradients(x, x, options),
  program: (options) => compiled().program(options),
  memory: (options) => compiled().memory(options),
  gradientCheck: (options) => gradientCheck(compiled(), x, x, options),
  loadModel: (options) => loadModel(bytes, options),
  "predict of wasmgrad/inference": async (options) => (await loadPredictor(bytes)).predict(x, options),
  configure: (options) => configure(options),
  createCore: (options) => createCore({ bytes: 64, ...options }),
  csvLogger: (options) => csvLogger({ path: "log.csv", ...options }),
  "data.csv": (options) => data.csv("a\n1\n", options),
  "data.idx": (options) => data.idx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7), undefined, options),
  "data.fromIterable": (options) => data.fromIterable([{ x }], options),
  "data.standardize": (options) => data.standardize(x, options),
  "data.impute": (options) => data.impute(x, options),
  "dataset.shuffle": (options) => samples.shuffle(undefined, options),
  "dataset.batch": (options) => samples.batch(2, options),
  "dataset.split": (options) => samples.split(0.5, options),
  "dataset.augment": (options) => images.augment({ noise: 1, ...options }),
  "the factors of dataset.augment": (options) => images.augment({ shift: { height: 0.1, width: 0.1, ...options } }),
};

for (const [namespace, factories] of Object.entries(namespaces)) {
  for (const [name, make] of Object.entries(factories as Factories)) {
    if (typeof make !== "function") continue;
    // Functions over nodes come before the options of these.
    const full = `${namespace}.${name}`;
    if (full === "activations.custom" || full === "regularizers.custom") continue; // They take none: see `surplus`.
    if (["losses.custom", "metrics.custom", "layers.lambda"].includes(full)) {
      calls[full] = (options) =>
        (make as unknown as (...given: unknown[]) => unknown)((node: unknown) => node, options);
      continue;
    }
    calls[full] = (options) => make({ ...needed[namespace]?.[name], ...options } as never);
  }
}

/** Functions without options, with one argument too many. */
const surplus: Record<string, () => unknown> = {
  tensor: () => (tensor as (...values: unknown[]) => unknown)([1], [1], "float32", {}),
  "activations.custom": () => (activations.custom as (...values: unknown[]) => unknown)((x: unknown) => x, {}),
  "regularizers.custom": () => (regularizers.custom as (...values: unknown[]) => unknown)((x: unknown) => x, {}),
  "data.fromTensors": () => (data.fromTensors as (...values: unknown[]) => unknown)(x, x, [1], { batchSize: 3 }),
  "data.oneHot": () => (data.oneHot as (...values: unknown[]) => unknown)([[0]], [0], { dropFirst: true }),
  "data.parseIdx": () =>
    (data.parseIdx as (...values: unknown[]) => unknown)(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7), {}),
  "dataset.map": () => (samples.map as (...values: unknown[]) => unknown).call(samples, (item: unknown) => item, {}),
  "dataset.filter": () => (samples.filter as (...values: unknown[]) => unknown).call(samples, () => true, {}),
  "dataset.repeat": () => (samples.repeat as (...values: unknown[]) => unknown).call(samples, 2, {}),
  "dataset.take": () => (samples.take as (...values: unknown[]) => unknown).call(samples, 2, {}),
  "dataset.skip": () => (samples.skip as (...values: unknown[]) => unknown).call(samples, 2, {}),
  "dataset.concat": () => (samples.concat as (...values: unknown[]) => unknown).call(samples, samples, samples),
  "dataset.prefetch": () => (samples.prefetch as (...values: unknown[]) => unknown).call(samples, 2, {}),
  "dataset.augment": () => (images.augment as (...values: unknown[]) => unknown).call(images, {}, {}),
};

describe("an unknown option", () => {
  it.each(Object.entries(calls))("is refused by %s", async (_, call) => {
    const error = await (async () => call({ nonsense: 1 }))().catch((error) => error);
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as Error).message).toMatch(/unknown option "nonsense"/);
  });

  it.each(Object.entries(calls))("is not there for %s when it is undefined", async (_, call) => {
    await call({ nonsense: undefined });
  });

  it("is left out of files when it is undefined", async () => {
    const layer = layers.dense({ units: 1, inputShape: [1], filters: undefined } as never);
    const saved = sequential({ layers: [layer] }).toBytes();
    expect(new TextDecoder().decode(saved)).not.toContain("filters");
    await loadModel(saved);
  });
});

describe("an argument too many", () => {
  it.each(Object.entries(surplus))("is refused by %s", async (_, call) => {
    const error = await (async () => call())().catch((error) => error);
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as Error).message).toContain("one argument too many. Write ");
  });
});

describe("impute", () => {
  // Feature 0 has 1, 2, 2, 9: mean 3.5, median 2, mode 2. Feature 1 has 4, 0, 8: mean 4, median 4, each once.
  const gaps = [
    [1, Number.NaN],
    [9, 4],
    [2, 8],
    [Number.NaN, 0],
    [2, Number.NaN],
  ];

  it.each([
    [undefined, [3.5, 4]],
    ["mean", [3.5, 4]],
    ["median", [2, 4]],
    ["mostFrequent", [2, 0]],
  ] as const)("fills in what strategy %s says", async (strategy, expected) => {
    const fitted = await data.impute(gaps, { strategy });
    expect([...fitted.statistics]).toEqual(expected);
    expect(fitted.apply(gaps).toArray(2)[3]).toEqual([expected[0], 0]);
    expect([...(await data.impute(data.fromTensors(gaps).batch(2), { strategy })).statistics]).toEqual(expected);
  });

  it("takes the middle of an even number of values, and refuses features without any", async () => {
    expect([...(await data.impute([[1], [4], [2], [100]], { strategy: "median" })).statistics]).toEqual([3]);
    for (const strategy of ["mean", "median", "mostFrequent"] as const) {
      await expect(data.impute([[Number.NaN]], { strategy })).rejects.toThrow("feature 0 has no value");
    }
    await expect(data.impute(gaps, { strategy: "mode" as never })).rejects.toThrow("strategy cannot be");
  });
});
