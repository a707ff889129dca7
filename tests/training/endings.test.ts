// How a training ends before its last epoch: by an abort, by what a callback or a source does.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, describe, it, vi } from "vitest";
import { type Callback, callbacks, type Dataset, data, type FitContext } from "../../src/index";
import { fingerprint, regressionData, regressionModel } from "../model/twins";

const { x, y } = regressionData(20);
/** Enough for many slices. */
const many = regressionData(60_000);

/** Items, and after some of them a promise that is never settled; `end` is the iterator's `return`. */
function stalling(items: number, end?: () => Promise<IteratorResult<unknown>>) {
  const source = {
    [Symbol.asyncIterator]: () => {
      let i = 0;
      return {
        next: () => {
          if (i++ < items) return Promise.resolve({ done: false, value: { x: [i, 0, 1], y: [i] } });
          return new Promise<never>(() => {});
        },
        ...(end && { return: end }),
      };
    },
  };
  return data.fromIterable(source as AsyncIterable<{ x: number[]; y: number[] }>);
}

/** What a promise rejects with, and after how many milliseconds. */
async function rejection(promise: Promise<unknown>): Promise<{ reason: unknown; milliseconds: number }> {
  const start = performance.now();
  const reason = await promise.then(
    () => "nothing",
    (reason) => reason,
  );
  return { reason, milliseconds: performance.now() - start };
}

describe("a hook that rejects (R6)", () => {
  const mine = new Error("mine");
  const reject = async () => {
    await sleep(1);
    throw mine;
  };

  it.each([
    "onTrainBegin",
    "onTrainEnd",
    "onEpochBegin",
    "onEpochEnd",
    "onBatchBegin",
    "onBatchEnd",
    "onProgress",
  ] as const)("%s: fit rejects with it, and nothing else does", async (hook) => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const model = regressionModel();
    const options = { batchSize: 1, callbacks: [{ [hook]: reject } as Callback] };
    expect((await rejection(model.fit(many.x, many.y, options))).reason).toBe(mine);
    await sleep(20);
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    await model.fit(x, y);
  });

  it("onProgress of the last slice is waited for", async () => {
    let calls = 0;
    const late = async () => {
      calls++;
      await sleep(300);
      throw mine;
    };
    const model = regressionModel();
    const training = model.fit(many.x, many.y, { batchSize: 8, epochs: 300, callbacks: [{ onProgress: late }] });
    expect((await rejection(training)).reason).toBe(mine);
    expect(calls).toBeGreaterThan(0);
  });
});

describe("an abort (R7)", () => {
  const steps = [
    ["as it is", (dataset: Dataset) => dataset],
    ["in batches", (dataset: Dataset) => dataset.batch(2)],
    ["shuffled", (dataset: Dataset) => dataset.shuffle(4).batch(2)],
    ["prefetched", (dataset: Dataset) => dataset.batch(2).prefetch(3)],
    ["mapped and filtered", (dataset: Dataset) => dataset.map((item) => item).filter(() => true)],
  ] as const;

  it.each(steps)("ends fit while its source is silent, %s", async (_, change) => {
    const model = regressionModel();
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 50);
    const { reason, milliseconds } = await rejection(
      model.fit(change(stalling(3)), { batchSize: 2, signal: controller.signal }),
    );
    expect(reason).toBe("enough");
    expect(milliseconds).toBeLessThan(1000);
    await model.fit(x, y);
  });

  it("ends the measuring of validation data, too", async () => {
    const model = regressionModel();
    const signal = AbortSignal.timeout(50);
    const { reason } = await rejection(model.fit(x, y, { validationData: stalling(3), signal }));
    expect(reason).toBe(signal.reason);
    expect(signal.reason.name).toBe("TimeoutError");
  });

  const ends = [
    ["throws", () => Promise.reject(new Error("cannot close"))],
    ["never ends", () => new Promise<never>(() => {})],
  ] as const;

  it.each(ends)("is not replaced by a source whose return() %s", async (_, end) => {
    const controller = new AbortController();
    const onBatchEnd = () => controller.abort("enough");
    const options = { batchSize: 1, signal: controller.signal, callbacks: [{ onBatchEnd }] };
    const { reason, milliseconds } = await rejection(regressionModel().fit(stalling(30, end), options));
    expect(reason).toBe("enough");
    expect(milliseconds).toBeLessThan(1000);
  });

  it("does not let what its source brings later into the memory of the next training", async () => {
    const [model, twin] = [regressionModel(), regressionModel()];
    const before = await model.getWeights();
    let give = (_: { x: number[]; y: number[] }) => {};
    const item = new Promise<{ x: number[]; y: number[] }>((resolve) => (give = resolve));
    async function* slow() {
      yield await item;
    }
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 30);
    const dataset = data.fromIterable(slow);
    expect((await rejection(model.fit(dataset, { signal: controller.signal }))).reason).toBe("enough");
    expect(await model.getWeights()).toEqual(before);
    const training = model.fit(x, y, { epochs: 3, batchSize: 4, callbacks: [{ onEpochEnd: () => sleep(5) }] });
    give({ x: [1e9, 1e9, 1e9], y: [1e9] });
    await training;
    await twin.fit(x, y, { epochs: 3, batchSize: 4 });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });
});

