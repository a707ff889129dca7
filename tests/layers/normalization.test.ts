import { describe, expect, it } from "vitest";
import { fromTensors } from "../../src/data";
import { DataError, layers, loadModel, sequential, StateError, type Tensor, tensor } from "../../src/index";

const x = tensor([
  [1, 100],
  [2, 102],
  [3, 98],
  [6, 100],
]);

function build(layer = layers.normalization({ inputShape: [2] })) {
  return { layer, model: sequential({ layers: [layer] }) };
}

const predict = async (model: ReturnType<typeof build>["model"]) => [...((await model.predict(x)) as Tensor).data];

describe("normalization", () => {
  it("learns mean and variance of every feature", async () => {
    const { layer, model } = build();
    layer.adapt(x);
    const [first, second] = [Math.sqrt(3.5), Math.sqrt(2)];
    const expected = [-2 / first, 0, -1 / first, 2 / second, 0, -2 / second, 3 / first, 0];
    (await predict(model)).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 6);
    });
    const weights = await model.getWeights();
    expect([...weights["normalization/mean"].data, ...weights["normalization/variance"].data]).toEqual([
      3, 100, 3.5, 2,
    ]);
  });

  it("shares them among all with axis null, and takes them as options", async () => {
    const all = build(layers.normalization({ axis: null, inputShape: [2] }).adapt(x)).model;
    const values = [...x.data];
    const mean = values.reduce((a, b) => a + b) / 8;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 8;
    (await predict(all)).forEach((value, i) => {
      expect(value).toBeCloseTo((values[i] - mean) / Math.sqrt(variance), 6);
    });
    const given = build(layers.normalization({ mean: [1, 2], variance: 4, inputShape: [2] })).model;
    expect((await predict(given)).slice(0, 2)).toEqual([0, 49]);
  });

  it("makes 0 of a feature that never changes", async () => {
    const { layer, model } = build();
    layer.adapt([
      [5, 1],
      [5, 2],
    ]);
    expect([...((await model.predict([[5, 1.5]])) as Tensor).data]).toEqual([0, 0]);
  });

  // T14: a deviation of 0 counts as 1, as it does in data.standardize.
  it("does not magnify what differs from a feature that never changes", async () => {
    const constant = build(layers.normalization({ inputShape: [1] }).adapt([[5], [5], [5]])).model;
    expect(((await constant.predict([[5.01]])) as Tensor).data[0]).toBeCloseTo(0.01, 6);
    const pair = build(
      layers.normalization({ inputShape: [2] }).adapt([
        [1, 0],
        [2, 0],
        [3, 0],
      ]),
    ).model;
    expect(((await pair.predict([[2, 1]])) as Tensor).toArray()).toEqual([[0, 1]]);
    const given = build(layers.normalization({ mean: [3], variance: [0], inputShape: [1] })).model;
    expect(((await given.predict([[5]])) as Tensor).toArray()).toEqual([[2]]);
    for (const value of [0.1, 1 / 3, 1e5 + 0.1]) {
      const many = build(
        layers.normalization({ inputShape: [1] }).adapt(Array.from({ length: 1001 }, () => [value])),
      ).model;
      expect(((await many.predict([[value]])) as Tensor).toArray()).toEqual([[0]]);
      expect((await many.getWeights())["normalization/variance"].data[0]).toBe(1);
    }
  });

  it("reads variances of 0 in files as they were written", async () => {
    const { layer, model } = build(layers.normalization({ inputShape: [1] }));
    layer.adapt([[1], [3]]);
    await model.setWeights({ "normalization/mean": [5], "normalization/variance": [0] });
    const loaded = await loadModel(model.toBytes());
    expect(((await loaded.predict([[5]])) as Tensor).toArray()).toEqual([[0]]);
    expect(((await loaded.predict([[6]])) as Tensor).data[0]).toBeCloseTo(1e7, -2);
  });

  it("refuses features that vary less than float32 can tell", () => {
    const layer = layers.normalization({ inputShape: [1] });
    expect(() => layer.adapt([[1612892067115], [1612892067089]])).toThrow(
      "adapt holds 1612892067089 and 1612892067115",
    );
    expect(() => layer.adapt([[1e8 + 0.1], [1e8 + 0.2]])).toThrow("less than float32 can tell apart there");
    expect(() => layer.adapt([[0], [1e-7]])).toThrow("the smallest is 1e-10. Multiply the feature by a constant first");
    expect(() => layers.normalization({ mean: 0, variance: 1e-12 })).toThrow(DataError);
  });

  it("is saved with what it has learned", async () => {
    const { layer, model } = build();
    layer.adapt(x);
    const loaded = await loadModel(model.toBytes());
    expect(await loaded.predict(x)).toEqual(await model.predict(x));
  });

  it("says when it cannot know", async () => {
    const { layer, model } = build();
    expect(model.summary()).toContain("normalization");
    await expect(model.predict(x)).rejects.toThrow(
      new StateError("normalization: knows no mean and variance. Call adapt(data), or give both as options."),
    );
    expect(() => layer.adapt([[1, 2, 3]])).toThrow("normalization: has the mean of 3 features, the input has 2.");
    expect(() => layer.adapt([[1, Number.NaN]])).toThrow(DataError);
    expect(() => layer.adapt(fromTensors(x) as never)).toThrow(
      "adapt expects a tensor. Give (await dataset.toTensors()).x.",
    );
    layer.adapt(x);
    await model.predict(x);
    expect(() => layer.adapt(x)).toThrow(new StateError("normalization: adapt comes before the model is used."));
    expect(() => layers.normalization({ mean: 1 } as never)).toThrow(/belong together/);
  });
});
