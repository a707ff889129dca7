// What the caller's arrays hold at the call counts (T7, R8), calls at once queue (T17), and data of any size are read in slices
// (T27).
import { describe, expect, it } from "vitest";
import { DataError, data, initializers, layers, optimizers, sequential, StateError, tensor } from "../../src/index";
import { COPIED_BYTES } from "../../src/training/borrowedTensor";

/** One linear unit without bias whose weight is w. */
function net(w: number, compiled = true) {
  const model = sequential();
  const kernelInitializer = initializers.constant({ value: w });
  model.add(layers.dense({ units: 1, useBias: false, kernelInitializer, inputShape: [1] }));
  if (compiled) model.compile({ optimizer: "sgd", loss: "mse" });
  return model;
}

describe("an array that is changed behind a call", () => {
  it.each([false, true])("of predict counts as it was, whether the model is ready or not (%s)", async (isReady) => {
    const model = net(2);
    if (isReady) await model.predict([[1]]);
    const frame = Float32Array.of(3, 4);
    const prediction = model.predict({ data: frame, shape: [2, 1] });
    frame.fill(7);
    expect(Array.from((await prediction).data)).toEqual([6, 8]);
    const nested = [[5]];
    const second = model.predict(nested);
    nested[0][0] = 9;
    expect(Array.from((await second).data)).toEqual([10]);
  });

  it("of evaluate, gradients, trainOnBatch and fit counts as it was: inputs, targets and weights", async () => {
    const calls = {
      evaluate: async (x: never, y: never, w: never) => (await net(1).evaluate(x, y, { sampleWeight: w })).loss,
      gradients: async (x: never, y: never, w: never) => (await net(1).gradients(x, y, { sampleWeight: w })).loss,
      trainOnBatch: async (x: never, y: never, w: never) => (await net(1).trainOnBatch(x, y, { sampleWeight: w })).loss,
      fit: async (x: never, y: never, w: never) => {
        const { history } = await net(1).fit(x, y, { sampleWeight: w, validationData: [x, y] });
        // Step of 0.01 along the slope Σ w·2·(x − y)·x / 2 = 2·3·3 = 18 … of both samples alike.
        return history.loss[0];
      },
      validation: async (x: never, y: never) => {
        const { history } = await net(1).fit([[0]], [[0]], { validationData: [x, y] });
        return history.valLoss[0] * 2;
      },
    };
    for (const [name, call] of Object.entries(calls)) {
      const x = { data: Float32Array.of(3, 3), shape: [2, 1] };
      const y = { data: Float32Array.of(0, 0), shape: [2, 1] };
      const w = Float32Array.of(2, 2);
      const result = call(x as never, y as never, w as never);
      for (const { data: values } of [x, y]) values.fill(100);
      w.fill(0);
      // Two samples of squared error 9, each twice.
      expect(await result, name).toBe(18);
    }
  });

  const states: Record<string, readonly string[]> = {
    "has no memory yet": [],
    "has room": ["trainOnBatch"],
    "has room for a smaller batch": ["small"],
    "is predicting": ["trainOnBatch", "predict"],
    "is training one that was aborted": ["trainOnBatch", "abort"],
  };
  it.each(Object.entries(states))("of trainOnBatch counts as it was when the model %s", async (_state, before) => {
    for (const options of [{}, { worker: true as const }]) {
      const model = net(1, false);
      model.compile({ optimizer: optimizers.sgd({ learningRate: 0.125 }), loss: "mse", ...options });
      const under: Promise<unknown>[] = [];
      // With weights of 0 nothing changes.
      const still = { sampleWeight: [0, 0] };
      if (before.includes("trainOnBatch")) await model.trainOnBatch([[1], [1]], [[0], [0]], still);
      if (before.includes("small")) await model.trainOnBatch([[1]], [[1]], { sampleWeight: [0] });
      if (before.includes("predict")) under.push(model.predict(new Float32Array(5000)));
      if (before.includes("abort")) {
        const controller = new AbortController();
        const fit = model.fit([[1]], [[1]], { epochs: 1e6, signal: controller.signal, sampleWeight: [0] });
        under.push(expect(fit).rejects.toThrow());
        await new Promise((resolve) => setTimeout(resolve, 10));
        controller.abort();
      }
      const x = { data: Float32Array.of(2, 2), shape: [2, 1] };
      const y = { data: Float32Array.of(0, 0), shape: [2, 1] };
      const training = model.trainOnBatch(x, y);
      for (const { data: values } of [x, y]) values.fill(100);
      expect((await training).loss).toBe(4);
      await Promise.all(under);
      // w = 1 − 0.125·2·(2 − 0)·2
      expect((await model.predict([[1]])).data[0]).toBe(0);
    }
  });

  it("of setWeights and of a dataset's tensors counts as it was", async () => {
    const model = net(1);
    const kernel = Float32Array.of(4);
    const setting = model.setWeights({ "dense/kernel": { data: kernel, shape: [1, 1] } });
    kernel[0] = 9;
    await setting;
    expect((await model.predict([[1]])).data[0]).toBe(4);
    const x = tensor(Float32Array.of(2), [1, 1]);
    const result = model.evaluate(data.fromTensors(x, tensor([[0]])));
    x.data[0] = 50;
    expect((await result).loss).toBe(64);
  });

  it("that was transferred is told of, before and while it is read", async () => {
    const model = net(1);
    const gone = new Float32Array(4);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    await expect(model.predict({ data: gone, shape: [4, 1] })).rejects.toThrow(/detached|transferred/);
    const large = new Float32Array(COPIED_BYTES / 2);
    const prediction = model.predict({ data: large, shape: [large.length, 1] }, { batchSize: 2 ** 20 });
    structuredClone(large.buffer, { transfer: [large.buffer] });
    await expect(prediction).rejects.toThrow(DataError);
    expect((await model.predict([[2]])).data[0]).toBe(2);
  });

  it("of many megabytes is refused when it changes while it is read", async () => {
    const model = net(1);
    const large = new Float32Array(COPIED_BYTES).fill(1);
    const training = model.fit({ data: large, shape: [large.length, 1] }, new Float32Array(large.length), {
      batchSize: 2 ** 20,
    });
    large.fill(2);
    await expect(training).rejects.toThrow(/^fit: x was changed while it was being read/);
    expect((await model.predict([[2]])).data[0]).toBe(2);
  });

  it("of many megabytes is checked in its copy: NaN and wrong labels are named by their sample", async () => {
    const count = COPIED_BYTES / 4 + 7;
    const values = new Float32Array(count);
    values[count - 3] = Number.NaN;
    const model = net(1);
    const options = { batchSize: 2 ** 20 };
    await expect(model.predict({ data: values, shape: [count, 1] }, options)).rejects.toThrow(`sample ${count - 3}`);
    const classes = sequential({ layers: [layers.dense({ units: 2, activation: "softmax", inputShape: [1] })] });
    classes.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    const labels = new Int32Array(count);
    labels[count - 1] = 2;
    const x = tensor(new Uint8Array(count), [count, 1]);
    await expect(classes.fit(x, { data: labels, shape: [count] }, options)).rejects.toThrow(
      `target 2 at sample ${count - 1} is not a class of 0…1`,
    );
  });
});

