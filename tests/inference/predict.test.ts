// Models of every kind of layer, saved and loaded to predict: the outputs are those of the whole library, bit for bit.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import {
  activations,
  FormatError,
  input,
  layers,
  type Model,
  model,
  ops,
  type SequentialOptions,
  sequential,
  ShapeError,
  StateError,
  Tensor,
  tensor,
} from "../../src";
import { basicForward } from "../../src/engine/module/generated/contents";
import { readChain } from "../../src/inference/chain";
import { loadModel } from "../../src/inference/index";

/** Numbers that look like chance, of any shape. */
function data(...shape: number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1009) / 504 - 1),
    shape,
  );
}

type Layers = NonNullable<SequentialOptions["layers"]>;

const chain = (list: Layers) => sequential({ seed: 3, layers: list });

const { dense } = layers;

/** Chains that the little reader takes. */
const chains: Record<string, () => Model> = {
  "one layer": () => chain([dense({ units: 3, inputShape: [5] })]),
  classifier: () =>
    chain([
      dense({ units: 17, activation: "relu", inputShape: [5] }),
      layers.dropout({ rate: 0.4 }),
      dense({ units: 9, activation: "tanh", useBias: false }),
      layers.relu(),
      dense({ units: 7, activation: "sigmoid", kernelRegularizer: "l2", kernelInitializer: "heNormal" }),
      layers.activation({ activation: "tanh" }),
      dense({ units: 4 }),
      layers.softmax(),
    ]),
  "rows of several": () =>
    chain([
      dense({ units: 6, activation: "softmax", inputShape: [4, 5] }),
      layers.flatten(),
      dense({ units: 2, activation: "linear" }),
    ]),
};

function residual(): Model {
  const [a, b] = [input({ shape: [5], name: "a" }), input({ shape: [3], name: "b" })];
  const hidden = layers.dense({ units: 3, activation: "gelu" }).apply(a);
  const sum = layers.add().apply([hidden, b]);
  return model({ inputs: [a, b], outputs: [layers.dense({ units: 2 }).apply(sum), hidden], seed: 5 });
}

function nested(): Model {
  const inner = chain([dense({ units: 4, activation: "relu", inputShape: [5] })]);
  const x = input({ shape: [5] });
  return model({ inputs: x, outputs: dense({ units: 2 }).apply(inner.apply(x)), seed: 7 });
}

const image = (...list: Layers) =>
  chain([layers.conv2d({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 3] }), ...list]);
const series = (...list: Layers) => chain([layers.conv1d({ filters: 4, kernelSize: 3, inputShape: [12, 3] }), ...list]);
const row = (...list: Layers) => chain([dense({ units: 6, inputShape: [5] }), ...list]);

/** Models that the whole library's layers and compiler take, one for each kind of layer. */
/** Attention of every kind over ids. */
function attentive(): Model {
  const x = input({ shape: [6], dtype: "int32" });
  const table = layers.reversibleEmbedding({ inputDim: 9, outputDim: 8 });
  const sum = layers.add().apply([layers.embedding({ inputDim: 9, outputDim: 8 }).apply(x), table.apply(x)]);
  const placed = layers.rotaryEmbedding().apply(layers.positionEmbedding({ sequenceLength: 6 }).apply(sum));
  const heads = layers.multiHeadAttention({ numHeads: 2, keyDim: 4, useCausalMask: true }).apply(placed);
  const shared = layers.groupQueryAttention({ headDim: 4, numQueryHeads: 2, numKeyValueHeads: 1 }).apply(heads);
  const simple = [layers.attention().apply([shared, heads]), layers.additiveAttention().apply([shared, heads])];
  return model({ inputs: x, outputs: table.apply(layers.add().apply(simple), { reverse: true }), seed: 6 });
}

