// What users of other libraries have reported of models that go step by step, rebuilt in our words.
import { describe, expect, it } from "vitest";
import { ArgumentError, input, layers, loadModel, model, type Node, ops, ShapeError, Tensor, tensor } from "../../src";
import { deriveKey, uniform } from "../../src/numeric/random";

const engines = [{ engine: "js" }, { engine: "wasm", worker: false, threads: 1 }] as const;
const wasm = engines[1];

const numbers = (seed: number, shape: number[]): Tensor<"float32"> =>
  new Tensor<"float32">(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => 2 * uniform(deriveKey(seed), i) - 1),
    shape,
  );

/** The steps from one to another of a tensor `[batch, time, …]`. */
const part = ({ data, shape: [batch, length, ...rest] }: Tensor, from: number, to: number) => {
  const size = rest.reduce((a, b) => a * b, 1);
  const rows = Array.from({ length: batch }, (_, b) => [
    ...data.slice((b * length + from) * size, (b * length + to) * size),
  ]);
  return new Tensor(Float32Array.from(rows.flat()), [batch, to - from, ...rest]);
};
/** One step of it, without the axis of time. */
const step = (whole: Tensor, t: number) => {
  const { data, shape } = part(whole, t, t + 1);
  return new Tensor(data, [shape[0], ...shape.slice(2)]);
};
/** One sample of a tensor, as a batch. */
const sample = ({ data, shape: [batch, ...rest] }: Tensor, b: number) =>
  new Tensor(data.slice((b * data.length) / batch, ((b + 1) * data.length) / batch) as Float32Array, [1, ...rest]);

const FEATURES = 4;
type Make = (x: Node) => Node;
const build = (make: Make, compile: object = wasm, shape: (number | null)[] = [null, FEATURES]) => {
  const x = input({ shape });
  const net = model({ inputs: x, outputs: make(x), seed: 3 });
  net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...compile });
  return net;
};

const attend = (options: object = {}) => {
  const layer = layers.multiHeadAttention({ numHeads: 2, keyDim: 3, useCausalMask: true, ...options });
  return (x: Node) => layer.apply(x) as Node;
};
const kinds = ["simpleRNN", "lstm", "gru"] as const;
const recurrent = (kind: (typeof kinds)[number], options: object = {}) => {
  const makers = { simpleRNN: layers.simpleRNN, lstm: layers.lstm, gru: layers.gru };
  return (makers[kind] as typeof layers.gru)({ units: 5, ...options });
};

describe("keys and values that are kept change nothing (x-transformers#219, torchtune#959)", () => {
  const makers: Record<string, Make> = {
    "with a table of positions": (x) => attend()(layers.positionEmbedding({ sequenceLength: 40 }).apply(x)),
    "with rotary positions": attend({ rotaryEmbedding: {}, keyDim: 4 }),
    "in two layers, with a window": (x) => attend({ slidingWindow: 3 })(attend({ slidingWindow: 5 })(x)),
  };

  it.each(Object.entries(makers))("however the sequence is cut: %s", async (_, make) => {
    const x = numbers(1, [2, 23, FEATURES]);
    for (const compile of engines) {
      const net = build(make, compile);
      const whole = await net.predict(x);
      for (const cuts of [
        [0, 23],
        [0, 1, 2, 22, 23],
        [0, 9, 10, 11, 23],
      ]) {
        const stream = await net.stream({ batchSize: 2, maxLength: 23 });
        for (let i = 1; i < cuts.length; i++) {
          const [from, to] = [cuts[i - 1], cuts[i]];
          expect(await stream.push(part(x, from, to)), `${from} to ${to} of ${cuts}`).toEqual(part(whole, from, to));
        }
      }
    }
  });

  it("a sequence behind reset() sees nothing of the longer one before (nanoGPT#76, llama.cpp#8498)", async () => {
    const [before, x] = [numbers(2, [1, 20, FEATURES]), numbers(3, [1, 6, FEATURES])];
    for (const make of Object.values(makers)) {
      const net = build(make);
      const stream = await net.stream({ maxLength: 20 });
      await stream.push(before);
      stream.reset();
      expect(await stream.push(x)).toEqual(await net.predict(x));
      expect(stream.steps).toBe(6);
    }
  });
});

