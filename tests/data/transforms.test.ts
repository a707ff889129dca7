import { describe, expect, it } from "vitest";
import { csv, type Dataset, fromIterable, fromTensors, impute, oneHot, standardize } from "../../src/data";
import { type Tensor, tensor } from "../../src/tensor/tensor";
import { ArgumentError, DataError, ShapeError } from "../../src/errors";

const xOf = async (dataset: Dataset) => ((await dataset.toTensors()).x as Tensor).toArray();

/** The same samples, walked one by one. */
const walked = (dataset: Dataset) => fromIterable(() => dataset);

describe("standardize", () => {
  // Mean 5 and deviation 2 by hand: the textbook example; the second feature is constant, the third 10 times the first.
  const column = [2, 4, 4, 4, 5, 5, 7, 9];
  const train = fromTensors(
    column.map((value) => [value, 0.1, 10 * value]),
    column,
  );

  it("learns mean and deviation of each feature", async () => {
    for (const dataset of [train, walked(train), train.batch(3), walked(train).batch(3), train.shuffle()]) {
      const { mean, deviation, featureCount } = await standardize(dataset);
      expect(featureCount).toBe(3);
      expect(mean[0]).toBeCloseTo(5, 12);
      expect(mean[2]).toBeCloseTo(50, 12);
      expect([mean[1], deviation[1]]).toEqual([0.1, 1]);
      expect(deviation[0]).toBeCloseTo(2, 12);
      expect(deviation[2]).toBeCloseTo(20, 12);
    }
  });

  it("learns from the training part only", async () => {
    const all = fromTensors([...column.map((value) => [value]), [1e6], [-1e6]]);
    const fitted = await standardize(all.take(8));
    expect(fitted.mean[0]).toBeCloseTo(5, 12);
    expect(await xOf(fitted.apply(all.skip(8)))).toEqual([[(1e6 - 5) / 2], [(-1e6 - 5) / 2]]);
  });

  it("gives the training set mean 0 and deviation 1, in memory or walked", async () => {
    const fitted = await standardize(train);
    const expected = column.map((value) => [(value - 5) / 2, 0, (value - 5) / 2]);
    for (const dataset of [train, walked(train), train.batch(3), walked(train).batch(3)]) {
      expect(await xOf(fitted.apply(dataset))).toEqual(expected);
    }
  });

  it("keeps order, targets, shuffle and batches of a selection, and copies only its samples", async () => {
    const fitted = await standardize(train);
    const part = train.skip(2).shuffle(undefined, { seed: 3 }).batch(4);
    const applied = fitted.apply(part);
    expect(applied.selection?.columns.x[0].shape).toEqual([6, 3]);
    expect(applied.batchSize).toBe(4);
    for (const walk of [0, 1]) {
      const before = part.iterate(walk)[Symbol.asyncIterator]();
      for await (const item of applied.iterate(walk)) {
        const { value } = await before.next();
        expect((item.y as Tensor).toArray()).toEqual(value.y.toArray());
        const expected = ((value.x as Tensor).toArray() as number[][]).map(([first]) => (first - 5) / 2);
        expect(((item.x as Tensor).toArray() as number[][]).map(([first]) => first)).toEqual(expected);
      }
    }
  });

  it("takes one mean for all of an image", async () => {
    const images = fromTensors({ data: Uint8Array.of(0, 0, 0, 0, 100, 100, 100, 100), shape: [2, 2, 2] });
    const { mean, deviation } = await standardize(images, { axis: null });
    expect([[...mean], [...deviation]]).toEqual([[50], [50]]);
    const columns = await standardize(images);
    expect(columns.mean.length).toBe(2);
    expect((await xOf((await standardize(images, { axis: null })).apply(images))) as number[][][]).toEqual([
      [
        [-1, -1],
        [-1, -1],
      ],
      [
        [1, 1],
        [1, 1],
      ],
    ]);
  });

  it("holds on to small deviations far from zero", async () => {
    // float32 holds these exactly. A sum of squares minus a squared sum would lose them all.
    const values = [1, 2, 3].map((value) => 8_000_000 + value);
    const { deviation } = await standardize(fromTensors(values));
    expect(deviation[0]).toBeCloseTo(Math.sqrt(2 / 3), 12);
  });

  it("learns from tensors and changes tensors, as it does datasets", async () => {
    const x = column.map((value) => [value, 0.1, 10 * value]);
    const [ofTensor, ofDataset] = [await standardize(x), await standardize(train)];
    expect([ofTensor.mean, ofTensor.deviation]).toEqual([ofDataset.mean, ofDataset.deviation]);
    const changed = ofTensor.apply(tensor(x));
    expect(changed.dtype).toBe("float32");
    expect(changed.toArray()).toEqual(await xOf(ofDataset.apply(train)));
    expect(ofTensor.apply([[7, 0.1, 30]]).toArray()).toEqual([[1, 0, -1]]);
    expect((await oneHot([[2], [5]], [0])).apply([[5], [3]]).toArray()).toEqual([
      [0, 1],
      [0, 0],
    ]);
  });

  it("refuses what it cannot learn from", async () => {
    await expect(standardize(fromTensors([[1], [Number.NaN]]))).rejects.toThrow("feature 0 is NaN in the training set");
    await expect(standardize(train.take(0))).rejects.toThrow(DataError);
    await expect(standardize(fromTensors([tensor([1]), tensor([1])]))).rejects.toThrow("has 2 inputs, expects one");
    await expect(standardize("x.csv" as never)).rejects.toThrow(DataError);
    await expect(standardize([[1], [2, 3]])).rejects.toThrow("ragged");
    await expect(standardize(train, { axis: 1 as never })).rejects.toThrow(ArgumentError);
    await expect(standardize(train.repeat())).rejects.toThrow("the training set is endless");
    const fitted = await standardize(train);
    expect(() => fitted.apply(fromTensors([[1, 2]]))).toThrow(ShapeError);
    expect(() => fitted.apply([[1, 2]])).toThrow("standardize: learned 3 features, got x of shape [1,2].");
  });
});

