import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  ArgumentError,
  DataError,
  data,
  FormatError,
  gradientCheck,
  input,
  layers,
  loadModel,
  losses,
  MemoryLimitError,
  metrics,
  model as functional,
  NonFiniteError,
  ops,
  optimizers,
  sequential,
  ShapeError,
  StateError,
  type Tensor,
  tensor,
} from "../../src/index";
import { loadModel as loadPredictor } from "../../src/inference/index";
import type { Model } from "../../src/model/model";
import { noise } from "./twins";

/** What models with an open length take, refuse, save and cost. */

const sequences = (samples: number, length: number, features = 2, salt = length): Tensor =>
  tensor(noise(samples * length * features, salt), [samples, length, features]);

/** A convolution, a mean over the length and a row. */
const pooled = (): Model =>
  sequential({
    seed: 1,
    layers: [
      layers.conv1d({ filters: 4, kernelSize: 3, activation: "tanh", inputShape: [null, 2] }),
      layers.globalAveragePooling1d(),
      layers.dense({ units: 1 }),
    ],
  });

const compiled = (model: Model = pooled()): Model => {
  model.compile({ optimizer: "adam", loss: "mse" });
  return model;
};

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};

const message = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return `${(error as Error).constructor.name}: ${(error as Error).message}`;
  }
  return "no error";
};

describe("sizes of an open length", () => {
  const x = () => input({ shape: [null, 8] });
  const shown = (node: { dimensions: unknown }) =>
    functional({ inputs: roots.get(node)!, outputs: node as never }).summary();
  const roots = new Map<unknown, ReturnType<typeof input>>();
  const apply = (make: (node: ReturnType<typeof input>) => ReturnType<typeof input>) => {
    const root = x();
    const node = make(root);
    roots.set(node, root);
    return node;
  };

  it("are null in the shape of a node", () => {
    expect(x().shape).toEqual([null, 8]);
    expect(apply((node) => layers.dense({ units: 3 }).apply(node)).shape).toEqual([null, 3]);
    expect(apply((node) => layers.globalMaxPooling1d().apply(node)).shape).toEqual([8]);
    expect(apply((node) => ops.mean(node, { axis: -1 })).shape).toEqual([null]);
    expect(apply((node) => ops.matmul(node, node, { transposeB: true })).shape).toEqual([null, null]);
  });

  it.each<[string, (node: ReturnType<typeof input>) => ReturnType<typeof input>, string]>([
    ["same", (node) => layers.conv1d({ filters: 3, kernelSize: 5, padding: "same" }).apply(node), "[batch, length, 3]"],
    ["valid", (node) => layers.conv1d({ filters: 3, kernelSize: 5 }).apply(node), "[batch, length − 4, 3]"],
    [
      "same with strides",
      (node) => layers.conv1d({ filters: 3, kernelSize: 5, padding: "same", strides: 3 }).apply(node),
      "[batch, ⌊(length + 2)/3⌋, 3]",
    ],
    [
      "valid with strides, twice",
      (node) =>
        layers
          .conv1d({ filters: 3, kernelSize: 3, strides: 2 })
          .apply(layers.conv1d({ filters: 3, kernelSize: 3, strides: 2 }).apply(node)),
      "[batch, ⌊(length + 1)/4⌋ − 1, 3]",
    ],
    ["pooled", (node) => layers.maxPooling1d({ poolSize: 2 }).apply(node), "[batch, ⌊length/2⌋, 8]"],
    [
      "transposed",
      (node) => layers.conv1dTranspose({ filters: 3, kernelSize: 4, strides: 2 }).apply(node),
      "[batch, 2·length + 2, 3]",
    ],
    [
      "transposed after pooled",
      (node) =>
        layers
          .conv1dTranspose({ filters: 3, kernelSize: 2, strides: 2 })
          .apply(layers.maxPooling1d({ poolSize: 2 }).apply(node)),
      "[batch, 2·⌊length/2⌋, 3]",
    ],
    ["flattened", (node) => layers.flatten().apply(node), "[batch, 8·length]"],
    ["reshaped", (node) => layers.reshape({ targetShape: [-1, 4] }).apply(node), "[batch, 2·length, 4]"],
    ["in twos", (node) => layers.reshape({ targetShape: [-1, 16] }).apply(node), "[batch, ⌊length/2⌋, 16]"],
    ["permuted", (node) => layers.permute({ dims: [2, 1] }).apply(node), "[batch, 8, length]"],
  ])("follow layers: %s", (_, make, expected) => {
    const node = apply(make);
    expect(shown(node)).toContain(expected);
  });

  it("are those that the layers make, for every length that a layer can take", () => {
    const strided = apply((node) => {
      const once = layers.conv1d({ filters: 3, kernelSize: 4, strides: 3, padding: "same" }).apply(node);
      const twice = layers.averagePooling1d({ poolSize: 3, strides: 2 }).apply(once);
      return layers.conv1d({ filters: 2, kernelSize: 2, dilationRate: 2 }).apply(twice);
    });
    const model = functional({ inputs: roots.get(strided)!, outputs: strided });
    return Promise.all(
      [31, 32, 33, 40, 41, 57].map(async (length) => {
        const once = Math.ceil(length / 3);
        const twice = Math.floor((once - 3) / 2) + 1;
        expect((await model.predict(sequences(2, length, 8))).shape).toEqual([2, twice - 2, 2]);
      }),
    );
  });

  it("are read from a file only in their lowest terms", async () => {
    const model = functional2((node) => layers.lambda((a) => ops.add(a, 1)).apply(node));
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
    const bytes = model.toBytes();
    expect(text(bytes)).toContain("[1,0,[[1,-4,1,1,0]]]".replace("-4,1,1,0", "0,1,1,-4"));
    for (const wrong of [
      "[2,0,1,1,-4]",
      "[2,0,2,1,-4]",
      "[1,0,0,1,-4]",
      "[1,0,1,1,-4,1]",
      '["1",0,1,1,-4]',
      "[1,0,99,1,-4]",
    ]) {
      const changed = rewrite(bytes, "[1,0,1,1,-4]", wrong);
      await expect(loadModel(changed), wrong).rejects.toThrow(FormatError);
    }
  });
});