describe("a window is as wide as it says (transformers#39408, #37574, #47708, mlx-lm#390, nanochat#452)", () => {
  const LENGTH = 14;

  it.each([1, 2, 4, 13, 14, 20])("%i steps, the present one among them", async (slidingWindow) => {
    for (const compile of engines) {
      const net = build(attend({ slidingWindow }), compile);
      const x = numbers(4, [1, LENGTH, FEATURES]);
      const last = async (given: Tensor) => {
        const stream = await net.stream({ maxLength: LENGTH });
        // The beginning at once, longer than the window (tvm#18630), the rest step by step.
        await stream.push(part(given, 0, LENGTH - 3));
        for (let t = LENGTH - 3; t < LENGTH - 1; t++) await stream.push(step(given, t));
        return (await stream.push(step(given, LENGTH - 1))).data;
      };
      const expected = await last(x);
      for (let changed = 0; changed < LENGTH; changed++) {
        const other = new Tensor(x.data.slice(), x.shape);
        other.data[changed * FEATURES] += 1;
        const isSeen = changed > LENGTH - 1 - slidingWindow;
        const made = await last(other);
        if (isSeen) expect(made, `step ${changed}`).not.toEqual(expected);
        else expect(made, `step ${changed}`).toEqual(expected);
      }
    }
  });
});

/** y[t] = b + Σ over j of x[t − (size − 1 − j)·dilation] · kernel[j], with zeros before the start. */
const convolved = (x: Tensor, kernel: Tensor, bias: Tensor, dilation: number) => {
  const [batch, length, channels] = x.shape;
  const [size, , filters] = kernel.shape;
  return Array.from({ length: batch * length * filters }, (_, i) => {
    const [f, t, b] = [i % filters, Math.floor(i / filters) % length, Math.floor(i / filters / length)];
    let sum = bias.data[f];
    for (let j = 0; j < size; j++) {
      const from = t - (size - 1 - j) * dilation;
      for (let c = 0; from >= 0 && c < channels; c++) {
        sum += x.data[(b * length + from) * channels + c] * kernel.data[(j * channels + c) * filters + f];
      }
    }
    return sum;
  });
};

it.each([
  [2, 1],
  [3, 4],
  [5, 3],
  [1, 1],
])(
  "the past of a causal convolution of %i, dilated by %i, is that of the formula (icefall#661)",
  async (kernelSize, dilationRate) => {
    const options = {
      filters: 3,
      kernelSize,
      dilationRate,
      padding: "causal",
      biasInitializer: "randomNormal",
    } as const;
    for (const compile of engines) {
      const net = build((x) => layers.conv1d(options).apply(x), compile);
      const [kernel, bias] = Object.values(await net.getWeights());
      const x = numbers(5, [2, 17, FEATURES]);
      const expected = convolved(x, kernel, bias, dilationRate);
      const stream = await net.stream({ batchSize: 2 });
      for (let round = 0; round < 2; round++) {
        for (let t = 0; t < 17; t++) {
          const { data } = await stream.push(step(x, t));
          data.forEach((value, i) => {
            expect(value).toBeCloseTo(expected[(Math.floor(i / 3) * 17 + t) * 3 + (i % 3)], 5);
          });
        }
        stream.reset();
      }
    }
  },
);

