import { describe, expect, it } from "vitest";
import type { Layer } from "../../src/graph/layer";
import { gradientCheck, layers, sequential, tensor } from "../../src/index";
import { deriveKey, uniform } from "../../src/numeric/random";

/** 2 samples of 5 positions and 6 channels, around 100. */
const x = tensor(
  Float32Array.from({ length: 60 }, (_, i) => 100 + 4 * uniform(deriveKey(8, 1), i)),
  [2, 5, 6],
);

async function outputOf(layer: Layer): Promise<number[]> {
  const model = sequential({ layers: [layer] });
  const output = await model.predict(x);
  expect(output.shape).toEqual(x.shape);
  return [...output.data];
}

/** Mean 0 and variance 1, in float64, of the numbers at these flat indices. */
function normalized(indices: readonly number[]): Map<number, number> {
  const values = indices.map((i) => x.data[i]);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return new Map(indices.map((i) => [i, (x.data[i] - mean) / Math.sqrt(variance + 1e-3)]));
}

function expectGroups(
  output: readonly number[],
  groupOf: (sample: number, position: number, channel: number) => number,
) {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < 60; i++) {
    const group = groupOf(Math.floor(i / 30), Math.floor(i / 6) % 5, i % 6);
    groups.set(group, [...(groups.get(group) ?? []), i]);
  }
  for (const indices of groups.values()) {
    for (const [i, value] of normalized(indices)) expect(Math.abs(output[i] - value)).toBeLessThan(1e-5);
  }
}

describe("data around 100", () => {
  it("layerNormalization: every position on its own, or all of a sample", async () => {
    const inputShape = [5, 6];
    expectGroups(
      await outputOf(layers.layerNormalization({ inputShape })),
      (sample, position) => 5 * sample + position,
    );
    expectGroups(await outputOf(layers.layerNormalization({ inputShape, axis: [1, 2] })), (sample) => sample);
  });

  it("groupNormalization: neighbouring channels over all positions", async () => {
    const inputShape = [5, 6];
    for (const groups of [1, 2, 3, 6]) {
      const groupOf = (sample: number, _: number, channel: number) =>
        groups * sample + Math.floor((channel * groups) / 6);
      expectGroups(await outputOf(layers.groupNormalization({ inputShape, groups })), groupOf);
    }
    const alone = await outputOf(layers.groupNormalization({ inputShape, groups: -1 }));
    expect(alone).toEqual(await outputOf(layers.groupNormalization({ inputShape, groups: 6 })));
  });

  it("rmsNormalization: the root mean square becomes 1", async () => {
    const output = await outputOf(layers.rmsNormalization({ inputShape: [5, 6] }));
    for (let row = 0; row < 10; row++) {
      const squares = output.slice(6 * row, 6 * row + 6).reduce((sum, value) => sum + value * value, 0);
      expect(squares / 6).toBeCloseTo(1, 5);
    }
  });
});

describe("layers that normalise samples", () => {
  it.each([
    ["layerNormalization", layers.layerNormalization({ inputShape: [5, 6] })],
    ["groupNormalization", layers.groupNormalization({ groups: 2, inputShape: [5, 6] })],
    ["rmsNormalization", layers.rmsNormalization({ inputShape: [5, 6] })],
  ])("%s: gradients equal differences in float64", async (_, layer) => {
    const model = sequential({ layers: [layer, layers.dense({ units: 2 })] });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const { ok, worst } = await gradientCheck(model, x, tensor(new Float32Array(20), [2, 5, 2]));
    expect(worst.relativeError).toBeLessThan(1e-4);
    expect(ok).toBe(true);
  });

  it("refuse what they cannot do", () => {
    const build = (layer: Layer) => () => sequential({ layers: [layer] });
    expect(build(layers.groupNormalization({ groups: 4, inputShape: [6] }))).toThrow(
      "groupNormalization: 6 channels of [batch, 6] cannot be divided into 4 groups.",
    );
    expect(build(layers.layerNormalization({ axis: 1, inputShape: [5, 6] }))).toThrow(
      "layerNormalization: axis [1] of [batch, 5, 6] must be the last one, or the last ones.",
    );
    expect(() => layers.rmsNormalization({ center: true } as object)).toThrow('unknown option "center"');
    expect(() => layers.layerNormalization({ axis: [] })).toThrow("axis must not be an empty array");
    expect(() => layers.layerNormalization({ epsilon: 0 })).toThrow("epsilon must be a finite number > 0, got 0.");
  });
});
