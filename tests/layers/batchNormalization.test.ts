import { describe, expect, it } from "vitest";
import { layers, NonFiniteError, sequential, tensor } from "../../src/index";
import { deriveKey, uniform } from "../../src/numeric/random";

const noise = (size: number) => Float32Array.from({ length: size }, (_, i) => uniform(deriveKey(5, size), i));
/** 12 samples of 3 channels around 100, of deviations near 1. */
const x = tensor(
  noise(36).map((value) => 100 + 4 * value),
  [12, 3],
);
const y = tensor(noise(12), [12, 1]);

function build(options: object = {}, engine: "wasm" | "js" = "wasm") {
  const list = [
    layers.batchNormalization({ momentum: 0.75, inputShape: [3], name: "norm", ...options }),
    layers.dense({ units: 1 }),
  ];
  const model = sequential({ layers: list, seed: 1 });
  model.compile({ optimizer: "sgd", loss: "mse", engine });
  return model;
}

/** Mean and biased variance of every channel of x, in float64. */
const moments = [0, 1, 2].map((channel) => {
  const values = Array.from({ length: 12 }, (_, i) => x.data[3 * i + channel]);
  const mean = values.reduce((a, b) => a + b) / 12;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 12 };
});

describe.each(["wasm", "js"] as const)("batchNormalization on %s", (engine) => {
  it("keeps moving averages of mean and biased variance, and predicts with them", async () => {
    const model = build({}, engine);
    await model.trainOnBatch(x, y);
    const weights = await model.getWeights();
    moments.forEach(({ mean, variance }, channel) => {
      expect(weights["norm/moving_mean"].data[channel]).toBeCloseTo(0.25 * mean, 5);
      expect(weights["norm/moving_variance"].data[channel]).toBeCloseTo(0.75 + 0.25 * variance, 5);
    });
    expect(await model.evaluate(x, y)).toEqual(await model.evaluate(x, y));
    expect(await model.getWeights()).toEqual(weights);
  });

  it("changes nothing when only gradients are asked for", async () => {
    const model = build({}, engine);
    const before = await model.getWeights();
    await model.gradients(x, y);
    expect(await model.getWeights()).toEqual(before);
  });

  it("changes nothing in a step whose loss is not finite", async () => {
    const model = build({}, engine);
    const before = await model.getWeights();
    const huge = tensor(new Float32Array(12).fill(3e38), [12, 1]);
    await expect(model.trainOnBatch(x, huge)).rejects.toThrow(NonFiniteError);
    expect(await model.getWeights()).toEqual(before);
  });

  it("frozen uses and keeps the averages it has", async () => {
    const model = build({ trainable: false }, engine);
    const before = await model.getWeights();
    const { output } = await model.gradients(x, y);
    expect(output).toEqual(await model.predict(x));
    await model.fit(x, y);
    const after = await model.getWeights();
    for (const name of Object.keys(before)) {
      if (name.startsWith("norm/")) expect(after[name]).toEqual(before[name]);
    }
  });
});

describe("batchNormalization", () => {
  it("that is frozen after compile trains until the next compile", async () => {
    const model = build();
    model.getLayer("norm").trainable = false;
    await model.trainOnBatch(x, y);
    const { "norm/moving_mean": moved } = await model.getWeights();
    expect(moved.data[0]).toBeGreaterThan(20);
    model.compile({ optimizer: "sgd", loss: "mse" });
    await model.trainOnBatch(x, y);
    expect((await model.getWeights())["norm/moving_mean"]).toEqual(moved);
  });

  it("brings a batch far from 0 to mean 0 and variance 1", async () => {
    const layer = layers.batchNormalization({ inputShape: [3], epsilon: 1e-9 });
    const model = sequential({ layers: [layer] });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const { output } = await model.gradients(x, x);
    for (let channel = 0; channel < 3; channel++) {
      const values = Array.from({ length: 12 }, (_, i) => output.data[3 * i + channel]);
      const { mean, variance } = moments[channel];
      values.forEach((value, i) => {
        expect(value).toBeCloseTo((x.data[3 * i + channel] - mean) / Math.sqrt(variance), 5);
      });
    }
  });

  it("shows its updates in the program", () => {
    const rows = build().program().split("\n");
    expect(rows.filter((row) => row.includes("movingAverage"))).toHaveLength(2);
  });

  it("refuses options that make no sense", () => {
    expect(() => layers.batchNormalization({ axis: 0 })).toThrow(/axis cannot be 0, the batch/);
    expect(() => layers.batchNormalization({ momentum: 2 })).toThrow(/momentum must be a finite number ≥ 0 and ≤ 1/);
    expect(() => sequential({ layers: [layers.batchNormalization({ axis: 1, inputShape: [3, 4] })] })).toThrow(
      /axis 1 of \[batch, 3, 4\] is not the last/,
    );
  });
});
