// Recurrent layers of Keras before 2.4 have gates of 0.2·x + ½: one step against the formula, gradients against differences.
import { expect, test } from "vitest";
import { activations, gradientCheck, layers, loadModel, sequential, tensor } from "../../src/index";

const hard = (z: number) => Math.min(Math.max(0.2 * z + 0.5, 0), 1);

test.each(["wasm", "js"] as const)("%s: gates of slope 0.2", async (engine) => {
  const recurrentActivation = activations.hardSigmoid({ slope: 0.2 });
  const model = sequential({ layers: [layers.lstm({ units: 1, recurrentActivation, inputShape: [2, 1] })] });
  model.compile({ optimizer: "sgd", loss: "mse", engine });
  await model.setWeights({
    "lstm/kernel": tensor(Float32Array.of(0.5, -1, 2, 4), [1, 4]),
    "lstm/recurrent_kernel": tensor(Float32Array.of(1, 0.5, -0.25, 3), [1, 4]),
    "lstm/bias": tensor(Float32Array.of(0.25, 1, 0, -0.5), [4]),
  });
  // i, f, c, o
  let [h, c] = [0, 0];
  for (const x of [0.75, -1.5]) {
    const [i, f, g, o] = [0.5 * x + h + 0.25, -x + 0.5 * h + 1, 2 * x - 0.25 * h, 4 * x + 3 * h - 0.5];
    c = hard(f) * c + hard(i) * Math.tanh(g);
    h = hard(o) * Math.tanh(c);
  }
  const x = tensor(Float32Array.of(0.75, -1.5), [1, 2, 1]);
  expect((await model.predict(x)).data[0]).toBeCloseTo(h, 6);
  const { ok, worst } = await gradientCheck(model, x, tensor(Float32Array.of(2), [1, 1]));
  expect(ok, JSON.stringify(worst)).toBe(true);
  const loaded = await loadModel(await model.toBytes());
  expect((await loaded.predict(x)).data).toEqual((await model.predict(x)).data);
});

test.each(["wasm", "js"] as const)("%s: a layer of slope 0.2", async (engine) => {
  const activation = activations.hardSigmoid({ slope: 0.2 });
  const model = sequential({ layers: [layers.dense({ units: 7, activation, inputShape: [1] })] });
  model.compile({ optimizer: "sgd", loss: "mse", engine });
  const weights = Float32Array.of(1, -1, 0.5, 3, -2, 0.25, 1.5);
  await model.setWeights({ "dense/kernel": tensor(weights, [1, 7]), "dense/bias": tensor(new Float32Array(7), [7]) });
  const x = tensor(Float32Array.of(0.75, -1.25, 2), [3, 1]);
  const { data } = await model.predict(x);
  data.forEach((value, i) => {
    expect(value).toBeCloseTo(hard(x.data[Math.floor(i / 7)] * weights[i % 7]), 6);
  });
  const { ok, worst } = await gradientCheck(model, x, tensor(new Float32Array(21), [3, 7]));
  expect(ok, JSON.stringify(worst)).toBe(true);
});