const graphs: Record<string, () => Model> = {
  residual,
  attentive,
  nested,
  leakyRelu: () => row(layers.leakyRelu({ negativeSlope: 0.1 })),
  elu: () => row(layers.elu()),
  prelu: () => row(layers.prelu()),
  rescaling: () => chain([layers.rescaling({ scale: 0.5, offset: 0.1, inputShape: [5] }), dense({ units: 2 })]),
  normalization: () => chain([layers.normalization({ mean: 0.1, variance: 2, inputShape: [5] }), dense({ units: 2 })]),
  lambda: () => row(layers.lambda((x) => ops.add(ops.sin(x), ops.softmax(x)))),
  custom: () =>
    row(
      layers.custom({
        weights: ([size]) => ({ w: { shape: [size, 4] }, seen: { shape: [], isState: true } }),
        call: ([x], { w, seen }, { training }) => ({
          outputs: ops.matmul(training ? ops.multiply(x, 2) : x, w),
          state: { seen: ops.add(seen, 1) },
        }),
      }),
    ),
  customActivation: () => row(dense({ units: 4, activation: activations.custom((x) => ops.sin(x)) })),
  masking: () =>
    chain([
      layers.masking({ maskValue: 0.5, inputShape: [4, 3] }),
      dense({ units: 2 }),
      layers.globalAveragePooling1d(),
      dense({ units: 2 }),
    ]),
  gaussianNoise: () => row(layers.gaussianNoise({ stddev: 0.1 })),
  reshape: () => row(layers.reshape({ targetShape: [2, 3] }), layers.permute({ dims: [2, 1] })),
  batchNormalization: () => row(layers.batchNormalization()),
  layerNormalization: () => row(layers.layerNormalization()),
  rmsNormalization: () => row(layers.rmsNormalization()),
  groupNormalization: () => image(layers.groupNormalization({ groups: 2 })),
  conv2d: () => image(layers.conv2d({ filters: 2, kernelSize: 2, strides: 2, padding: "same" })),
  depthwiseConv2d: () => image(layers.depthwiseConv2d({ kernelSize: 3 })),
  separableConv2d: () => image(layers.separableConv2d({ filters: 3, kernelSize: 3 })),
  conv2dTranspose: () => image(layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2 })),
  maxPooling2d: () => image(layers.maxPooling2d()),
  averagePooling2d: () => image(layers.averagePooling2d()),
  globalMaxPooling2d: () => image(layers.globalMaxPooling2d()),
  globalAveragePooling2d: () => image(layers.globalAveragePooling2d()),
  zeroPadding2d: () => image(layers.zeroPadding2d()),
  upSampling2d: () => image(layers.upSampling2d({ interpolation: "bilinear" })),
  conv1dTranspose: () => series(layers.conv1dTranspose({ filters: 2, kernelSize: 3 })),
  maxPooling1d: () => series(layers.maxPooling1d()),
  averagePooling1d: () => series(layers.averagePooling1d()),
  globalMaxPooling1d: () => series(layers.globalMaxPooling1d()),
  globalAveragePooling1d: () => series(layers.globalAveragePooling1d()),
  simpleRNN: () => series(layers.simpleRNN({ units: 3 })),
  lstm: () => series(layers.lstm({ units: 5, returnSequences: true }), layers.lstm({ units: 3, goBackwards: true })),
  gru: () => series(layers.gru({ units: 4, activation: "softsign", recurrentActivation: "hardSigmoid" })),
  bidirectional: () => series(layers.bidirectional({ layer: layers.gru({ units: 3, resetAfter: false }) })),
  timeDistributed: () => series(layers.timeDistributed({ layer: layers.dense({ units: 3 }) })),
  sequences: () =>
    series(
      layers.cropping1d(),
      layers.zeroPadding1d({ padding: [0, 2] }),
      layers.upSampling1d(),
      layers.spatialDropout1d({ rate: 0.5 }),
    ),
  repeatVector: () => row(layers.repeatVector({ n: 3 })),
};

const inputsOf = (of: { inputs: readonly { shape: readonly (number | null)[]; dtype: string }[] }, samples: number) => {
  const list = of.inputs.map(({ shape, dtype }) => {
    const numbers = data(samples, ...shape.map(Number));
    if (dtype !== "int32") return numbers;
    return new Tensor(
      Int32Array.from(numbers.data, (value) => Math.floor(8.99 * Math.abs(value))),
      numbers.shape,
    );
  });
  return list.length === 1 ? list[0] : list;
};

