import { describe, expect, it } from "vitest";
import {
  activations,
  ArgumentError,
  DataError,
  input,
  layers,
  model,
  type Node,
  ops,
  ShapeError,
  type StreamState,
  StateError,
  Tensor,
  tensor,
} from "../../src";
import { deriveKey, uniform } from "../../src/numeric/random";

/** A stream, step by step, beside the whole sequence at once. */

const FEATURES = 5;
const LENGTH = 17;
const engines = [
  { engine: "js" },
  { engine: "wasm", worker: false, threads: 1 },
  { engine: "wasm", worker: false, threads: 2 },
] as const;

const sequences = (batch: number, length = LENGTH, seed = 1) =>
  new Tensor(
    Float32Array.from({ length: batch * length * FEATURES }, (_, i) => 2 * uniform(deriveKey(seed), i) - 1),
    [batch, length, FEATURES],
  );

/** Step t of every sequence. */
const stepOf = ({ data, shape: [batch, length, ...rest] }: Tensor, t: number) => {
  const size = rest.reduce((a, b) => a * b, 1);
  const parts = Array.from({ length: batch }, (_, b) =>
    [...data].slice((b * length + t) * size, (b * length + t + 1) * size),
  );
  return new Tensor(Float32Array.from(parts.flat()), [batch, ...rest]);
};

type Make = (x: Node) => Node;
const conv = (options: object) => layers.conv1d({ filters: 7, kernelSize: 3, padding: "causal", ...options });

const streamable: Record<string, Make> = {
  dense: (x) => layers.dense({ units: 9, activation: "relu" }).apply(x),
  "a causal convolution": (x) => conv({}).apply(x),
  "one of a single step": (x) => conv({ kernelSize: 1 }).apply(x),
  "a dilated one, with groups and an activation": (x) =>
    conv({ filters: 10, groups: 5, kernelSize: 4, dilationRate: 3, activation: "gelu" }).apply(x),
  "convolutions on each other, with a way around": (x) => {
    const first = conv({ filters: FEATURES, dilationRate: 2 }).apply(x);
    return layers.add().apply([conv({ filters: FEATURES }).apply(layers.relu().apply(first)), x]);
  },
  normalisations: (x) => {
    const normalised = layers.layerNormalization().apply(layers.rmsNormalization().apply(x));
    return layers.softmax().apply(layers.dropout({ rate: 0.5 }).apply(layers.batchNormalization().apply(normalised)));
  },
  "layers that merge": (x) => {
    const other = layers.dense({ units: FEATURES }).apply(x);
    const all = [layers.multiply().apply([x, other]), layers.maximum().apply([x, other]), x];
    return layers.concatenate().apply(all);
  },
  operations: (x) => {
    const scores = ops.softmax(ops.multiply(ops.sin(x), ops.reshape(tensor([1, 2, 3, 4, 5]), [1, 1, 5])));
    const heads = ops.reshape(ops.concatenate([scores, ops.flip(x, { axis: 2 })], { axis: 2 }), [null, null, 2, 5]);
    return ops.mean(
      ops.matmul(
        heads,
        tensor([
          [1, 0, 2],
          [0, 1, 0],
          [3, 1, 1],
          [0, 0, 1],
          [1, 1, 1],
        ]),
      ),
      { axis: -2 },
    );
  },
  "functions and a model within": (x) => {
    const inner = input({ shape: [null, FEATURES] });
    const nested = model({ inputs: inner, outputs: conv({ filters: 4 }).apply(inner), name: "nested" });
    const scaled = layers.custom({
      weights: { scale: { shape: [4], initializer: "randomNormal" } },
      call: ([node], { scale }) => ops.multiply(node, scale),
    });
    return layers.lambda((y) => ops.tanh(y)).apply(scaled.apply(nested.apply(x)));
  },
};

const build = (make: Make, engine: object, shape: (number | null)[] = [null, FEATURES]) => {
  const x = input({ shape });
  const net = model({ inputs: x, outputs: make(x), seed: 4 });
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...engine });
  return net;
};

