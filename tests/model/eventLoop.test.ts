import { expect, it } from "vitest";
import { data, layers, sequential, tensor } from "../../src/index";
import type { Model } from "../../src/model/model";

/** 784-128-10 on made-up digits. */
function digitModel(engine: "wasm" | "js"): Model {
  const model = sequential({
    layers: [
      layers.rescaling({ scale: 1 / 255, inputShape: [784] }),
      layers.dense({ units: 128, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"], engine });
  return model;
}

function digits(count: number) {
  const x = Uint8Array.from({ length: count * 784 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
  const y = Uint8Array.from({ length: count }, (_, i) => i % 10);
  return { x: tensor(x, [count, 784]), y: tensor(y) };
}

/**
 * How often a timer of 20 ms fires in a second of work. Where other processes take the processor away no timer can fire, so
 * only the time counts in which this one had it.
 */
async function timerRate(work: (signal: AbortSignal) => Promise<unknown>, milliseconds: number): Promise<number> {
  let fired = 0;
  const timer = setInterval(() => fired++, 20);
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  const signal = AbortSignal.timeout(milliseconds);
  await work(signal).catch((reason) => {
    if (reason !== signal.reason) throw reason;
  });
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpuStart);
  return (1000 * fired) / Math.min(performance.now() - start, (user + system) / 1000);
}

const { x, y } = digits(4000);
const endless = 1e9;

it.each([
  ["in memory", { batchSize: 128 }],
  ["with small batches", { batchSize: 4 }],
  ["with validation after every epoch", { batchSize: 128, validationSplit: 0.5 }],
  ["with batch hooks", { batchSize: 64, callbacks: [{ onBatchEnd() {} }] }],
])("a timer of 20 ms fires at least 20 times a second during fit, %s", async (_, options) => {
  const model = digitModel("wasm");
  await model.fit(x, y, { batchSize: options.batchSize });
  const rate = await timerRate((signal) => model.fit(x, y, { ...options, epochs: endless, signal }), 900);
  expect(rate).toBeGreaterThanOrEqual(20);
});

it("… of a stream", async () => {
  const model = digitModel("wasm");
  const stream = data
    .fromTensors(x, y)
    .batch(64)
    .map((item) => item);
  const rate = await timerRate((signal) => model.fit(stream, { epochs: endless, signal }), 900);
  expect(rate).toBeGreaterThanOrEqual(20);
});

it("… on the js engine with small steps", async () => {
  const model = digitModel("js");
  const rate = await timerRate((signal) => model.fit(x, y, { batchSize: 8, epochs: endless, signal }), 900);
  expect(rate).toBeGreaterThanOrEqual(20);
});

it("… of a tiny model with one step an epoch", async () => {
  const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
  model.compile({ optimizer: "sgd", loss: "mse" });
  const rate = await timerRate((signal) => model.fit([1, 2, 3], [[4], [8], [12]], { epochs: endless, signal }), 1000);
  expect(rate).toBeGreaterThanOrEqual(20);
});

it("… while evaluate and predict run", async () => {
  const model = digitModel("wasm");
  const rate = await timerRate(async (signal) => {
    while (!signal.aborted) {
      await model.evaluate(x, y, { batchSize: 16 });
      await model.predict(x, { batchSize: 16 });
    }
  }, 900);
  expect(rate).toBeGreaterThanOrEqual(20);
});