/** Compares both ways of predicting, in batches of one size after the other. */
async function expectSame(original: Model): Promise<void> {
  const loaded = await loadModel(original.toBytes());
  for (const [samples, batchSize] of [
    [1, 32],
    [37, 32],
    [37, 5],
    [3, 64],
  ]) {
    const x = inputsOf(loaded, samples);
    const [expected, got] = [
      await original.predict<Tensor | Tensor[]>(x, { batchSize }),
      await loaded.predict<Tensor | Tensor[]>(x, { batchSize }),
    ];
    expect(got).toEqual(expected);
  }
}

describe("a chain of dense layers", () => {
  it.each(Object.keys(chains))("%s: read by little code, to the same bits", async (name) => {
    const original = chains[name]();
    expect(readChain(original.toBytes())).toBeDefined();
    await expectSame(original);
  });

  it("comes in a Buffer of Node, whose memory holds other things, too, and at odd places of memory", async () => {
    const original = chains.classifier();
    const bytes = original.toBytes();
    const x = data(3, 5);
    const expected = await original.predict(x);
    for (const offset of [1, 2, 3, 4, 8, 63]) {
      const memory = new Uint8Array(bytes.length + 100).fill(65);
      memory.set(bytes, offset);
      const buffer = Buffer.from(memory.buffer, offset, bytes.length);
      expect(readChain(buffer)).toBeDefined();
      expect(await (await loadModel(buffer)).predict(x)).toEqual(expected);
      expect(await (await loadModel(memory.subarray(offset, offset + bytes.length))).predict(x)).toEqual(expected);
    }
  });

  it("comes from a path", async () => {
    const original = chains.classifier();
    const path = join(mkdtempSync(join(tmpdir(), "wasmgrad-")), "model.safetensors");
    await original.save(path);
    const x = data(3, 5);
    for (const source of [path, pathToFileURL(path)]) {
      expect(await (await loadModel(source)).predict(x)).toEqual(await original.predict(x));
    }
  });

  it("has all its kernels in the small build", () => {
    const used = new Set(Object.values(chains).flatMap((make) => readChain(make().toBytes())!.plan(1).operations));
    expect(used.size).toBeGreaterThan(4);
    for (const name of used) expect(basicForward.split(" ")).toContain(name);
  });

  it("has been trained", async () => {
    const original = chains.classifier();
    original.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
    const y = data(20, 4).data.map((value) => Math.abs(value));
    await original.fit(data(20, 5), tensor(y, [20, 4]), { epochs: 2 });
    await expectSame(original);
  });

  it("takes bytes and integers", async () => {
    const original = chain([dense({ units: 3, inputShape: [2] })]);
    const loaded = await loadModel(original.toBytes());
    const bytes = tensor(Uint8Array.of(1, 200, 3, 4), [2, 2]);
    expect(await loaded.predict(bytes)).toEqual(await original.predict(bytes));
    const integers = tensor(Int32Array.of(-1, 200_000, 3, 4), [2, 2]);
    expect(await loaded.predict(integers)).toEqual(await original.predict(integers));
    expect(await loaded.predict([[1, 2]])).toEqual(await original.predict([[1, 2]]));
  });
});

describe("any other model", () => {
  it.each(Object.keys(graphs))("%s: to the same bits", async (name) => {
    const original = graphs[name]();
    expect(readChain(original.toBytes())).toBeUndefined();
    await expectSame(original);
  });

  it("was tried with every kind of layer", () => {
    const used = new Set<string>();
    const note = (list: readonly { kind: string }[]) => list.forEach(({ kind }) => void used.add(kind));
    for (const make of [...Object.values(chains), ...Object.values(graphs)]) note(make().layers);
    const binary = ["subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot"];
    const known = Object.keys(layers).filter((name) => name !== "Layer" && !binary.includes(name));
    expect([...used]).toEqual(expect.arrayContaining(known));
  });

  it.each(["subtract", "multiply", "average", "maximum", "minimum", "concatenate"] as const)("%s", async (name) => {
    const [a, b] = [input({ shape: [4] }), input({ shape: [4] })];
    await expectSame(model({ inputs: [a, b], outputs: layers[name]().apply([a, b]) }));
  });

  it("dot", async () => {
    const [a, b] = [input({ shape: [4] }), input({ shape: [4] })];
    await expectSame(model({ inputs: [a, b], outputs: layers.dot({ axes: 1 }).apply([a, b]) }));
  });
});

