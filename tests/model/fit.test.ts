import { describe, expect, it } from "vitest";
import {
  type Callback,
  DataError,
  data,
  input,
  layers,
  losses,
  metrics,
  model,
  optimizers,
  sequential,
  StateError,
  type Tensor,
  tensor,
  type TrainedModel,
} from "../../src/index";
import { deriveKey, shuffle } from "../../src/numeric/random";
import { SEED_STREAM } from "../../src/runtime/initialValues";
import { fingerprint, noise, regressionData, regressionModel, rows } from "./twins";

/** Trains a twin batch by batch with `trainOnBatch`: what `fit` must equal bit for bit. */
async function trainTwin(
  model: ReturnType<typeof regressionModel>,
  x: Tensor,
  y: Tensor,
  { batchSize = 32, epochs = 1, order }: { batchSize?: number; epochs?: number; order?: (epoch: number) => number[] },
): Promise<number[]> {
  const losses: number[] = [];
  const count = x.shape[0];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const positions = order?.(epoch) ?? Array.from({ length: count }, (_, i) => i);
    let sum = 0;
    for (let start = 0; start < count; start += batchSize) {
      const batch = positions.slice(start, start + batchSize);
      const take = ({ data, shape }: Tensor) => {
        const size = data.length / shape[0];
        const picked = batch.flatMap((i) => [...data.subarray(i * size, (i + 1) * size)]);
        return tensor(picked, [batch.length, ...shape.slice(1)]);
      };
      const { loss } = await model.trainOnBatch(take(x), take(y));
      sum += loss * batch.length;
    }
    losses.push(sum / count);
  }
  return losses;
}

/** The order that the model's seed gives an epoch. */
function shuffledOrder(seed: number, count: number): (epoch: number) => number[] {
  return (epoch) => {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    shuffle(order, deriveKey(seed, SEED_STREAM.order, epoch));
    return [...order];
  };
}

describe.each(["wasm", "js"] as const)("fit on the %s engine equals trainOnBatch", (engine) => {
  it.each([
    ["full batches", 64, 16],
    ["a partial last batch", 37, 8],
    ["a last batch of one", 17, 8],
    ["batches larger than the data", 13, 100],
    ["batches of one", 5, 1],
  ])("%s", async (_, count, batchSize) => {
    const { x, y } = regressionData(count);
    const [fitted, twin] = [regressionModel({ engine }), regressionModel({ engine })];
    const { history, epoch } = await fitted.fit(x, y, { batchSize, epochs: 3, shuffle: false });
    const expected = await trainTwin(twin, x, y, { batchSize, epochs: 3 });
    expect(epoch).toEqual([0, 1, 2]);
    expect(Object.keys(history)).toEqual(["loss"]);
    history.loss.forEach((loss, i) => {
      expect(loss).toBeCloseTo(expected[i], 12);
    });
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
  });

  it("at the rate of each step", async () => {
    const { x, y } = regressionData(37);
    const build = () =>
      regressionModel({ engine, optimizer: optimizers.sgd({ learningRate: (step) => 0.5 / (1 + step) }) });
    const [fitted, twin] = [build(), build()];
    await fitted.fit(x, y, { batchSize: 4, epochs: 3, shuffle: false });
    await trainTwin(twin, x, y, { batchSize: 4, epochs: 3 });
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
  });

  it("in the order that seed and epoch determine, from initialEpoch on", async () => {
    const { x, y } = regressionData(29);
    const [fitted, twin] = [regressionModel({ engine, seed: 3 }), regressionModel({ engine, seed: 3 })];
    await fitted.fit(x, y, { batchSize: 8, epochs: 2 });
    const { epoch } = await fitted.fit(x, y, { batchSize: 8, epochs: 4, initialEpoch: 2 });
    expect(epoch).toEqual([2, 3]);
    await trainTwin(twin, x, y, { batchSize: 8, epochs: 4, order: shuffledOrder(3, 29) });
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
  });
});

