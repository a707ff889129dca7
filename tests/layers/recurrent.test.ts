// Recurrent layers: trajectories of tests/references/recurrent.py, and what holds between layers, engines and threads.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  type CompileOptions,
  input,
  layers,
  loadModel,
  type Model,
  model,
  type Node,
  ops,
  optimizers,
  sequential,
  ShapeError,
  type Tensor,
  tensor,
} from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";

type Kind = "lstm" | "gru" | "simpleRNN";

interface Case {
  readonly name: string;
  readonly kind: Kind;
  readonly options: Readonly<Record<string, unknown>> & { readonly units: number };
  readonly batch: number;
  readonly time: number;
  readonly features: number;
  readonly mask?: readonly (readonly number[])[];
  readonly hasStates: boolean;
  readonly mergeMode?: "concat" | "sum" | "mul" | "ave";
  readonly outputs: readonly (readonly number[])[];
  readonly loss: number;
  readonly gradients: readonly (readonly number[])[];
  readonly inputGradients: readonly (readonly number[])[];
  readonly losses: readonly number[];
  readonly weights: readonly (readonly number[])[];
}

const file = new URL("../references/recurrent.json", import.meta.url);
const cases: readonly Case[] = JSON.parse(readFileSync(file, "utf8"));

/** One of the layers, whose type does not say how many outputs it has. */
const make = (kind: Kind, options: object) =>
  (layers[kind] as unknown as (options: object) => layers.Recurrent<Node | readonly Node[]>)(options);

/** The numbers of the rule in recurrent.py. */
function numbers(seed: number, shape: readonly number[], scale = 1): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const value = (i: number) => ((((i + 1) * 48271 + seed * 69621) % 2003) - 1001) / 1024;
  return tensor(
    Float32Array.from({ length: count }, (_, i) => value(i) * scale),
    [...shape],
  );
}

const difference = (actual: ArrayLike<number>, expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  return Array.from(actual).reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0) / largest;
};

/** The model of a case, with the tensors that go in and what should come out. */
async function modelOf(reference: Case, compile: Partial<CompileOptions> = {}) {
  const { kind, options, batch, time, features, mask, hasStates, mergeMode } = reference;
  const x = input({ shape: [time, features] });
  const m = input({ shape: [time] });
  const own = kind === "lstm" ? [2, 3] : [2];
  const seeds = !hasStates ? [] : mergeMode ? [...own, ...own.map((seed) => seed + 3)] : own;
  const states = seeds.map(() => input({ shape: [options.units] }));
  const one = make(kind, options);
  const layer = mergeMode ? layers.bidirectional({ layer: one, mergeMode }) : one;
  const applied: Node | readonly Node[] = layer.apply(mask ? ops.withMask(x, m) : x, { initialState: states });
  const [first, ...others] = [applied].flat() as Node[];
  // The references count every place, the losses here valid ones.
  const outputs = [first.mask ? ops.withoutMask(first) : first, ...others];
  const built = model({ inputs: [x, ...(mask ? [m] : []), ...states], outputs });
  built.compile({ optimizer: optimizers.sgd({ learningRate: 0.125 }), loss: "meanSquaredError", ...compile });
  const names = Object.entries(await built.getWeights());
  await built.setWeights(Object.fromEntries(names.map(([name, { shape }], i) => [name, numbers(10 + i, shape, 0.5)])));
  const given = [
    numbers(1, [batch, time, features]),
    ...(mask ? [tensor(mask)] : []),
    ...seeds.map((seed) => numbers(seed, [batch, options.units])),
  ];
  const targets = outputs.map((node, j) => numbers(20 + j, [batch, ...(node.shape as number[])]));
  return { built, given, targets, layer };
}

const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

describe("recurrent layers compute what torch does", () => {
  it.each(cases.map((reference) => [reference.name, reference] as const))("%s", async (_, reference) => {
    const { built, given, targets } = await modelOf(reference);
    const made = listOf(await built.predict(given, { batchSize: reference.batch }));
    made.forEach(({ data }, i) => {
      expect(difference(data, reference.outputs[i]), `output ${i}`).toBeLessThan(2e-6);
    });
    const { loss, weights, inputs } = await built.gradients(given, targets);
    expect(Math.abs(loss / reference.loss - 1)).toBeLessThan(2e-6);
    Object.values(weights).forEach(({ data }, i) => {
      expect(difference(data, reference.gradients[i]), `gradient ${i}`).toBeLessThan(6e-6);
    });
    const wanted = reference.mask ? inputs.filter((_, i) => i !== 1) : inputs;
    wanted.forEach(({ data }, i) => {
      expect(difference(data, reference.inputGradients[i]), `gradient of input ${i}`).toBeLessThan(6e-6);
    });
    for (const expected of reference.losses) {
      expect(Math.abs((await built.trainOnBatch(given, targets)).loss / expected - 1)).toBeLessThan(4e-6);
    }
    Object.values(await built.getWeights()).forEach(({ data }, i) => {
      expect(difference(data, reference.weights[i]), `weight ${i}`).toBeLessThan(4e-6);
    });
  });

  it("on the js engine, too", async () => {
    for (const reference of cases.filter(({ time }) => time < 10)) {
      const { built, given } = await modelOf(reference, { engine: "js" });
      listOf(await built.predict(given, { batchSize: reference.batch })).forEach(({ data }, i) => {
        expect(difference(data, reference.outputs[i]), reference.name).toBeLessThan(2e-6);
      });
    }
  });
});