describe.each(engines)("a stream on $engine with $threads threads", (engine) => {
  it.each(Object.entries(streamable))("is the whole sequence bit for bit: %s", async (_, make) => {
    for (const [batch, shape] of [
      [1, [null, FEATURES]],
      [3, [null, FEATURES]],
    ] as const) {
      const net = build(make, engine, [...shape]);
      const x = sequences(batch);
      const whole = await net.predict(x);
      const stream = await net.stream({ batchSize: batch });
      for (let round = 0; round < 2; round++) {
        for (let t = 0; t < LENGTH; t++) {
          const made = await stream.push(stepOf(x, t));
          expect(made.shape).toEqual([batch, whole.shape[2]]);
          expect(made.data, `step ${t}`).toEqual(stepOf(whole, t).data);
        }
        expect(stream.steps).toBe(LENGTH);
        stream.reset();
      }
      // Some steps in one call, then the rest in another.
      const part = (tensor: Tensor, from: number, to: number) => {
        const steps = Array.from({ length: to - from }, (_, t) => [...stepOf(tensor, from + t).data]);
        const size = tensor.shape[2];
        const data = Array.from({ length: batch }, (_, b) =>
          steps.flatMap((step) => step.slice(b * size, (b + 1) * size)),
        );
        return new Tensor(Float32Array.from(data.flat()), [batch, to - from, size]);
      };
      for (const [from, to] of [
        [0, 5],
        [5, LENGTH],
      ]) {
        expect(await stream.push(part(x, from, to))).toEqual(part(whole as Tensor, from, to));
      }
    }
  });
});

const wasm = { worker: false, threads: 1 };

it("is the same of a model with a fixed length, beyond that length, too", async () => {
  const make: Make = (x) => layers.dense({ units: 3 }).apply(conv({}).apply(x));
  const [fixed, open] = [build(make, wasm, [4, FEATURES]), build(make, wasm)];
  await fixed.setWeights(await open.getWeights());
  const x = sequences(2);
  const whole = await open.predict(x);
  const stream = await fixed.stream({ batchSize: 2 });
  for (let t = 0; t < LENGTH; t++) expect((await stream.push(stepOf(x, t))).data).toEqual(stepOf(whole, t).data);
});

it("goes on from a state that was kept, in another stream, and leaves others alone", async () => {
  const net = build(streamable["convolutions on each other, with a way around"], wasm);
  const x = sequences(2);
  const whole = await net.predict(x);
  const [one, two] = [await net.stream({ batchSize: 2 }), await net.stream({ batchSize: 2 })];
  for (let t = 0; t < 6; t++) await one.push(stepOf(x, t));
  const kept = one.state;
  await one.push(stepOf(x, 11));
  two.state = kept;
  expect(two.steps).toBe(6);
  for (let t = 6; t < LENGTH; t++) expect((await two.push(stepOf(x, t))).data).toEqual(stepOf(whole, t).data);
  one.state = kept;
  expect((await one.push(stepOf(x, 6))).data).toEqual(stepOf(whole, 6).data);
  const { values, steps } = kept;
  const [name] = Object.keys(values);
  const wrong = (state: unknown) => () => {
    two.state = state as StreamState;
  };
  const before = two.state;
  expect(wrong({ steps, values: {} })).toThrow(DataError);
  expect(wrong({ steps, values: { ...values, other: values[name] } })).toThrow('there is no "other" in this stream');
  expect(wrong({ steps, values: { ...values, [name]: tensor([1]) } })).toThrow(ShapeError);
  const infinite = new Tensor(
    values[name].data.map(() => Number.POSITIVE_INFINITY),
    values[name].shape,
  );
  expect(wrong({ steps, values: { ...values, [name]: infinite } })).toThrow("is not finite");
  expect(wrong({ steps: -1, values })).toThrow(ArgumentError);
  expect(wrong(undefined)).toThrow();
  expect(two.state).toEqual(before);
});

it("keeps the weights it was made with", async () => {
  const net = build(streamable.dense, wasm);
  const x = sequences(1);
  const whole = await net.predict(x);
  const stream = await net.stream();
  const pushing = stream.push(stepOf(x, 0));
  await net.trainOnBatch(x, new Tensor(new Float32Array(LENGTH * 9), [1, LENGTH, 9]));
  expect((await pushing).data).toEqual(stepOf(whole, 0).data);
  expect((await stream.push(stepOf(x, 1))).data).toEqual(stepOf(whole, 1).data);
  const later = await net.stream();
  expect((await later.push(stepOf(x, 0))).data).toEqual(stepOf(await net.predict(x), 0).data);
});

