import { describe, expect, it } from "vitest";
import { type Callback, data, type FitContext, optimizers, type Progress } from "../../src/index";
import { fingerprint, regressionData, regressionModel, rows } from "./twins";

const { x, y } = regressionData(20);

describe("callbacks", () => {
  /** Writes down what it is told. */
  function recorder(name: string, heard: string[]): Callback {
    const numbers = (logs: object) => Object.keys(logs).join("+");
    return {
      onTrainBegin: ({ params }) => void heard.push(`${name} train ${JSON.stringify(params)}`),
      onTrainEnd: (logs) => void heard.push(`${name} /train ${numbers(logs)}`),
      onEpochBegin: (epoch) => void heard.push(`${name} epoch ${epoch}`),
      onEpochEnd: (epoch, logs) => void heard.push(`${name} /epoch ${epoch} ${numbers(logs)}`),
      onBatchBegin: (batch) => void heard.push(`${name} batch ${batch}`),
      onBatchEnd: (batch, logs) => void heard.push(`${name} /batch ${batch} ${numbers(logs)}`),
    };
  }

  it("are called in order, with what they need", async () => {
    const heard: string[] = [];
    const callbacks = [recorder("a", heard), recorder("b", heard)];
    await regressionModel({ metrics: ["mae"] }).fit(x, y, {
      epochs: 2,
      batchSize: 12,
      callbacks,
      validationData: [x, y],
    });
    const epoch = (i: number) => [
      `epoch ${i}`,
      "batch 0",
      "/batch 0 loss+mae",
      "batch 1",
      "/batch 1 loss+mae",
      `/epoch ${i} loss+mae+valLoss+valMae`,
    ];
    const told = [
      'train {"epochs":2,"steps":2,"batchSize":12,"samples":20}',
      ...epoch(0),
      ...epoch(1),
      "/train loss+mae+valLoss+valMae",
    ];
    expect(heard).toEqual(told.flatMap((what) => [`a ${what}`, `b ${what}`]));
  });

  it("the logs of a batch are the means of the epoch so far", async () => {
    const [model, twin] = [regressionModel(), regressionModel()];
    const means: number[] = [];
    await model.fit(x, y, {
      batchSize: 8,
      shuffle: false,
      callbacks: [{ onBatchEnd: (_, { loss }) => void means.push(loss) }],
    });
    const { loss: first } = await twin.trainOnBatch(rows(x, 0, 8), rows(y, 0, 8));
    const { loss: second } = await twin.trainOnBatch(rows(x, 8, 16), rows(y, 8, 16));
    const { loss: third } = await twin.trainOnBatch(rows(x, 16, 20), rows(y, 16, 20));
    expect(means[0]).toBeCloseTo(first, 12);
    expect(means[1]).toBeCloseTo((first + second) / 2, 12);
    expect(means[2]).toBeCloseTo((8 * first + 8 * second + 4 * third) / 20, 12);
  });

  it("the loss of a batch alone is told beside that mean, and of a slice to onProgress (T28)", async () => {
    const [model, twin] = [regressionModel(), regressionModel()];
    const told: number[] = [];
    await model.fit(x, y, {
      batchSize: 8,
      epochs: 2,
      shuffle: false,
      callbacks: [{ onBatchEnd: (_, __, { batchLoss }) => void told.push(batchLoss) }],
    });
    const expected: number[] = [];
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const [start, end] of [
        [0, 8],
        [8, 16],
        [16, 20],
      ]) {
        expected.push((await twin.trainOnBatch(rows(x, start, end), rows(y, start, end))).loss);
      }
    }
    expect(told).toEqual(expected.map((loss) => expect.closeTo(loss, 12)));

    const big = regressionData(40_000);
    const slices: Progress[] = [];
    const losses: number[] = [];
    const onProgress = (progress: Progress, { batchLoss }: FitContext) => {
      slices.push(progress);
      losses.push(batchLoss);
    };
    await regressionModel().fit(big.x, big.y, { batchSize: 4, epochs: 2, callbacks: [{ onProgress }] });
    expect(slices.length).toBeGreaterThan(0);
    expect(losses).toEqual(slices.map(({ batchLoss }) => batchLoss));
    expect(losses.every((loss) => loss > 0 && loss < 10)).toBe(true);
  });

  it("may add to the history, and are waited for", async () => {
    let order = "";
    const slow: Callback = {
      async onEpochEnd(epoch, logs) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        logs.answer = 42 + epoch;
        order += "slow ";
      },
    };
    const quick: Callback = {
      onEpochEnd: (_, { answer }) => {
        order += `${answer} `;
      },
    };
    const { history } = await regressionModel().fit(x, y, { epochs: 2, callbacks: [slow, quick] });
    expect(history.answer).toEqual([42, 43]);
    expect(order).toBe("slow 42 slow 43 ");
  });

  it("are called as methods", async () => {
    class Counter implements Callback {
      steps = 0;
      told = 0;
      onBatchEnd() {
        this.steps++;
      }
      onProgress() {
        this.told++;
      }
    }
    const counter = new Counter();
    // Enough steps for news of progress on the fastest machine.
    const big = regressionData(30_000);
    await regressionModel().fit(big.x, big.y, { batchSize: 1, callbacks: [counter] });
    expect(counter.steps).toBe(30_000);
    expect(counter.told).toBeGreaterThan(0);
  });

  it("with batch hooks and without train the same weights", async () => {
    const [plain, watched] = [regressionModel({ dropout: 0.2 }), regressionModel({ dropout: 0.2 })];
    await plain.fit(x, y, { epochs: 5, batchSize: 3 });
    await watched.fit(x, y, { epochs: 5, batchSize: 3, callbacks: [recorder("", [])] });
    expect(await fingerprint(plain)).toBe(await fingerprint(watched));
  });

  it.each([
    ["onTrainBegin", 0],
    ["onEpochBegin", 1],
    ["onEpochEnd", 1],
  ] as const)("stop() in %s leaves %i epochs", async (hook, epochs) => {
    let ended = 0;
    const stop = (...values: unknown[]) => (values.at(-1) as FitContext).stop();
    const [model, twin] = [regressionModel(), regressionModel()];
    const callbacks = [{ [hook]: stop, onTrainEnd: () => void ended++ }];
    const { epoch } = await model.fit(x, y, { epochs: 4, batchSize: 8, callbacks });
    await twin.fit(x, y, { epochs, batchSize: 8 });
    expect(epoch.length).toBe(epochs);
    expect(ended).toBe(1);
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });

  it.each([
    ["in memory", data.fromTensors(x, y)],
    ["streamed", data.fromTensors(x, y).map((item) => item)],
  ])("stop() in a batch hook ends after that batch, %s", async (_, dataset) => {
    const [model, twin] = [regressionModel(), regressionModel()];
    const ended: number[] = [];
    const callback: Callback = {
      onBatchEnd: (batch, _, fit) => {
        ended.push(batch);
        if (batch === 2) fit.stop();
      },
    };
    const { history } = await model.fit(dataset, { epochs: 3, batchSize: 4, callbacks: [callback] });
    await twin.fit(rows(x, 0, 12), rows(y, 0, 12), { batchSize: 4, shuffle: false });
    expect(ended).toEqual([0, 1, 2]);
    expect(history.loss.length).toBe(1);
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });

  it("without batch hooks stop() waits for the end of the epoch, in memory and streamed", async () => {
    const big = regressionData(30_000);
    const dataset = data.fromTensors(big.x, big.y);
    const twin = regressionModel();
    await twin.fit(dataset, { batchSize: 1 });
    for (const given of [dataset, dataset.map((item) => item)]) {
      const model = regressionModel();
      const callbacks = [{ onProgress: (_: Progress, fit: FitContext) => fit.stop() }];
      const { epoch } = await model.fit(given, { batchSize: 1, epochs: 3, callbacks });
      expect(epoch).toEqual([0]);
      expect(await fingerprint(model)).toBe(await fingerprint(twin));
    }
  });

  it("read and set the learning rate; the model keeps it until the next compile", async () => {
    const halving = { learningRate: (step: number) => 0.1 / 2 ** step };
    const model = regressionModel({ optimizer: optimizers.sgd(halving) });
    const rates: number[] = [];
    const read: Callback = { onBatchBegin: (_, fit) => void rates.push(fit.learningRate) };
    await model.fit(x, y, { batchSize: 10, callbacks: [read] });
    await model.fit(x, y, {
      batchSize: 10,
      callbacks: [
        read,
        {
          onEpochBegin: (_, fit) => {
            fit.learningRate = 0.5;
          },
        },
      ],
    });
    await model.fit(x, y, { batchSize: 10, callbacks: [read] });
    model.compile({ optimizer: optimizers.sgd(halving), loss: "mse" });
    await model.fit(x, y, { batchSize: 10, callbacks: [read] });
    expect(rates).toEqual([0.1, 0.05, 0.5, 0.5, 0.5, 0.5, 0.1, 0.05]);
    const bad = {
      onEpochBegin: (_: number, fit: FitContext) => {
        fit.learningRate = Number.NaN;
      },
    };
    await expect(model.fit(x, y, { callbacks: [bad] })).rejects.toThrow(
      "learningRate must be a finite number ≥ 0, got NaN.",
    );
  });

  it("a rate set in the middle counts from the next step on", async () => {
    const [model, twin] = [regressionModel({ optimizer: "sgd" }), regressionModel({ optimizer: "sgd" })];
    const set: Callback = {
      onBatchEnd: (batch, _, fit) => {
        fit.learningRate = (batch + 2) / 10;
      },
    };
    await model.fit(x, y, { batchSize: 10, shuffle: false, callbacks: [set] });
    twin.compile({ optimizer: optimizers.sgd({ learningRate: (step) => [0.01, 0.2][step] }), loss: "mse" });
    await twin.fit(x, y, { batchSize: 10, shuffle: false });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });

  it("progress counts steps and samples of the epoch", async () => {
    const big = regressionData(50_003);
    const told: Progress[] = [];
    await regressionModel().fit(big.x, big.y, {
      batchSize: 2,
      epochs: 2,
      callbacks: [{ onProgress: (progress) => void told.push(progress) }],
    });
    expect(told.length).toBeGreaterThan(0);
    told.forEach(({ epoch, step, samples, logs }, i) => {
      const last = told[i - 1];
      const rises = !last || epoch > last.epoch || (epoch === last.epoch && step > last.step);
      expect(rises).toBe(true);
      expect(samples).toBe(Math.min(2 * step, 50_003));
      expect(logs.loss).toBeGreaterThan(0);
    });
  });

  it("what one throws, fit throws, and the weights are those of the last step", async () => {
    const [model, twin] = [regressionModel(), regressionModel()];
    const reason = new Error("mine");
    const failing: Callback = {
      onBatchEnd(batch) {
        if (batch === 1) throw reason;
      },
    };
    await expect(model.fit(x, y, { batchSize: 5, shuffle: false, callbacks: [failing] })).rejects.toBe(reason);
    await twin.fit(rows(x, 0, 10), rows(y, 0, 10), { batchSize: 5, shuffle: false });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
    await model.fit(x, y);
  });
});