const kinds: readonly Kind[] = ["lstm", "gru", "simpleRNN"];
const bytesOf = async (of: Model) =>
  Buffer.concat(
    Object.values(await of.getWeights()).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  );

/** A net with everything that draws random numbers, and data for it. */
function dropping(kind: Kind, compile: Partial<CompileOptions>, batch = 37) {
  const a = input({ shape: [6, 5] });
  const options = { dropout: 0.25, recurrentDropout: 0.5, seed: 9 };
  const first = make(kind, { ...options, units: 19, returnSequences: true }).apply(layers.masking().apply(a));
  const y = layers.dense({ units: 2 }).apply(make(kind, { ...options, units: 17, goBackwards: true }).apply(first));
  const built = model({ inputs: a, outputs: y, seed: 4 });
  built.compile({ optimizer: "adam", loss: "meanSquaredError", ...compile });
  const x = numbers(1, [batch, 6, 5]);
  (x.data as Float32Array).fill(0, 15, 25);
  return { built, x, y: numbers(2, [batch, 2]) };
}

describe("recurrent layers", () => {
  it.each(kinds)("%s gives the same bits on one, two and three threads", async (kind) => {
    const of = async (threads: number) => {
      const { built, x, y } = dropping(kind, { threads });
      await built.fit(x, y, { epochs: 3, batchSize: 37 });
      return bytesOf(built);
    };
    const [one, two, three] = [await of(1), await of(2), await of(3)];
    expect(two.equals(one)).toBe(true);
    expect(three.equals(one)).toBe(true);
  });

  it.each(kinds)("%s saved and loaded goes on bit for bit, and predicts the same for inference", async (kind) => {
    const { built, x, y } = dropping(kind, {});
    await built.fit(x, y, { epochs: 2 });
    const loaded = await loadModel(built.toBytes());
    for (const each of [built, loaded]) await each.fit(x, y, { epochs: 2 });
    expect((await bytesOf(loaded)).equals(await bytesOf(built))).toBe(true);
    const predicted = await built.predict(x);
    const alone = await (await loadForInference(built.toBytes())).predict(x);
    expect((alone as Tensor).data).toEqual(predicted.data);
  });

  it.each(kinds)("%s has the same bits for a sample whatever stands beside it", async (kind) => {
    const { built, x } = dropping(kind, {});
    const together = (await built.predict(x, { batchSize: 37 })).data;
    for (const batchSize of [1, 2, 5]) expect((await built.predict(x, { batchSize })).data).toEqual(together);
  });

  it.each(kinds)("%s has the same bits when it is done step by step", async (kind) => {
    const x = numbers(1, [3, 9, 4]);
    const whole = input({ shape: [9, 4] });
    const layer = make(kind, { units: 11, returnSequences: true, returnState: true });
    const atOnce = model({ inputs: whole, outputs: layer.apply(whole) as Node[] });
    const [sequence] = (await atOnce.predict(x)) as Tensor[];
    const one = input({ shape: [1, 4] });
    const before = (kind === "lstm" ? [0, 1] : [0]).map(() => input({ shape: [11] }));
    const step = model({ inputs: [one, ...before], outputs: layer.apply(one, { initialState: before }) as Node[] });
    let states: Tensor[] = before.map(() => tensor(new Float32Array(33), [3, 11]));
    for (let t = 0; t < 9; t++) {
      const part = Float32Array.from({ length: 12 }, (_, i) => x.data[(Math.floor(i / 4) * 9 + t) * 4 + (i % 4)]);
      const [h, ...ends] = (await step.predict([tensor(part, [3, 1, 4]), ...states])) as Tensor[];
      const expected = Float32Array.from(
        { length: 33 },
        (_, i) => sequence.data[(Math.floor(i / 11) * 9 + t) * 11 + (i % 11)],
      );
      expect(h.data).toEqual(expected);
      states = ends;
    }
  });

  it.each(kinds)("%s drops the same inputs and states at all steps, in training only", async (kind) => {
    const of = async (options: object) => {
      const a = input({ shape: [4, 3] });
      const built = model({
        inputs: a,
        outputs: make(kind, { units: 5, returnSequences: true, ...options }).apply(a) as Node,
      });
      const x = tensor(new Float32Array(8 * 12).fill(1), [8, 4, 3]);
      return [await built.predict(x), await built.predict(x, { training: true })] as const;
    };
    const [plain, alsoPlain] = await of({ recurrentDropout: 0, dropout: 0 });
    expect(alsoPlain.data).toEqual(plain.data);
    for (const options of [{ dropout: 0.5 }, { recurrentDropout: 0.5 }]) {
      const [predicted, trained] = await of({ ...options, kernelInitializer: "ones", recurrentInitializer: "ones" });
      expect(trained.data).not.toEqual(predicted.data);
    }
    // With every weight 1 and linear states, what a sample keeps can be read off its first two steps.
    const a = input({ shape: [2, 3] });
    const rnn = layers.simpleRNN({ units: 1, activation: "linear", dropout: 0.5, returnSequences: true });
    const built = model({ inputs: a, outputs: rnn.apply(a) });
    await built.setWeights({
      "simpleRNN/kernel": tensor([[1], [2], [4]]),
      "simpleRNN/recurrent_kernel": tensor([[0]]),
      "simpleRNN/bias": tensor([0]),
    });
    const { data } = await built.predict(tensor(new Float32Array(16 * 6).fill(1), [16, 2, 3]), { training: true });
    for (let i = 0; i < 16; i++) expect(data[2 * i + 1]).toBe(data[2 * i]);
    expect(new Set(data).size).toBeGreaterThan(4);
  });

  it("lstm begins with 1 as bias of the forget gate, unless told not to", async () => {
    const of = async (options: object) => {
      const built = sequential({ layers: [layers.lstm({ units: 2, inputShape: [3, 1], ...options })] });
      return Array.from((await built.getWeights())["lstm/bias"].data);
    };
    expect(await of({})).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(await of({ unitForgetBias: false })).toEqual(new Array(8).fill(0));
    expect(await of({ biasInitializer: "ones", unitForgetBias: true })).toEqual(new Array(8).fill(1));
  });

  it("works on sequences of any length", async () => {
    const built = sequential({
      layers: [
        layers.gru({ units: 4, returnSequences: true, inputShape: [null, 3] }),
        layers.lstm({ units: 5, returnSequences: true }),
        layers.simpleRNN({ units: 2 }),
      ],
    });
    const fixed = (time: number) =>
      sequential({
        layers: [
          layers.gru({ units: 4, returnSequences: true, inputShape: [time, 3] }),
          layers.lstm({ units: 5, returnSequences: true }),
          layers.simpleRNN({ units: 2 }),
        ],
      });
    for (const time of [1, 4, 9]) {
      const x = numbers(1, [2, time, 3]);
      const other = fixed(time);
      await other.setWeights(await built.getWeights());
      expect((await built.predict(x)).data).toEqual((await other.predict(x)).data);
    }
  });

  it("passes its mask on with sequences, and ends it otherwise", () => {
    const x = layers.masking().apply(input({ shape: [4, 2] }));
    for (const kind of kinds) {
      const [sequence, ...states] = make(kind, { units: 3, returnSequences: true, returnState: true }).apply(
        x,
      ) as Node[];
      expect(sequence.mask).toBe(x.mask);
      expect(states.map(({ mask }) => mask)).toEqual(states.map(() => undefined));
      expect((make(kind, { units: 3 }).apply(x) as Node).mask).toBeUndefined();
    }
  });

  it.each(kinds)("%s refuses what does not fit, before any work", (kind) => {
    const x = input({ shape: [4, 2] });
    const layer = () => make(kind, { units: 3 });
    expect(() => layer().apply(input({ shape: [4] }))).toThrow(ShapeError);
    expect(() => layer().apply(input({ shape: [4, 2, 3] }))).toThrow(ShapeError);
    expect(() => layer().apply(x, { initialState: input({ shape: [4] }) })).toThrow(
      kind === "lstm" ? ArgumentError : ShapeError,
    );
    const h = input({ shape: [3] });
    expect(() => layer().apply(x, { initialState: [h, h, h] })).toThrow(ArgumentError);
    expect(() => layer().apply(x, { initialStates: [h] } as object)).toThrow(/initialStates/);
    expect(() => make(kind, { units: 0 })).toThrow(ArgumentError);
    expect(() => make(kind, { units: 3, activation: "gelu" })).toThrow(/activation must be one whose slope/);
    expect(() => make(kind, { units: 3, dropout: 1 })).toThrow(ArgumentError);
    expect(() => make(kind, { units: 3, recurrentDropout: -0.1 })).toThrow(ArgumentError);
    expect(() => make(kind, { units: 3, unroll: true } as never)).toThrow(/unroll/);
  });
});