describe("validation", () => {
  it("validationSplit holds back the last samples, and does not train on them", async () => {
    const { x, y } = regressionData(50);
    const [fitted, twin] = [regressionModel({ metrics: ["mae"] }), regressionModel({ metrics: ["mae"] })];
    const { history } = await fitted.fit(x, y, { batchSize: 8, epochs: 2, validationSplit: 0.3 });
    await twin.fit(rows(x, 0, 35), rows(y, 0, 35), { batchSize: 8, epochs: 2 });
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
    const { loss, mae } = await twin.evaluate(rows(x, 35, 50), rows(y, 35, 50), { batchSize: 8 });
    expect(Object.keys(history)).toEqual(["loss", "mae", "valLoss", "valMae"]);
    expect(history.valLoss[1]).toBe(loss);
    expect(history.valMae[1]).toBe(mae);
  });

  it("validationData may be tensors or a dataset, batched or streamed", async () => {
    const { x, y } = regressionData(20);
    const held = regressionData(11, 1);
    const dataset = data.fromTensors(held.x, held.y);
    const seen: number[][] = [];
    for (const validationData of [
      [held.x, held.y] as const,
      dataset,
      dataset.batch(4),
      dataset.map((item) => item),
      dataset.batch(4).map((item) => item),
    ]) {
      const model = regressionModel();
      const { history } = await model.fit(x, y, { epochs: 2, batchSize: 4, validationData });
      expect((await model.evaluate(held.x, held.y, { batchSize: 4 })).loss).toBe(history.valLoss[1]);
      seen.push(history.valLoss);
    }
    for (const losses of seen) expect(losses).toEqual(seen[0]);
  });

  it("counts sample weights and not class weights, as Keras does", async () => {
    const { x } = regressionData(20);
    const y = tensor(Array.from({ length: 20 }, (_, i) => [i % 2]));
    const sampleWeight = Array.from({ length: 20 }, (_, i) => i / 10);
    const model = regressionModel();
    const options = { batchSize: 4, sampleWeight, classWeight: { 1: 9 }, validationSplit: 0.25 };
    const { history } = await model.fit(x, y, options);
    const measured = await model.evaluate(rows(x, 15, 20), rows(y, 15, 20), {
      batchSize: 4,
      sampleWeight: sampleWeight.slice(15),
    });
    expect(history.valLoss[0]).toBe(measured.loss);
  });
});

describe("weights of samples and classes", () => {
  it("sampleWeight and classWeight multiply", async () => {
    const { x } = regressionData(20);
    const labels = Array.from({ length: 20 }, (_, i) => i % 3);
    const sampleWeight = Array.from({ length: 20 }, (_, i) => (i % 5) / 2);
    const classWeight = { 0: 2, 2: 0.5 };
    const build = () => {
      const model = sequential({ layers: [layers.dense({ units: 3, activation: "softmax", inputShape: [3] })] });
      model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
      return model;
    };
    const [both, product, oneHot] = [build(), build(), build()];
    await both.fit(x, labels, { batchSize: 8, epochs: 2, sampleWeight, classWeight });
    const factors = labels.map((label, i) => sampleWeight[i] * [2, 1, 0.5][label]);
    await product.fit(x, labels, { batchSize: 8, epochs: 2, sampleWeight: factors });
    expect(await fingerprint(both)).toBe(await fingerprint(product));

    oneHot.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    const rowsOf = labels.map((label) => [0, 1, 2].map((i) => (i === label ? 1 : 0)));
    await oneHot.fit(x, rowsOf, { batchSize: 8, epochs: 2, sampleWeight, classWeight });
    const [a, b] = [(await both.getWeights())["dense/kernel"], (await oneHot.getWeights())["dense/kernel"]];
    a.data.forEach((value, i) => {
      expect(value).toBeCloseTo(b.data[i], 6);
    });
  });

  it("a weight of 0 takes a sample out of the gradient", async () => {
    const { x, y } = regressionData(8);
    const model = regressionModel();
    const changed = tensor(
      Float32Array.from(y.data, (value, i) => (i < 4 ? value : 1e3)),
      y.shape as number[],
    );
    const sampleWeight = [1, 1, 1, 1, 0, 0, 0, 0];
    const first = await model.gradients(x, y, { sampleWeight });
    const second = await model.gradients(x, changed, { sampleWeight });
    expect(second).toEqual(first);
  });

  it("class weights go by the classes that were given, also where a loss changes them", async () => {
    const { x } = regressionData(6);
    const y = [[0], [1], [0], [1], [1], [0]];
    const model = regressionModel({ loss: "hinge" });
    const weighted = await model.gradients(x, y, { classWeight: { 0: 3, 1: 0.25 } });
    const expected = await model.gradients(x, y, { sampleWeight: y.map(([label]) => (label ? 0.25 : 3)) });
    expect(weighted).toEqual(expected);
  });
});

