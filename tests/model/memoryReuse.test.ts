// An evaluation or a prediction behind a training works in the memory of the training where that has room: touching as much
// memory anew takes longer than everything else before the first step.
import { expect, test } from "vitest";
import { layers, loadModel, type Model, sequential, tensor } from "../../src/index";

const SAMPLES = 96;
const x = tensor(
  Float32Array.from({ length: SAMPLES * 6 }, (_, i) => Math.sin(i)),
  [SAMPLES, 6],
);
const y = tensor(
  Float32Array.from({ length: SAMPLES }, (_, i) => i % 3),
  [SAMPLES],
);

function network(): Model {
  const model = sequential({ seed: 5 });
  model.add(layers.dense({ units: 64, activation: "tanh", inputShape: [6] }));
  model.add(layers.dropout({ rate: 0.25 }));
  model.add(layers.dense({ units: 3, activation: "softmax" }));
  const loss = "sparseCategoricalCrossentropy";
  model.compile({ optimizer: "adam", loss, metrics: ["accuracy"] });
  return model;
}

const engineOf = (model: Model) => model.internals("test").runtime.engine;

test("an evaluation of the same data takes the memory over, with the same results", async () => {
  const model = network();
  await model.fit(x, y, { epochs: 2, batchSize: 16 });
  const engine = engineOf(model);
  const results = await model.evaluate(x, y, { batchSize: 16 });
  expect(engineOf(model)).toBe(engine);
  const copy = await loadModel(model.toBytes());
  expect(results).toEqual(await copy.evaluate(x, y, { batchSize: 16 }));
  model.dispose();
  copy.dispose();
});

test("trainings, evaluations and predictions in turn have the bits of those of models that do only one of them", async () => {
  const model = network();
  const trained = network();
  for (let round = 0; round < 3; round++) {
    await model.fit(x, y, { epochs: 1, batchSize: 16 });
    await trained.fit(x, y, { epochs: 1, batchSize: 16 });
    await model.evaluate(x, y, { batchSize: 32 });
    const outputs = await model.predict(x, { batchSize: 96 });
    const copy = await loadModel(trained.toBytes());
    expect(outputs.data).toEqual((await copy.predict(x, { batchSize: 96 })).data);
  }
  expect(model.toBytes()).toEqual(trained.toBytes());
});

test("more data than there is room for are given a memory of their own", async () => {
  const model = network();
  await model.fit(x, y, { batchSize: 16 });
  const engine = engineOf(model);
  const more = tensor(new Float32Array(6 * 40_000), [40_000, 6]);
  const found = await model.evaluate(more, tensor(new Float32Array(40_000), [40_000]), { batchSize: 16 });
  expect(engineOf(model)).not.toBe(engine);
  expect(found.loss).toBeCloseTo(-Math.log((await model.predict(more)).data[0]), 5);
});