describe("calls at once", () => {
  it("of predict and evaluate queue: each gets its own result (T17)", async () => {
    const model = net(3);
    const inputs = Array.from({ length: 20 }, (_, i) => i);
    const predictions = inputs.map((i) => model.predict([[i]]));
    const losses = inputs.map((i) => model.evaluate([[i]], [[0]]));
    expect((await Promise.all(predictions)).map(({ data: values }) => values[0])).toEqual(inputs.map((i) => 3 * i));
    expect((await Promise.all(losses)).map(({ loss }) => loss)).toEqual(inputs.map((i) => 9 * i * i));
  });

  it("use one memory, whatever their number (T17)", async () => {
    const large = () => {
      const model = sequential({ layers: [layers.dense({ units: 500, inputShape: [2000] })] });
      return { model, x: tensor(new Float32Array(2000), [1, 2000]) };
    };
    const { model, x } = large();
    await model.predict(x);
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    let most = 0;
    const watch = () => {
      const { arrayBuffers, external } = process.memoryUsage();
      most = Math.max(most, arrayBuffers + external - before);
    };
    await Promise.all(Array.from({ length: 40 }, () => model.predict(x).then(watch)));
    // A memory of its own for each would be 4 MB a call.
    expect(most).toBeLessThan(16 * 2 ** 20);
  });

  it("a fit waits for an aborted one to end, and refuses beside one that goes on (T29)", async () => {
    const model = net(1);
    const x = tensor(new Float32Array(5000), [5000, 1]);
    const controller = new AbortController();
    const first = model.fit(x, x, { epochs: 1e6, signal: controller.signal });
    await expect(model.fit(x, x)).rejects.toThrow(StateError);
    controller.abort();
    const second = model.fit(x, x, { epochs: 2 });
    const third = model.fit(x, x);
    await expect(first).rejects.toThrow(/abort/i);
    await expect(third).rejects.toThrow(StateError);
    expect((await second).history.loss.length).toBe(2);
  });
});
