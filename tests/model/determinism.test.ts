import { describe, expect, it } from "vitest";
import { data, layers, loadModel, optimizers, sequential } from "../../src/index";
import type { Model } from "../../src/model/model";
import { fingerprint, regressionData, regressionModel } from "./twins";

const { x, y } = regressionData(50);
const options = { epochs: 3, batchSize: 8 };

async function trained(model: Model): Promise<string> {
  await model.fit(x, y, options);
  return fingerprint(model);
}

describe.each(["wasm", "js"] as const)("%s", (engine) => {
  const build = (seed: number) => regressionModel({ engine, seed, dropout: 0.4 });

  it("same seed, same bytes; another seed, others", async () => {
    const prints = [];
    for (const seed of [7, 7, 8, 0, 2 ** 32 - 1]) prints.push(await trained(build(seed)));
    expect(prints[1]).toBe(prints[0]);
    expect(new Set(prints).size).toBe(4);
  });

  it.each(["sgd", "rmsprop", "adagrad", "adadelta", "adam", "adamW", "adamax", "nadam", "lion"] as const)(
    "%s is repeatable",
    async (optimizer) => {
      const prints = [];
      for (let i = 0; i < 2; i++) prints.push(await trained(regressionModel({ engine, optimizer, dropout: 0.4 })));
      expect(prints[1]).toBe(prints[0]);
    },
  );

  it("nothing that happens in between matters", async () => {
    const expected = await trained(build(7));
    const model = build(7);
    const bystander = build(9);
    await bystander.fit(x, y);
    for (let epoch = 0; epoch < 3; epoch++) {
      await model.predict(x, { batchSize: 3 });
      await model.evaluate(x, y, { batchSize: 50 });
      await model.gradients(x, y);
      model.summary();
      model.program();
      await bystander.fit(x, y);
      await model.fit(x, y, { ...options, epochs: epoch + 1, initialEpoch: epoch });
    }
    expect(await fingerprint(model)).toBe(expected);
  });

  it("trainings side by side do not touch each other", async () => {
    const models = [build(1), build(2), build(1)];
    const prints = await Promise.all(models.map(trained));
    expect(prints[2]).toBe(prints[0]);
    expect(prints[0]).toBe(await trained(build(1)));
  });

  it("setting the weights that are there changes nothing", async () => {
    const expected = await trained(build(7));
    const model = build(7);
    await model.setWeights(await model.getWeights());
    expect(await trained(model)).toBe(expected);
  });
});

it("initial weights depend on the seed and on a layer's place, not on its name or on what else is in the process", async () => {
  const build = (name: string, seed = 0) =>
    sequential({ seed, layers: [layers.dense({ units: 4, inputShape: [4], name }), layers.dense({ units: 4 })] });
  const values = async (model: Model) => Object.values(await model.getWeights()).map(({ data }) => [...data]);
  const [first, second] = [await values(build("a")), await values(build("b"))];
  expect(second).toEqual(first);
  expect(first[0]).not.toEqual(first[2]);
  expect(await values(build("a", 1))).not.toEqual(first);
});

it("a dataset's order depends on its seed and the epoch, not on walks before", async () => {
  const shuffled = () => data.fromTensors(x, y).shuffle(undefined, { seed: 4 }).batch(8);
  const streamed = () =>
    data
      .fromTensors(x, y)
      .map((item) => item)
      .shuffle(20, { seed: 4 })
      .batch(8);
  for (const make of [shuffled, streamed]) {
    const [fresh, used] = [make(), make()];
    for await (const _ of used) break;
    const prints = [];
    for (const dataset of [fresh, used, used]) {
      const model = regressionModel();
      await model.fit(dataset, { epochs: 2 });
      prints.push(await fingerprint(model));
    }
    expect(new Set(prints).size).toBe(1);
  }
});

it("fits in pieces are the fit in one go, also where the rate depends on the step", async () => {
  const build = () => {
    const learningRate = (step: number) => 0.02 / (1 + step);
    return regressionModel({ optimizer: optimizers.nadam({ learningRate }), dropout: 0.2 });
  };
  const [whole, pieces, uncounted] = [build(), build(), build()];
  await whole.fit(x, y, { epochs: 6, batchSize: 7 });
  for (const [initialEpoch, epochs] of [
    [0, 1],
    [1, 4],
    [4, 6],
  ]) {
    await pieces.fit(x, y, { epochs, initialEpoch, batchSize: 7 });
    await uncounted.fit(x, y, { epochs: epochs - initialEpoch, batchSize: 7 });
  }
  expect(await fingerprint(uncounted)).toBe(await fingerprint(whole));
  expect(await fingerprint(pieces)).toBe(await fingerprint(whole));
});

describe("compiled again (T20)", () => {
  const { x, y } = regressionData(24);
  const compile = (model: Model) => model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  /** The orders of a fit, seen by the loss of its batches before anything is learnt, and its weights. */
  const fit = async (model: Model, start: Awaited<ReturnType<Model["getWeights"]>>, rate: number) => {
    await model.setWeights(start);
    const losses: number[] = [];
    const onBatchEnd = (_: number, __: unknown, context: { batchLoss: number; learningRate: number }) => {
      losses.push(context.batchLoss);
      context.learningRate = rate;
    };
    const onTrainBegin = (context: { learningRate: number }) => {
      context.learningRate = rate;
    };
    await model.fit(x, y, { epochs: 2, batchSize: 4, callbacks: [{ onTrainBegin, onBatchEnd }] });
    return losses;
  };

  it.each([0, 0.4])("random draws go on where they were (dropout %d)", async (dropout) => {
    const run = async () => {
      const model = regressionModel({ dropout });
      const start = await model.getWeights();
      const first = await fit(model, start, 0);
      compile(model);
      const second = await fit(model, start, 0);
      compile(model);
      return { orders: [first, second, await fit(model, start, 0)], model };
    };
    const { orders, model } = await run();
    // All weights are the same, so that only order and masks can differ.
    expect(new Set(orders.map(String)).size).toBe(3);
    expect((await run()).orders).toEqual(orders);
    expect(await fingerprint(model)).toBe(await fingerprint(regressionModel({ dropout })));
  });

  it("masks alone are others, too: the same batch, and a layer with a seed of its own", async () => {
    const model = sequential({
      seed: 5,
      layers: [layers.dropout({ rate: 0.5, seed: 3, inputShape: [64] }), layers.dense({ units: 1 })],
    });
    const [ones, target] = [data.fromTensors([Array(64).fill(1)], [[0]]), [[0]]];
    const lossOf = async () => {
      model.compile({ optimizer: optimizers.sgd({ learningRate: 0 }), loss: "meanSquaredError" });
      return (await model.trainOnBatch((await ones.toTensors()).x, target)).loss;
    };
    const losses = [await lossOf(), await lossOf(), await lossOf()];
    expect(new Set(losses).size).toBe(3);
  });

  it("goes on in a file", async () => {
    const model = regressionModel({ dropout: 0.4 });
    await model.fit(x, y, { epochs: 2 });
    compile(model);
    await model.fit(x, y, { batchSize: 5 });
    const loaded = await loadModel(model.toBytes());
    for (const each of [model, loaded]) await each.fit(x, y, { epochs: 2, batchSize: 5 });
    expect(await fingerprint(loaded)).toBe(await fingerprint(model));
    for (const each of [model, loaded]) compile(each);
    for (const each of [model, loaded]) await each.fit(x, y, { epochs: 2, batchSize: 5 });
    expect(await fingerprint(loaded)).toBe(await fingerprint(model));
  });
});