/** A stateful layer over parts of sequences, and one that is not over them as a whole, with the same weights. */
async function inParts(kind: Kind, compile: Partial<CompileOptions> = {}, parts = 3) {
  const options = { units: 6, returnSequences: true };
  const part = input({ shape: [4, 3], batchSize: 2 });
  const layer = make(kind, { ...options, stateful: true });
  const stateful = model({ inputs: part, outputs: layer.apply(part) as Node, seed: 7 });
  stateful.compile({ optimizer: "adam", loss: "meanSquaredError", ...compile });
  const whole = sequential({ layers: [make(kind, { ...options, inputShape: [4 * parts, 3] }) as never] });
  const weights = Object.entries(await stateful.getWeights()).filter(([name]) => !name.includes("state_"));
  await whole.setWeights(Object.fromEntries(weights));
  const x = numbers(1, [2, 4 * parts, 3]);
  /** Part after part, as batches. */
  const cut = ({ data, shape }: Tensor) => {
    const [width, count] = [shape[2], 8 * parts * shape[2]];
    const value = (i: number) => {
      const [feature, t, sample, which] = [
        i % width,
        Math.floor(i / width) % 4,
        Math.floor(i / width / 4) % 2,
        Math.floor(i / width / 8),
      ];
      return data[(sample * 4 * parts + which * 4 + t) * width + feature];
    };
    return tensor(
      Float32Array.from({ length: count }, (_, i) => value(i)),
      [2 * parts, 4, width],
    );
  };
  return { stateful, layer, whole, x, cut, parts: cut(x) };
}

