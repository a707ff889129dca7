import { describe, expect, it } from "vitest";
import {
  activations,
  type Callback,
  data,
  layers,
  NonFiniteError,
  optimizers,
  sequential,
  type Tensor,
  tensor,
} from "../../src/index";
import type { Dataset } from "../../src/data/dataset";
import type { FitOptions } from "../../src/training/fitOptions";
import { fingerprint, noise, rows } from "./twins";

/** x, y of `count` samples; targets are tame, so that only the weights can make the loss explode. */
function samples(count: number): { x: Tensor; y: Tensor } {
  return { x: tensor(noise(count * 4), [count, 4]), y: tensor(noise(count, 1), [count, 1]) };
}

/** At this step the rate becomes so large that the next loss, or the one after it, is not finite. */
function explodingAt(step: number, rate = 1e30) {
  return (current: number) => (current < step ? 0.05 : rate);
}

function build(learningRate: (step: number) => number, { optimizer = "adam", engine = "wasm" as "wasm" | "js" } = {}) {
  const model = sequential({
    seed: 1,
    layers: [
      layers.dense({ units: 6, activation: "tanh", inputShape: [4], name: "hidden" }),
      layers.dense({ units: 1, name: "output" }),
    ],
  });
  const create = optimizers[optimizer as "adam"];
  model.compile({ optimizer: create({ learningRate }), loss: "meanSquaredError", engine });
  return model;
}

type Build = () => ReturnType<typeof build>;

async function failureOf(training: Promise<unknown>): Promise<NonFiniteError> {
  const error: unknown = await training.catch((reason) => reason);
  expect(error).toBeInstanceOf(NonFiniteError);
  return error as NonFiniteError;
}

/**
 * Trains until the loss is not finite, and compares with a twin that `terminateOnNaN: false` lets run for exactly so many
 * steps. Returns the step that failed.
 */
async function compareWithTwin(
  make: Build,
  train: (model: ReturnType<Build>, callbacks: Callback[]) => Promise<unknown>,
) {
  const model = make();
  const { step } = await failureOf(train(model, []));

  const losses = await stepwiseLosses(make, train);
  expect(losses.findIndex((loss) => !Number.isFinite(loss))).toBe(step < losses.length ? step : -1);
  // The weights at the beginning of the last step whose loss was finite.
  expect(await fingerprint(model)).toBe(await weightsBefore(make, train, step - 1));
  return { model, step };
}

/** The loss of every step, seen from inside. */
async function stepwiseLosses(
  make: Build,
  train: (model: ReturnType<Build>, callbacks: Callback[]) => Promise<unknown>,
): Promise<number[]> {
  const losses: number[] = [];
  let sum = 0;
  const callback: Callback = {
    onEpochBegin: () => {
      sum = 0;
    },
    onBatchEnd: (batch, { loss }) => {
      // Equal batches: the mean so far gives the sum so far.
      losses.push(loss * (batch + 1) - sum);
      sum = loss * (batch + 1);
    },
  };
  const { step } = await failureOf(train(make(), [callback]));
  return [...losses, Number.NaN].slice(0, step + 1);
}

/** The weights at the beginning of a step, from a training that is stopped there. */
async function weightsBefore(
  make: Build,
  train: (model: ReturnType<Build>, callbacks: Callback[]) => Promise<unknown>,
  step: number,
): Promise<string> {
  const model = make();
  const enough = new Error("enough");
  let done = 0;
  const callback: Callback = {
    onBatchBegin() {
      if (done++ === step) throw enough;
    },
  };
  expect(await train(model, [callback]).catch((reason) => reason)).toBe(enough);
  return fingerprint(model);
}

const { x, y } = samples(96);
const dataset = data.fromTensors(x, y);
const inMemory = (options: FitOptions) => (model: ReturnType<Build>, callbacks: Callback[]) =>
  model.fit(x, y, { ...options, callbacks: [...(options.callbacks ?? []), ...callbacks] });
const of = (given: Dataset, options: FitOptions) => (model: ReturnType<Build>, callbacks: Callback[]) =>
  model.fit(given, { ...options, callbacks: [...(options.callbacks ?? []), ...callbacks] });

