import { describe, expect, it } from "vitest";
import { layers, sequential, type Tensor, tensor } from "../../src/index";

const zeros = tensor(new Float32Array(4000), [40, 100]);

function build(options: object = {}) {
  const model = sequential({ layers: [layers.gaussianNoise({ stddev: 0.5, inputShape: [100], ...options })], seed: 3 });
  model.compile({ optimizer: "sgd", loss: "mse" });
  return model;
}

async function draw(options?: object): Promise<number[]> {
  return [...(await build(options).gradients(zeros, zeros)).output.data];
}

describe("gaussianNoise", () => {
  it("has the moments and tails of a normal distribution", async () => {
    const values = await draw();
    const mean = values.reduce((a, b) => a + b) / 4000;
    const moment = (power: number) => values.reduce((sum, value) => sum + (value / 0.5) ** power, 0) / 4000;
    // Five standard errors of each.
    expect(Math.abs(mean)).toBeLessThan((5 * 0.5) / Math.sqrt(4000));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / 4000));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / 4000));
  });

  it("depends on seed and step, not on the engine", async () => {
    expect(await draw()).toEqual(await draw());
    expect(await draw({ seed: 4 })).not.toEqual(await draw());
    const js = build();
    js.compile({ optimizer: "sgd", loss: "mse", engine: "js" });
    const { output } = await js.gradients(zeros, zeros);
    (await draw()).forEach((value, i) => {
      expect(value).toBeCloseTo(output.data[i], 5);
    });
  });

  it("does nothing outside training", async () => {
    expect((await build().predict(zeros)) as Tensor).toEqual(zeros);
  });
});