describe("stateful layers", () => {
  it.each(kinds)("%s go on from batch to batch until they are reset, in prediction and evaluation", async (kind) => {
    const { stateful, layer, whole, x, cut, parts } = await inParts(kind);
    const expected = cut((await whole.predict(x)) as Tensor);
    const first = (await stateful.predict(parts)) as Tensor;
    expect(first.data).toEqual(expected.data);
    expect(((await stateful.predict(parts)) as Tensor).data).not.toEqual(expected.data);
    layer.resetState();
    expect(((await stateful.predict(parts)) as Tensor).data).toEqual(expected.data);
    layer.resetState();
    const losses = await stateful.evaluate(parts, expected);
    expect(losses.loss).toBe(0);
    layer.resetState();
    expect((stateful.predictSync(parts) as Tensor).data).toEqual(expected.data);
    const states = Object.entries(await stateful.getWeights()).filter(([name]) => name.includes("state_"));
    expect(states.map(([name]) => name)).toEqual(
      (kind === "lstm" ? ["h", "c"] : ["h"]).map((name) => `${kind}/state_${name}`),
    );
    const last = Array.from(
      { length: 12 },
      (_, i) => expected.data[expected.data.length - 48 + Math.floor(i / 6) * 24 + 18 + (i % 6)],
    );
    expect(Array.from(states[0][1].data)).toEqual(last);
  });

  it("on the js engine, too", async () => {
    const { stateful, layer, whole, x, cut, parts } = await inParts("lstm", { engine: "js" });
    const expected = cut((await whole.predict(x)) as Tensor);
    for (let i = 0; i < 2; i++) {
      expect(difference(((await stateful.predict(parts)) as Tensor).data, Array.from(expected.data))).toBeLessThan(
        2e-6,
      );
      layer.resetState();
    }
  });

  it.each(kinds)("%s train with what the batch before has left, and go on bit for bit from a file", async (kind) => {
    const of = async (compile: Partial<CompileOptions>, saveBehind?: number) => {
      const { stateful, parts } = await inParts(kind, compile);
      const y = numbers(2, [6, 4, 6]);
      let current: Model = stateful;
      const seen: Float32Array[] = [];
      for (let epoch = 0; epoch < 4; epoch++) {
        await current.fit(parts, y, { shuffle: false });
        seen.push((await current.getWeights())[`${kind}/state_h`].data as Float32Array);
        if (epoch === saveBehind) current = await loadModel(current.toBytes());
      }
      return { bytes: await bytesOf(current), seen };
    };
    const plain = await of({});
    expect(plain.seen[0].some((value) => value !== 0)).toBe(true);
    expect((await of({}, 1)).bytes.equals(plain.bytes)).toBe(true);
    expect((await of({ threads: 2 })).bytes.equals(plain.bytes)).toBe(true);
  });

  it("are reset in the middle of a training by a callback", async () => {
    const { stateful, layer, parts } = await inParts("gru");
    const y = numbers(2, [6, 4, 6]);
    await stateful.fit(parts, y, {
      shuffle: false,
      epochs: 3,
      callbacks: [{ onEpochBegin: () => layer.resetState() }],
    });
    const { stateful: other, layer: otherLayer } = await inParts("gru");
    for (let epoch = 0; epoch < 3; epoch++) {
      otherLayer.resetState();
      await other.fit(parts, y, { shuffle: false });
    }
    const kernel = async (of: Model) => (await of.getWeights())["gru/kernel"].data;
    expect(await kernel(stateful)).toEqual(await kernel(other));
  });

  it("stay as they are behind gradients()", async () => {
    const { stateful, parts } = await inParts("lstm");
    const one = tensor(parts.data.slice(0, 24) as Float32Array, [2, 4, 3]);
    await stateful.predict(one);
    const before = await bytesOf(stateful);
    await stateful.gradients(one, numbers(2, [2, 4, 6]));
    expect((await bytesOf(stateful)).equals(before)).toBe(true);
  });

  it("move in a layer that is not trained, too", async () => {
    const x = input({ shape: [4, 3], batchSize: 2 });
    const layer = layers.gru({ units: 3, stateful: true, trainable: false });
    const built = model({ inputs: x, outputs: layers.dense({ units: 1 }).apply(layer.apply(x)) });
    built.compile({ optimizer: "adam", loss: "meanSquaredError" });
    const before = await built.getWeights();
    await built.trainOnBatch(numbers(1, [2, 4, 3]), numbers(2, [2, 1]));
    const behind = await built.getWeights();
    expect(behind["gru/kernel"].data).toEqual(before["gru/kernel"].data);
    expect(before["gru/state_h"].data.every((value) => value === 0)).toBe(true);
    expect(behind["gru/state_h"].data.every((value) => value !== 0)).toBe(true);
  });

  it("go on in a model that is loaded for inference", async () => {
    const { stateful, whole, x, cut, parts } = await inParts("lstm");
    const expected = cut((await whole.predict(x)) as Tensor).data;
    const alone = await loadForInference(stateful.toBytes());
    const found = [0, 1, 2].map((i) => tensor(parts.data.slice(24 * i, 24 * i + 24) as Float32Array, [2, 4, 3]));
    for (const [i, part] of found.entries()) {
      const y = i === 1 ? await alone.predict(part) : i ? alone.predictSync(part) : await alone.predict(part);
      expect(y.data).toEqual(expected.slice(48 * i, 48 * i + 48));
    }
    await expect(alone.predict(tensor(parts.data.slice(0, 12) as Float32Array, [1, 4, 3]))).rejects.toThrow(ShapeError);
    await expect(alone.predict(parts, { batchSize: 3 })).rejects.toThrow(/batches of 2/);
  });

  it("need to know the size of batches, and take no other", async () => {
    expect(() => layers.lstm({ units: 2, stateful: true }).apply(input({ shape: [4, 3] }))).toThrow(/batchSize/);
    expect(() => layers.lstm({ units: 2 }).resetState()).toThrow(/not stateful/);
    expect(() => input({ shape: [4, 3], batchSize: 0 })).toThrow(ArgumentError);
    const [a, b] = [2, 3].map((batchSize) => input({ shape: [4], batchSize }));
    expect(() => model({ inputs: [a, b], outputs: layers.add().apply([a, b]) })).toThrow(/one batchSize, got 2 and 3/);
    const { stateful, parts } = await inParts("lstm");
    const y = numbers(2, [6, 4, 6]);
    const three = [tensor(parts.data.slice(0, 36) as Float32Array, [3, 4, 3]), numbers(2, [3, 4, 6])] as const;
    await expect(stateful.fit(parts, y, { batchSize: 4 })).rejects.toThrow(/batches of 2/);
    await expect(stateful.fit(...three)).rejects.toThrow(ShapeError);
    await expect(stateful.trainOnBatch(...three)).rejects.toThrow(ShapeError);
    await expect(stateful.gradients(...three)).rejects.toThrow(ShapeError);
    await expect(stateful.evaluate(...three)).rejects.toThrow(ShapeError);
    await expect(stateful.predict(three[0])).rejects.toThrow(ShapeError);
    await expect(stateful.fit(parts, y, { validationSplit: 0.5 })).rejects.toThrow(ShapeError);
    expect((await stateful.predict(parts, { batchSize: 2 })) as Tensor).toBeDefined();
  });
});