describe("datasets", () => {
  const { x, y } = regressionData(45);
  const dataset = data.fromTensors(x, y);
  const options = { epochs: 2, batchSize: 8 };

  it.each([
    ["unbatched", dataset],
    ["batched", dataset.batch(8)],
    ["walked", dataset.map((item) => item)],
    ["walked in batches", dataset.batch(8).map((item) => item)],
    ["filtered", dataset.filter(() => true)],
    ["prefetched", dataset.map((item) => item).prefetch(3)],
    ["rows of a generator", data.fromIterable(() => items())],
    ["batches of a generator", data.fromIterable(() => batches([8, 8, 8, 8, 8, 5]), { batchSize: 8 })],
  ])("%s gives what tensors give", async (_, given) => {
    const [fitted, twin] = [regressionModel(), regressionModel()];
    const { history } = await fitted.fit(given, options);
    const expected = await twin.fit(x, y, { ...options, shuffle: false });
    expect(history.loss).toEqual(expected.history.loss);
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
    expect((await fitted.evaluate(given, { batchSize: 8 })).loss).toBe(
      (await twin.evaluate(x, y, { batchSize: 8 })).loss,
    );
  });

  function* items() {
    for (let i = 0; i < 45; i++) yield { x: [...x.data.subarray(3 * i, 3 * i + 3)], y: [y.data[i]] };
  }

  function* batches(sizes: readonly number[]) {
    let start = 0;
    for (const size of sizes) {
      yield { x: rows(x, start, start + size), y: rows(y, start, start + size) };
      start += size;
    }
  }

  it.each([
    ["growing", [1, 2, 3, 8, 13, 18]],
    ["shrinking", [18, 13, 8, 3, 2, 1]],
    ["mixed", [5, 5, 8, 1, 1, 7, 18]],
    ["twenty equal ones", new Array(22).fill(2).concat(1)],
  ])("batches of %s sizes are steps of their own", async (_, sizes: number[]) => {
    const [fitted, twin] = [regressionModel(), regressionModel()];
    await fitted.fit(
      data.fromIterable(() => batches(sizes), { batchSize: 18 }),
      { epochs: 2 },
    );
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const batch of batches(sizes)) await twin.trainOnBatch(batch.x, batch.y);
    }
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
  });

  it("shuffled: the order of the selection's own seed, anew every epoch", async () => {
    const shuffled = dataset.shuffle(undefined, { seed: 5 });
    const [fitted, twin] = [regressionModel(), regressionModel()];
    await fitted.fit(shuffled.batch(8), { epochs: 2 });
    await trainTwin(twin, x, y, {
      batchSize: 8,
      epochs: 2,
      order: (epoch) => [...shuffled.selection!.orderOf(epoch)!],
    });
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
    expect(shuffled.selection!.orderOf(0)).not.toEqual(shuffled.selection!.orderOf(1));
  });

  it("dropRemainder leaves the last samples out", async () => {
    const [fitted, twin] = [regressionModel(), regressionModel()];
    await fitted.fit(dataset.batch(8, { dropRemainder: true }));
    await twin.fit(rows(x, 0, 40), rows(y, 0, 40), { batchSize: 8, shuffle: false });
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
    const tooFew = regressionModel().fit(dataset.batch(46, { dropRemainder: true }));
    await expect(tooFew).rejects.toThrow("fit: the dataset has 45 samples, not one batch of 46.");
  });

  it("a part, split and rejoined, trains only on that part", async () => {
    const [fitted, twin] = [regressionModel(), regressionModel()];
    await fitted.fit(dataset.skip(10).take(20).batch(8));
    await twin.fit(rows(x, 10, 30), rows(y, 10, 30), { batchSize: 8, shuffle: false });
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
  });

  it("types that change from batch to batch", async () => {
    const bytes = tensor(
      Uint8Array.from({ length: 12 }, (_, i) => i),
      [4, 3],
    );
    const floats = tensor(Float32Array.from(bytes.data), [4, 3]);
    const targets = rows(y, 0, 4);
    const [fitted, twin] = [regressionModel(), regressionModel()];
    const mixed = data
      .fromTensors(x, y)
      .take(16)
      .batch(4)
      .map((_, i) => ({ x: i % 2 ? bytes : floats, y: targets }));
    await fitted.fit(mixed);
    for (let i = 0; i < 4; i++) await twin.trainOnBatch(floats, targets);
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
  });

  it("an empty stream, and an endless one, say so", async () => {
    const model = regressionModel();
    const before = await fingerprint(model);
    await expect(model.fit(dataset.filter(() => false))).rejects.toThrow("fit: the dataset is empty in epoch 0.");
    await expect(model.evaluate(dataset.filter(() => false))).rejects.toThrow("evaluate: the dataset is empty.");
    await expect(model.fit(dataset.take(0))).rejects.toThrow(DataError);
    await expect(model.fit(dataset.repeat())).rejects.toThrow(
      "fit: the dataset is endless. Put take() behind repeat(): as many items are an epoch.",
    );
    await model.fit(dataset.repeat().take(20));
    expect(await fingerprint(model)).not.toBe(before);
    // A walk that found nothing is no epoch: what comes next has the order it would have had.
    const twin = regressionModel();
    await twin.fit(dataset.repeat().take(20));
    await Promise.all([model, twin].map((each) => each.fit(x, y, { batchSize: 4 })));
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });

  it("an error inside a stream ends the training after the steps before it", async () => {
    const model = regressionModel();
    const before = await fingerprint(model);
    const failing = dataset.batch(4).map((item, index) => {
      if (index === 10) throw new Error("disk on fire");
      return item;
    });
    await expect(model.fit(failing)).rejects.toThrow("map: the function failed at item 10: disk on fire");
    const twin = regressionModel();
    await twin.fit(rows(x, 0, 32), rows(y, 0, 32), { batchSize: 4, shuffle: false });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
    expect(await fingerprint(model)).not.toBe(before);
    await expect(model.fit(x, y)).resolves.toBeDefined();
  });

  it("an item that does not fit is named, and what was trained stays", async () => {
    const model = regressionModel();
    const bad = dataset
      .batch(4)
      .map((item, index) => (index === 0 ? item : { x: rows(x, 0, 4), y: [[1], [2], [3], [Number.NaN]] }));
    await expect(model.fit(bad)).rejects.toThrow("fit, batch 1 of the dataset: y holds NaN at sample 3.");
    await expect(model.fit(x, y)).resolves.toBeDefined();
  });

  it("closes its source, whatever ends the training", async () => {
    let [opened, closed] = [0, 0];
    const source = data.fromIterable(async function* () {
      opened++;
      try {
        yield* items();
      } finally {
        closed++;
      }
    });
    const model = regressionModel();
    await model.fit(source, { epochs: 2 });
    expect([opened, closed]).toEqual([2, 2]);
    await model.fit(source, { batchSize: 2, callbacks: [{ onBatchEnd: (_, __, fit) => fit.stop() }] });
    expect([opened, closed]).toEqual([3, 3]);
    const failing: Callback = {
      onBatchEnd() {
        throw new Error("no");
      },
    };
    await expect(model.fit(source, { batchSize: 2, callbacks: [failing] })).rejects.toThrow("no");
    expect([opened, closed]).toEqual([4, 4]);
    await model.evaluate(source);
    expect([opened, closed]).toEqual([5, 5]);
  });
});

