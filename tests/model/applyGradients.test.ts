// Training loops of one's own: gradients() gives what applyGradients() takes, and both together are trainOnBatch.
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  type CompileOptions,
  DataError,
  layers,
  loadModel,
  type Model,
  optimizers,
  schedules,
  sequential,
  ShapeError,
  StateError,
  Tensor,
} from "../../src/index";
import { deriveKey, uniform } from "../../src/numeric/random";
import { differenceInBits } from "../ops/harness";

const random = (rows: number, columns: number, seed: number) =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => 2 * uniform(deriveKey(seed), i * columns + j) - 1),
  );

const x = random(13, 5, 1);
const y = random(13, 2, 2);

function make(optimizer: CompileOptions["optimizer"], engine: object = {}, isRegularized = false, units = 6): Model {
  const kernelRegularizer = isRegularized ? "l2" : undefined;
  const made = sequential({
    seed: 3,
    layers: [
      layers.dense({ units: 7, activation: "tanh", inputShape: [5], kernelRegularizer }),
      layers.dense({ units, trainable: false }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 2 }),
    ],
  });
  made.compile({ optimizer, loss: "mse", ...engine } as CompileOptions);
  return made;
}

const vectorOf = async (made: Model) =>
  Float32Array.from(Object.values(await made.getWeights()).flatMap(({ data }) => Array.from(data)));

/** Five steps, once by trainOnBatch and once by gradients and applyGradients. */
async function compare(create: () => Model): Promise<void> {
  const [whole, parted] = [create(), create()];
  for (let step = 0; step < 5; step++) {
    await whole.trainOnBatch(x, y);
    await parted.applyGradients((await parted.gradients(x, y)).weights);
    expect(differenceInBits(await vectorOf(parted), await vectorOf(whole)), `step ${step}`).toBeUndefined();
  }
  // The optimizer's moments and the count of its steps are the same, too.
  expect(Buffer.from(parted.toBytes()).equals(Buffer.from(whole.toBytes()))).toBe(true);
  whole.dispose();
  parted.dispose();
}

describe("gradients() and applyGradients() are trainOnBatch, bit for bit:", () => {
  const each: Record<string, CompileOptions["optimizer"]> = {
    sgd: "sgd",
    "sgd, momentum": optimizers.sgd({ momentum: 0.9, nesterov: true }),
    adam: "adam",
    "adam, amsgrad": optimizers.adam({ amsgrad: true }),
    adamW: optimizers.adamW({ weightDecay: 0.01 }),
    nadam: "nadam",
    rmsprop: optimizers.rmsprop({ centered: true, momentum: 0.5 }),
    lion: "lion",
    "clipped by value": optimizers.sgd({ clipValue: 0.01 }),
    "clipped by norm": optimizers.adam({ clipNorm: 0.1 }),
    "clipped by the norm of all": optimizers.adam({ globalClipNorm: 0.1 }),
    "a schedule": optimizers.adam({
      learningRate: schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 2, decayRate: 0.5 }),
    }),
    "a function of the step": optimizers.sgd({ learningRate: (step) => 0.1 / (step + 1) }),
  };
  it.each(Object.keys(each).filter((name) => name !== "a function of the step"))("%s", (name) =>
    compare(() => make(each[name])),
  );

  it("a function of the step: the steps are counted", async () => {
    const made = make(each["a function of the step"]);
    const before = await vectorOf(made);
    const { weights } = await made.gradients(x, y);
    const ones = Object.fromEntries(
      Object.entries(weights).map(([name, { data, shape }]) => [
        name,
        new Tensor(
          data.map(() => 1),
          shape,
        ),
      ]),
    );
    for (let step = 0; step < 3; step++) await made.applyGradients(ones);
    // 0.1·(1 + 1/2 + 1/3) of every trained weight, which the first and the last are.
    const after = await vectorOf(made);
    expect(before[0] - after[0]).toBeCloseTo(0.1 * (1 + 1 / 2 + 1 / 3), 6);
    expect(before.at(-1)! - after.at(-1)!).toBeCloseTo(0.1 * (1 + 1 / 2 + 1 / 3), 6);
  });

  it.each<[string, object]>([
    ["two threads", { threads: 2 }],
    ["a worker", { worker: true }],
    ["the readable kernels", { engine: "js" }],
  ])("on %s", (_, engine) => compare(() => make("adam", engine)));

  // Steps of fewer than two million operations are left to one thread.
  it("on two threads that share the steps", () => compare(() => make("adam", { threads: 2 }, false, 9001)));

  it("with a regularizer, whose part is in gradients() already", () => compare(() => make("adam", {}, true)));
});

