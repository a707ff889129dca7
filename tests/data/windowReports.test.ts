// What users of other libraries have reported of samples of series, rebuilt in our words.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { data, type Tensor, tensor } from "../../src";

type Samples = { x: number[][]; y: unknown }[];
const all = async (dataset: { [Symbol.asyncIterator](): AsyncIterator<data.Item> }) => {
  const items: Samples = [];
  for await (const { x, y } of dataset) items.push({ x: (x as Tensor).toArray(2), y: (y as Tensor).toArray() });
  return items;
};
const count = (length: number) => Array.from({ length }, (_, i) => i);
const plain = { standardize: false } as const;

describe("no sample is lost and none is made up", () => {
  // keras#9778, #17392, #21305: the last one was missing; spacetimeformer#32, PyPOTS#440, Timeseria#15: so it was.
  it.each<[number, number, number, number, number, number[], number[]]>([
    // rows, inputs, targets, stride, test from → firsts of training and of testing
    [10, 3, 2, 1, 6, [0, 1], [3, 4, 5]],
    [10, 1, 1, 1, 2, [0], [1, 2, 3, 4, 5, 6, 7, 8]],
    [10, 3, 1, 3, 6, [0], [3, 6]],
    [9, 4, 1, 4, 5, [0], [4]],
    [12, 5, 1, 1, 6, [0], [1, 2, 3, 4, 5, 6]],
    [4, 1, 1, 2, 2, [0], [2]],
  ])(
    "%i rows, %i + %i, every %i, test from %i",
    async (rows, inputSteps, targetSteps, stride, testFrom, train, test) => {
      const made = data.windows(count(rows), { inputSteps, targetSteps, stride, testFrom, ...plain });
      const sample = (start: number) => {
        const y = count(targetSteps).map((i) => start + inputSteps + i);
        return { x: count(inputSteps).map((i) => [start + i]), y: targetSteps === 1 ? y : y.map((value) => [value]) };
      };
      expect(await all(made.train)).toEqual(train.map(sample));
      expect(await all(made.test)).toEqual(test.map(sample));
    },
  );

  it("by a plain count, for any sizes", async () => {
    const small = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 6, max: 40 }),
        small,
        small,
        small,
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        async (rows, inputSteps, targetSteps, stride, share) => {
          const testFrom = Math.round(share * rows);
          const starts = count(rows).filter(
            (start) => start % stride === 0 && start + inputSteps + targetSteps <= rows,
          );
          const train = starts.filter((start) => start + inputSteps + targetSteps <= testFrom);
          const test = starts.filter((start) => start + inputSteps >= testFrom);
          const make = () => data.windows(count(rows), { inputSteps, targetSteps, stride, testFrom: share, ...plain });
          if (train.length === 0 || test.length === 0) {
            expect(make).toThrow("leave no sample");
            return;
          }
          const firsts = async (part: Parameters<typeof all>[0]) => (await all(part)).map(({ x }) => x[0][0]);
          expect(await firsts(make().train)).toEqual(train);
          expect(await firsts(make().test)).toEqual(test);
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  it("a stride beyond the series leaves the first alone, and a part without any is an error", () => {
    expect(() => data.windows(count(10), { inputSteps: 2, stride: 50, testFrom: 5 })).toThrow(
      "no sample of 2 + 1 rows for testing",
    );
    expect(() => data.windows(count(10), { inputSteps: 2, stride: 50, testFrom: 2 })).toThrow("for training");
    expect(() => data.windows(count(3), { inputSteps: 3 })).toThrow("leave no sample");
  });
});

describe("nothing of the test is known before", () => {
  // sktime#628: windows overlapped; darts#573, #1540, Stock-Prediction-Models#126: scaled by the whole series.
  const series = Array.from({ length: 30 }, (_, t) => [Math.sin(t), t * t]);

  it.each([1, 3])(
    "no target of training stands in the test, whatever the inputs reach, targets: %i",
    async (targetSteps) => {
      for (const testFrom of [10, 17, 0.7]) {
        const { train, test } = data.windows(
          series.map((_, t) => t),
          { inputSteps: 4, targetSteps, testFrom, ...plain },
        );
        const from = testFrom < 1 ? 21 : testFrom;
        const targets = async (part: typeof train) => (await all(part)).flatMap(({ y }) => [y].flat(3) as number[]);
        expect(Math.max(...(await targets(train)))).toBe(from - 1);
        expect(Math.min(...(await targets(test)))).toBe(from);
        for (const { x } of await all(train)) expect(Math.max(...x.flat())).toBeLessThan(from);
      }
    },
  );

  it("not by its scale either, nor by a gap that is there later", () => {
    for (const change of [(value: number) => value * 1e6, () => -1e9]) {
      const later = series.map((row, t) => (t < 20 ? row : row.map(change)));
      const [one, other] = [series, later].map((rows) => data.windows(rows, { inputSteps: 3, testFrom: 20 }));
      expect(other.mean).toEqual(one.mean);
      expect(other.deviation).toEqual(one.deviation);
    }
    const more = [...series, ...series];
    const [one, other] = [series, more].map((rows) => data.windows(rows, { inputSteps: 3, testFrom: 20 }));
    expect(other.mean).toEqual(one.mean);
  });
});

describe("a column that does not vary is centred and not blown up", () => {
  // scikit-learn#17794: 14.62 a thousand times became −1; scholar#363: the mean was dropped.
  it.each([14.62, 0.1, 1e9 + 0.1, -3e-8, 0, 1e30])("%d", async (value) => {
    const { train, test, mean, deviation, toUnits } = data.windows(new Array(100).fill(value), { inputSteps: 2 });
    expect([...mean, ...deviation]).toEqual([value, 1]);
    for (const { x, y } of [...(await all(train)), ...(await all(test))]) expect([x, y]).toEqual([[[0], [0]], [0]]);
    expect(toUnits([[0]]).data[0]).toBe(Math.fround(value));
  });

  it("one that varies a little about a large mean is scaled by what it varies (scikit-learn#19726)", async () => {
    for (const [large, small] of [
      [1e6, 1e-3],
      [-1e9, 1e-2],
      [0, 1e-30],
      [1e5, 1e5],
    ]) {
      const rows = Array.from({ length: 101 }, (_, t) => large + (t % 2 ? small : -small));
      const { deviation, train } = data.windows(rows, { inputSteps: 2, testFrom: 100 });
      expect(deviation[0] / small).toBeCloseTo(1, 4);
      const [{ x }] = await all(train);
      expect(x.flat().map((value) => +value.toFixed(3))).toEqual([-1, 1]);
    }
  });

  it("which later varies after all keeps its units in the test", async () => {
    const rows = Array.from({ length: 20 }, (_, t) => (t < 15 ? 7 : 7 + t));
    const { test, toUnits } = data.windows(rows, { inputSteps: 1, testFrom: 15 });
    const made = await all(test);
    expect(made.map(({ y }) => (y as number[])[0])).toEqual([15, 16, 17, 18, 19]);
    expect([...toUnits(made.map(({ y }) => y as number[])).data]).toEqual([22, 23, 24, 25, 26]);
  });
});

describe("several series", () => {
  // keras#16055, pytorch-forecasting#144, darts#1533: windows ran across the border of two, or across a gap.
  it("each by itself, joined behind: no sample goes across the border", async () => {
    const made = [count(10), count(8).map((t) => 100 + t), count(6).map((t) => 200 + t)].map((series) =>
      data.windows(series, { inputSteps: 2, testFrom: 0.5, ...plain }),
    );
    const [first, ...others] = made.map(({ train }) => train);
    const joined = others.reduce((before, next) => before.concat(next), first);
    const items = await all(joined);
    expect(items.map(({ x, y }) => [...x.flat(), ...(y as number[])])).toEqual([
      ...[0, 1, 2].map((t) => [t, t + 1, t + 2]),
      ...[100, 101].map((t) => [t, t + 1, t + 2]),
      [200, 201, 202],
    ]);
  });

  it("in one tensor of three axes are an error, not one long series", () => {
    const three = tensor(new Float32Array(24), [2, 6, 2]);
    expect(() => data.windows(three, { inputSteps: 2 })).toThrow("a series is [time] or [time, columns], got [2,6,2]");
  });
});

describe("gaps", () => {
  // darts#883, pytorch-forecasting#134, #483: rows that are missing became numbers, or losses NaN.
  it.each<[string, data.SeriesLike, string]>([
    ["NaN", [1, 2, Number.NaN, 4, 5], "NaN at row 2, column 0"],
    ["an infinity", [[1], [2], [3], [Number.POSITIVE_INFINITY]], "Infinity at row 3, column 0"],
    ["nothing", [1, undefined, 3, 4] as never, "undefined"],
    ["null in an object", [{ a: 1 }, { a: null }] as never, 'null in column "a" of row 1'],
    ["an empty text", [{ a: 1 }, { a: "" }] as never, '"" in column "a" of row 1'],
    ["a date", [{ a: new Date(0) }] as never, "an object (Date) in column"],
    ["a row that is none", [{ a: 1 }, null] as never, "(row 1)"],
    ["a big integer", { a: BigInt64Array.of(1n) } as never, "got 1n in column"],
  ])("are an error that says where: %s", (_, series, message) => {
    expect(() => data.windows(series, { inputSteps: 1, testFrom: 2 })).toThrow(message);
  });
});

describe("columns may have any name", () => {
  it.each(["data", "shape", "dtype", "length", "constructor", "__proto__"])("%s", (name) => {
    const rows = Array.from({ length: 8 }, (_, t) =>
      Object.fromEntries([
        [name, t],
        ["b", 2 * t],
      ]),
    );
    const columns = Object.fromEntries([
      [name, count(8)],
      ["b", count(8).map((t) => 2 * t)],
    ]);
    for (const series of [rows, columns] as data.SeriesLike[]) {
      const { mean, targetColumns } = data.windows(series, { inputSteps: 1, testFrom: 5, targetColumns: ["b"] });
      expect([[...mean], targetColumns]).toEqual([[2, 4], [1]]);
    }
  });

  it("also both parts of a tensor's", () => {
    const columns = { data: count(8), shape: count(8).map((t) => 2 * t) };
    expect([...data.windows(columns, { inputSteps: 1, testFrom: 5 }).mean]).toEqual([2, 4]);
    const rows = columns.data.map((t) => ({ data: t, shape: 2 * t }));
    expect([...data.windows(rows, { inputSteps: 1, testFrom: 5 }).mean]).toEqual([2, 4]);
    const plain = { data: Float32Array.from(count(16)), shape: [8, 2] };
    expect([...data.windows(plain, { inputSteps: 1, testFrom: 5 }).mean]).toEqual([4, 5]);
  });
});

it("more samples than memory has are an error beforehand, not one of the runtime", () => {
  const long = new Float32Array(300_000);
  expect(() => data.windows(long, { inputSteps: 20_000 })).toThrow(
    "220000 samples of 20000 + 1 rows are too many for training. Give a larger stride.",
  );
  expect(() => data.windows(long, { inputSteps: 10, targetSteps: 20_000 })).toThrow("too many");
  expect(data.windows(long, { inputSteps: 20_000, stride: 5000 }).train.size).toBe(44);
});

it("predictions come back in the units of their columns, in whatever shape they are", () => {
  const series = Array.from({ length: 50 }, (_, t) => ({ a: t, b: 1000 - 3 * t, c: t % 2 }));
  const { mean, deviation, toUnits } = data.windows(series, { inputSteps: 2, targetColumns: ["c", "b"], testFrom: 40 });
  const made = toUnits(tensor([0, 0, 1, -2], [1, 2, 2]));
  const expected = [mean[2], mean[1], mean[2] + deviation[2], mean[1] - 2 * deviation[1]];
  expect(made.shape).toEqual([1, 2, 2]);
  made.data.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 4);
  });
  expect(() => toUnits([1, 2, 3])).toThrow("toUnits expects [..., 2], got [3]");
});