it("takes pushes one after the other, and copies what it is given", async () => {
  const net = build(streamable["a causal convolution"], wasm);
  const x = sequences(1);
  const whole = await net.predict(x);
  const stream = await net.stream();
  const own = Float32Array.from(x.data);
  const pushed = Array.from({ length: LENGTH }, (_, t) =>
    stream.push({ data: own.subarray(t * FEATURES, (t + 1) * FEATURES), shape: [1, FEATURES] }),
  );
  own.fill(99);
  const made = await Promise.all(pushed);
  made.forEach(({ data }, t) => {
    expect(data).toEqual(stepOf(whole, t).data);
  });
});

describe("what looks into the future is refused by name", () => {
  it.each<[string, Make, string]>([
    [
      "a convolution that is not causal",
      (x) => conv({ padding: "same" }).apply(x),
      "stream: conv1d looks into the future",
    ],
    ["one with strides", (x) => conv({ strides: 2 }).apply(x), "stream: conv1d looks"],
    ["a pooling", (x) => layers.maxPooling1d({ poolSize: 2 }).apply(x), "stream: maxPooling1d looks"],
    ["a mean of all steps", (x) => layers.globalAveragePooling1d().apply(x), "stream: globalAveragePooling1d looks"],
    ["a sum over time", (x) => ops.sum(x, { axis: 1 }), "stream: ops.sum"],
    ["the other way round", (x) => ops.flip(x, { axis: 1 }), "stream: ops.strided looks"],
    ["the last step", (x) => ops.slice(x, [0, -1, 0], [null, 1, -1]), "stream: ops.strided looks"],
    ["products of all steps with all", (x) => ops.matmul(x, x, { transposeB: true }), "stream: ops.products looks"],
    [
      "differences of all pairs",
      (x) => ops.sum(ops.subtract(ops.expandDims(x, 1), ops.expandDims(x, 2)), { axis: 1 }),
      "looks into the future",
    ],
    ["a running sum over time", (x) => ops.cumSum(x, { axis: 1 }), "stream: ops.cumSum looks"],
    ["a softmax over time", (x) => ops.softmax(ops.mean(x, { axis: -1 })), "stream: ops.softmax looks"],
    [
      "a function that does",
      (x) => layers.lambda((y) => ops.subtract(y, ops.max(y, { axis: 1, keepDims: true }))).apply(x),
      "stream: lambda looks",
    ],
    [
      "a model that does",
      (x) => {
        const inner = input({ shape: [null, FEATURES] });
        return model({ inputs: inner, outputs: conv({ padding: "same" }).apply(inner), name: "nested" }).apply(x);
      },
      "stream: nested looks",
    ],
    ["time as features", (x) => layers.permute({ dims: [2, 1] }).apply(x), "stream: permute looks"],
    [
      "numbers drawn for every step",
      (x) => ops.add(x, ops.randomNormal([null, null, FEATURES])),
      "stream: ops.randomNormal looks",
    ],
  ])("%s", async (_, make, message) => {
    const x = input({ shape: [null, FEATURES] });
    const net = model({ inputs: x, outputs: layers.activation({ activation: "linear" }).apply(make(x)) });
    await expect(net.stream()).rejects.toThrow(message);
    await expect(net.stream()).rejects.toThrow(ArgumentError);
  });

  it("a sample that is no sequence", async () => {
    const x = input({ shape: [FEATURES] });
    const net = model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(x) });
    await expect(net.stream()).rejects.toThrow("has no axis of time");
    const flat = build((y) => layers.dense({ units: 2 }).apply(layers.flatten().apply(y)), wasm, [4, FEATURES]);
    await expect(flat.stream()).rejects.toThrow("is for sequences of length 4 and cannot be computed step by step");
  });
});

