import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  ArgumentError,
  type Callback,
  callbacks,
  type FitContext,
  layers,
  loadModel,
  type Logs,
  sequential,
} from "../../src";
import { csvLogger } from "../../src/node/csvLogger";

/** y = 4x with the one weight w = 2, the model of the primer. */
function line() {
  const model = sequential({
    layers: [layers.dense({ units: 1, useBias: false, kernelInitializer: "ones", inputShape: [1] })],
  });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError", engine: "js" });
  return model;
}
const x = [[0], [1], [2], [3], [4]];
const y = [[0], [4], [8], [12], [16]];

/**
 * Drives a callback through epochs whose results are given, as `fit` does, with a model of one weight that is the number of
 * the epoch.
 */
async function drive(callback: Callback, epochs: readonly Logs[], learningRate = 1) {
  const weights = { w: -1 };
  let isStopped = false;
  const recorded: Logs[] = [];
  const rates: number[] = [];
  const context = {
    model: {
      getWeights: async () => ({ ...weights }),
      setWeights: async (record: typeof weights) => Object.assign(weights, record),
      toBytes: () => Uint8Array.of(weights.w),
    },
    params: { epochs: epochs.length, batchSize: 1 },
    stop: () => {
      isStopped = true;
    },
    learningRate,
  } as unknown as FitContext;
  await callback.onTrainBegin?.(context);
  for (let epoch = 0; epoch < epochs.length && !isStopped; epoch++) {
    await callback.onEpochBegin?.(epoch, context);
    rates.push(context.learningRate);
    weights.w = epoch;
    const logs = { ...epochs[epoch] };
    await callback.onEpochEnd?.(epoch, logs, context);
    recorded.push(logs);
  }
  await callback.onTrainEnd?.(recorded.at(-1)!, context);
  return { epochs: recorded.length, weight: weights.w, recorded, rates };
}

const losses = (...values: number[]): Logs[] => values.map((valLoss) => ({ loss: 1, valLoss }));

describe("earlyStopping", () => {
  const { earlyStopping } = callbacks;

  // The number of epochs that keras.callbacks.EarlyStopping runs, found by walking through its algorithm by hand.
  it.each([
    ["stops at the first rise", {}, [3, 2, 2.5, 1], 3],
    ["takes patience 1 for 0", { patience: 1 }, [3, 2, 2.5, 1], 3],
    ["waits", { patience: 2 }, [3, 2, 2.5, 1, 2, 2, 0], 6],
    ["does not count what is less than minDelta", { minDelta: 0.5 }, [3, 2.6, 1], 2],
    ["nor what is exactly minDelta", { minDelta: 0.5 }, [3, 2.5, 1], 2],
    ["looks the other way", { mode: "max" as const }, [1, 2, 1.5, 3], 3],
    ["lets better epochs pass that miss the baseline", { baseline: 1, patience: 2 }, [3, 2, 2.5, 1], 3],
    ["runs to the end under the baseline", { baseline: 4, patience: 2 }, [3, 2, 2.5, 1], 4],
    ["looks away first", { startFromEpoch: 2 }, [1, 2, 3, 4, 5], 4],
    ["never takes NaN for an improvement", {}, [Number.NaN, 1, Number.NaN, 0], 3],
  ])("%s", async (_, options, values, expected) => {
    const { epochs } = await drive(earlyStopping(options), losses(...values));
    expect(epochs).toBe(expected);
  });

  it("restores the weights of the best epoch", async () => {
    const options = { patience: 2, restoreBestWeights: true };
    expect(await drive(earlyStopping(options), losses(3, 2, 2.5, 2.1))).toMatchObject({ epochs: 4, weight: 1 });
    expect(await drive(earlyStopping({ ...options, baseline: 0 }), losses(3, 2, 2.5))).toMatchObject({ weight: 1 });
    expect(await drive(earlyStopping({ patience: 2 }), losses(3, 2, 2.5, 2.1))).toMatchObject({ weight: 3 });
  });

  it("starts afresh when used again", async () => {
    const callback = earlyStopping();
    expect(await drive(callback, losses(3, 2, 2.5, 1))).toMatchObject({ epochs: 3 });
    expect(await drive(callback, losses(30, 20, 25, 10))).toMatchObject({ epochs: 3 });
  });

  it("stops at a goal, whatever happens on the way", async () => {
    expect(await drive(earlyStopping({ stopBelow: 1 }), losses(2, 3, 3, 1, 0.99, 0))).toMatchObject({ epochs: 5 });
    expect(await drive(earlyStopping({ stopBelow: 1, patience: 1 }), losses(2, 3, 3, 1, 0.99))).toMatchObject({
      epochs: 2,
    });
    const rising = earlyStopping({ monitor: "valAccuracy", stopAbove: 0.9 });
    expect(
      await drive(
        rising,
        [0.5, 0.9, 0.91, 1].map((valAccuracy) => ({ valAccuracy })),
      ),
    ).toMatchObject({ epochs: 3 });
  });

  it("ends the primer's training when the loss is below 0.000001", async () => {
    const model = line();
    const stop = earlyStopping({ monitor: "loss", stopBelow: 1e-6 });
    const { history } = await model.fit(x, y, { epochs: 1000, batchSize: 5, shuffle: false, callbacks: [stop] });
    // w ← w − 0.01 · 12 (w − 4) makes the distance 0.88 times as long; the loss, 6 (w − 4)², begins at 54.
    const expected = Math.ceil(Math.log(1e-6 / 54) / Math.log(0.88 ** 2)) + 1;
    expect(history.loss).toHaveLength(expected);
    expect(history.loss.at(-1)).toBeLessThan(1e-6);
    expect(history.loss.at(-2)).toBeGreaterThan(1e-6);
  });
});