/** A model of a convolution that makes the open length shorter by four, and something behind. */
function functional2(make: (node: ReturnType<typeof input>) => ReturnType<typeof input>): Model {
  const x = input({ shape: [null, 8] });
  return functional({ inputs: x, outputs: make(layers.conv1d({ filters: 3, kernelSize: 5 }).apply(x)) }) as Model;
}

/** A model file with a text of its header replaced. */
function rewrite(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd();
  const escaped = (text: string) => text.replaceAll('"', '\\"');
  if (!header.includes(escaped(from))) throw new Error(`no ${from} in the header`);
  const changed = new TextEncoder().encode(header.replaceAll(escaped(from), escaped(to)));
  const padded = new Uint8Array(Math.ceil(changed.length / 8) * 8).fill(32);
  padded.set(changed);
  const result = new Uint8Array(8 + padded.length + bytes.length - 8 - length);
  new DataView(result.buffer).setBigUint64(0, BigInt(padded.length), true);
  result.set(padded, 8);
  result.set(bytes.subarray(8 + length), 8 + padded.length);
  return result;
}

describe("what needs a fixed size says so", () => {
  const x = () => input({ shape: [null, 8], name: "words" });

  it.each<[string, () => unknown, string]>([
    // Keras: "The last dimension of the inputs to Dense should be defined" (keras-applications#156).
    [
      "dense on a flattened sequence",
      () => layers.dense({ units: 4 }).apply(layers.flatten().apply(x())),
      "ShapeError: dense: its kernel would depend on the length of [batch, 8·length], which is open. Give input() a fixed length",
    ],
    // keras#9959
    [
      "a reshape to fixed sizes",
      () => layers.reshape({ targetShape: [10, 8] }).apply(x()),
      "ShapeError: reshape: cannot show [batch, length, 8] (8·length numbers a sample) as [batch, 10, 8] (80). The length is open.",
    ],
    // DL-Discuss#10: batch normalisation over the time axis
    [
      "batch normalisation over the length",
      () => layers.batchNormalization({ axis: 1 }).apply(x()),
      "ShapeError: batchNormalization: axis 1 of [batch, length, 8] is not the last, where the channels stand.",
    ],
    [
      "a normalisation whose weights would follow the length",
      () => layers.layerNormalization({ axis: [1, 2] }).apply(x()),
      "ShapeError: layerNormalization: its gamma would depend on the length of [batch, length, 8], which is open.",
    ],
    ["a sum with a fixed length", () => layers.add().apply([x(), input({ shape: [5, 8] })]), "[batch, length, 8]"],
    [
      "an open size that is not the first",
      () => input({ shape: [8, null] }),
      "ShapeError: input: only the first size of shape may be null",
    ],
    // keras.js#25, keras-applications#110: images of any size
    [
      "two open sizes",
      () => input({ shape: [null, null, 3] }),
      "ShapeError: input: only the first size of shape may be null",
    ],
    [
      "a split of the length",
      () => ops.split(x(), 2, { axis: 1 }),
      "ShapeError: ops.split: length cannot be split into 2 equal parts for every batch. Give the places where parts end.",
    ],
    [
      "a part of the batch",
      () => ops.slice(x(), [1, 0, 0], [-1, -1, 8]),
      "not within axis 0 of [batch, length, 8] of words. What depends on the batch can only be taken whole.",
    ],
    ["a flip of the batch", () => ops.flip(x(), { axis: 0 }), "What depends on the batch can only be taken whole."],
    [
      "a part behind the end of every length",
      () => ops.slice(x(), [0, -1, 0], [null, 2, 8]),
      "ShapeError: ops.slice: 2 places from length − 1 are not within axis 1 of [batch, length, 8] of words.",
    ],
    [
      "a model of a fixed length",
      () => sequential({ layers: [layers.relu({ inputShape: [5, 8] })] }).apply(x()),
      "ShapeError: sequential: the model takes [batch, 5, 8], got [batch, length, 8].",
    ],
    [
      "a loss of columns without number",
      () => {
        const node = x();
        const outputs = layers.permute({ dims: [2, 1] }).apply(node);
        functional({ inputs: node, outputs }).compile({ optimizer: "sgd", loss: "mse" });
      },
      "ShapeError: permute: the last axis of [batch, 8, length] is open",
    ],
    [
      "maxLength where nothing is open",
      () =>
        sequential({ layers: [layers.dense({ units: 1, inputShape: [3] })] }).compile({
          optimizer: "sgd",
          loss: "mse",
          maxLength: 3,
        }),
      "ArgumentError: compile: maxLength is for models with an open length",
    ],
    [
      "a maxLength that is too short for a layer",
      () => pooled().compile({ optimizer: "sgd", loss: "mse", maxLength: 2 }),
      "ShapeError: compile: sequences of length 2 do not fit the model: nothing would be left in [batch, length − 2, 4].",
    ],
  ])("%s", async (_, work, expected) => {
    expect(await message(work)).toContain(expected);
  });

  it("and data that do not fit are refused before any work", async () => {
    const model = compiled();
    const y = (samples: number) => tensor(new Float32Array(samples), [samples, 1]);
    expect(await message(() => model.fit(sequences(3, 5, 3), y(3)))).toBe(
      "ShapeError: fit: x must have shape [samples, length, 2], got [3, 5, 3].",
    );
    expect(await message(() => model.predict(tensor([], [3, 0, 2])))).toBe(
      "DataError: predict: x has sequences of length 0: [3, 0, 2].",
    );
    expect(await message(() => model.predict(tensor(new Float32Array(10), [5, 2])))).toContain(
      "predict: x must have shape [samples, length, 2], got [5, 2]. Wrap a single sample in an array",
    );
    for (const work of ["fit", "evaluate", "trainOnBatch", "gradients"] as const) {
      expect(await message(() => model[work](sequences(3, 2), y(3) as never))).toContain(
        `ShapeError: ${work}: sequences of length 2 do not fit the model: nothing would be left in [batch, length − 2, 4].`,
      );
    }
    // Keras#1047, #7722, tcn#53: arrays of sequences of different lengths.
    const ragged = [
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
      ],
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    ];
    expect(await message(() => model.fit(ragged, y(2)))).toBe(
      "ShapeError: fit: x is ragged: row 1 has 3 values, row 0 has 4. Sequences of different lengths are padded by dataset.paddedBatch().",
    );
    expect(await message(() => model.fit([sequences(1, 4), sequences(1, 5)], y(2)))).toContain(
      "fit: the model has 1 input, got 2 tensors. Samples are the first axis of one tensor; sequences of different lengths",
    );
  });

  it("inputs of two lengths are refused", async () => {
    const [a, b] = [input({ shape: [null, 2] }), input({ shape: [null, 3] })];
    const means = [a, b].map((node) => layers.globalAveragePooling1d().apply(node));
    const model = functional({ inputs: [a, b], outputs: layers.concatenate().apply(means) });
    expect(await message(() => model.predict([sequences(2, 4, 2), sequences(2, 5, 3)]))).toBe(
      "ShapeError: predict: inputs of an open length must have one length in a batch, got [2, 4, 2] and [2, 5, 3]. Pad the shorter.",
    );
    expect((await model.predict([sequences(2, 4, 2), sequences(2, 4, 3)])).shape).toEqual([2, 5]);
  });

  it("an open size without an open input is refused", async () => {
    const x = input({ shape: [1, 3] });
    const repeated = ops.mean(ops.broadcastTo(x, [null, null, 3]), { axis: 1 });
    const model = functional({ inputs: x, outputs: layers.dense({ units: 1 }).apply(repeated) });
    const expected = "ShapeError: the size length needs an input of an open length";
    expect(await message(() => model.predict([[[1, 2, 3]]]))).toContain(expected);
    expect(await message(() => compiled(model as Model))).toContain(expected);
  });

  it("a length that a division does not allow is refused", async () => {
    const x = input({ shape: [null, 8] });
    const model = functional({ inputs: x, outputs: layers.reshape({ targetShape: [-1, 16] }).apply(x) });
    expect((await model.predict(sequences(2, 6, 8))).shape).toEqual([2, 3, 16]);
    expect(await message(() => model.predict(sequences(2, 5, 8)))).toContain(
      "ShapeError: predict: sequences of length 5 do not fit the model: reshape: cannot show [batch, 5, 8]",
    );
    const y = input({ shape: [null, 2] });
    const other = functional({ inputs: y, outputs: ops.reshape(y, [null, -1, 4]) });
    expect((await other.predict(sequences(2, 6, 2))).shape).toEqual([2, 3, 4]);
    expect(await message(() => other.predict(sequences(2, 5, 2)))).toContain(
      "ShapeError: ops.reshape: cannot show [2, 5, 2]",
    );
  });

  it("sequences that are too long for memory are refused with their length", async () => {
    const model = sequential({
      layers: [layers.dense({ units: 4096, inputShape: [null, 1] }), layers.globalMaxPooling1d()],
    });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const x = tensor(new Float32Array(32 * 20_000), [32, 20_000, 1]);
    const error = await model.predict(x).catch((cause) => cause);
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error.message).toContain("Sequences are 20000 long: shorten them.");
    expect((await model.predict(sequences(2, 5, 1))).shape).toEqual([2, 4096]);
  });
});