it("refuses wrong options and wrong steps before any work", async () => {
  const net = build(streamable["a causal convolution"], wasm);
  await expect(net.stream({ batchSize: 0 })).rejects.toThrow(ArgumentError);
  await expect(net.stream({ size: 1 } as never)).rejects.toThrow(ArgumentError);
  await expect(net.stream({ maxLength: 0.5 })).rejects.toThrow(ArgumentError);
  const stream = await net.stream({ batchSize: 2 });
  await expect(stream.push([[1, 2, 3, 4, 5]])).rejects.toThrow("the stream has 2 sequences, got 1");
  await expect(stream.push([[1], [2]])).rejects.toThrow(ShapeError);
  await expect(
    stream.push([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, Number.NaN],
    ]),
  ).rejects.toThrow(DataError);
  await expect(stream.push(undefined as never)).rejects.toThrow(ArgumentError);
  expect(stream.steps).toBe(0);
  net.dispose();
  expect(
    (
      await stream.push([
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ])
    ).shape,
  ).toEqual([2, 7]);
  await expect(net.stream()).rejects.toThrow(StateError);
});

it("what is done at once does not overtake pushes that wait", async () => {
  const net = build(streamable["a causal convolution"], wasm);
  const x = sequences(1);
  const whole = await net.predict(x);
  const stream = await net.stream();
  const { steps, values } = stream.state;
  const pushing = stream.push(stepOf(x, 0));
  expect(() => stream.reset()).toThrow(StateError);
  expect(() => stream.state).toThrow("stream: state is read while a push is under way. Await it first.");
  expect(() => {
    stream.state = { steps, values };
  }).toThrow(StateError);
  await pushing;
  // Also behind one that has failed.
  await expect(stream.push([[1, 2, 3, 4, Number.NaN]])).rejects.toThrow(DataError);
  expect((await stream.push(stepOf(x, 1))).data).toEqual(stepOf(whole, 1).data);
  stream.reset();
  expect((await stream.push(stepOf(x, 0))).data).toEqual(stepOf(whole, 0).data);
});

it("several inputs come in as many steps each, those without time every time", async () => {
  const [a, b, still] = [input({ shape: [null, 2] }), input({ shape: [null, 2] }), input({ shape: [3] })];
  const sum = layers.add().apply([a, conv({ filters: 2 }).apply(b)]);
  const net = model({ inputs: [a, b, still], outputs: [sum, layers.dense({ units: 2 }).apply(still)], seed: 1 });
  const data = (steps: number) =>
    new Tensor(
      Float32Array.from({ length: 2 * steps }, (_, i) => i / 7),
      [1, steps, 2],
    );
  const context = tensor([[1, 2, 3]]);
  const [whole, alone] = await net.predict<Tensor[]>([data(3), data(3), context]);
  const stream = await net.stream();
  await expect(stream.push([data(1), data(3), context])).rejects.toThrow("push: inputs have 1 and 3 steps.");
  await expect(stream.push([data(3), data(1), context])).rejects.toThrow(ShapeError);
  expect(stream.steps).toBe(0);
  expect(await stream.push<Tensor[]>([data(3), data(3), context])).toEqual([whole, alone]);
});

it("functions are not called again: of a fixed length they are refused, and files stay as they were", async () => {
  let calls = 0;
  const counted = (y: Node) => {
    calls++;
    return ops.tanh(y);
  };
  const made: Make[] = [
    (x) => layers.lambda(counted).apply(x),
    (x) => layers.custom({ call: ([y]) => counted(y) }).apply(x),
    (x) => layers.dense({ units: 2, activation: activations.custom(counted) }).apply(x),
    (x) =>
      layers
        .dense({ units: 2 })
        .addLoss((y) => ops.mean(counted(y)))
        .apply(x),
  ];
  for (const make of made) {
    const [fixed, open] = [build(make, wasm, [4, FEATURES]), build(make, wasm)];
    const before = [fixed.toBytes(), open.toBytes()];
    const called = calls;
    await expect(fixed.stream()).rejects.toThrow("its function was called for that length. Give input() an open one.");
    const whole = await open.predict(sequences(1));
    expect((await (await open.stream()).push(stepOf(sequences(1), 0))).data).toEqual(stepOf(whole, 0).data);
    expect([fixed.toBytes(), open.toBytes()]).toEqual(before);
    expect(calls).toBe(called);
  }
});
