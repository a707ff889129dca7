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
const all: readonly Case[] = JSON.parse(readFileSync(file, "utf8"));
const cases = all.filter(({ mergeMode }) => mergeMode === undefined);

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
  const { kind, options, batch, time, features, mask, hasStates } = reference;
  const x = input({ shape: [time, features] });
  const m = input({ shape: [time] });
  const states = hasStates ? (kind === "lstm" ? [0, 1] : [0]).map(() => input({ shape: [options.units] })) : [];
  const layer = make(kind, options);
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
    ...states.map((_, i) => numbers(2 + i, [batch, options.units])),
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