describe("what is monitored", () => {
  const { earlyStopping, reduceLROnPlateau, modelCheckpoint } = callbacks;

  it("is known to fall or to rise by its name", async () => {
    const falling = ["loss", "valLoss", "mse", "valRmse", "valDigits/mae"];
    for (const monitor of falling) {
      const logs = [3, 2, 2.5, 1].map((value) => ({ [monitor]: value }));
      expect(await drive(earlyStopping({ monitor }), logs), monitor).toMatchObject({ epochs: 3 });
    }
    for (const monitor of ["accuracy", "valAuc", "valR2", "valTopKAccuracy", "digits/f1"]) {
      const logs = [1, 2, 1.5, 3].map((value) => ({ [monitor]: value }));
      expect(await drive(earlyStopping({ monitor }), logs), monitor).toMatchObject({ epochs: 3 });
    }
    const message =
      'whether "valAcuracy" should fall or rise is not known. Give mode "min" or "max". Did you mean "accuracy"?';
    expect(() => earlyStopping({ monitor: "valAcuracy" })).toThrow(message);
  });

  it("is looked for before the first step, unless a callback of the user's own may measure it", async () => {
    const model = line();
    const before = await model.getWeights();
    const failing = [earlyStopping(), modelCheckpoint({ save: () => {}, saveBestOnly: true }), reduceLROnPlateau()];
    for (const callback of failing) {
      await expect(model.fit(x, y, { epochs: 2, callbacks: [callback] })).rejects.toThrow(ArgumentError);
      expect(await model.getWeights()).toEqual(before);
    }
    const own: Callback = {
      onEpochEnd(epoch, logs) {
        logs.valLoss = epoch;
      },
    };
    const { history } = await model.fit(x, y, { epochs: 3, callbacks: [own, earlyStopping({ patience: 1 })] });
    expect(history.valLoss).toEqual([0, 1]);
  });

  it.each([
    ["acc", "accuracy"],
    ["valAcc", "valAccuracy"],
    ["val_acc", "valAccuracy"],
    ["val_loss", "valLoss"],
    ["validationLoss", "valLoss"],
  ])("called %s is %s", (monitor, proper) => {
    expect(() => earlyStopping({ monitor })).toThrow(`Did you mean "${proper}"?`);
  });

  it("must be measured", async () => {
    const train = (callback: Callback) => line().fit(x, y, { epochs: 3, callbacks: [callback] });
    const noValidation =
      '"valLoss" is not measured. Give fit validationData or validationSplit, or monitor one of: loss.';
    await expect(train(earlyStopping())).rejects.toThrow(new ArgumentError(`callbacks.earlyStopping: ${noValidation}`));
    await expect(train(reduceLROnPlateau())).rejects.toThrow(noValidation);
    await expect(train(modelCheckpoint({ save: () => {}, saveBestOnly: true }))).rejects.toThrow(noValidation);
    await expect(train(earlyStopping({ monitor: "accuracy" }))).rejects.toThrow(
      '"accuracy" is not measured. What can be monitored: loss.',
    );
  });

  it.each([
    [() => earlyStopping({ patience: -1 }), "patience must be an integer ≥ 0, got -1."],
    [() => earlyStopping({ patince: 1 } as object), 'unknown option "patince". Did you mean "patience"?'],
    [() => earlyStopping({ mode: "up" as "max" }), 'mode cannot be "up"'],
    [() => earlyStopping({ minDelta: -1 }), "minDelta must be a finite number ≥ 0, got -1."],
    [() => earlyStopping({ stopBelow: Number.NaN }), "stopBelow must be a finite number, got NaN."],
    [() => earlyStopping({ monitor: 1 as unknown as string }), "monitor must be the name of a result, got 1."],
    [() => reduceLROnPlateau({ factor: 1 }), "factor must be a finite number > 0 and < 1, got 1."],
    [() => modelCheckpoint({} as never), "give path, where to write, or save, a function that receives the bytes."],
    [() => modelCheckpoint({ path: "a", save: () => {} } as never), "give path, where to write, or save"],
    [() => modelCheckpoint({ save: "a" as never }), 'save must be a function that receives the bytes, got "a".'],
    [() => callbacks.learningRateScheduler({ schedule: 0.1 as never }), "schedule must be a function"],
    [() => callbacks.progressBar({ terminal: {} as never }), "terminal must have a function write"],
    [() => csvLogger({ path: "" }), 'path must be the name of a file, got "".'],
    [
      () => csvLogger({ path: "a.csv", separator: ", " }),
      'separator must be one character other than a quote, got ", ".',
    ],
  ])("options of the wrong kind are refused at once (%#)", (make, message) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });
});