describe("goes back to the beginning of the last step whose loss was finite", () => {
  it.each([
    ["in the first epoch", 5, { epochs: 3, batchSize: 8 }],
    ["in a later epoch", 40, { epochs: 9, batchSize: 8 }],
    ["from the last step of an epoch to the next", 11, { epochs: 3, batchSize: 8 }],
    ["in epochs of one step", 100, { epochs: 1000, batchSize: 96 }],
    ["after thousands of steps", 20_000, { epochs: 30_000, batchSize: 24 }],
    ["at once", 0, { epochs: 2, batchSize: 8 }],
  ])("%s", async (_, explosion, options) => {
    const { step } = await compareWithTwin(() => build(explodingAt(explosion)), inMemory(options));
    expect(step).toBe(explosion + 1);
  });

  it.each(["adam", "sgd", "rmsprop", "adamW", "lion", "nadam"])("with the state of %s", async (optimizer) => {
    const make = () => build(explodingAt(30), { optimizer });
    const { model } = await compareWithTwin(make, inMemory({ epochs: 9, batchSize: 8, shuffle: false }));
    // The optimizer is back as well: with a tame rate it goes on as a twin that never met the large one.
    const twin = build(explodingAt(Number.POSITIVE_INFINITY), { optimizer });
    await twin.fit(x, y, { epochs: 2, batchSize: 8, shuffle: false });
    await twin.fit(rows(x, 0, 48), rows(y, 0, 48), { batchSize: 8, shuffle: false });
    const calm: Callback = {
      onTrainBegin: (fit) => {
        fit.learningRate = 0.05;
      },
    };
    // The order of samples depends on how many epochs were finished, which the twin did in another way.
    await model.fit(x, y, { batchSize: 8, callbacks: [calm], shuffle: false });
    await twin.fit(x, y, { batchSize: 8, callbacks: [calm], shuffle: false });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });

  it("on the js engine", async () => {
    await compareWithTwin(() => build(explodingAt(30), { engine: "js" }), inMemory({ epochs: 9, batchSize: 8 }));
  });

  it.each([
    ["epoch callbacks", { onEpochEnd() {} }],
    ["batch hooks", { onBatchEnd() {} }],
    ["progress", { onProgress() {} }],
  ])("with %s", async (_, callback: Callback) => {
    for (const explosion of [0, 7, 11, 12, 30]) {
      const options = { epochs: 9, batchSize: 8, callbacks: [callback] };
      await compareWithTwin(() => build(explodingAt(explosion)), inMemory(options));
    }
  });

  it("with callbacks that change rate and weights", async () => {
    const meddler = (): Callback => ({
      onEpochEnd: async (epoch, _, fit) => {
        fit.learningRate = epoch === 3 ? 1e30 : 0.01 * (epoch + 1);
        const weights = await fit.model.getWeights();
        await fit.model.setWeights({ ...weights, "output/bias": [epoch] });
      },
    });
    const train = (model: ReturnType<Build>, callbacks: Callback[]) =>
      model.fit(x, y, { epochs: 9, batchSize: 8, callbacks: [meddler(), ...callbacks] });
    const { step } = await compareWithTwin(() => build(() => 0.05), train);
    expect(step).toBe(4 * 12 + 1);
  });

  it("with a rate that progress changes in the middle of an epoch", async () => {
    const big = samples(60_000);
    // Slow enough that progress is told several times in an epoch.
    const slow = { optimizer: "sgd", engine: "js" } as const;
    const [model, twin] = [build(() => 0.01, slow), build(() => 0.01, slow)];
    let changedAt = 0;
    const callbacks: Callback[] = [
      {
        onProgress({ step }, fit) {
          if (!changedAt) {
            changedAt = step;
            fit.learningRate = 0.03;
          } else {
            fit.learningRate = 1e30;
          }
        },
      },
    ];
    const { step } = await failureOf(model.fit(big.x, big.y, { batchSize: 2, shuffle: false, callbacks }));
    twin.compile({
      optimizer: optimizers.sgd({ learningRate: (index) => (index < changedAt ? 0.01 : 0.03) }),
      loss: "meanSquaredError",
      engine: "js",
    });
    const done = step - 1;
    await twin.fit(rows(big.x, 0, 2 * done), rows(big.y, 0, 2 * done), { batchSize: 2, shuffle: false });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });

  it.each([
    ["in the middle of a portion", 3],
    ["at the first step", 0],
    ["at the last step of a portion", 7],
    ["at the first step of a portion", 8],
    ["at the second", 9],
    ["in the short last portion", 10],
    ["at the end of the epoch", 11],
    ["in the next epoch", 15],
  ])("of a stream, %s", async (_, explosion) => {
    const stream = dataset.map((item) => item);
    for (const callbacks of [[], [{ onEpochEnd() {} }]]) {
      await compareWithTwin(() => build(explodingAt(explosion)), of(stream, { epochs: 4, batchSize: 8, callbacks }));
    }
  });

  it("of a stream whose batches differ in size", async () => {
    for (const explosion of [0, 1, 2, 3, 4]) {
      const sizes = [4, 9, 2, 2, 8, 1];
      const batches = function* () {
        for (const size of sizes) yield { x: tensor(noise(size * 4), [size, 4]), y: tensor(noise(size, 1), [size, 1]) };
      };
      const stream = data.fromIterable(() => batches(), { batchSize: 9 });
      const model = build(explodingAt(explosion));
      const { step } = await failureOf(model.fit(stream));
      const twin = build(explodingAt(Number.POSITIVE_INFINITY));
      let done = 0;
      for (const batch of batches()) if (done++ < step - 1) await twin.trainOnBatch(batch.x, batch.y);
      expect(await fingerprint(model)).toBe(await fingerprint(twin));
    }
  });

  it.each([
    ["in memory", dataset],
    ["of a stream", dataset.map((item) => item)],
  ])("in the very last step, which no later loss would show, %s", async (_, given) => {
    // 1e38 · sign(gradient) overflows float32 in the update itself.
    const make = () => build(explodingAt(11, 1e39));
    const model = make();
    const error = await failureOf(model.fit(given, { batchSize: 8 }));
    expect(error.step).toBe(11);
    expect(error.message).toMatch(
      /^fit: step 11 left NaN or infinity in hidden\/kernel\. The model is back at its last/,
    );
    const twin = build(explodingAt(Number.POSITIVE_INFINITY));
    await twin.fit(rows(x, 0, 88), rows(y, 0, 88), { batchSize: 8, shuffle: false });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });
});

