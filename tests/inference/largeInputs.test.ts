import { describe, expect, it } from "vitest";
import { layers, sequential } from "../../src";
import { loadModel } from "../../src/inference";

describe("inputs of more than 8 MB", () => {
  const model = sequential({ layers: [layers.dense({ units: 1, kernelInitializer: "ones", inputShape: [2] })] });
  const samples = 2 ** 21;

  it("are checked: NaN is named by its sample", async () => {
    const data = new Float32Array(2 * samples);
    data[2 * samples - 1] = Number.NaN;
    const predictor = await loadModel(model.toBytes());
    await expect(predictor.predict({ data, shape: [samples, 2] }, { batchSize: 4096 })).rejects.toThrow(
      `predict: x holds NaN at sample ${samples - 1}, column 1`,
    );
  });

  it("count as they were at the call", async () => {
    const data = new Float32Array(2 * samples).fill(1);
    const predictor = await loadModel(model.toBytes());
    const result = predictor.predict({ data, shape: [samples, 2] }, { batchSize: 4096 });
    data.fill(5);
    expect((await result).data.every((value) => value === 2)).toBe(true);
  });
});