describe("modelCheckpoint", () => {
  const { modelCheckpoint } = callbacks;

  it("hands over every epoch, or the best ones", async () => {
    const saved: number[][] = [];
    const save = async (bytes: Uint8Array, epoch: number, { valLoss }: Readonly<Logs>) => {
      saved.push([bytes[0], epoch, valLoss]);
    };
    await drive(modelCheckpoint({ save }), losses(3, 2, 2.5));
    expect(saved.splice(0)).toEqual([
      [0, 0, 3],
      [1, 1, 2],
      [2, 2, 2.5],
    ]);
    await drive(modelCheckpoint({ save, saveBestOnly: true }), losses(3, 2, 2.5, 2, 1));
    expect(saved.map(([, epoch]) => epoch)).toEqual([0, 1, 4]);
  });
});

describe("used in a second training (T18)", () => {
  const digits = Array.from({ length: 13 }, (_, i) => [i / 13]);
  const squares = digits.map(([value]) => [value * value]);
  const makeModel = () => {
    const model = sequential({ seed: 3, layers: [layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    return model;
  };
  const collect = (options: object = {}) => {
    const saved: number[] = [];
    const save = (_: Uint8Array, __: number, { loss }: Readonly<Logs>) => void saved.push(loss);
    const callback = callbacks.modelCheckpoint({ save, saveBestOnly: true, monitor: "loss", ...options });
    return { saved, callback };
  };

  it("modelCheckpoint saves nothing that is worse than the first one's best, also after another compile", async () => {
    const model = makeModel();
    const start = await model.getWeights();
    const { saved, callback } = collect();
    await model.fit(digits, squares, { epochs: 3, callbacks: [callback] });
    expect(saved).toHaveLength(3);
    const best = saved[2];
    // From the start again: as bad as in the beginning, and a single epoch does not catch up.
    await model.setWeights(start);
    await model.fit(digits, squares, { epochs: 1, callbacks: [callback] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    await model.setWeights(start);
    await model.fit(digits, squares, { epochs: 1, callbacks: [callback] });
    expect(saved).toHaveLength(3);
    await model.fit(digits, squares, { epochs: 9, callbacks: [callback] });
    expect(saved.length).toBeGreaterThan(3);
    expect(saved.slice(3).every((loss) => loss < best)).toBe(true);
  });

  it("modelCheckpoint begins anew with another model", async () => {
    const { saved, callback } = collect();
    await makeModel().fit(digits, squares, { epochs: 2, callbacks: [callback] });
    await makeModel().fit(digits, squares, { epochs: 2, callbacks: [callback] });
    expect(saved).toHaveLength(4);
    expect(saved.slice(2)).toEqual(saved.slice(0, 2));
  });

  it("modelCheckpoint can be told what to be better than", async () => {
    const { history } = await makeModel().fit(digits, squares, { epochs: 4 });
    const [, second] = history.loss;
    const { saved, callback } = collect({ initialValueThreshold: second });
    await makeModel().fit(digits, squares, { epochs: 4, callbacks: [callback] });
    expect(saved).toEqual(history.loss.slice(2));
    expect(() => collect({ initialValueThreshold: Number.NaN })).toThrow(
      "initialValueThreshold must be a finite number, got NaN.",
    );
    expect(() => collect({ initialValueThreshold: 1, saveBestOnly: false })).toThrow(
      "initialValueThreshold goes with saveBestOnly: true.",
    );
  });

  it("earlyStopping and reduceLROnPlateau begin anew", async () => {
    const stopping = callbacks.earlyStopping({ monitor: "valLoss", patience: 2 });
    for (let i = 0; i < 2; i++) expect((await drive(stopping, losses(1 + i, 2, 2, 2, 2))).recorded).toHaveLength(3);
    const reducing = callbacks.reduceLROnPlateau({ factor: 0.5, patience: 2 });
    for (let i = 0; i < 2; i++) expect((await drive(reducing, losses(1 + i, 2, 2, 2))).rates).toEqual([1, 1, 1, 0.5]);
  });
});

describe("with a real model", () => {
  const digits = Array.from({ length: 13 }, (_, i) => [i / 13]);
  const squares = digits.map(([value]) => [value * value]);

  it("modelCheckpoint writes files that are the model as it was after their epoch", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const expected: Uint8Array[] = [];
    const keep = { onEpochEnd: () => void expected.push(model.toBytes()) };
    const path = (epoch: number) => join(folder, `${epoch}.safetensors`);
    const always = callbacks.modelCheckpoint({ path: join(folder, "latest.safetensors") });
    await model.fit(digits, squares, { epochs: 2, callbacks: [keep, callbacks.modelCheckpoint({ path }), always] });
    const written = ["0", "1", "latest"].map((name) => readFileSync(join(folder, `${name}.safetensors`)));
    expect(written.map((bytes) => bytes.equals(expected[0]))).toEqual([true, false, false]);
    expect(written.map((bytes) => bytes.equals(expected[1]))).toEqual([false, true, true]);
    rmSync(folder, { recursive: true });
  });

  it("earlyStopping and modelCheckpoint agree on the best epoch", async () => {
    const model = sequential({ seed: 3, layers: [layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const saved: { epoch: number; bytes: Uint8Array }[] = [];
    const save = (bytes: Uint8Array, epoch: number) => {
      saved.push({ epoch, bytes });
    };
    const { history } = await model.fit(digits, squares, {
      epochs: 7,
      batchSize: 5,
      validationSplit: 0.3,
      callbacks: [
        // Rates that first learn, then throw the weights far away.
        callbacks.learningRateScheduler({ schedule: (epoch) => (epoch < 3 ? 0.1 : 2.1) }),
        callbacks.earlyStopping({ patience: 2, restoreBestWeights: true }),
        callbacks.modelCheckpoint({ save, saveBestOnly: true }),
      ],
    });
    const best = history.valLoss.indexOf(Math.min(...history.valLoss));
    expect(best).toBeLessThan(history.valLoss.length - 1);
    expect(saved.at(-1)!.epoch).toBe(best);
    const restored = await loadModel(saved.at(-1)!.bytes);
    expect(await restored.getWeights()).toEqual(await model.getWeights());
  });
});

describe("reduceLROnPlateau", () => {
  const { reduceLROnPlateau } = callbacks;

  it("reduces after patience epochs, down to the lowest rate", async () => {
    const callback = reduceLROnPlateau({ factor: 0.5, patience: 2, minLearningRate: 0.3 });
    const { rates, recorded } = await drive(callback, losses(1, 1, 1, 1, 1, 1, 1, 1));
    expect(rates).toEqual([1, 1, 1, 0.5, 0.5, 0.3, 0.3, 0.3]);
    expect(recorded.map(({ learningRate }) => learningRate)).toEqual(rates);
  });

  it("does not count while it cools down", async () => {
    const callback = reduceLROnPlateau({ factor: 0.5, patience: 1, cooldown: 2 });
    expect((await drive(callback, losses(1, 1, 1, 1, 1, 1))).rates).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
  });

  it("wants improvements of more than minDelta", async () => {
    const fall = losses(1, 0.9999, 0.9998);
    expect((await drive(reduceLROnPlateau({ patience: 1 }), [...fall, ...fall])).rates[2]).toBeCloseTo(0.1);
    expect((await drive(reduceLROnPlateau({ patience: 1, minDelta: 0 }), fall)).rates).toEqual([1, 1, 1]);
  });
});

describe("learningRateScheduler", () => {
  it("decides the steps of its epoch", async () => {
    const model = line();
    const schedule = (epoch: number, rate: number) => (epoch === 0 ? rate * 2 : 0);
    const options = { epochs: 3, batchSize: 5, callbacks: [callbacks.learningRateScheduler({ schedule })] };
    const { history } = await model.fit(x, y, options);
    expect(history.learningRate).toEqual([0.02, 0, 0]);
    // From w = 1: the gradient of the mean squared error is 12 (w − 4).
    const { "dense/kernel": kernel } = await model.getWeights();
    expect(kernel.data[0]).toBeCloseTo(1 + 0.02 * 36, 6);
  });

  it("refuses a rate that is none", async () => {
    const bad = callbacks.learningRateScheduler({ schedule: () => Number.NaN });
    const message = "callbacks.learningRateScheduler: schedule(0) must be a finite number ≥ 0, got NaN.";
    await expect(line().fit(x, y, { callbacks: [bad] })).rejects.toThrow(new ArgumentError(message));
  });
});

describe("terminateOnNaN", () => {
  it("ends the training without an error, at the batch", async () => {
    const model = line();
    model.compile({ optimizer: "sgd", loss: "meanSquaredError", engine: "js" });
    let batches = 0;
    const count: Callback = {
      onBatchEnd() {
        batches++;
      },
    };
    // The square of the third sample's error is beyond float32.
    const far = [[1], [2], [3e30], [4], [5]];
    const options = { epochs: 3, batchSize: 1, shuffle: false, terminateOnNaN: false };
    const { epoch } = await model.fit(far, y, { ...options, callbacks: [callbacks.terminateOnNaN(), count] });
    expect([epoch, batches]).toEqual([[0], 3]);
  });
});

describe("csvLogger", () => {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
  const path = join(folder, "log.csv");
  afterAll(() => rmSync(folder, { recursive: true }));

  it("writes what the history holds", async () => {
    const scheduler = callbacks.learningRateScheduler({ schedule: (_, rate) => rate });
    const { history } = await line().fit(x, y, { epochs: 2, callbacks: [scheduler, csvLogger({ path })] });
    const rows = history.loss.map((loss, epoch) => `${epoch},${loss},0.01\n`);
    expect(readFileSync(path, "utf8")).toBe(`epoch,loss,learningRate\n${rows.join("")}`);
  });

  it("appends to the same columns only", async () => {
    await drive(csvLogger({ path }), losses(3));
    await drive(csvLogger({ path, append: true }), losses(2, 1));
    expect(readFileSync(path, "utf8")).toBe("epoch,loss,valLoss\n0,1,3\n0,1,2\n1,1,1\n");
    const others = drive(csvLogger({ path, append: true }), [{ loss: 1 }]);
    await expect(others).rejects.toThrow("has the columns epoch,loss,valLoss, not epoch,loss.");
    writeFileSync(path, "");
    await drive(csvLogger({ path, append: true, separator: ";" }), [{ 'a;"b"': 1 }]);
    expect(readFileSync(path, "utf8")).toBe('epoch;"a;""b"""\n0;1\n');
  });

  it("finds out before the first epoch that it cannot write", async () => {
    const callback = csvLogger({ path: join(folder, "no", "such", "folder.csv") });
    await expect(line().fit(x, y, { callbacks: [callback] })).rejects.toThrow("ENOENT");
  });
});