describe("files", () => {
  const models: Record<string, () => Model> = {
    pooled: () => compiled(),
    "lambdas, custom loss and metric": () => {
      const x = input({ shape: [null, 2], name: "steps" });
      const shorter = layers.conv1d({ filters: 3, kernelSize: 2, strides: 2 }).apply(x);
      const centred = layers.lambda((a) => ops.subtract(a, ops.mean(a, { axis: 1, keepDims: true }))).apply(shorter);
      const wide = ops.concatenate(
        [centred, ops.broadcastTo(ops.max(centred, { axis: 1, keepDims: true }), [null, 1, 3])],
        { axis: 1 },
      );
      const scores = ops.softmax(ops.matmul(wide, wide, { transposeB: true }));
      const outputs = layers.dense({ units: 1 }).apply(ops.matmul(scores, wide));
      const model = functional({ inputs: x, outputs, seed: 4 }) as Model;
      model.compile({
        optimizer: "adam",
        loss: losses.custom((yTrue, yPred) => ops.mean(ops.abs(ops.subtract(yTrue, yPred)), { axis: [1, 2] })),
        metrics: [
          metrics.custom((yTrue, yPred) => ops.less(ops.abs(ops.subtract(yTrue, yPred)), 0.5), { name: "near" }),
        ],
      });
      return model;
    },
    "a nested model": () => {
      const inner = pooled();
      const x = input({ shape: [null, 5] });
      const outputs = inner.apply(layers.dense({ units: 2 }).apply(x));
      return compiled(functional({ inputs: x, outputs }) as Model);
    },
  };

  for (const [name, make] of Object.entries(models)) {
    it(`keep an open length, in both readers: ${name}`, async () => {
      const model = make();
      const features = Number(model.internals("test").recipe.model.inputs[0].shape[1]);
      const targets = async (x: Tensor) => {
        const { shape, size } = await model.predict(x);
        return tensor(noise(size, 3), [...shape]);
      };
      const x = sequences(5, 8, features);
      const y = await targets(x);
      await model.fit(x, y, { epochs: 2 });
      const bytes = model.toBytes();
      const [again, predictor] = [await loadModel(bytes), await loadPredictor(bytes)];
      expect(again.toBytes()).toEqual(bytes);
      expect(predictor.inputs[0].shape).toEqual([null, features]);
      for (const length of [9, 4, 30, 8]) {
        const given = sequences(3, length, features);
        const expected = await model.predict(given);
        expect(await again.predict(given)).toEqual(expected);
        expect(await predictor.predict(given)).toEqual(expected);
        expect(predictor.predictSync(given)).toEqual(expected);
        expect(model.predictSync(given)).toEqual(expected);
      }
      const longer = sequences(5, 12, features);
      const others = await targets(longer);
      const results = [await model.fit(longer, others), await again.fit(longer, others)];
      expect(results[0].history).toEqual(results[1].history);
      expect(await again.getWeights()).toEqual(await model.getWeights());
      expect(await again.evaluate(longer, others)).toEqual(await model.evaluate(longer, others));
    });
  }

  it("with null in another place are typed errors", async () => {
    const bytes = pooled().toBytes();
    for (const wrong of [
      "[null,null]",
      "[2,null]",
      "[null]",
      "[null,2,null]",
      "[null,-2]",
      '["null",2]',
      "[null,2.5]",
      "null",
    ]) {
      const changed = rewrite(bytes, '"inputs":[{"shape":[null,2]', `"inputs":[{"shape":${wrong}`);
      for (const load of [loadModel, loadPredictor]) {
        await expect(load(changed), wrong).rejects.toThrow(FormatError);
      }
    }
    const fixed = rewrite(bytes, '"inputs":[{"shape":[null,2]', '"inputs":[{"shape":[1,2]');
    await expect(loadModel(fixed)).rejects.toThrow(FormatError);
  });

  it("predictSync says when sequences are longer than there is memory for", async () => {
    const model = pooled();
    const predictor = await loadPredictor(model.toBytes());
    for (const one of [model, predictor]) {
      expect(() => one.predictSync(sequences(2, 5))).toThrow(StateError);
      await one.predict(sequences(8, 50));
      const expected = await pooled().predict(sequences(20, 20));
      expect(one.predictSync(sequences(20, 20))).toEqual(expected);
      expect(() => one.predictSync(sequences(1, 100_000))).toThrow(/length 100000/);
    }
  });
});