describe("states that are given count (keras#8317: reset_states(states) did nothing)", () => {
  /** A layer whose state is an input, and the states `[h, c]` or `[h]`. */
  const withStates = (kind: (typeof kinds)[number], compile: object, options: object = {}) => {
    const count = kind === "lstm" ? 2 : 1;
    const x = input({ shape: [null, FEATURES] });
    const states = Array.from({ length: count }, () => input({ shape: [5] }));
    const layer = recurrent(kind, { returnSequences: true, ...options });
    const net = model({ inputs: [x, ...states], outputs: layer.apply(x, { initialState: states }) as Node, seed: 3 });
    net.compile({ optimizer: "sgd", loss: "meanSquaredError", ...compile });
    return { net, given: states.map((_, i) => numbers(8 + i, [2, 5])) };
  };
  const x = numbers(6, [2, 9, FEATURES]);

  it.each(kinds)("%s: set in a stream, they are as initialState", async (kind) => {
    for (const compile of engines) {
      const { net, given } = withStates(kind, compile);
      const whole = await net.predict([x, ...given]);
      const plain = build((y) => recurrent(kind, { returnSequences: true }).apply(y) as Node, compile);
      await plain.setWeights(await net.getWeights());
      const stream = await plain.stream({ batchSize: 2 });
      const values = Object.fromEntries(given.map((state, i) => [`${kind}/${i}`, state]));
      stream.state = { steps: 0, values };
      expect(await stream.push(x)).toEqual(whole);
    }
  });

  it.each(kinds)("%s: a stream begins with initialState, and does so again behind reset()", async (kind) => {
    for (const compile of engines) {
      const { net, given } = withStates(kind, compile);
      const whole = await net.predict([x, ...given]);
      const others = given.map(() => numbers(20, [2, 5]));
      const stream = await net.stream({ batchSize: 2 });
      for (let round = 0; round < 2; round++) {
        for (let t = 0; t < 9; t++) {
          // Later ones do not count: the sequence has begun.
          const made = await stream.push([step(x, t), ...(t === 0 ? given : others)]);
          expect(made.data, `step ${t}`).toEqual(step(whole, t).data);
        }
        stream.reset();
      }
      const kept = stream.state;
      await stream.push([step(x, 0), ...given]);
      const begun = stream.state;
      stream.state = kept;
      expect((await stream.push([step(x, 0), ...given])).data).toEqual(step(whole, 0).data);
      stream.state = begun;
      expect((await stream.push([step(x, 1), ...others])).data).toEqual(step(whole, 1).data);
    }
  });

  it.each([true, false])(
    "also where the first steps are masked, and they come from other layers, all outputs: %s",
    async (returnSequences) => {
      for (const kind of kinds) {
        const [x, hint] = [input({ shape: [null, FEATURES] }), input({ shape: [3] })];
        const states = Array.from({ length: kind === "lstm" ? 2 : 1 }, () => layers.dense({ units: 5 }).apply(hint));
        const layer = recurrent(kind, { returnSequences });
        const outputs = layer.apply(layers.masking().apply(x), { initialState: states }) as Node;
        const net = model({ inputs: [x, hint], outputs, seed: 2 });
        const data = numbers(7, [2, 6, FEATURES]);
        // The first two steps of the first sequence do not count, nor does the fourth of the second.
        data.data.fill(0, 0, 2 * FEATURES).fill(0, 9 * FEATURES, 10 * FEATURES);
        const given = numbers(9, [2, 3]);
        const stream = await net.stream({ batchSize: 2 });
        for (let t = 0; t < 6; t++) {
          const whole = await net.predict([part(data, 0, t + 1), given]);
          const expected = returnSequences ? step(whole, t) : whole;
          expect((await stream.push([step(data, t), given])).data, `${kind}, step ${t}`).toEqual(expected.data);
        }
      }
    },
  );
});

it.each(kinds)("%s: in a large batch each sample begins with its own initial state", async (kind) => {
  const count = kind === "lstm" ? 2 : 1;
  const x = input({ shape: [null, FEATURES] });
  const states = Array.from({ length: count }, () => input({ shape: [5] }));
  const outputs = recurrent(kind).apply(x, { initialState: states }) as Node;
  const net = model({ inputs: [x, ...states], outputs, seed: 3 });
  const given = [numbers(21, [37, 3, FEATURES]), ...states.map((_, i) => numbers(22 + i, [37, 5]))];
  // In one batch, of more samples than a kernel takes at once.
  const whole = await net.predict(given, { batchSize: 37 });
  for (const b of [0, 1, 7, 8, 15, 16, 36]) {
    const alone = await net.predict(given.map((tensor) => sample(tensor, b)));
    expect(alone.data, `sample ${b}`).toEqual(sample(whole, b).data);
  }
});

