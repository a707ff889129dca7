// How good answers are, worked out by hand.
import { expect, test } from "vitest";
import { judge, type QuantityJudgement } from "../../src/cli/judge";
import { fileSize } from "../../src/cli/numbers";
import { knownRows, canPutAside, splitRules } from "../../src/cli/train/putAside";
import { planFor } from "../../src/cli/train/plan";
import { data, pipeline } from "../../src/index";

test("classes: the share that is right, and that of the most frequent class of training", async () => {
  const known = await data.table(
    [
      { x: 1, y: "a" },
      { x: 2, y: "a" },
      { x: 3, y: "b" },
      { x: 4, y: "a" },
      { x: 5, y: "b" },
    ],
    { target: "y" },
  );
  const steps = await pipeline(known);
  const rows = await data.table(
    [
      { x: 1, y: "a" },
      { x: 2, y: "b" },
      { x: 3, y: "b" },
      { x: 4, y: "b" },
      { x: 4, y: "c" },
    ],
    { target: "y" },
  );
  const answers = ["a", "b", "a", "b", "a"].map((value) => ({ y: { value } }));
  expect(judge(steps, rows, answers, known)).toEqual([
    {
      target: "y",
      rows: 5,
      accuracy: 3 / 5,
      trivialAccuracy: 1 / 5,
      trivial: "a",
      classes: [
        { name: "b", rows: 3, right: 2 },
        { name: "a", rows: 1, right: 1 },
        { name: "c", rows: 1, right: 0 },
      ],
    },
  ]);
  // "c" was not among the classes of training: it is judged, but nothing can be learnt or stopped by it.
  expect(knownRows(rows, steps).rowCount).toBe(4);
});

test("quantities: R² and errors in units, beside the mean of training", async () => {
  const table = (ys: number[]) =>
    data.table(
      ys.map((y, i) => ({ x: i, y: `${y} kg` })),
      { target: "y" },
    );
  const [known, rows] = [await table([2, 4, 9]), await table([1, 3, 8])];
  const steps = await pipeline(known);
  const answers = [2, 3, 6].map((value) => ({ y: { value, unit: "kg" } }));
  // Around the mean 4 the squares are 9, 1 and 16; the errors are 1, 0 and 2; the mean of training is 5.
  const [judged] = judge(steps, rows, answers, known);
  expect(judged).toMatchObject({
    target: "y",
    rows: 3,
    unit: "kg",
    meanAbsoluteError: 1,
    trivial: 5,
    trivialMeanAbsoluteError: 3,
  });
  const { r2, rootMeanSquaredError, trivialR2 } = judged as QuantityJudgement;
  expect(r2).toBeCloseTo(1 - 5 / 26, 12);
  expect(rootMeanSquaredError).toBeCloseTo(Math.sqrt(5 / 3), 12);
  expect(trivialR2).toBeCloseTo(1 - (16 + 4 + 9) / 26, 12);
});

test("rows are put aside where the others still say what is to be learnt", async () => {
  const table = (ys: readonly unknown[]) =>
    data.table(
      ys.map((y, i) => ({ x: i, y })),
      { target: "y" },
    );
  const halves = await table(Array.from({ length: 30 }, (_, i) => (i % 2 ? "a" : "b")));
  expect(canPutAside(halves, {}, 0.2)).toBe(true);
  expect(splitRules(halves, {})).toEqual({ stratify: "y" });
  const alone = await table(Array.from({ length: 30 }, (_, i) => (i > 0 ? "a" : "b")));
  expect(canPutAside(alone, {}, 0.2)).toBe(false);
  expect(canPutAside(halves.rows(0, 12), {}, 0.2)).toBe(false);
  const numbers = await table(Array.from({ length: 30 }, (_, i) => i / 7));
  expect(splitRules(numbers, {})).toEqual({});
  const codes = await table(Array.from({ length: 30 }, (_, i) => i % 3));
  expect(splitRules(codes, {})).toEqual({});
  expect(splitRules(codes, { columns: new Map([["y", { task: "classification" as const }]]) })).toEqual({
    stratify: "y",
  });
});

test("plans: few rows are cut into folds, many are not; what is set, is as it was set", () => {
  expect(planFor({ rowCount: 100 }, {})).toMatchObject({ folds: 5, batchSize: 16 });
  expect(planFor({ rowCount: 3 }, {}).folds).toBe(3);
  expect(planFor({ rowCount: 50_000 }, {})).toMatchObject({ folds: 1, batchSize: 256, validation: 0.1 });
  const { recipes, epochs } = planFor({ rowCount: 100 }, { hidden: [7, 5], epochs: 3 });
  expect(epochs).toBe(3);
  for (const { hidden } of recipes) expect(hidden).toEqual([7, 5]);
});

test("sizes of files: bytes below 1000, then one digit behind the point", () => {
  expect([0, 999, 1000, 2345, 1_500_000, 2_000_000_000].map(fileSize)).toEqual([
    ...["0 B", "999 B", "1.0 kB", "2.3 kB"],
    ...["1.5 MB", "2.0 GB"],
  ]);
});
