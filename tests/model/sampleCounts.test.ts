// Several inputs of different numbers of samples are an error wherever a model takes inputs: what is missing would be made up.
import { describe, expect, test } from "vitest";
import { input, layers, model, type Tensor, tensor } from "../../src/index";
import { loadModel } from "../../src/inference";

const ones = (samples: number, width: number) => tensor(new Float32Array(samples * width).fill(1), [samples, width]);

function addition() {
  const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
  const dense = layers.dense({ units: 1 }).apply(layers.add().apply([a, b]));
  const made = model({ inputs: [a, b], outputs: dense });
  made.compile({ optimizer: "sgd", loss: "mse" });
  return made;
}

describe.each([
  [3, 1],
  [1, 3],
  [4, 3],
])("inputs of %i and %i samples", (first, second) => {
  const x = [ones(first, 2), ones(second, 2)];
  const message = `${first} sample${first === 1 ? "" : "s"} in x[0] but ${second} in x[1].`;

  test.each(["predict", "predictSync"] as const)("%s refuses them, whichever library loads the model", async (call) => {
    const made = addition();
    await made.predict([ones(1, 2), ones(1, 2)]);
    const predictor = await loadModel(made.toBytes());
    for (const each of [made, predictor]) {
      const run = async () => each[call](x as never);
      await expect(run()).rejects.toMatchObject({ name: "ShapeError", message: `${call}: ${message}` });
    }
  });

  test("so do training, gradients and evaluation", async () => {
    const made = addition();
    const y = ones(first, 1);
    await expect(made.fit(x, y)).rejects.toThrow(message);
    await expect(made.evaluate(x, y)).rejects.toThrow(message);
    await expect(made.gradients(x, y)).rejects.toThrow(message);
    await expect(made.trainOnBatch(x, y)).rejects.toThrow(message);
  });
});

test("inputs of as many samples are added one by one", async () => {
  const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
  const made = model({ inputs: [a, b], outputs: layers.add().apply([a, b]) });
  const { data } = (await made.predict([
    ones(3, 2),
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
  ])) as Tensor;
  expect([...data]).toEqual([2, 3, 4, 5, 6, 7]);
});