describe("AbortSignal", () => {
  it("aborted before: nothing happens", async () => {
    const model = regressionModel();
    const before = await fingerprint(model);
    const reason = new Error("changed my mind");
    await expect(model.fit(x, y, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await fingerprint(model)).toBe(before);
  });

  it.each([
    ["onBatchBegin", 2],
    ["onBatchEnd", 3],
  ] as const)("aborted in %s of batch 2: %i steps are done", async (hook, steps) => {
    const [model, twin] = [regressionModel(), regressionModel()];
    const controller = new AbortController();
    const callbacks = [{ [hook]: (batch: number) => batch === 2 && controller.abort("enough") }];
    const training = model.fit(x, y, { batchSize: 4, epochs: 9, shuffle: false, signal: controller.signal, callbacks });
    await expect(training).rejects.toBe("enough");
    await twin.fit(rows(x, 0, 4 * steps), rows(y, 0, 4 * steps), { batchSize: 4, shuffle: false });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
    await model.fit(x, y, { shuffle: false });
    await twin.fit(x, y, { shuffle: false });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });

  it.each([
    ["onEpochBegin", 1],
    ["onEpochEnd", 2],
  ] as const)("aborted in %s of epoch 1: %i epochs are done", async (hook, epochs) => {
    const [model, twin] = [regressionModel(), regressionModel()];
    const controller = new AbortController();
    const callbacks = [{ [hook]: (epoch: number) => epoch === 1 && controller.abort("enough") }];
    await expect(model.fit(x, y, { epochs: 9, signal: controller.signal, callbacks })).rejects.toBe("enough");
    await twin.fit(x, y, { epochs });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });

  it("aborted by a timer, at a whole step", async () => {
    const [model, twin] = [regressionModel(), regressionModel()];
    let steps = 0;
    const training = model.fit(x, y, {
      batchSize: 20,
      epochs: 1e9,
      shuffle: false,
      signal: AbortSignal.timeout(50),
      callbacks: [{ onEpochEnd: () => void steps++ }],
    });
    await expect(training).rejects.toThrow(expect.objectContaining({ name: "TimeoutError" }));
    const weights = await fingerprint(model);
    // The last epoch may have been trained without being told of.
    await twin.fit(x, y, { batchSize: 20, epochs: steps, shuffle: false });
    const possible = [await fingerprint(twin)];
    await twin.fit(x, y, { batchSize: 20, shuffle: false });
    possible.push(await fingerprint(twin));
    expect(possible).toContain(weights);
    await model.fit(x, y);
  });
});