describe("datasets of sequences", () => {
  /** Sequences of these lengths, whose numbers tell which they are. */
  const items = (lengths: readonly number[], perPlace = false) =>
    lengths.map((length, i) => ({
      x: tensor(new Float32Array(length * 2).fill(i + 1), [length, 2]),
      y: perPlace ? tensor(new Float32Array(length).fill(i + 1), [length, 1]) : [i + 1],
    }));
  const lengths = Array.from({ length: 41 }, (_, i) => 1 + ((i * 7) % 13));
  const open = { openLength: true } as const;
  const idsOf = ({ x }: { x: Tensor | readonly Tensor[] }) => {
    const { data: values, shape } = x as Tensor;
    return Array.from({ length: shape[0] }, (_, i) => values[i * shape[1] * shape[2]]);
  };

  it("are padded to the longest of each batch, or to a length", async () => {
    const dataset = data.fromIterable(items([2, 3, 1]), open);
    const [first, second] = await all(dataset.paddedBatch(2, { paddingValue: -1 }));
    expect((first.x as Tensor).toArray()).toEqual([
      [
        [1, 1],
        [1, 1],
        [-1, -1],
      ],
      [
        [2, 2],
        [2, 2],
        [2, 2],
      ],
    ]);
    expect((second.x as Tensor).shape).toEqual([1, 1, 2]);
    const [only] = await all(dataset.paddedBatch(3, { paddedLength: 5 }));
    expect((only.x as Tensor).shape).toEqual([3, 5, 2]);
    await expect(all(dataset.paddedBatch(3, { paddedLength: 2 }))).rejects.toThrow(
      "paddedBatch: item 1 is 3 long, more than 2.",
    );
  });

  it("have weights of 0 where targets are padded", async () => {
    const dataset = data.fromIterable(items([2, 3], true), open);
    const [batch] = await all(dataset.paddedBatch(2, { padTargets: true }));
    expect((batch.y as Tensor).toArray()).toEqual([
      [[1], [1], [0]],
      [[2], [2], [2]],
    ]);
    expect((batch.sampleWeight as Tensor).toArray()).toEqual([
      [1, 1, 0],
      [1, 1, 1],
    ]);
    await expect(all(dataset.paddedBatch(2))).rejects.toThrow("padTargets: true");
    const weighted = dataset.map((item, i) => ({ ...item, sampleWeight: 0.5 + i }));
    const [heavy] = await all(weighted.paddedBatch(2, { padTargets: true }));
    expect((heavy.sampleWeight as Tensor).toArray()).toEqual([
      [0.5, 0.5, 0],
      [1.5, 1.5, 1.5],
    ]);
  });

  it("go into buckets by length: none is lost, every epoch has others together, the same seed the same", async () => {
    const make = (seed: number) =>
      data
        .fromIterable(items(lengths), open)
        .shuffle(undefined, { seed })
        .bucketBySequenceLength({ bucketBoundaries: [5, 9], bucketBatchSizes: [6, 4, 3] });
    const walk = async (seed: number, epoch: number) => all(make(seed).iterate(epoch));
    const epochs = [await walk(1, 0), await walk(1, 1)];
    for (const batches of epochs) {
      expect(batches.flatMap(idsOf).sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i + 1));
      for (const batch of batches) {
        const own = idsOf(batch).map((id) => lengths[id - 1]);
        const bucket = own[0] < 5 ? 0 : own[0] < 9 ? 1 : 2;
        expect(own.every((length) => (length < 5 ? 0 : length < 9 ? 1 : 2) === bucket)).toBe(true);
        expect((batch.x as Tensor).shape[1]).toBe(Math.max(...own));
        expect(own.length).toBeLessThanOrEqual([6, 4, 3][bucket]);
      }
    }
    expect(epochs[0].map(idsOf)).not.toEqual(epochs[1].map(idsOf));
    expect((await walk(1, 1)).map(idsOf)).toEqual(epochs[1].map(idsOf));
    expect((await walk(2, 1)).map(idsOf)).not.toEqual(epochs[1].map(idsOf));
  });

  it("can be padded to the boundary of their bucket", async () => {
    const dataset = data.fromIterable(items(lengths), open);
    const options = { bucketBoundaries: [5, 9], bucketBatchSizes: 4, padToBucketBoundary: true };
    const sizes = new Set<number>();
    for await (const { x } of dataset.bucketBySequenceLength(options)) sizes.add((x as Tensor).shape[1]);
    expect([...sizes].filter((size) => size < 9).sort()).toEqual([4, 8]);
    const full = await all(dataset.bucketBySequenceLength({ ...options, dropRemainder: true }));
    expect(full.every(({ x }) => (x as Tensor).shape[0] === 4)).toBe(true);
  });

  it.each<[object, string]>([
    [{ bucketBoundaries: [9, 5], bucketBatchSizes: 2 }, "bucketBoundaries must grow"],
    [{ bucketBoundaries: [5], bucketBatchSizes: [2] }, "1 boundaries make 2 buckets, got 1 bucketBatchSizes"],
    [{ bucketBoundaries: 5, bucketBatchSizes: 2 }, "bucketBoundaries must be an array of lengths"],
    [{ bucketBoundaries: [1], bucketBatchSizes: 2 }, "each of bucketBoundaries"],
    [{ bucketBoundaries: [5], bucketBatchSizes: 0 }, "each of bucketBatchSizes"],
  ])("buckets that make no sense are refused: %j", (options, expected) => {
    const dataset = data.fromIterable(items([1]), open);
    expect(() => dataset.bucketBySequenceLength(options as never)).toThrow(ArgumentError);
    expect(() => dataset.bucketBySequenceLength(options as never)).toThrow(expected);
    expect(() => dataset.batch(2).paddedBatch(2)).toThrow("paddedBatch: this dataset is batched already, by 2.");
  });

  it("of different lengths are refused where nobody said so", async () => {
    await expect(all(data.fromIterable(items([2, 3])))).rejects.toThrow(
      "For sequences of different lengths: fromIterable(source, { openLength: true }).paddedBatch(size).",
    );
    await expect(all(data.fromIterable(items([2, 3]), open).batch(2))).rejects.toThrow(ShapeError);
    await expect(all(data.fromIterable(items([2, 0]), open).paddedBatch(2))).rejects.toThrow(DataError);
    const bytes = [{ x: tensor([1], [1], "uint8") }, { x: tensor([1, 2], [2], "uint8") }];
    await expect(all(data.fromIterable(bytes, open).paddedBatch(2, { paddingValue: -1 }))).rejects.toThrow(
      "uint8 sequences cannot be padded by -1",
    );
  });

  /** What the same batches do one by one. */
  const engines = {
    "one thread": {},
    "a worker": { worker: true },
    "a worker with memory of its own": { worker: true },
    "two threads": { threads: 2 },
    js: { engine: "js" },
    "announced lengths": { maxLength: 13 },
  } as const;
  for (const [name, engine] of Object.entries(engines)) {
    it(`train and measure batch by batch as trainOnBatch does, while memory grows: ${name}`, async () => {
      if (name === "a worker with memory of its own") vi.stubGlobal("SharedArrayBuffer", undefined);
      onTestFinished(() => {
        vi.unstubAllGlobals();
      });
      const make = () => {
        const model = sequential({
          seed: 2,
          layers: [
            layers.conv1d({ filters: 24, kernelSize: 3, padding: "same", activation: "relu", inputShape: [null, 2] }),
            layers.globalAveragePooling1d(),
            layers.dense({ units: 1 }),
          ],
        });
        model.compile({ optimizer: "adam", loss: "mse", metrics: ["mae"], ...engine });
        return model;
      };
      const noisy = items(lengths).map(({ x }, i) => ({
        x: tensor(noise(x.size, i), [...x.shape]),
        y: [noise(1, i)[0]],
      }));
      const dataset = data
        .fromIterable(noisy, open)
        .shuffle(undefined, { seed: 3 })
        .bucketBySequenceLength({ bucketBoundaries: [4, 8, 11], bucketBatchSizes: [5, 4, 3, 3] });
      const validation = data.fromTensors(sequences(7, 20), tensor(noise(7, 5), [7, 1]));
      const [model, byHand] = [make(), make()];
      const { history } = await model.fit(dataset, { epochs: 2, validationData: validation });
      for (const epoch of [0, 1]) {
        let [loss, absolute, samples] = [0, 0, 0];
        for await (const { x, y } of dataset.iterate(epoch)) {
          const count = (x as Tensor).shape[0];
          const results = await byHand.trainOnBatch(x as Tensor, y as Tensor);
          loss += results.loss * count;
          absolute += results.mae * count;
          samples += count;
        }
        expect(history.loss[epoch]).toBe(loss / samples);
        expect(history.mae[epoch]).toBeCloseTo(absolute / samples, 12);
        const measured = await byHand.evaluate(sequences(7, 20), tensor(noise(7, 5), [7, 1]));
        expect([history.valLoss[epoch], history.valMae[epoch]]).toEqual([measured.loss, measured.mae]);
      }
      expect(await model.getWeights()).toEqual(await byHand.getWeights());
      // Two streams of growing lengths in one memory, and what is measured of them.
      const growing = data.fromIterable(noisy, open).paddedBatch(3);
      await model.fit(dataset, { epochs: 1, validationData: growing });
      const { loss, mae } = await model.evaluate(growing);
      expect(model.history!.history.valLoss[0]).toBe(loss);
      expect(model.history!.history.valMae[0]).toBe(mae);
      let [sum, samples] = [0, 0];
      for await (const { x, y } of growing.iterate(0)) {
        const count = (x as Tensor).shape[0];
        sum += (await model.evaluate(x as Tensor, y as Tensor)).loss * count;
        samples += count;
      }
      expect(loss).toBeCloseTo(sum / samples, 12);
      model.dispose();
      byHand.dispose();
    });
  }

  it("go back to the last finite weights when a longer sequence makes the loss overflow", async () => {
    const make = () => {
      const model = sequential({
        seed: 2,
        layers: [
          layers.dense({ units: 3, inputShape: [null, 2] }),
          layers.globalAveragePooling1d(),
          layers.dense({ units: 1 }),
        ],
      });
      model.compile({ optimizer: optimizers.sgd({ learningRate: 0.01 }), loss: "mse" });
      return model;
    };
    const fine = items([2, 3, 5, 9]).map(({ x, y }) => ({ x, y }));
    const wrong = { x: tensor(new Float32Array(600).fill(1e30), [300, 2]), y: [1] };
    const [model, byHand] = [make(), make()];
    const dataset = data.fromIterable([...fine, wrong, ...fine], open).paddedBatch(1);
    await expect(model.fit(dataset)).rejects.toThrow(NonFiniteError);
    // The weights before the last update, after which the loss was infinite.
    for (const { x, y } of fine.slice(0, 3))
      await byHand.trainOnBatch(tensor(x.data, [1, ...x.shape]), [y as number[]]);
    expect(await model.getWeights()).toEqual(await byHand.getWeights());
    const [x, y] = [sequences(4, 6), tensor(noise(4), [4, 1])];
    const validationData = [sequences(3, 50), tensor(noise(3), [3, 1])] as const;
    const { history } = await model.fit(x, y, { validationData: [...validationData] });
    await byHand.fit(x, y);
    expect(history.valLoss).toEqual([(await byHand.evaluate(...validationData)).loss]);
  });

  it("with padded targets learn from the places that are there only", async () => {
    const make = () => {
      const model = sequential({ seed: 6, layers: [layers.dense({ units: 1, inputShape: [null, 2] })] });
      model.compile({ optimizer: "sgd", loss: losses.meanSquaredError({ reduction: "sum" }) });
      return model;
    };
    const dataset = data
      .fromIterable(items([1, 4, 2], true), open)
      .paddedBatch(3, { padTargets: true, paddingValue: 9 });
    const [padded, apart] = [make(), make()];
    const [{ x, y, sampleWeight }] = await all(dataset);
    const together = await padded.gradients(x as Tensor, y as Tensor, { sampleWeight: sampleWeight as Tensor });
    let kernel = [0, 0];
    for (const { x, y } of items([1, 4, 2], true)) {
      const batch = (one: Tensor) => tensor(one.data as Float32Array, [1, ...one.shape]);
      const { weights } = await apart.gradients(batch(x), batch(y as Tensor));
      kernel = kernel.map((sum, i) => sum + weights["dense/kernel"].data[i]);
    }
    kernel.forEach((value, i) => {
      expect(together.weights["dense/kernel"].data[i]).toBeCloseTo(value, 3);
    });
  });
});