describe("a stateful layer in a stream", () => {
  const fixed = (kind: (typeof kinds)[number], compile: object) => {
    const x = input({ shape: [8, FEATURES], batchSize: 3 });
    const layer = recurrent(kind, { stateful: true, returnSequences: true });
    const net = model({ inputs: x, outputs: layer.apply(x) as Node, seed: 5 });
    net.compile({ optimizer: "adam", loss: "meanSquaredError", ...compile });
    return { net, layer };
  };
  const x = numbers(10, [3, 8, FEATURES]);

  it.each(kinds)(
    "%s begins with zeros, in batches of any size, and what is carried stays (river-dl#107)",
    async (kind) => {
      for (const compile of engines) {
        const { net, layer } = fixed(kind, compile);
        const whole = await net.predict(x);
        const carried = await net.getWeights();
        expect(Object.entries(carried).some(([name, { data }]) => name.includes("state_") && data.some(Boolean))).toBe(
          true,
        );
        for (const batch of [3, 1]) {
          const stream = await net.stream({ batchSize: batch });
          for (let t = 0; t < 8; t++) {
            const [given, expected] = batch === 1 ? [sample(x, 1), sample(whole, 1)] : [x, whole];
            expect((await stream.push(step(given, t))).data).toEqual(step(expected, t).data);
          }
        }
        expect(await net.getWeights()).toEqual(carried);
        // Nor does the stream touch what the model goes on with.
        const goesOn = await net.predict(x);
        expect(goesOn.data).not.toEqual(whole.data);
        layer.resetState();
        expect((await net.predict(x)).data).toEqual(whole.data);
      }
    },
  );

  it("is what training has made of it, also from a file in the middle of one (keras#11148, #9417)", async () => {
    const { net } = fixed("gru", wasm);
    const y = numbers(11, [3, 8, 5]);
    for (let i = 0; i < 3; i++) await net.trainOnBatch(x, y);
    const again = await loadModel(await net.toBytes());
    const [one, two] = [await net.stream({ batchSize: 3 }), await again.stream({ batchSize: 3 })];
    const made = await one.push(x);
    expect(await two.push(x)).toEqual(made);
    const layer = net.layers.find(({ name }) => name === "gru") as unknown as { resetState(): void };
    layer.resetState();
    expect(made).toEqual(await net.predict(x));
  });
});

it("sequences side by side do not touch each other (keras#2750), nor do streams of one model", async () => {
  const makers: Make[] = [
    (x) => recurrent("lstm", { returnSequences: true }).apply(x) as Node,
    attend({ rotaryEmbedding: {}, keyDim: 4 }),
    (x) => layers.conv1d({ filters: 3, kernelSize: 3, padding: "causal" }).apply(x),
  ];
  const x = numbers(12, [4, 9, FEATURES]);
  for (const make of makers) {
    const net = build(make);
    const together = await net.stream({ batchSize: 4, maxLength: 9 });
    const alone = await Promise.all([0, 1, 2, 3].map(() => net.stream({ maxLength: 9 })));
    for (let t = 0; t < 9; t++) {
      const made = await together.push(step(x, t));
      for (const [b, stream] of alone.entries()) {
        expect((await stream.push(step(sample(x, b), t))).data).toEqual(sample(made, b).data);
      }
    }
  }
});

it("a stream has the batches it was made for (keras: stateful and another batch size)", async () => {
  const stream = await build((x) => recurrent("gru").apply(x) as Node).stream({ batchSize: 2 });
  await stream.push(numbers(1, [2, FEATURES]));
  await expect(stream.push(numbers(1, [3, FEATURES]))).rejects.toThrow("the stream has 2 sequences, got 3");
  await expect(stream.push(numbers(1, [1, FEATURES]))).rejects.toThrow(ShapeError);
  expect(stream.steps).toBe(1);
});

it("goes on where whole numbers of 32 bits end: 25 days at 1,000 steps a second", async () => {
  const net = build((x) =>
    layers
      .conv1d({ filters: 3, kernelSize: 3, padding: "causal" })
      .apply(recurrent("gru", { returnSequences: true }).apply(x) as Node),
  );
  const x = numbers(13, [1, 2, FEATURES]);
  const stream = await net.stream();
  await stream.push(x);
  const { values } = stream.state;
  const made = [];
  for (const steps of [2, 2 ** 31 - 1, 2 ** 32 - 1, 2 ** 40]) {
    stream.state = { steps, values };
    made.push((await stream.push(step(x, 1))).data, (await stream.push(step(x, 0))).data);
    expect(stream.steps).toBe(steps + 2);
  }
  for (let i = 2; i < made.length; i++) expect(made[i]).toEqual(made[i % 2]);
});