describe("inputs of every kind", () => {
  it("uint8, int32 and float32 of the same numbers train the same weights, scaled or not", async () => {
    const numbers = Array.from({ length: 12 * 2 * 3 }, (_, i) => (i * 37) % 256);
    const targets = Array.from({ length: 12 }, (_, i) => [i % 2]);
    const results = await Promise.all(
      [Uint8Array, Int32Array, Float32Array].map(async (ArrayType) => {
        const model = sequential({
          layers: [
            layers.rescaling({ scale: 1 / 255, offset: -0.5, inputShape: [2, 3] }),
            layers.dense({ units: 4, activation: "relu" }),
            layers.flatten(),
            layers.dense({ units: 1, activation: "sigmoid" }),
          ],
        });
        model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
        const x = tensor(ArrayType.from(numbers), [12, 2, 3]);
        const { history } = await model.fit(x, targets, { batchSize: 5, epochs: 2 });
        return { history, weights: await fingerprint(model) };
      }),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it("nested arrays, { data, shape } and tensors are the same; [N] fits an input of one number", async () => {
    const build = () => {
      const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
      model.compile({ optimizer: "sgd", loss: "mse" });
      return model;
    };
    const y = [[1], [2], [3]];
    const fingerprints = [];
    for (const x of [
      [[1], [2], [3]],
      [1, 2, 3],
      tensor([1, 2, 3]),
      { data: Float64Array.of(1, 2, 3), shape: [3, 1] },
    ]) {
      const model = build();
      await model.fit(x, y);
      fingerprints.push(await fingerprint(model));
    }
    expect(new Set(fingerprints).size).toBe(1);
  });
});

describe("one call after the other", () => {
  it("other batch sizes and amounts of data need no new model", async () => {
    const [fitted, twin] = [regressionModel(), regressionModel()];
    // One moves to larger memory again and again, the other has all the room from the beginning.
    const largest = regressionData(200);
    await twin.fit(largest.x, largest.y, { batchSize: 64, epochs: 0 });
    for (const [i, [count, batchSize]] of [
      [10, 4],
      [50, 32],
      [7, 7],
      [200, 64],
      [3, 1],
      [50, 9],
    ].entries()) {
      const { x, y } = regressionData(count, i);
      await fitted.fit(x, y, { batchSize, shuffle: false });
      await trainTwin(twin, x, y, { batchSize });
      expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
    }
  });

  it("more kinds of batches than programs are kept", async () => {
    const [fitted, twin] = [regressionModel(), regressionModel()];
    const { x, y } = regressionData(60);
    for (let round = 0; round < 2; round++) {
      for (let size = 1; size <= 60; size++) {
        const results = await fitted.trainOnBatch(rows(x, 0, size), rows(y, 0, size));
        const fresh = regressionModel();
        await fresh.setWeights(await twin.getWeights());
        expect(results.loss).toBeCloseTo((await fresh.evaluate(rows(x, 0, size), rows(y, 0, size))).loss, 12);
        await twin.trainOnBatch(rows(x, 0, size), rows(y, 0, size));
      }
    }
    expect(await fingerprint(fitted)).toBe(await fingerprint(twin));
  });

  it("no epochs change nothing", async () => {
    const { x, y } = regressionData(5);
    const model = regressionModel();
    const before = await fingerprint(model);
    for (const options of [{ epochs: 0 }, { epochs: 2, initialEpoch: 2 }, { epochs: 1, initialEpoch: 5 }]) {
      const { history, epoch } = await model.fit(x, y, options);
      expect([history, epoch]).toEqual([{}, []]);
    }
    expect(await fingerprint(model)).toBe(before);
  });

  it("compile keeps the weights and begins the optimizer anew", async () => {
    const { x, y } = regressionData(16);
    const model = regressionModel();
    await model.fit(x, y, { epochs: 3 });
    const weights = await model.getWeights();
    model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: losses.huber(), engine: "js" });
    expect(await model.getWeights()).toEqual(weights);
    const twin = regressionModel({ loss: losses.huber(), engine: "js" });
    await twin.setWeights(weights);
    // What is drawn at random goes on where it was (T20, in determinism.test.ts): nothing is here.
    for (const each of [model, twin]) await each.fit(x, y, { epochs: 2, shuffle: false });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });

  it("compile after a training draws other orders and masks than before, the same for the same history (T20)", async () => {
    const { x, y } = regressionData(16);
    const train = async (compilations: number, options: { shuffle?: boolean }) => {
      const model = regressionModel({ dropout: options.shuffle ? 0 : 0.5 });
      const initial = await model.getWeights();
      for (let i = 0; i < compilations; i++) {
        model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: "mse" });
        await model.setWeights(initial);
        await model.fit(x, y, { epochs: 2, batchSize: 4, ...options });
      }
      return fingerprint(model);
    };
    for (const options of [{ shuffle: true }, { shuffle: false }]) {
      const prints = [await train(1, options), await train(2, options), await train(3, options)];
      expect(new Set(prints).size).toBe(3);
      expect(await train(2, options)).toBe(prints[1]);
    }
  });

  it("layer.trainable takes effect at the next compile, and not before", async () => {
    const { x, y } = regressionData(40);
    const [model, twin] = [regressionModel(), regressionModel()];
    await model.fit(x, y);
    await twin.fit(x, y);
    model.layers[0].trainable = false;
    for (const one of [model, twin]) await one.fit(rows(x, 0, 37), rows(y, 0, 37), { batchSize: 8 });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
    model.compile({ optimizer: "sgd", loss: "mse" });
    const before = await model.getWeights();
    await model.fit(x, y);
    const after = await model.getWeights();
    expect(after["dense/kernel"]).toEqual(before["dense/kernel"]);
    expect(after["dense_1/kernel"]).not.toEqual(before["dense_1/kernel"]);
  });
});

