import { describe, expect, it } from "vitest";
import { fromTensors } from "../../src/data";
import { layers, sequential } from "../../src/index";
import { shareOf } from "../../src/numeric/share";

// T15: a share of samples is what the decimals say, not what their product in float64 is.
describe("shareOf", () => {
  it("is exact for all hundredths of all counts up to 2000, where the product is whole or a half", () => {
    for (let count = 1; count <= 2000; count++) {
      for (let percent = 1; percent < 100; percent++) {
        // Whole numbers are exact: count · percent = 100 · product.
        if ((count * percent) % 50 === 0) expect(shareOf(count, percent / 100)).toBe((count * percent) / 100);
      }
    }
  });

  it("leaves other products what they are", () => {
    for (const [count, fraction] of [
      [10, 1 / 3],
      [7, 0.123],
      [60_000, 0.16667],
      [3, 1e-9],
      [2 ** 31, 1 - 2 ** -31],
    ]) {
      expect(shareOf(count, fraction)).toBe(count * fraction);
    }
  });
});

describe("parts of the samples", () => {
  const trained = async (count: number, validationSplit: number) => {
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const x = { data: new Float32Array(count), shape: [count, 1] };
    return (await model.fit(x, x, { validationSplit, batchSize: count })).params.samples;
  };

  it.each([
    [10, 0.8, 2],
    [100, 0.8, 20],
    [10, 0.9, 1],
    [10, 0.25, 7],
    [3, 0.5, 1],
    [1000, 0.001, 999],
    [30, 0.7, 9],
  ])("of %i samples with validationSplit %d %i are trained on", async (count, fraction, expected) => {
    expect(await trained(count, fraction)).toBe(expected);
  });

  it("of 100 samples any number of hundredths is measured, the others trained on", async () => {
    for (let percent = 1; percent < 100; percent++) expect(await trained(100, percent / 100)).toBe(100 - percent);
  });

  it("of a dataset are the same", () => {
    const dataset = fromTensors(Float32Array.from({ length: 100 }));
    for (let percent = 1; percent < 100; percent++) {
      expect(dataset.split(percent / 100).map(({ size }) => size)).toEqual([percent, 100 - percent]);
    }
    // 0.145 · 100 is 14.499999999999998 in float64.
    expect(dataset.split(0.145)[0].size).toBe(15);
    expect(dataset.take(10).split(0.8)[1].size).toBe(2);
  });
});