describe("says what happened", () => {
  it("names the layer whose output overflowed first", async () => {
    const model = sequential({
      layers: [
        layers.dense({ units: 3, inputShape: [2], name: "first" }),
        layers.activation({ activation: activations.exponential(), name: "explosive" }),
        layers.dense({ units: 1, name: "last" }),
      ],
    });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const before = await fingerprint(model);
    const error = await failureOf(
      model.fit(
        [
          [1, 2],
          [1e6, 1e6],
        ],
        [[1], [1]],
        { batchSize: 1, shuffle: false },
      ),
    );
    expect(error.layer).toBe("explosive");
    expect(error.step).toBe(1);
    expect(error.message).toBe(
      "fit: the loss is not finite at step 1 (epoch 0): the output of explosive is the first to hold NaN or infinity. " +
        "The model is back at its last finite weights. Lower the learning rate, clip gradients or check the data.",
    );
    expect(await fingerprint(model)).toBe(before);
  });

  it("counts steps over the model's life", async () => {
    const model = build(explodingAt(17));
    await model.fit(x, y, { batchSize: 8 });
    const error = await failureOf(model.fit(x, y, { batchSize: 8, epochs: 2 }));
    expect(error.step).toBe(18);
    expect(error.message).toContain("at step 18 (epoch 0)");
  });

  it("and when the weights were not finite to begin with", async () => {
    const model = build(() => 1e39, { optimizer: "sgd" });
    await model.trainOnBatch(x, y);
    const error = await failureOf(model.fit(x, y));
    expect(error.message).toContain("the weight hidden/kernel is the first to hold NaN or infinity.");
    expect(error.message).toContain("Its weights were not finite before: set others.");
  });

  it("trainOnBatch leaves everything as it was", async () => {
    const model = build(() => 0.1);
    const weights = await model.getWeights();
    await model.setWeights({ ...weights, "output/kernel": new Array(6).fill([3e38]) });
    const before = await fingerprint(model);
    const error = await failureOf(model.trainOnBatch(x, y));
    expect([error.step, error.layer]).toEqual([0, "output"]);
    expect(await fingerprint(model)).toBe(before);
    await model.setWeights(weights);
    const twin = build(() => 0.1);
    await model.trainOnBatch(x, y);
    await twin.trainOnBatch(x, y);
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });
});

describe("terminateOnNaN: false", () => {
  it("leaves steps out whose loss is not finite, and trains on the others", async () => {
    const broken = tensor(
      Float32Array.from(x.data, (value, i) => (Math.floor(i / 32) % 3 === 1 ? 3e38 : value)),
      [96, 4],
    );
    const make = () => {
      const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] });
      model.compile({ optimizer: "adam", loss: "mse" });
      return model;
    };
    const [model, twin] = [make(), make()];
    for (let epoch = 0; epoch < 3; epoch++) {
      const { history } = await model.fit(broken, y, { batchSize: 8, shuffle: false, terminateOnNaN: false });
      expect(history.loss).toEqual([Number.NaN]);
      for (let batch = 0; batch < 12; batch++) {
        if (batch % 3 === 1) continue;
        await twin.trainOnBatch(rows(x, 8 * batch, 8 * batch + 8), rows(y, 8 * batch, 8 * batch + 8));
      }
    }
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });
});