describe("several calls at a time", () => {
  const { x, y } = regressionData(64);

  it("only one training: the second is refused, the first goes on", async () => {
    const [model, twin] = [regressionModel(), regressionModel()];
    const first = model.fit(x, y, { epochs: 3 });
    const others = [model.fit(x, y), model.trainOnBatch(x, y)];
    expect(() => model.compile({ optimizer: "sgd", loss: "mse" })).toThrow(StateError);
    expect(() => model.dispose()).toThrow(StateError);
    await expect(others[0]).rejects.toThrow(StateError);
    await expect(others[1]).rejects.toThrow(
      "trainOnBatch: the model is being trained. Wait for that to end, or abort it.",
    );
    await first;
    await twin.fit(x, y, { epochs: 3 });
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
    await model.fit(x, y);
  });

  it("any number of predictions at a time, in and outside of a training", async () => {
    const model = regressionModel();
    const sets = [64, 1, 30, 7].map((count) => regressionData(count, count));
    const expected = [];
    for (const set of sets)
      expected.push([
        await model.predict(set.x),
        await model.evaluate(set.x, set.y),
        await model.gradients(set.x, set.y),
      ]);
    const ask = () =>
      Promise.all(
        sets.map(({ x, y }) =>
          Promise.all([model.predict(x, { batchSize: 3 }), model.evaluate(x, y), model.gradients(x, y)]),
        ),
      );
    expect(await ask()).toEqual(expected);
    let during: unknown;
    const callback: Callback = {
      async onTrainBegin() {
        during = await ask();
      },
    };
    await model.fit(x, y, { callbacks: [callback] });
    expect(during).toEqual(expected);
  });

  it("a training waits for a prediction that began before it, and a prediction may ask for another", async () => {
    const [model, twin] = [regressionModel(), regressionModel()];
    const prediction = model.predict(x, { batchSize: 1 });
    const training = model.fit(x, y);
    expect(await prediction).toEqual(await twin.predict(x));
    await training;
    await twin.fit(x, y);
    const nested = data.fromIterable(
      async function* () {
        yield { x, y: (await twin.predict(x)) as Tensor };
      },
      { batchSize: 64 },
    );
    expect((await twin.evaluate(nested)).loss).toBe(0);
    expect(await fingerprint(model)).toBe(await fingerprint(twin));
  });

  it("predict, evaluate, gradients and getWeights in callbacks see the weights of that moment and change nothing", async () => {
    const [watched, twin] = [regressionModel({ dropout: 0.3 }), regressionModel({ dropout: 0.3 })];
    const seen: unknown[] = [];
    const look = async (model: TrainedModel) => [
      await model.getWeights(),
      await model.predict(x),
      await model.evaluate(x, y),
      await model.gradients(x, y),
    ];
    await watched.fit(x, y, {
      epochs: 3,
      batchSize: 10,
      callbacks: [{ onEpochEnd: async (_, __, { model }) => void seen.push(await look(model)) }],
    });
    for (let epoch = 0; epoch < 3; epoch++) {
      await twin.fit(x, y, { epochs: epoch + 1, initialEpoch: epoch, batchSize: 10 });
      expect(seen[epoch]).toEqual(await look(twin));
    }
    expect(await fingerprint(watched)).toBe(await fingerprint(twin));
  });

  it("after dispose every call says so", async () => {
    const model = regressionModel();
    await model.fit(x, y);
    model.dispose();
    model.dispose();
    for (const call of [
      () => model.fit(x, y),
      () => model.predict(x),
      () => model.getWeights(),
      () => model.evaluate(x, y),
    ]) {
      await expect(call()).rejects.toThrow("the model has been disposed.");
    }
    for (const call of [() => model.summary(), () => model.program(), () => model.memory()])
      expect(call).toThrow(StateError);
  });
});

