import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  ArgumentError,
  type CompileOptions,
  data,
  gradientCheck,
  layers,
  loadModel,
  type Model,
  NonFiniteError,
  optimizers,
  sequential,
  ThreadError,
  tensor,
} from "../../src/index";
import { deriveKey, uniform } from "../../src/numeric/random";

/** Every worker that is started while these tests run. */
const workers: Worker[] = [];
process.on("worker", (worker) => workers.push(worker as unknown as Worker));

function liveWorkers(): Worker[] {
  return workers.filter(({ threadId }) => threadId !== -1);
}

async function allEnd(): Promise<void> {
  for (let i = 0; i < 3000 && liveWorkers().length; i++) await sleep(10);
  expect(liveWorkers()).toEqual([]);
}

const models: Model[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  for (const model of models.splice(0)) model.dispose();
  await allEnd();
});

const SAMPLES = 150;
const FEATURES = 64;
const key = deriveKey(7, 7, 7);
const x = tensor(
  Float32Array.from({ length: SAMPLES * FEATURES }, (_, i) => 2 * uniform(key, i) - 1),
  [SAMPLES, FEATURES],
);
const y = tensor(
  Float32Array.from({ length: SAMPLES }, (_, i) => i % 7),
  [SAMPLES],
);
const fitOptions = { epochs: 3, batchSize: 37, validationSplit: 0.2 } as const;

function makeModel(options: Partial<CompileOptions> = {}, units = 96): Model {
  const model = sequential({
    seed: 11,
    layers: [
      layers.dense({ units, activation: "relu", inputShape: [FEATURES], kernelRegularizer: "l2" }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 53, activation: "gelu" }),
      layers.dense({ units: 7, activation: "softmax" }),
    ],
  });
  models.push(model);
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"], ...options });
  return model;
}

/** A callback, and what is over once it has seen two epochs: by then steps run where they are to run. */
function twoEpochs() {
  let epochs = 0;
  let resolve = () => {};
  const over = new Promise<void>((settle) => (resolve = settle));
  const onEpochEnd = () => {
    if (++epochs === 2) resolve();
  };
  return { callbacks: [{ onEpochEnd }], over };
}

async function sha256(model: Model): Promise<string> {
  const hash = createHash("sha256");
  for (const { data } of Object.values(await model.getWeights())) hash.update(data);
  return hash.digest("hex");
}

const here = { worker: false };

const places: [string, { worker: true; threads?: number }, boolean][] = [
  ["over shared memory", { worker: true }, true],
  ["over shared memory with followers", { worker: true, threads: 3 }, true],
  ["over memory of its own", { worker: true }, false],
];