describe("a source whose return() fails", () => {
  it("is an error where nothing else is: behind stop()", async () => {
    const closing = new Error("cannot close");
    const stop: Callback = { onBatchEnd: (_, __, context) => context.stop() };
    const source = stalling(30, () => Promise.reject(closing));
    const { reason } = await rejection(regressionModel().fit(source, { batchSize: 1, callbacks: [stop] }));
    expect(reason).toBe(closing);
  });

  it("is waited for a second at most", async () => {
    const stop: Callback = { onBatchEnd: (_, __, context) => context.stop() };
    const source = stalling(30, () => new Promise<never>(() => {}));
    const start = performance.now();
    const { epoch } = await regressionModel().fit(source, { batchSize: 1, callbacks: [stop] });
    expect(epoch).toEqual([0]);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it("does not replace another error", async () => {
    const mine = new Error("mine");
    const failing: Callback = {
      onBatchEnd() {
        throw mine;
      },
    };
    const source = stalling(30, () => Promise.reject(new Error("cannot close")));
    expect((await rejection(regressionModel().fit(source, { batchSize: 1, callbacks: [failing] }))).reason).toBe(mine);
  });
});

describe("an aborted training (T19)", () => {
  it("ends with the best weights, and keeps its history", async () => {
    const model = regressionModel();
    const controller = new AbortController();
    const weights: unknown[] = [];
    const ended: unknown[] = [];
    const watch: Callback = {
      // Worse from epoch 2 on: the rate throws the weights far away.
      onEpochBegin(epoch, context) {
        context.learningRate = epoch < 2 ? 0.01 : 3;
      },
      async onEpochEnd(epoch, _, { model }) {
        weights.push(await model.getWeights());
        if (epoch === 4) controller.abort("enough");
      },
      onTrainEnd: ({ loss }, { outcome }) => void ended.push([loss, outcome]),
    };
    const best = callbacks.earlyStopping({ monitor: "loss", patience: 9, restoreBestWeights: true });
    const { signal } = controller;
    const fitting = model.fit(x, y, { epochs: 9, batchSize: 5, signal, callbacks: [watch, best] });
    expect((await rejection(fitting)).reason).toBe("enough");
    const { epoch, history } = model.history!;
    expect(epoch).toEqual([0, 1, 2, 3, 4]);
    const bestEpoch = history.loss.indexOf(Math.min(...history.loss));
    expect(bestEpoch).toBeLessThan(4);
    expect(await model.getWeights()).toEqual(weights[bestEpoch]);
    expect(ended).toEqual([[history.loss[4], "aborted"]]);
  });

  it("in the middle of an epoch keeps the epochs before", async () => {
    const model = regressionModel();
    const controller = new AbortController();
    let steps = 0;
    const onBatchEnd = () => {
      if (++steps === 7) controller.abort("enough");
    };
    const options = { epochs: 9, batchSize: 8, signal: controller.signal, callbacks: [{ onBatchEnd }] };
    expect((await rejection(model.fit(x, y, options))).reason).toBe("enough");
    // Three steps an epoch.
    expect(model.history?.epoch).toEqual([0, 1]);
    expect(model.history?.history.loss).toHaveLength(2);
  });

  it("stays aborted when onTrainEnd throws, which is said", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const failing: Callback = {
      onTrainEnd() {
        throw new Error("mine");
      },
    };
    const controller = new AbortController();
    const onEpochEnd = () => controller.abort("enough");
    const options = { epochs: 2, signal: controller.signal, callbacks: [{ onEpochEnd }, failing] };
    expect((await rejection(regressionModel().fit(x, y, options))).reason).toBe("enough");
    expect(warn.mock.calls[0]).toEqual([
      "wasmgrad: onTrainEnd failed after the training was aborted:",
      new Error("mine"),
    ]);
    warn.mockRestore();
  });
});

describe("model.history", () => {
  it("is that of the last fit, live, and the one that fit returns", async () => {
    const model = regressionModel();
    expect(model.history).toBeUndefined();
    const seen: number[] = [];
    const onEpochBegin = () => void seen.push(model.history!.epoch.length);
    const history = await model.fit(x, y, { epochs: 3, callbacks: [{ onEpochBegin }] });
    expect(seen).toEqual([0, 1, 2]);
    expect(model.history).toBe(history);
  });

  it("of a training that failed has the epochs before", async () => {
    const model = regressionModel();
    const onEpochBegin = (epoch: number) => {
      if (epoch === 2) throw new Error("mine");
    };
    await expect(model.fit(x, y, { epochs: 3, callbacks: [{ onEpochBegin }] })).rejects.toThrow("mine");
    expect(model.history?.epoch).toEqual([0, 1]);
  });
});

describe("onTrainEnd", () => {
  it("knows how the training ended, and is not called behind an error", async () => {
    const outcomes: unknown[] = [];
    const onTrainEnd = (_: unknown, { outcome }: FitContext) => void outcomes.push(outcome);
    await regressionModel().fit(x, y, { callbacks: [{ onTrainEnd }] });
    const onEpochEnd = (_: number, __: unknown, context: FitContext) => context.stop();
    await regressionModel().fit(x, y, { epochs: 3, callbacks: [{ onTrainEnd, onEpochEnd }] });
    const fail = () => {
      throw new Error("mine");
    };
    await expect(regressionModel().fit(x, y, { callbacks: [{ onTrainEnd, onEpochEnd: fail }] })).rejects.toThrow();
    expect(outcomes).toEqual(["completed", "stopped"]);
  });
});