describe("what a sequence ends with is not known before its end", () => {
  const last = (x: Node) => recurrent("lstm", { units: FEATURES }).apply(x) as Node;
  const inputs = () => [input({ shape: [null, FEATURES] }), input({ shape: [null, FEATURES] })] as const;

  it.each<[string, Make, string]>([
    ["added to every step", (x) => ops.add(x, ops.expandDims(last(x), 1)), "ops.add"],
    [
      "multiplied with every step, behind other layers",
      (x) => ops.multiply(ops.expandDims(layers.dense({ units: FEATURES }).apply(last(x)), 1), x),
      "ops.multiply",
    ],
    [
      "as the first state of another layer that puts out its last",
      (x) => recurrent("gru", { units: FEATURES }).apply(x, { initialState: last(x) }) as Node,
      "gru",
    ],
    ["in a function", (x) => layers.lambda((a, b) => ops.add(a, ops.expandDims(b, 1))).apply([x, last(x)]), "lambda"],
    [
      "bidirectional",
      (x) => layers.bidirectional({ layer: layers.lstm({ units: 2, returnSequences: true }) }).apply(x) as Node,
      "bidirectional",
    ],
  ])("%s: refused", async (_, make, name) => {
    const net = build(make);
    await expect(net.stream()).rejects.toThrow(ArgumentError);
    await expect(net.stream()).rejects.toThrow(`stream: ${name} looks into the future`);
  });

  it("a decoder that begins with what the encoder ends with is refused, one with that as an input is not", async () => {
    const [source, target] = inputs();
    const [, state] = layers.gru({ units: 5, returnState: true }).apply(source) as readonly Node[];
    const decoder = layers.gru({ units: 5, returnSequences: true });
    const both = model({
      inputs: [source, target],
      outputs: decoder.apply(target, { initialState: state }) as Node,
      seed: 1,
    });
    await expect(both.stream()).rejects.toThrow("looks into the future");
    // Encoder and decoder by themselves, with the same weights.
    const encoder = model({ inputs: source, outputs: state });
    const given = input({ shape: [5] });
    const alone = model({ inputs: [target, given], outputs: decoder.apply(target, { initialState: given }) as Node });
    const [a, b] = [numbers(14, [1, 7, FEATURES]), numbers(15, [1, 7, FEATURES])];
    const whole = await both.predict([a, b]);
    const encoded = await encoder.predict(a);
    const stream = await alone.stream();
    for (let t = 0; t < 7; t++) expect((await stream.push([step(b, t), encoded])).data).toEqual(step(whole, t).data);
  });

  it("by itself it is that of the steps so far", async () => {
    const net = build((x) =>
      layers
        .dense({ units: 2 })
        .apply(layers.add().apply([last(x), recurrent("gru", { units: FEATURES }).apply(x) as Node])),
    );
    const x = numbers(16, [1, 6, FEATURES]);
    const stream = await net.stream();
    for (let t = 0; t < 6; t++) {
      expect((await stream.push(step(x, t))).data).toEqual((await net.predict(part(x, 0, t + 1))).data);
    }
  });
});

it("one step [batch, features] and several [batch, time, features] are told apart by their axes alone", async () => {
  const net = build((x) => recurrent("gru", { returnSequences: true }).apply(x) as Node);
  // As many sequences as features and steps.
  const x = numbers(17, [4, 4, FEATURES]);
  const stream = await net.stream({ batchSize: 4 });
  expect((await stream.push(step(x, 0))).shape).toEqual([4, 5]);
  expect((await stream.push(x)).shape).toEqual([4, 4, 5]);
  expect(stream.steps).toBe(5);
  await expect(stream.push(tensor([1, 2, 3, 4]))).rejects.toThrow(ShapeError);
});