describe.each(places)("a worker %s", (_, away, isShared) => {
  beforeEach(() => {
    if (!isShared) vi.stubGlobal("SharedArrayBuffer", undefined);
  });

  const chosen = [
    ["sgd", () => optimizers.sgd({ learningRate: 0.05, momentum: 0.9, clipNorm: 0.05 })],
    ["adam", () => optimizers.adam({ learningRate: 0.01, amsgrad: true, globalClipNorm: 0.1 })],
    ["rmsprop", () => optimizers.rmsprop({ learningRate: 0.01, centered: true, momentum: 0.5 })],
    ["adadelta", () => optimizers.adadelta({ learningRate: 0.5 })],
    ["nadam", () => optimizers.nadam({ learningRate: 0.01 })],
    ["lion", () => optimizers.lion({ learningRate: 0.001, weightDecay: 0.01 })],
  ] as const;

  it.each(chosen)("trains, evaluates and predicts to the same bits with %s", async (_, optimizer) => {
    const train = async (place: Partial<CompileOptions>) => {
      const model = makeModel({ optimizer: optimizer(), ...place });
      const { history } = await model.fit(x, y, fitOptions);
      const [evaluation, prediction] = [await model.evaluate(x, y), await model.predict(x)];
      return { history, evaluation, prediction, weights: await sha256(model) };
    };
    expect(await train(away)).toEqual(await train(here));
    expect(liveWorkers()).toHaveLength(away.threads ?? 1);
  });

  it("gives the same gradients, and the same results one batch at a time", async () => {
    const [alone, model] = [makeModel(here), makeModel(away)];
    expect(await model.gradients(x, y)).toEqual(await alone.gradients(x, y));
    for (let i = 0; i < 3; i++) expect(await model.trainOnBatch(x, y)).toEqual(await alone.trainOnBatch(x, y));
    expect(await model.gradients(x, y)).toEqual(await alone.gradients(x, y));
    expect(await sha256(model)).toBe(await sha256(alone));
  });

  it("passes the gradient check", async () => {
    const model = makeModel({ ...away, loss: "sparseCategoricalCrossentropy" }, 5);
    const few = tensor(x.data.slice(0, 4 * FEATURES), [4, FEATURES]);
    const { ok } = await gradientCheck(model, few, tensor(new Float32Array([0, 1, 2, 3]), [4]), { samples: 3 });
    expect(ok).toBe(true);
  });

  it("trains on a stream, and on epochs of one step", async () => {
    const train = async (place: Partial<CompileOptions>) => {
      const model = makeModel(place);
      const rows = Array.from({ length: SAMPLES }, (_, i) => ({
        x: tensor(x.data.slice(i * FEATURES, (i + 1) * FEATURES), [FEATURES]),
        y: y.data[i],
      }));
      const streamed = await model.fit(data.fromIterable(rows), { epochs: 2, batchSize: 13 });
      const { history } = await model.fit(x, y, { epochs: 20, batchSize: SAMPLES });
      return [streamed.history, history, await sha256(model)];
    };
    expect(await train(away)).toEqual(await train(here));
  });

  it("stops at the same step when the loss is not finite, with the same weights", async () => {
    const fail = async (place: Partial<CompileOptions>) => {
      const model = makeModel({ ...place, optimizer: optimizers.sgd({ learningRate: 1e8 }) });
      const error = await model.fit(x, y, fitOptions).catch((reason) => reason);
      expect(error).toBeInstanceOf(NonFiniteError);
      return { message: error.message, step: error.step, weights: await sha256(model) };
    };
    expect(await fail(away)).toEqual(await fail(here));
  });

  it("takes the weights it is given, and those that a callback goes back to", async () => {
    const train = async (place: Partial<CompileOptions>) => {
      const model = makeModel(place);
      const initial = await model.getWeights();
      await model.fit(x, y, fitOptions);
      await model.setWeights(initial);
      const onEpochEnd = async (epoch: number) => {
        if (epoch === 1) await model.setWeights(initial);
      };
      await model.fit(x, y, { ...fitOptions, callbacks: [{ onEpochEnd }] });
      return sha256(model);
    };
    expect(await train(away)).toBe(await train(here));
  });

  it("can be aborted, after which the model trains on", async () => {
    const model = makeModel(away);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 100);
    const fitting = model.fit(x, y, { ...fitOptions, epochs: 1e6, signal: controller.signal });
    await expect(fitting).rejects.toThrow("enough");
    const { history } = await model.fit(x, y, fitOptions);
    expect(history.loss.every(Number.isFinite)).toBe(true);
  });

  it("leaves the calling thread free, to whom the model shows itself between two runs", async () => {
    const model = makeModel(away);
    const controller = new AbortController();
    const fitting = model.fit(x, y, { batchSize: 37, epochs: 1e6, signal: controller.signal });
    const ended = fitting.catch((reason) => reason);
    for (let i = 0; i < 20; i++) {
      await sleep(i % 5);
      const prediction = await model.predict(x);
      expect((prediction as { shape: readonly number[] }).shape).toEqual([SAMPLES, 7]);
      expect(Object.values(await model.getWeights()).every(({ data }) => data.every(Number.isFinite))).toBe(true);
    }
    controller.abort(new Error("enough"));
    expect((await ended).message).toBe("enough");
  });

  it("becomes a ThreadError when it dies, after which the model trains on", async () => {
    const model = makeModel(away);
    const { callbacks, over } = twoEpochs();
    const fitting = model.fit(x, y, { batchSize: 37, epochs: 1e6, callbacks }).catch((reason) => reason);
    await over;
    await Promise.all(liveWorkers().map((worker) => worker.terminate()));
    const error = await fitting;
    expect(error).toBeInstanceOf(ThreadError);
    expect(error.message).toMatch(
      /^fit: a worker thread has ended\. The model is at step \d+, and can be trained on\.$/,
    );
    const { history } = await model.fit(x, y, fitOptions);
    expect(history.loss.every(Number.isFinite)).toBe(true);
    // One of several is enough.
    const second = twoEpochs();
    const again = model
      .fit(x, y, { batchSize: 37, epochs: 1e6, callbacks: second.callbacks })
      .catch((reason) => reason);
    await second.over;
    const start = performance.now();
    await liveWorkers().at(-1)!.terminate();
    expect(await again).toBeInstanceOf(ThreadError);
    expect(performance.now() - start).toBeLessThan(2000);
    await model.fit(x, y, fitOptions);
    // And while nothing runs.
    await Promise.all(liveWorkers().map((worker) => worker.terminate()));
    expect(await model.predict(x)).toBeDefined();
  });

  it("is the same one for every run of a model, ends with it, and does not keep a process alive", async () => {
    const first = workers.length;
    const model = makeModel(away);
    for (const batchSize of [10, 37, 64]) {
      await model.fit(x, y, { batchSize });
      await model.predict(x, { batchSize: 2 * batchSize });
    }
    expect(workers.length - first).toBe(away.threads ?? 1);
    model.dispose();
    await allEnd();
    const script = `
      ${isShared ? "" : "globalThis.SharedArrayBuffer = undefined;"}
      const { layers, sequential, tensor } = await import("./src/index");
      const model = sequential({ layers: [layers.dense({ units: 300, inputShape: [300] })] });
      model.compile({ optimizer: "sgd", loss: "meanSquaredError", ...${JSON.stringify(away)} });
      const x = tensor(new Float32Array(64 * 300), [64, 300]);
      model.fit(x, x).then(({ history }) => console.log(history.loss.length));`;
    const options = ["--import", "tsx", "--input-type=module", "--eval", script];
    const { status, stdout, stderr } = spawnSync(process.execPath, options, { encoding: "utf8", timeout: 100_000 });
    expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: "1\n" });
  });

  it("ends with a model that nobody has any more", async () => {
    const train = async () => {
      await makeModel(away).fit(x, y, { batchSize: 75 });
      models.length = 0;
    };
    await train();
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    for (let i = 0; i < 3000 && liveWorkers().length; i++) {
      collectGarbage();
      await sleep(10);
    }
    expect(liveWorkers()).toEqual([]);
  });
});

