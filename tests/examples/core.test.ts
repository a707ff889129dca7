import { describe, expect, it } from "vitest";
import { learnLine, makeData, trainTwoLayers } from "../../examples/core/training";
import { layers, optimizers, sequential, tensor } from "../../src/index";

describe("the example of the numeric core", () => {
  it("learns y = 4x: the error falls by 0.94² a step, as 4 − w is multiplied by 1 − 60·0.001", async () => {
    const { weight, errors } = await learnLine();
    expect(errors[0]).toBe(120);
    expect(errors[1] / errors[0]).toBeCloseTo(0.94 * 0.94, 5);
    expect(weight).toBeCloseTo(4, 3);
    expect(errors.at(-1)).toBeLessThan(1e-6);
  });

  it("trains two layers to the very bits of a model", async () => {
    const { inputs, targets } = makeData();
    const model = sequential({
      seed: 4,
      layers: [
        layers.dense({ units: 19, activation: "tanh", inputShape: [4], name: "hidden" }),
        layers.dense({ units: 1, name: "output" }),
      ],
    });
    model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: "meanSquaredError" });
    const before = await model.getWeights();
    const start = {
      hiddenKernel: before["hidden/kernel"].data as Float32Array,
      outputKernel: before["output/kernel"].data as Float32Array,
    };
    const byHand = await trainTwoLayers({ inputs, targets }, start, 300);
    const { history } = await model.fit(tensor(inputs, [64, 4]), tensor(targets, [64, 1]), {
      epochs: 300,
      batchSize: 64,
      shuffle: false,
    });
    const after = await model.getWeights();
    expect(byHand.losses.at(-1)!).toBeLessThan(byHand.losses[0] / 100);
    expect(byHand.weight.hiddenKernel).toEqual(after["hidden/kernel"].data);
    expect(byHand.weight.hiddenBias).toEqual(after["hidden/bias"].data);
    expect(byHand.weight.outputKernel).toEqual(after["output/kernel"].data);
    expect(byHand.weight.outputBias).toEqual(after["output/bias"].data);
    byHand.losses.forEach((loss, i) => {
      expect(loss / history.loss[i]).toBeCloseTo(1, 6);
    });
  });
});