describe("bidirectional", () => {
  it("names its weights as Keras does, and gives the states of both directions", async () => {
    const x = input({ shape: [4, 3] });
    const layer = layers.bidirectional({ layer: layers.lstm({ units: 2, returnState: true }) });
    const outputs = layer.apply(x) as readonly Node[];
    expect(outputs.map(({ shape }) => shape)).toEqual([[4], [2], [2], [2], [2]]);
    const built = model({ inputs: x, outputs });
    const names = ["kernel", "recurrent_kernel", "bias"];
    expect(Object.keys(await built.getWeights())).toEqual(
      ["forward_lstm", "backward_lstm"].flatMap((of) => names.map((name) => `bidirectional/${of}/${name}`)),
    );
    const [y, fh, fc, bh] = (await built.predict(numbers(1, [2, 4, 3]))) as Tensor[];
    expect(Array.from(y.data)).toEqual([
      ...fh.data.slice(0, 2),
      ...bh.data.slice(0, 2),
      ...fh.data.slice(2),
      ...bh.data.slice(2),
    ]);
    expect(fc.data).not.toEqual(fh.data);
  });

  it("is saved with its layer, predicts the same for inference, and goes on bit for bit", async () => {
    for (const kind of kinds) {
      const inner = make(kind, {
        units: 5,
        returnSequences: true,
        dropout: 0.3,
        activation: "softsign",
      }) as layers.Recurrent<Node>;
      const built = sequential({
        layers: [
          layers.masking({ inputShape: [null, 3] }),
          layers.bidirectional({ layer: inner, mergeMode: "mul" }),
          layers.bidirectional({ layer: make(kind, { units: 3 }) as layers.Recurrent<Node> }),
          layers.dense({ units: 2 }),
        ],
      });
      built.compile({ optimizer: "adam", loss: "meanSquaredError" });
      const [x, y] = [numbers(1, [6, 5, 3]), numbers(2, [6, 2])];
      (x.data as Float32Array).fill(0, 30, 42);
      await built.fit(x, y, { epochs: 2 });
      const loaded = await loadModel(built.toBytes());
      for (const each of [built, loaded]) await each.fit(x, y, { epochs: 2 });
      expect((await bytesOf(loaded)).equals(await bytesOf(built))).toBe(true);
      const alone = await (await loadForInference(built.toBytes())).predict(x);
      expect((alone as Tensor).data).toEqual((await built.predict(x)).data);
    }
  });

  it("carries the states of both directions where its layer does", async () => {
    const x = input({ shape: [3, 2], batchSize: 2 });
    const layer = layers.bidirectional({ layer: layers.gru({ units: 3, stateful: true }) });
    const built = model({ inputs: x, outputs: layer.apply(x) as Node });
    const data = numbers(1, [2, 3, 2]);
    const [first, second] = [await built.predict(data), await built.predict(data)];
    expect(second.data).not.toEqual(first.data);
    layer.resetState();
    expect((await built.predict(data)).data).toEqual(first.data);
  });

  it("refuses what does not fit", () => {
    expect(() => layers.bidirectional({ layer: layers.dense({ units: 2 }) as never })).toThrow(
      /layer must be layers.lstm/,
    );
    expect(() => layers.bidirectional({ layer: layers.gru({ units: 2 }), mergeMode: "max" as never })).toThrow(
      ArgumentError,
    );
    const used = layers.gru({ units: 2 });
    used.apply(input({ shape: [4, 3] }));
    expect(() => layers.bidirectional({ layer: used })).toThrow(/applied already/);
    const x = input({ shape: [4, 3] });
    const [h, c] = [input({ shape: [2] }), input({ shape: [2] })];
    const both = layers.bidirectional({ layer: layers.lstm({ units: 2 }) });
    expect(() => both.apply(x, { initialState: [h, c] })).toThrow(ArgumentError);
    expect(() => both.resetState()).toThrow(/not stateful/);
  });
});