describe("applyGradients", () => {
  it("is a step down the mean of two batches", async () => {
    const [one, other] = [make("sgd"), make("sgd")];
    const parts = [
      await one.gradients(x.slice(0, 6), y.slice(0, 6)),
      await one.gradients(x.slice(6, 12), y.slice(6, 12)),
    ];
    const before = await one.getWeights();
    const mean = Object.fromEntries(
      Object.entries(parts[0].weights).map(([name, { data, shape }]) => [
        name,
        new Tensor(
          data.map((value, i) => (value + parts[1].weights[name].data[i]) / 2),
          shape,
        ),
      ]),
    );
    await one.applyGradients(mean);
    const after = await one.getWeights();
    for (const [name, { data }] of Object.entries(mean)) {
      data.forEach((slope, i) => {
        expect(after[name].data[i]).toBe(Math.fround(before[name].data[i] - Math.fround(Math.fround(0.01) * slope)));
      });
    }
    // Frozen weights stay.
    expect(after["dense_1/kernel"].data).toEqual((await other.getWeights())["dense_1/kernel"].data);
  });

  it("leaves states as they are", async () => {
    const made = sequential({
      layers: [layers.dense({ units: 3, inputShape: [5] }), layers.batchNormalization(), layers.dense({ units: 2 })],
    });
    made.compile({ optimizer: "sgd", loss: "mse" });
    const before = await made.getWeights();
    await made.applyGradients((await made.gradients(x, y)).weights);
    const after = await made.getWeights();
    for (const state of ["moving_mean", "moving_variance"]) {
      const name = `batch_normalization/${state}`;
      const key = Object.keys(after).find((each) => each.endsWith(state))!;
      expect(after[key].data, name).toEqual(before[key].data);
    }
    expect(after["dense/kernel"].data).not.toEqual(before["dense/kernel"].data);
  });

  it("goes on in a model that a file has kept", async () => {
    const made = make("adam");
    await made.applyGradients((await made.gradients(x, y)).weights);
    const loaded = await loadModel(made.toBytes());
    const { weights } = await made.gradients(x, y);
    await made.applyGradients(weights);
    await loaded.applyGradients(weights);
    expect(differenceInBits(await vectorOf(loaded), await vectorOf(made))).toBeUndefined();
  });

  it("takes what the arrays hold at the call", async () => {
    const [one, other] = [make("sgd"), make("sgd")];
    const { weights } = await one.gradients(x, y);
    await other.applyGradients(weights);
    const pending = one.applyGradients(weights);
    for (const { data } of Object.values(weights)) data.fill(7);
    await pending;
    expect(differenceInBits(await vectorOf(one), await vectorOf(other))).toBeUndefined();
  });

  it("is not disturbed by programs that make room for each other", async () => {
    const [one, other] = [make("sgd"), make("sgd")];
    for (let samples = 1; samples <= 13; samples++) {
      for (let again = 0; again < 3; again++) {
        const [a, b] = [x.slice(0, samples), y.slice(0, samples)];
        await one.predict(a);
        await one.evaluate(a, b);
        await one.applyGradients((await one.gradients(a, b)).weights);
        await other.trainOnBatch(a, b);
      }
    }
    expect(differenceInBits(await vectorOf(one), await vectorOf(other))).toBeUndefined();
  });

  it("lets go of the program that was asked for last when it takes its place", async () => {
    const [x, y] = [random(40, 5, 1), random(40, 2, 2)];
    const twin = make(optimizers.adamW({ clipNorm: 1 }));
    await twin.trainOnBatch(x, y);
    await twin.trainOnBatch(x, y);
    const { loss: expected } = await twin.gradients(x, y);
    // Where the region of programs is full depends on how many there are: every number is tried.
    for (let others = 40; others <= 110; others++) {
      const made = make(optimizers.adamW({ clipNorm: 1 }));
      await made.trainOnBatch(x, y);
      await made.predict(x);
      await made.evaluate(x, y);
      const { weights } = await made.gradients(x, y);
      for (let i = 0; i < others; i++) {
        const samples = 39 - Math.floor(i / 3);
        const [a, b] = [x.slice(0, samples), y.slice(0, samples)];
        await (i % 3 === 0 ? made.gradients(a, b) : i % 3 === 1 ? made.evaluate(a, b) : made.predict(a));
      }
      expect((await made.gradients(x, y)).weights, `${others} other programs`).toEqual(weights);
      await made.applyGradients(weights);
      expect((await made.gradients(x, y)).loss, `${others} other programs`).toBe(expected);
      made.dispose();
    }
  });

  it("refuses wrong names, shapes and numbers before anything has changed", async () => {
    const made = make("adam");
    const before = Buffer.from(made.toBytes());
    const { weights } = await made.gradients(x, y);
    const { "dense/bias": bias, ...others } = weights;
    const refused: [object, new (message: string) => Error, RegExp][] = [
      [others, ArgumentError, /"dense\/bias" is missing\. Every weight that is trained needs one/],
      [
        { ...weights, "dense/bais": bias },
        ArgumentError,
        /no weight is named "dense\/bais"\. Did you mean "dense\/bias"/,
      ],
      [{ ...weights, "dense_1/kernel": [[1]] }, ArgumentError, /no weight is named "dense_1\/kernel"/],
      [{ ...weights, "dense/bias": [1, 2] }, ShapeError, /dense\/bias has shape \[7\], got \[2\]/],
      [
        { ...weights, "dense/bias": new Float32Array(7).fill(Number.NaN) },
        DataError,
        /dense\/bias holds NaN at index 0/,
      ],
      [
        { ...weights, "dense/bias": [0, 0, 0, 0, 0, 0, Number.POSITIVE_INFINITY] },
        DataError,
        /holds Infinity at index 6/,
      ],
      [null as never, ArgumentError, /expects an object of tensors by name, as the weights of gradients\(\)/],
      [Object.values(weights), ArgumentError, /expects an object of tensors by name/],
    ];
    for (const [given, kind, message] of refused) {
      const error = await made.applyGradients(given as never).catch((each: unknown) => each);
      expect(error).toBeInstanceOf(kind);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).toMatch(/^applyGradients: /);
    }
    expect(Buffer.from(made.toBytes()).equals(before)).toBe(true);
    const plain = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    await expect(plain.applyGradients({})).rejects.toThrow(StateError);
    const training = made.fit(x, y, { epochs: 50 });
    await expect(made.applyGradients(weights)).rejects.toThrow(/is being trained/);
    await training;
  });
});