describe("impute", () => {
  it("fills in the mean of the training part", async () => {
    const table = await csv("a,b,y\n1,NA,0\n3,5,0\n?,7,0\nNA,NA,0\n", { target: "y", missing: "keep" });
    const fitted = await impute(table.take(2));
    expect([...fitted.statistics]).toEqual([2, 5]);
    const expected = [
      [1, 5],
      [3, 5],
      [2, 7],
      [2, 5],
    ];
    expect(await xOf(fitted.apply(table))).toEqual(expected);
    expect(await xOf(fitted.apply(walked(table)))).toEqual(expected);
    expect((await xOf(table)) as number[][]).toContainEqual([1, Number.NaN]);
    await expect(impute(table.skip(3))).rejects.toThrow("impute: feature 0 has no value in the training set.");
  });
});

describe("oneHot", () => {
  it("knows the codes of the training part only", async () => {
    const table = await csv("size,colour,y\n1,red,0\n2,blue,0\n3,green,0\n4,NA,0\n", { target: "y", missing: "keep" });
    expect(table.categories.get("colour")).toEqual(["blue", "green", "red"]);
    const fitted = await oneHot(table.take(2), [table.featureNames.indexOf("colour")]);
    expect([...fitted.codes]).toEqual([[1, [0, 2]]]);
    const expected = [
      [1, 0, 1],
      [2, 1, 0],
      [3, 0, 0],
      [4, 0, 0],
    ];
    expect(await xOf(fitted.apply(table))).toEqual(expected);
    expect(await xOf(fitted.apply(walked(table)))).toEqual(expected);
  });

  it("gives samples that are single codes a dimension", async () => {
    const codes = fromTensors([5, 3, 5]);
    expect(await xOf((await oneHot(codes, [0])).apply(codes))).toEqual([
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
  });

  it("refuses what is not a code or a feature", async () => {
    await expect(oneHot(fromTensors([[0.5]]), [0])).rejects.toThrow("oneHot: feature 0 is 0.5, which is not a code.");
    await expect(oneHot(fromTensors([[1]]), [1])).rejects.toThrow("oneHot: there is no feature 1 of 1.");
    await expect(oneHot(fromTensors([[1]]), 0 as never)).rejects.toThrow(ArgumentError);
  });
});