describe("the option", () => {
  it("goes on from a file, bit for bit, saved while the worker is in the middle of a slice", async () => {
    const model = makeModel({ worker: true });
    const controller = new AbortController();
    const { signal } = controller;
    const { callbacks, over } = twoEpochs();
    const fitting = model.fit(x, y, { batchSize: 50, epochs: 1e6, shuffle: false, signal, callbacks });
    const ended = fitting.catch(() => {});
    await over;
    await sleep(37);
    const bytes = model.toBytes();
    controller.abort();
    await ended;
    const saved = await loadModel(bytes);
    models.push(saved);
    // The same steps done here, as many as the file says.
    const again = makeModel();
    const { stepIndex: step } = saved.internals("test").state;
    expect(step).toBeGreaterThan(3);
    let done = 0;
    const onBatchEnd = (_batch: number, _logs: unknown, { stop }: { stop(): void }) => {
      if (++done === step) stop();
    };
    await again.fit(x, y, { batchSize: 50, epochs: 1e6, shuffle: false, callbacks: [{ onBatchEnd }] });
    expect(await sha256(saved)).toBe(await sha256(again));
  });

  it.each([1, "yes", null])("worker cannot be %s", (worker) => {
    expect(() => makeModel({ worker: worker as unknown as boolean })).toThrow(ArgumentError);
  });

  it("is not for the js engine", () => {
    expect(() => makeModel({ engine: "js", worker: true } as never)).toThrow(
      /^compile: the "js" engine runs on the calling/,
    );
  });

  it("is implied by threads where the calling thread must not wait", async () => {
    const alone = makeModel();
    await alone.fit(x, y, fitOptions);
    const wait = vi.spyOn(Atomics, "wait").mockImplementation(() => {
      throw new TypeError("Atomics.wait cannot be called in this context");
    });
    const model = makeModel({ threads: 2 });
    await model.fit(x, y, fitOptions);
    expect(wait).toHaveBeenCalled();
    expect(liveWorkers()).toHaveLength(2);
    expect(await sha256(model)).toBe(await sha256(alone));
  });
});