describe("predict", () => {
  it("has every output whole at the end, whoever else reads the input", async () => {
    const start = input({ shape: [8] });
    let last = start;
    for (let i = 0; i < 3; i++) last = layers.dense({ units: 8, activation: "tanh" }).apply(last);
    const outputs = [layers.rescaling({ scale: 2, offset: 1 }).apply(start), layers.relu().apply(start), last];
    const x = tensor(noise(24), [3, 8]);
    const [scaled, positive] = (await model({ inputs: start, outputs }).predict(x)) as Tensor[];
    expect(scaled.data).toEqual(x.data.map((value) => Math.fround(2 * value) + 1));
    expect(positive.data).toEqual(x.data.map((value) => Math.max(value, 0)));
  });
});

describe("dropout", () => {
  it("works in training and nowhere else", async () => {
    const { x, y } = regressionData(20);
    const [dropping, plain] = [regressionModel({ dropout: 0.5 }), regressionModel()];
    expect(await dropping.predict(x)).toEqual(await plain.predict(x));
    expect(await dropping.evaluate(x, y)).toEqual(await plain.evaluate(x, y));
    expect((await dropping.gradients(x, y)).loss).not.toBe((await plain.gradients(x, y)).loss);
    await dropping.fit(x, y);
    await plain.fit(x, y);
    expect(await fingerprint(dropping)).not.toBe(await fingerprint(plain));
  });

  it("of two layers, one mask does not know the other", async () => {
    const model = sequential({
      layers: [
        layers.dropout({ rate: 0.5, inputShape: [4000] }),
        layers.dropout({ rate: 0.5 }),
        layers.dense({ units: 1, kernelInitializer: "ones" }),
      ],
    });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const { output } = await model.gradients(tensor(new Float32Array(4000).fill(1), [1, 4000]), [[0]]);
    // A quarter of 4000 ones is left, each as 4: a binomial count, within five standard deviations. One mask leaves half.
    expect(Math.abs((output as Tensor).data[0] / 4 - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
  });
});

describe("what is measured", () => {
  it("evaluate gives the mean over samples, whatever the batches", async () => {
    const { x, y } = regressionData(37);
    const model = regressionModel({ metrics: ["mae"] });
    const whole = await model.evaluate(x, y, { batchSize: 37 });
    for (const batchSize of [1, 8, 36]) {
      const { loss, mae } = await model.evaluate(x, y, { batchSize });
      expect(loss / whole.loss, `batches of ${batchSize}`).toBeCloseTo(1, 6);
      expect(mae / whole.mae, `batches of ${batchSize}`).toBeCloseTo(1, 6);
    }
  });

  it("metrics of an epoch are those of its batches before each update; a confusion matrix is for evaluate", async () => {
    const { x } = regressionData(30);
    const labels = Array.from({ length: 30 }, (_, i) => (i * 7) % 3);
    const build = () => {
      const model = sequential({ layers: [layers.dense({ units: 3, activation: "softmax", inputShape: [3] })] });
      const topK = [metrics.topKAccuracy({ k: 1 }), metrics.topKAccuracy({ k: 2 })];
      model.compile({
        optimizer: optimizers.adam({ learningRate: 0.1 }),
        loss: "sparseCategoricalCrossentropy",
        metrics: ["accuracy", "confusionMatrix", ...topK],
      });
      return model;
    };
    const [fitted, twin] = [build(), build()];
    const options = { epochs: 2, batchSize: 8, shuffle: false, validationSplit: 0.1 };
    const { history } = await fitted.fit(x, labels, options);
    expect(Object.keys(history)).toEqual([
      "loss",
      "accuracy",
      "topKAccuracy",
      "topKAccuracy_1",
      "valLoss",
      "valAccuracy",
      "valTopKAccuracy",
      "valTopKAccuracy_1",
    ]);
    for (let epoch = 0; epoch < 2; epoch++) {
      let right = 0;
      for (let start = 0; start < 27; start += 8) {
        const end = Math.min(27, start + 8);
        const { accuracy } = await twin.trainOnBatch(rows(x, start, end), labels.slice(start, end));
        right += accuracy * (end - start);
      }
      expect(history.accuracy[epoch]).toBeCloseTo(right / 27, 12);
    }
    expect(history.topKAccuracy).toEqual(history.accuracy);
    expect(history.topKAccuracy_1[0]).toBeGreaterThan(history.accuracy[0]);
    const { confusionMatrix } = await fitted.evaluate(x, labels);
    expect(Array.from(confusionMatrix.data).reduce((sum, count) => sum + count, 0)).toBe(30);
  });
});
