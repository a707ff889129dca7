import { describe, expect, it } from "vitest";
import { makeNetwork, residual, squeezeAndExcite } from "../../examples/custom-layer/blocks";
import { loadDataset } from "../../examples/datasets";
import { gradientCheck, input, layers, loadModel, type Model, model, type Tensor, tensor } from "../../src/index";
import { RandomStream } from "../../src/numeric/random";
import { firstExamples } from "./firstExamples";

const random = new RandomStream(4);
const shape = [5, 4, 6];
const images = tensor(
  Float32Array.from({ length: 3 * 120 }, () => random.normal()),
  [3, ...shape],
);

describe("a layer made of layers", () => {
  it.each([
    ["residual", residual("block", shape)],
    ["squeezeAndExcite", squeezeAndExcite("block", shape)],
  ])("%s has right gradients and keeps the shape", async (_, block) => {
    const x = input({ shape });
    const network = model({ inputs: x, outputs: block.apply(layers.dense({ units: 6 }).apply(x)), seed: 3 });
    network.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    expect(((await network.predict(images)) as Tensor).shape).toEqual([3, ...shape]);
    const check = await gradientCheck(network, images, images);
    expect(check.ok).toBe(true);
    expect(Object.keys(await network.getWeights()).some((name) => name.startsWith("block/"))).toBe(true);
  });

  it("weighs channels by what is in them, as the paper has it", async () => {
    const block = squeezeAndExcite("block", shape);
    const weights = Object.values(await block.getWeights()).map(({ data }) => data);
    const [squeeze, squeezeBias, excite, exciteBias] = weights;
    const got = ((await block.predict(images)) as Tensor).data;
    for (let sample = 0; sample < 3; sample++) {
      const pixel = (i: number, channel: number) => images.data[(sample * 20 + i) * 6 + channel];
      const means = Array.from({ length: 6 }, (_, channel) => {
        let sum = 0;
        for (let i = 0; i < 20; i++) sum += pixel(i, channel);
        return sum / 20;
      });
      const between = [0, 1].map((unit) =>
        Math.max(
          0,
          means.reduce((sum, mean, channel) => sum + mean * squeeze[2 * channel + unit], squeezeBias[unit]),
        ),
      );
      for (let channel = 0; channel < 6; channel++) {
        const logit = between.reduce(
          (sum, value, unit) => sum + value * excite[6 * unit + channel],
          exciteBias[channel],
        );
        for (let i = 0; i < 20; i++) {
          const expected = pixel(i, channel) / (1 + Math.exp(-logit));
          expect(got[(sample * 20 + i) * 6 + channel]).toBeCloseTo(expected, 5);
        }
      }
    }
  });

  it("shares its weights when it is used twice, and is frozen as a whole", async () => {
    const block = residual("block", shape);
    const x = input({ shape });
    const twice = model({ inputs: x, outputs: block.apply(block.apply(x)) });
    expect(Object.keys(await twice.getWeights())).toHaveLength(Object.keys(await block.getWeights()).length);
    block.trainable = false;
    const before = await twice.getWeights();
    twice.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    await twice.trainOnBatch(images, images);
    expect(await twice.getWeights()).toEqual(before);
  });
});

it("a network of them learns to read digits, and goes on bit for bit after loading", async () => {
  const { train, test } = await loadDataset("mnist");
  const [seen, unseen] = [firstExamples(train, 3000), firstExamples(test, 1000)];
  const network = makeNetwork(1);
  await network.fit(seen.images, seen.labels, { epochs: 4, batchSize: 32 });
  const { accuracy } = await network.evaluate(unseen.images, unseen.labels, { batchSize: 256 });
  expect(accuracy).toBeGreaterThan(0.8);

  const more = firstExamples(train, 320);
  const loaded = await loadModel(network.toBytes());
  for (const one of [network, loaded] as Model[])
    await one.fit(more.images, more.labels, { epochs: 5, initialEpoch: 4 });
  expect(await loaded.getWeights()).toEqual(await network.getWeights());
});