describe("a loaded model", () => {
  it("says what goes in and out", async () => {
    const { name, inputs, outputs } = await loadModel(residual().toBytes());
    expect({ name, inputs, outputs }).toEqual({
      name: "model",
      inputs: [
        { name: "a", shape: [5], dtype: "float32" },
        { name: "b", shape: [3], dtype: "float32" },
      ],
      outputs: [
        { name: "dense_1", shape: [2], dtype: "float32" },
        { name: "dense", shape: [3], dtype: "float32" },
      ],
    });
    const small = await loadModel(chains.classifier().toBytes());
    expect(small.inputs).toEqual([{ name: "input_0", shape: [5], dtype: "float32" }]);
    expect(small.outputs).toEqual([{ name: "softmax", shape: [4], dtype: "float32" }]);
  });

  it("answers questions asked at once one after the other", async () => {
    const original = chains.classifier();
    const loaded = await loadModel(original.toBytes());
    const questions = [data(3, 5), data(70, 5), data(1, 5)];
    const answers = await Promise.all(questions.map((x) => loaded.predict(x, { batchSize: 8 })));
    for (const [i, x] of questions.entries()) expect(answers[i]).toEqual(await original.predict(x, { batchSize: 8 }));
  });

  it("refuses what does not fit, and everything after dispose", async () => {
    const loaded = await loadModel(chains.classifier().toBytes());
    await expect(loaded.predict([[1, 2]])).rejects.toThrow(ShapeError);
    await expect(loaded.predict([[1, 2, 3, 4, Number.NaN]])).rejects.toThrow("NaN");
    await expect(loaded.predict(data(2, 5), { batchsize: 1 } as object)).rejects.toThrow('Did you mean "batchSize"?');
    loaded.dispose();
    await expect(loaded.predict(data(1, 5))).rejects.toThrow(StateError);
  });
});

it("refuses options that it has not", async () => {
  const load = loadModel as (source: Uint8Array, options?: unknown) => Promise<unknown>;
  const file = chains.classifier().toBytes();
  await expect(load(file, { threads: 2 })).rejects.toThrow('loadModel: unknown option "threads"');
  await expect(load(file, { onWarning: 1 })).rejects.toThrow("onWarning must be a function, got 1");
  await expect(load(file, { limits: { memory: 1 } })).rejects.toThrow('limits: unknown option "memory"');
  // as Array.map calls it
  await expect(load(file, 0)).resolves.toBeDefined();
});

describe("a file that is no model", () => {
  const file = chains.classifier().toBytes();
  const changes: Record<string, (bytes: Uint8Array) => Uint8Array> = {
    "is empty": () => new Uint8Array(0),
    "is cut": (bytes) => bytes.slice(0, bytes.length - 4),
    "has a header that is no JSON": (bytes) => bytes.fill(33, 8, 9),
    "has a longer header than file": (bytes) => bytes.fill(255, 0, 3),
    "has NaN for a weight": (bytes) => bytes.fill(255, bytes.length - 4),
  };
  it.each(Object.keys(changes))("%s: FormatError", async (name) => {
    await expect(loadModel(changes[name](file.slice()))).rejects.toThrow(FormatError);
  });

  it("names a layer that nobody knows", async () => {
    const text = new TextDecoder("latin1").decode(file).replaceAll('\\"kind\\":\\"relu\\"', '\\"kind\\":\\"rely\\"');
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    await expect(loadModel(bytes)).rejects.toThrow('"rely", which this version of wasmgrad does not know');
  });
});