describe("gradients and costs", () => {
  it("gradients agree with numerical ones at several lengths", async () => {
    const x = input({ shape: [null, 2] });
    const wide = layers.conv1d({ filters: 3, kernelSize: 2, activation: "tanh" }).apply(x);
    const scores = layers.lambda((a) => ops.softmax(ops.matmul(a, a, { transposeB: true }))).apply(wide);
    const outputs = layers.dense({ units: 1 }).apply(ops.mean(ops.matmul(scores, wide), { axis: 1 }));
    const model = compiled(functional({ inputs: x, outputs }) as Model);
    for (const length of [3, 11, 6]) {
      const result = await gradientCheck(model, sequences(4, length), tensor(noise(4, 1), [4, 1]));
      expect(result.ok).toBe(true);
    }
  });

  it("classes of places may have weights, and metrics count places", async () => {
    const model = sequential({
      seed: 3,
      layers: [layers.dense({ units: 3, activation: "softmax", inputShape: [null, 2] })],
    });
    model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
    for (const length of [4, 6]) {
      const y = tensor(
        Int32Array.from({ length: 2 * length }, (_, i) => i % 3),
        [2, length],
      );
      const plain = await model.trainOnBatch(sequences(2, length), y, { classWeight: { 0: 1, 1: 1, 2: 1 } });
      expect(plain.accuracy * 2 * length).toBeCloseTo(Math.round(plain.accuracy * 2 * length), 9);
      const weight = tensor(new Float32Array(2 * length).fill(2), [2, length]);
      const [once, twice] = [
        await model.evaluate(sequences(2, length), y),
        await model.evaluate(sequences(2, length), y, { sampleWeight: weight }),
      ];
      expect(twice.loss).toBeCloseTo(2 * once.loss, 6);
      expect(
        await message(() =>
          model.evaluate(sequences(2, length), y, { sampleWeight: tensor(new Float32Array(6), [2, 3]) }),
        ),
      ).toContain(`[2] or [2, ${length}]`);
    }
  });

  it("a custom loss may have a target for every place", async () => {
    const model = sequential({
      seed: 3,
      layers: [layers.dense({ units: 3, activation: "softmax", inputShape: [null, 2] })],
    });
    const ofPlaces = losses.custom(
      (yTrue, yPred) => ops.negative(ops.sum(ops.multiply(ops.oneHot(yTrue, 3), ops.log(yPred)), { axis: -1 })),
      { targetShape: [null] },
    );
    const ready = sequential({
      seed: 3,
      layers: [layers.dense({ units: 3, activation: "softmax", inputShape: [null, 2] })],
    });
    model.compile({ optimizer: "sgd", loss: ofPlaces, maxLength: 20 });
    ready.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    const y = (length: number) =>
      tensor(
        Int32Array.from({ length: 2 * length }, (_, i) => i % 3),
        [2, length],
      );
    for (const length of [4, 9, 6]) {
      const [own, expected] = [
        await model.trainOnBatch(sequences(2, length), y(length)),
        await ready.trainOnBatch(sequences(2, length), y(length)),
      ];
      expect(own.loss).toBeCloseTo(expected.loss, 5);
    }
    const again = await loadModel(model.toBytes());
    expect(again.toBytes()).toEqual(model.toBytes());
    expect(again.internals("test").recipe.maxLength).toBe(20);
    expect(await again.evaluate(sequences(2, 7), y(7))).toEqual(await model.evaluate(sequences(2, 7), y(7)));
    expect(await message(() => model.evaluate(sequences(2, 7), y(6)))).toContain(
      "expects targets of shape [2, 7], got [2, 6]",
    );
    expect(() =>
      model.compile({ optimizer: "sgd", loss: losses.custom((a) => a, { targetShape: [2, 2, null] }) }),
    ).toThrow("losses.custom: targetShape [2,2,null] takes sizes of an output that has only [length,3].");
  });

  it("summary, program and memory tell of a length", () => {
    const model = compiled();
    expect(model.summary()).toContain("[batch, length − 2, 4]");
    expect(model.summary()).toContain("memory at batch size 32 and length 32");
    expect(model.program({ length: 7 })).toContain("x [32, 7, 2]");
    expect(model.memory({ length: 100 }).activations).toBeGreaterThan(model.memory({ length: 10 }).activations);
    expect(() => model.memory({ length: 2 })).toThrow("memory: sequences of length 2 do not fit the model");
    const fixed = sequential({ layers: [layers.dense({ units: 1, inputShape: [3] })] });
    expect(() => fixed.memory({ length: 2 })).toThrow("memory: length is for models with an open length");
  });

  it("memory is planned for the longest, and no more with every length", async () => {
    const model = compiled();
    const bytes = () => model.internals("test").runtime.engine.memory.bytes.length;
    const y = tensor(new Float32Array(3), [3, 1]);
    await model.trainOnBatch(sequences(3, 400), y);
    const planned = bytes();
    for (let length = 3; length < 400; length++) await model.trainOnBatch(sequences(3, length), y);
    expect(bytes()).toBe(planned);
    let layouts = 0;
    let last = planned;
    for (let length = 400; length < 800; length++) {
      await model.trainOnBatch(sequences(3, length), y);
      if (bytes() !== last) layouts++;
      last = bytes();
    }
    expect(layouts).toBeGreaterThan(0);
    expect(layouts).toBeLessThan(20);
    const announced = pooled();
    announced.compile({ optimizer: "adam", loss: "mse", maxLength: 400 });
    await announced.trainOnBatch(sequences(3, 5), y);
    const before = announced.internals("test").runtime.engine;
    await announced.trainOnBatch(sequences(3, 200), y);
    expect(announced.internals("test").runtime.engine).toBe(before);
  });

  it("a short batch after many short ones does not plan for all of them at once", async () => {
    const model = pooled();
    await model.predict(sequences(32, 10));
    await model.predict(sequences(1, 5000));
    const { activations } = model.internals("test").runtime.map.sizes;
    // 32 × 5000 would take more than 5 MB.
    expect(activations).toBeLessThan(1e6);
  });
});
