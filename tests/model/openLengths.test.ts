import { afterAll, describe, expect, it } from "vitest";
import { input, layers, model as functional, ops, sequential, type Tensor, tensor } from "../../src/index";
import type { CompileOptions } from "../../src/model/compileOptions";
import type { Model } from "../../src/model/model";
import { noise } from "./twins";

/**
 * Models with an open length beside models of the fixed length that each batch has: the same program computes both, so that all bits
 * are equal, whatever length came before.
 */

/** Lengths in turn: they grow and shrink, and come again. */
const LENGTHS = [7, 12, 5, 40, 7, 33, 9];
const SAMPLES = 6;

type Build = (length: number | null) => Model;

const sequence = (length: number, features = 4, salt = length): Tensor =>
  tensor(noise(SAMPLES * length * features, salt), [SAMPLES, length, features]);

/** Targets that fit any of the outputs below. */
const wholes = (shape: readonly number[], classes: number): Tensor =>
  tensor(
    Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * 7 + (i >> 2)) % classes),
    [...shape],
  );

const step = (length: number | null): [number | null, number] => [length, 4];

/** Models whose output is one row a sample, and those with a row for every place. */
const pooled: Record<string, Build> = {
  "global average pooling": (length) =>
    sequential({
      seed: 3,
      layers: [
        layers.dense({ units: 8, activation: "relu", inputShape: step(length) }),
        layers.dropout({ rate: 0.3 }),
        layers.globalAveragePooling1d(),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
    }),
  "convolutions, batch normalisation and poolings": (length) =>
    sequential({
      seed: 4,
      layers: [
        layers.conv1d({ filters: 6, kernelSize: 3, padding: "same", inputShape: step(length) }),
        layers.batchNormalization(),
        layers.relu(),
        layers.conv1d({ filters: 5, kernelSize: 2, strides: 2, activation: "tanh" }),
        layers.averagePooling1d({ poolSize: 2, padding: "same" }),
        layers.conv1dTranspose({ filters: 4, kernelSize: 3, strides: 2 }),
        layers.globalMaxPooling1d(),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
    }),
  "ops over the length, in a lambda and between layers": (length) => {
    const x = input({ shape: step(length) });
    const scaled = layers.lambda((a) => ops.subtract(a, ops.mean(a, { axis: 1, keepDims: true }))).apply(x);
    const scores = ops.softmax(ops.divide(ops.matmul(scaled, scaled, { transposeB: true }), 2));
    const mixed = layers.lambda((a, b) => ops.matmul(a, b)).apply([scores, x]);
    const noisy = layers.gaussianNoise({ stddev: 0.1 }).apply(mixed);
    const last = ops.max(noisy, { axis: 1 });
    return functional({ inputs: x, outputs: layers.dense({ units: 3, activation: "softmax" }).apply(last), seed: 5 });
  },
  "images of an open height": (length) =>
    sequential({
      seed: 7,
      layers: [
        layers.reshape({ targetShape: [-1, 2, 2], inputShape: step(length) }),
        layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }),
        layers.zeroPadding2d({ padding: 1 }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.upSampling2d({ size: 2 }),
        layers.depthwiseConv2d({ kernelSize: 2 }),
        layers.groupNormalization({ groups: 2 }),
        layers.globalAveragePooling2d(),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
    }),
  "two inputs, a nested model and paddings": (length) => {
    const [a, b] = [input({ shape: step(length), name: "a" }), input({ shape: step(length), name: "b" })];
    const inner = input({ shape: [length, 6] });
    const nested = functional({
      name: "inner",
      inputs: inner,
      outputs: layers.conv1d({ filters: 6, kernelSize: 3, padding: "causal" }).apply(inner),
    });
    const wide = layers.dense({ units: 6 });
    const both = layers.add().apply([wide.apply(a), wide.apply(b)]);
    const joined = ops.concatenate(
      [
        nested.apply(both),
        both,
        ops.pad(both, [
          [0, 0],
          [2, 1],
          [0, 0],
        ]),
      ],
      { axis: 1 },
    );
    const pooled = layers.globalAveragePooling1d().apply(layers.layerNormalization().apply(joined));
    return functional({
      inputs: [a, b],
      outputs: layers.dense({ units: 3, activation: "softmax" }).apply(pooled),
      seed: 6,
    });
  },
};

const perPlace: Record<string, Build> = {
  "classes of every place": (length) =>
    sequential({
      seed: 8,
      layers: [
        layers.conv1d({ filters: 8, kernelSize: 3, padding: "same", activation: "relu", inputShape: step(length) }),
        layers.dropout({ rate: 0.2 }),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
    }),
};

const engines: Record<string, { options: Partial<CompileOptions>; lengths?: number[] }> = {
  "one thread": { options: {} },
  "two threads": { options: { threads: 2 }, lengths: [7, 40, 5] },
  "three threads": { options: { threads: 3 }, lengths: [5, 9, 7] },
  "a worker": { options: { worker: true }, lengths: [7, 12, 5] },
  js: { options: { engine: "js" }, lengths: [7, 12, 5] },
};

const compile = (model: Model, options: Partial<CompileOptions> = {}) =>
  model.compile({
    optimizer: "adam",
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
    ...options,
  } as CompileOptions);

const bits = (record: Record<string, Tensor>) =>
  Object.entries(record).map(([name, { data }]) => [
    name.split("/").at(-1),
    Buffer.from(data.slice().buffer).toString("hex"),
  ]);

const made: Model[] = [];
const keep = (model: Model) => {
  made.push(model);
  return model;
};
afterAll(() => {
  for (const model of made) model.dispose();
});

/** Gives a model all that another has reached: weights, states, the optimizer's moments and the number of steps. */
async function handOver(from: Model, to: Model): Promise<void> {
  const [given, taken] = [from.internals("test"), to.internals("test")];
  await given.runtime.copies.update();
  await taken.runtime.copies.update();
  taken.runtime.persistent.set(given.runtime.persistent);
  taken.runtime.writesSlots();
  taken.runtime.copies.changed("all");
  taken.runtime.changedPersistent();
  Object.assign(taken.state, given.state);
}

/** Does everything with both, length by length; the fixed model of each length begins where the open one has come to. */
async function expectTwins(build: Build, isPerPlace: boolean, options: Partial<CompileOptions>, lengths = LENGTHS) {
  const open = keep(build(null));
  compile(open, options);
  for (const length of lengths) {
    const inputs = open.internals("test").recipe.model.inputs.map((_, i) => sequence(length, 4, length + i));
    const x = inputs.length === 1 ? inputs[0] : inputs;
    const y = wholes(isPerPlace ? [SAMPLES, length] : [SAMPLES], 3);
    const fixed = build(length);
    compile(fixed, options);
    await handOver(open, fixed);
    const [predicted, expected] = [await open.predict(x, { batchSize: 4 }), await fixed.predict(x, { batchSize: 4 })];
    expect(predicted.shape).toEqual(expected.shape);
    expect([...predicted.data]).toEqual([...expected.data]);
    const [ofOpen, ofFixed] = [await open.gradients(x, y), await fixed.gradients(x, y)];
    expect(bits(ofOpen.weights)).toEqual(bits(ofFixed.weights));
    expect(bits(Object.fromEntries(ofOpen.inputs.entries()))).toEqual(
      bits(Object.fromEntries(ofFixed.inputs.entries())),
    );
    expect(await open.evaluate(x, y, { batchSize: 4 })).toEqual(await fixed.evaluate(x, y, { batchSize: 4 }));
    const fitting = { epochs: 2, batchSize: 4 };
    expect((await open.fit(x, y, fitting)).history).toEqual((await fixed.fit(x, y, fitting)).history);
    expect(await open.trainOnBatch(x, y)).toEqual(await fixed.trainOnBatch(x, y));
    expect(bits(await open.getWeights())).toEqual(bits(await fixed.getWeights()));
    fixed.dispose();
  }
}

describe("a model with an open length computes what one of that length does, bit for bit", () => {
  for (const [engine, { options, lengths }] of Object.entries(engines)) {
    for (const [name, build] of Object.entries(pooled)) {
      it(`${name}, ${engine}`, () => expectTwins(build, false, options, lengths));
    }
    for (const [name, build] of Object.entries(perPlace)) {
      it(`${name}, ${engine}`, () => expectTwins(build, true, options, lengths));
    }
  }
});

describe("steps that are large enough for several threads", () => {
  const wide: Build = (length) =>
    sequential({
      seed: 9,
      layers: [
        layers.dense({ units: 96, activation: "relu", inputShape: step(length) }),
        layers.conv1d({ filters: 64, kernelSize: 3, padding: "same" }),
        layers.globalMaxPooling1d(),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
    });

  it("are shared as soon as sequences are long enough", async () => {
    await expectTwins(wide, false, { threads: 2 }, [2, 60, 3, 90]);
  });

  it("are the same bits as on one thread", async () => {
    const weights = [];
    for (const threads of [1, 2, 3]) {
      const model = wide(null);
      compile(model, { threads });
      for (const length of [2, 60, 3, 90]) {
        await model.fit(sequence(length), wholes([SAMPLES], 3), { epochs: 2 });
      }
      weights.push(bits(await model.getWeights()));
      model.dispose();
    }
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);
  });
});

const rename = (values: Record<string, Tensor>, names: Record<string, Tensor>) =>
  Object.fromEntries(Object.keys(names).map((name, i) => [name, Object.values(values)[i]]));

describe("every layer that can work on sequences", () => {
  type Node = ReturnType<typeof input>;
  const one: Record<string, () => { apply: (x: Node) => Node }> = {
    dense: () => layers.dense({ units: 3 }),
    activation: () => layers.activation({ activation: "gelu" }),
    relu: () => layers.relu(),
    leakyRelu: () => layers.leakyRelu(),
    elu: () => layers.elu(),
    softmax: () => layers.softmax(),
    "softmax over the length": () => ({
      apply: (x) => {
        const back = layers.permute({ dims: [2, 1] });
        return back.apply(layers.softmax().apply(layers.permute({ dims: [2, 1] }).apply(x)));
      },
    }),
    prelu: () => layers.prelu({ sharedAxes: [1] }),
    dropout: () => layers.dropout({ rate: 0.5 }),
    gaussianNoise: () => layers.gaussianNoise({ stddev: 1 }),
    flatten: () => layers.flatten(),
    reshape: () => layers.reshape({ targetShape: [-1, 2] }),
    permute: () => layers.permute({ dims: [2, 1] }),
    conv1d: () => layers.conv1d({ filters: 2, kernelSize: 3, strides: 2, padding: "same" }),
    conv1dTranspose: () => layers.conv1dTranspose({ filters: 2, kernelSize: 3, strides: 3 }),
    maxPooling1d: () => layers.maxPooling1d({ poolSize: 3, strides: 2 }),
    averagePooling1d: () => layers.averagePooling1d({ poolSize: 3, strides: 1, padding: "same" }),
    globalAveragePooling1d: () => layers.globalAveragePooling1d({ keepdims: true }),
    globalMaxPooling1d: () => layers.globalMaxPooling1d(),
    batchNormalization: () => layers.batchNormalization(),
    layerNormalization: () => layers.layerNormalization(),
    groupNormalization: () => layers.groupNormalization({ groups: 2 }),
    rmsNormalization: () => layers.rmsNormalization(),
    rescaling: () => layers.rescaling({ scale: 2 }),
    normalization: () => layers.normalization({ mean: 1, variance: 4 }),
    add: () => ({ apply: (x) => layers.add().apply([x, layers.relu().apply(x)]) }),
    multiply: () => ({ apply: (x) => layers.multiply().apply([x, x]) }),
    maximum: () => ({ apply: (x) => layers.maximum().apply([x, layers.relu().apply(x)]) }),
    "concatenate along the length": () => ({ apply: (x) => layers.concatenate({ axis: 1 }).apply([x, x]) }),
    "concatenate along the features": () => ({ apply: (x) => layers.concatenate().apply([x, x]) }),
    dot: () => ({ apply: (x) => layers.dot({ axes: [2, 2] }).apply([x, x]) }),
    "tile, stack and take": () => ({
      apply: (x) =>
        ops.take(ops.stack([ops.tile(x, [1, 2, 1]), ops.tile(x, [1, 2, 1])], { axis: 2 }), [1, 0], { axis: 3 }),
    }),
    "cumSum and sort": () => ({ apply: (x) => ops.sort(ops.cumSum(x, { axis: 1 }), { axis: 1 }) }),
    einsum: () => ({ apply: (x) => ops.einsum("bij,bkj->bik", x, x) }),
    "random numbers": () => ({ apply: (x) => ops.add(x, ops.randomNormal([null, x.shape[0], 4], { seed: 3 })) }),
  };

  it.each(Object.entries(one))("%s: shapes and bits of every length", async (_, make) => {
    const build: Build = (length) => {
      const x = input({ shape: step(length) });
      return functional({ inputs: x, outputs: make().apply(x), seed: 2 }) as Model;
    };
    const open = keep(build(null));
    for (const [round, length] of [6, 4, 17, 6, 31].entries()) {
      const fixed = build(length);
      await fixed.setWeights(rename(await open.getWeights(), await fixed.getWeights()));
      // What is drawn at random depends on how many batches have been predicted before.
      for (let i = 0; i < round; i++) await fixed.predict(sequence(length));
      const [given, expected] = [await open.predict(sequence(length)), await fixed.predict(sequence(length))];
      expect(given.shape).toEqual(expected.shape);
      expect(given.shape).toEqual([SAMPLES, ...fixed.internals("test").recipe.model.outputs[0].shape]);
      expect([...given.data]).toEqual([...expected.data]);
    }
  });
});
