import { layers, sequential } from "../../src/index";
import type { Model } from "../../src/model/model";

/** Run by memory.test.ts in a process of its own, with `--expose-gc`: prints how memory grows from one round to the next. */

function build(seed: number): Model {
  const model = sequential({
    seed,
    layers: [layers.dense({ units: 64, activation: "relu", inputShape: [64] }), layers.dense({ units: 1 })],
  });
  model.compile({ optimizer: "adam", loss: "mse" });
  return model;
}

const x = Array.from({ length: 8 }, (_, i) => new Float32Array(64).fill(i / 8));
const y = Array.from({ length: 8 }, (_, i) => [i]);

/** @param end is given every model; the probe itself keeps none */
async function createAndDrop(count: number, end: (model: Model) => void = () => {}): Promise<void> {
  for (let i = 0; i < count; i++) {
    const model = build(i);
    await model.fit(x, y, { batchSize: 8 });
    if (i % 10 === 0) await Promise.all([model.predict(x), model.evaluate(x, y)]);
    end(model);
  }
}

async function fitAgain(model: Model, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await model.fit(x, y, { batchSize: 8 });
}

/** Bytes in use after a thorough collection; finalizers of WebAssembly memories need a turn of the event loop each. */
async function bytesInUse() {
  for (let i = 0; i < 5; i++) {
    (globalThis as { gc?: () => void }).gc!();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return { heapUsed, external, arrayBuffers, rss };
}

type Usage = Awaited<ReturnType<typeof bytesInUse>>;

/** Rounds that are measured: what V8 keeps for itself comes and goes, what is lost shows in each of them. */
const ROUNDS = 3;

/** The least that a round leaves behind, once everything is warm. */
async function growth(round: () => Promise<void>, rounds = ROUNDS): Promise<Usage> {
  await round();
  let least: Usage | undefined;
  for (let i = 0; i < rounds; i++) {
    const before = await bytesInUse();
    await round();
    const after = await bytesInUse();
    const left = (key: keyof Usage) => Math.min(after[key] - before[key], least?.[key] ?? Number.POSITIVE_INFINITY);
    least = {
      heapUsed: left("heapUsed"),
      external: left("external"),
      arrayBuffers: left("arrayBuffers"),
      rss: left("rss"),
    };
  }
  return least!;
}

const model = build(0);
const held: Model[] = [];
const report = {
  memoryOfOneModel: model.memory({ batchSize: 8 }).total - model.memory({ batchSize: 8 }).checkpoints,
  held: await growth(() => createAndDrop(200, (one) => void held.push(one)), 1),
  dropped: await growth(() => createAndDrop(500)),
  disposed: await growth(() => createAndDrop(300, (one) => one.dispose())),
  fits: await growth(() => fitAgain(model, 5000)),
};
console.log(JSON.stringify({ ...report, heldCount: held.length / 2 }));