describe("timeDistributed", () => {
  it("makes of every step what its layer makes of a sample", async () => {
    const x = input({ shape: [3, 6, 6, 2] });
    const layer = layers.timeDistributed({ layer: layers.conv2d({ filters: 4, kernelSize: 3, activation: "relu" }) });
    const built = model({ inputs: x, outputs: layer.apply(x) });
    const alone = sequential({
      layers: [layers.conv2d({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [6, 6, 2] })],
    });
    const weights = await built.getWeights();
    expect(Object.keys(weights)).toEqual(["timeDistributed/conv2d/kernel", "timeDistributed/conv2d/bias"]);
    const [kernel, bias] = Object.values(weights);
    await alone.setWeights({ "conv2d/kernel": kernel, "conv2d/bias": bias });
    const data = numbers(1, [2, 3, 6, 6, 2]);
    const made = await built.predict(data);
    expect(made.shape).toEqual([2, 3, 4, 4, 4]);
    expect(made.data).toEqual((await alone.predict(tensor(data.data, [6, 6, 6, 2]))).data);
  });

  it("trains as a dense layer over all steps does, is saved with its layer, and passes masks on", async () => {
    const of = (last: layers.Layer) => {
      const built = sequential({ seed: 2, layers: [layers.masking({ inputShape: [null, 3] }), last] });
      built.compile({ optimizer: "adam", loss: "meanSquaredError" });
      return built;
    };
    const built = of(layers.timeDistributed({ layer: layers.dense({ units: 4, activation: "tanh" }) }));
    const dense = of(layers.dense({ units: 4, activation: "tanh" }));
    const [x, y] = [numbers(1, [4, 5, 3]), numbers(2, [4, 5, 4])];
    (x.data as Float32Array).fill(0, 9, 15);
    for (const each of [built, dense]) await each.fit(x, y, { epochs: 3 });
    expect((await bytesOf(built)).equals(await bytesOf(dense))).toBe(true);
    const loaded = await loadModel(built.toBytes());
    for (const each of [loaded, built]) await each.fit(x, y, { epochs: 2 });
    expect((await bytesOf(loaded)).equals(await bytesOf(built))).toBe(true);
    expect(Object.keys(await loaded.getWeights())[0]).toBe("timeDistributed/dense/kernel");
  });

  it("leaves a layer that is not trained as it is", async () => {
    const inner = layers.dense({ units: 2, trainable: false });
    const built = sequential({
      layers: [layers.timeDistributed({ layer: inner, inputShape: [3, 2] }), layers.dense({ units: 1 })],
    });
    built.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const before = await built.getWeights();
    await built.fit(numbers(1, [4, 3, 2]), numbers(2, [4, 3, 1]));
    const behind = await built.getWeights();
    expect(behind["timeDistributed/dense/kernel"].data).toEqual(before["timeDistributed/dense/kernel"].data);
    expect(behind["dense/kernel"].data).not.toEqual(before["dense/kernel"].data);
  });

  it("refuses what does not fit", () => {
    expect(() => layers.timeDistributed({ layer: "dense" as never })).toThrow(ArgumentError);
    expect(() => layers.timeDistributed({ layer: layers.dense({ units: 1 }) }).apply(input({ shape: [4] }))).toThrow(
      ShapeError,
    );
    const several = layers.lstm({ units: 2, returnState: true }) as unknown as layers.Layer;
    expect(() => layers.timeDistributed({ layer: several }).apply(input({ shape: [2, 4, 3] }))).toThrow(
      /has 3 outputs/,
    );
  });
});

describe("layers that change sequences", () => {
  const of = async (layer: layers.Layer, data: Tensor) => {
    const x = input({ shape: data.shape.slice(1) });
    const built = model({ inputs: x, outputs: layer.apply(x) });
    const made = await built.predict(data);
    expect((await (await loadModel(built.toBytes())).predict(data)).data).toEqual(made.data);
    return made.toArray();
  };
  const x = tensor([
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  ]);

  it("repeat, crop, pad and stretch them", async () => {
    expect(
      await of(
        layers.repeatVector({ n: 3 }),
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toEqual([
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      [
        [3, 4],
        [3, 4],
        [3, 4],
      ],
    ]);
    expect(await of(layers.cropping1d(), x)).toEqual([[[3, 4]]]);
    expect(await of(layers.cropping1d({ cropping: [2, 0] }), x)).toEqual([[[5, 6]]]);
    expect(await of(layers.zeroPadding1d(), x)).toEqual([
      [
        [0, 0],
        [1, 2],
        [3, 4],
        [5, 6],
        [0, 0],
      ],
    ]);
    expect(await of(layers.zeroPadding1d({ padding: [0, 2] }), x)).toEqual([
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [0, 0],
        [0, 0],
      ],
    ]);
    expect(await of(layers.upSampling1d(), x)).toEqual([
      [
        [1, 2],
        [1, 2],
        [3, 4],
        [3, 4],
        [5, 6],
        [5, 6],
      ],
    ]);
    expect(await of(layers.upSampling1d({ size: 3 }), tensor([[[1], [2]]]))).toEqual([[[1], [1], [1], [2], [2], [2]]]);
  });

  it("have gradients: those of the sum are as many as there are copies", async () => {
    const gradientOf = async (layer: layers.Layer, data: Tensor) => {
      const node = input({ shape: data.shape.slice(1) });
      const y = ops.sum(layer.apply(node), { axis: [1, 2], keepDims: true });
      const flat = layers.flatten().apply(y);
      const built = model({
        inputs: node,
        outputs: layers.dense({ units: 1, useBias: false, kernelInitializer: "ones" }).apply(flat),
      });
      built.compile({ optimizer: "sgd", loss: "meanAbsoluteError" });
      return (await built.gradients(data, tensor([[-1000]]))).inputs[0].toArray();
    };
    expect(await gradientOf(layers.repeatVector({ n: 3 }), tensor([[1, 2]]))).toEqual([[3, 3]]);
    expect(await gradientOf(layers.cropping1d({ cropping: [1, 0] }), x)).toEqual([
      [
        [0, 0],
        [1, 1],
        [1, 1],
      ],
    ]);
    expect(await gradientOf(layers.zeroPadding1d(), x)).toEqual([
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ]);
    expect(await gradientOf(layers.upSampling1d({ size: 4 }), x)).toEqual([
      [
        [4, 4],
        [4, 4],
        [4, 4],
      ],
    ]);
  });

  it("drop whole features of a sample at all of its steps", async () => {
    const node = input({ shape: [5, 8] });
    const built = model({ inputs: node, outputs: layers.spatialDropout1d({ rate: 0.25 }).apply(node) });
    const ones = tensor(new Float32Array(16 * 40).fill(3), [16, 5, 8]);
    expect((await built.predict(ones)).data).toEqual(ones.data);
    const { data } = await built.predict(ones, { training: true });
    expect([...new Set(data)].sort()).toEqual([0, 4]);
    for (let i = 0; i < 16; i++)
      for (let t = 1; t < 5; t++)
        expect(data.slice((5 * i + t) * 8, (5 * i + t + 1) * 8)).toEqual(data.slice(40 * i, 40 * i + 8));
    const kept = data.reduce((sum, value) => sum + value, 0) / 4 / data.length;
    expect(Math.abs(kept - 0.75)).toBeLessThan(0.12);
  });

  it("work on sequences of an open length, and refuse what does not fit", async () => {
    const node = input({ shape: [null, 2] });
    const y = layers
      .upSampling1d()
      .apply(layers.zeroPadding1d().apply(layers.cropping1d({ cropping: [0, 1] }).apply(node)));
    const built = model({ inputs: node, outputs: y });
    for (const time of [2, 5])
      expect((await built.predict(numbers(1, [1, time, 2]))).shape).toEqual([1, 2 * (time + 1), 2]);
    await expect(built.predict(numbers(1, [1, 1, 2]))).rejects.toThrow(ShapeError);
    const sequence = input({ shape: [3, 2] });
    expect(() => layers.cropping1d({ cropping: 2 }).apply(sequence)).toThrow(/nothing would be left/);
    expect(() => layers.repeatVector({ n: 2 }).apply(sequence)).toThrow(ShapeError);
    for (const layer of [
      layers.cropping1d(),
      layers.zeroPadding1d(),
      layers.upSampling1d(),
      layers.spatialDropout1d({ rate: 0.1 }),
    ])
      expect(() => layer.apply(input({ shape: [4] }))).toThrow(ShapeError);
    expect(() => layers.cropping1d({ cropping: [1, 2, 3] as never })).toThrow(ArgumentError);
    expect(() => layers.zeroPadding1d({ padding: -1 })).toThrow(ArgumentError);
    expect(() => layers.upSampling1d({ size: 0 })).toThrow(ArgumentError);
    expect(() => layers.repeatVector({} as never)).toThrow(ArgumentError);
    expect(() => layers.spatialDropout1d({ rate: 1 })).toThrow(ArgumentError);
  });
});

describe("what others have reported of recurrent layers", () => {
  /** Sequences of [1, 2, 3] with −1 where nothing is, and the states behind them in both directions. */
  const padded = async (rows: readonly (readonly number[])[], options: object = {}) => {
    const x = input({ shape: [rows[0].length, 1] });
    const inner = layers.gru({
      units: 3,
      returnSequences: true,
      returnState: true,
      kernelInitializer: "ones",
      ...options,
    });
    const layer = layers.bidirectional({ layer: inner });
    const built = model({ inputs: x, outputs: layer.apply(layers.masking({ maskValue: -1 }).apply(x)) as Node[] });
    const data = tensor(rows.map((row) => row.map((value) => [value])));
    return (await built.predict(data)) as Tensor[];
  };
  const rows = [
    [1, 2, 3, -1, -1],
    [-1, -1, 1, 2, 3],
    [1, -1, 2, -1, 3],
  ];

  it("states do not depend on where the padding stands (keras 4192), and sequences are 0 there (keras 7695)", async () => {
    const [y, forward, backward] = await padded(rows);
    for (const { data } of [forward, backward]) {
      for (const i of [1, 2]) expect(data.slice(3 * i, 3 * i + 3)).toEqual(data.slice(0, 3));
    }
    rows.flat().forEach((value, i) => {
      const isZero = y.data.slice(6 * i, 6 * i + 6).every((each) => each === 0);
      expect(isZero).toBe(value === -1);
    });
  });

  it("the mask of a sequence from the last step to the first is turned around, too (keras 3737)", async () => {
    const x = input({ shape: [null, 1] });
    const masked = layers.masking({ maskValue: -1 }).apply(x);
    const first = layers.simpleRNN({ units: 2, returnSequences: true, goBackwards: true }).apply(masked);
    const second = layers
      .bidirectional({ layer: layers.gru({ units: 2, returnSequences: true, goBackwards: true }) })
      .apply(masked) as Node;
    const built = model({ inputs: x, outputs: [first.mask!, second.mask!, first, second] });
    const data = tensor(rows.map((row) => row.map((value) => [value])));
    const turned = rows.map((row) => row.map((value) => Number(value !== -1)).reverse());
    for (const each of [built, await loadModel(built.toBytes())]) {
      const [mask, other] = (await each.predict(data)) as Tensor[];
      expect(mask.toArray()).toEqual(turned);
      expect(other.toArray()).toEqual(turned);
    }
    // A model within another makes masks of its own.
    const last = layers.simpleRNN({ units: 2, returnSequences: true, goBackwards: true });
    const inner = model({ inputs: x, outputs: last.apply(x) });
    const outer = input({ shape: [5, 1] });
    const around = inner.apply(layers.masking({ maskValue: -1 }).apply(outer)) as Node;
    const whole = model({ inputs: outer, outputs: around.mask! });
    expect((await whole.predict(data)).toArray()).toEqual(turned);
  });

  it("dropout goes with an initial state (keras 8407), is drawn anew in every batch (tensorflow 29391), and of carried states (27829)", async () => {
    const x = input({ shape: [3, 4], batchSize: 2 });
    const h = input({ shape: [5], batchSize: 2 });
    const options = { units: 5, dropout: 0.5, recurrentDropout: 0.5 };
    const given = model({ inputs: [x, h], outputs: layers.gru(options).apply(x, { initialState: h }) });
    const carried = model({ inputs: x, outputs: layers.lstm({ ...options, stateful: true }).apply(x) });
    const [data, state] = [numbers(1, [2, 3, 4]), numbers(2, [2, 5])];
    for (const [built, all] of [
      [given, [data, state]],
      [carried, [data]],
    ] as const) {
      const seen = new Set<string>();
      for (let i = 0; i < 4; i++) seen.add(String((await built.predict([...all], { training: true })).data));
      expect(seen.size).toBe(4);
    }
    given.compile({ optimizer: "adam", loss: "meanSquaredError" });
    const first = await given.trainOnBatch([data, state], numbers(3, [2, 5]));
    expect(Number.isFinite(first.loss)).toBe(true);
  });

  it("a stateful layer that is given a state begins every batch with that (tensorflow 32299)", async () => {
    const x = input({ shape: [3, 4], batchSize: 2 });
    const h = input({ shape: [5] });
    const layer = layers.gru({ units: 5, stateful: true });
    const built = model({ inputs: [x, h], outputs: layer.apply(x, { initialState: h }) });
    const [data, state] = [numbers(1, [2, 3, 4]), numbers(2, [2, 5])];
    const [one, two] = [await built.predict([data, state]), await built.predict([data, state])];
    expect(two.data).toEqual(one.data);
    expect((await built.getWeights())["gru/state_h"].data).toEqual(one.data);
  });

  it("one step of one feature of one sample in both directions, with carried states (keras 4421)", async () => {
    const x = input({ shape: [1, 1], batchSize: 1 });
    const layer = layers.bidirectional({ layer: layers.lstm({ units: 1, stateful: true }) });
    const built = model({
      inputs: x,
      outputs: layers.dense({ units: 2, activation: "softmax" }).apply(layer.apply(x)),
    });
    built.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
    const history = await built.fit(tensor([[[1]]]), tensor([[1, 0]]), { epochs: 20 });
    expect(history.history.loss[19]).toBeLessThan(history.history.loss[0]);
    layer.resetState();
    const states = Object.entries(await built.getWeights()).filter(([name]) => name.includes("state_"));
    expect(states).toHaveLength(4);
    for (const [, { data }] of states) expect(Array.from(data)).toEqual([0]);
  });

  it("what a model has put out is not changed by its next prediction (tfjs 1503)", async () => {
    const x = input({ shape: [2, 4], batchSize: 1 });
    const built = model({ inputs: x, outputs: layers.lstm({ units: 3, stateful: true, returnState: true }).apply(x) });
    const data = numbers(1, [1, 2, 4]);
    const [y, h, c] = await built.predict(data);
    const before = [y, h, c].map((each) => Array.from(each.data));
    expect(before[1]).toEqual(before[0]);
    const [other] = await built.predict(data);
    expect([y, h, c].map((each) => Array.from(each.data))).toEqual(before);
    expect(Array.from(other.data)).not.toEqual(before[0]);
  });
});
