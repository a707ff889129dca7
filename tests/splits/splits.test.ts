import { beforeAll, describe, expect, test } from "vitest";
import { data } from "../../src/index";
import type { Table } from "../../src/table/table";

/** 103 rows: 60 of a, 33 of b, 10 of c; 17 houses; three rows a day. */
let table: Table;
beforeAll(async () => {
  const rows = Array.from({ length: 103 }, (_, i) => ({
    id: i,
    size: (i * 37) % 101,
    house: `house ${(i * 5) % 17}`,
    day: new Date(Date.UTC(2020, 0, 1 + Math.floor(((i * 10) % 103) / 3))),
    kind: i % 10 === 9 ? "c" : i % 3 === 1 ? "b" : "a",
  }));
  table = await data.table(rows, { target: "kind" });
});

/** It tells rows apart: a column of texts. */
const ids = (part: Table) => [...part.column("id")].map(Number);
const shareOf = (part: Table, word: string) =>
  [...part.column("kind")].filter((kind) => kind === word).length / part.rowCount;

describe("trainTest", () => {
  test("has each row once, in the order of the table", () => {
    const { train, test } = data.trainTest(table, { test: 0.3, seed: 4 });
    expect([train.rowCount, test.rowCount]).toEqual([72, 31]);
    expect(ids(train)).toEqual(ids(train).toSorted((a, b) => a - b));
    expect([...ids(train), ...ids(test)].sort((a, b) => a - b)).toEqual(Array.from({ length: 103 }, (_, i) => i));
  });

  test("keeps the shares of classes, and with stratify: false it need not", () => {
    for (const seed of [0, 1, 2, 3]) {
      const { test } = data.trainTest(table, { test: 0.25, seed });
      for (const word of ["a", "b", "c"])
        expect(Math.abs(shareOf(test, word) - shareOf(table, word))).toBeLessThan(1 / 25);
    }
    const counts = Array.from({ length: 8 }, (_, seed) =>
      shareOf(data.trainTest(table, { seed, stratify: false }).test, "b"),
    );
    expect(new Set(counts).size).toBeGreaterThan(2);
  });

  test("is the same for the same seed, and another for another", () => {
    const of = (seed: number) => ids(data.trainTest(table, { seed }).test);
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });

  test("by time: what is tested is later than what is learnt", () => {
    const { train, test } = data.trainTest(table, { test: 0.2, time: "day" });
    const last = Math.max(...[...train.column("day")].map(Number));
    const first = Math.min(...[...test.column("day")].map(Number));
    expect(first).toBeGreaterThan(last);
    expect(test.rowCount).toBeGreaterThan(15);
  });
});

describe("kFold", () => {
  test.each([2, 5, 7])("%i folds: each row is tested once, sizes differ by no more than a row a class", (folds) => {
    const parts = data.kFold(table, { folds, seed: 3 });
    expect(parts.flatMap(({ test }) => ids(test)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 103 }, (_, i) => i),
    );
    for (const { train, test } of parts) {
      expect(train.rowCount + test.rowCount).toBe(103);
      for (const word of ["a", "b", "c"]) {
        const count = shareOf(test, word) * test.rowCount;
        expect(Math.abs(count - (shareOf(table, word) * 103) / folds)).toBeLessThan(1);
      }
    }
    const sizes = parts.map(({ test }) => test.rowCount);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  test("groups stay together, and are spread over folds of about one size", () => {
    const parts = data.kFold(table, { folds: 4, groups: "house" });
    const houses = parts.map(({ test }) => new Set([...test.column("house")]));
    expect(houses.reduce((count, { size }) => count + size, 0)).toBe(17);
    for (const { test } of parts) expect(Math.abs(test.rowCount - 103 / 4)).toBeLessThan(7);
  });

  test("groups with shares of classes: closer to them than a fold of one class", () => {
    const parts = data.kFold(table, { folds: 3, groups: "house", stratify: true });
    for (const { test } of parts) expect(Math.abs(shareOf(test, "a") - shareOf(table, "a"))).toBeLessThan(0.15);
  });

  test("by time the windows grow, days stay together, and the first is never tested", () => {
    const parts = data.kFold(table, { folds: 3, time: "day" });
    expect(parts.map(({ train }) => train.rowCount)).toEqual(
      [...parts.map(({ train }) => train.rowCount)].sort((a, b) => a - b),
    );
    for (const { train, test } of parts) {
      const first = Math.min(...[...test.column("day")].map(Number));
      expect(Math.max(...[...train.column("day")].map(Number))).toBeLessThan(first);
    }
    expect(parts.reduce((count, { test }) => count + test.rowCount, parts[0].train.rowCount)).toBe(103);
  });
});

describe("groups of one class each", () => {
  test("no part stays empty, of folds and of a small share", async () => {
    for (const [groups, classes] of [
      [6, 2],
      [3, 3],
      [7, 2],
      [2, 2],
    ]) {
      const rows = Array.from({ length: 84 }, (_, i) => ({
        house: `h${i % groups}`,
        x: i,
        kind: `k${(i % groups) % classes}`,
      }));
      const table = await data.table(rows, { target: "kind" });
      for (const share of [0.05, 0.2, 0.5, 0.9]) {
        const { train, test: rest } = data.trainTest(table, {
          test: share,
          groups: "house",
          stratify: "kind",
          seed: 3,
        });
        expect(train.rowCount).toBeGreaterThan(0);
        expect(rest.rowCount).toBeGreaterThan(0);
        const learnt = new Set(train.column("house").toArray().map(String));
        expect(
          rest
            .column("house")
            .toArray()
            .some((house) => learnt.has(String(house))),
        ).toBe(false);
      }
      for (let folds = 2; folds <= groups; folds++) {
        const tested = data.kFold(table, { folds, groups: "house", stratify: "kind" }).flatMap(({ test: rest }) => {
          expect(rest.rowCount).toBeGreaterThan(0);
          return [...rest.column("x")];
        });
        expect(tested.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 84 }, (_, i) => i));
      }
    }
  });
});

describe("refuses", () => {
  // biome-ignore format: one case a line
  test.each<[string, () => unknown, RegExp]>([
    ["an unknown column", () => data.kFold(table, { groups: "hose" }), /hose.*house/],
    ["time beside groups", () => data.kFold(table, { time: "day", groups: "house" }), /time stands alone/],
    ["a time that is a word", () => data.trainTest(table, { time: "kind" }), /type category/],
    ["to stratify by quantities", () => data.trainTest(table, { stratify: "size" }), /holds quantities/],
    ["a share of 1", () => data.trainTest(table, { test: 1 }), /< 1/],
    ["one fold", () => data.kFold(table, { folds: 1 }), /folds/],
    ["more folds than groups", () => data.kFold(table, { folds: 18, groups: "house" }), /17 groups are too few for 18/],
    ["more folds than rows", () => data.kFold(table.rows(0, 3), { folds: 4 }), /3 rows are too few for 4/],
    ["an unknown option", () => data.trainTest(table, { tset: 0.2 } as never), /tset/],
    ["what is no table", () => data.trainTest([] as never), /expects a table/],
  ])("%s", (_name, work, message) => {
    expect(work).toThrow(message);
  });
});

test("the largest groups come first: small ones make up for them", async () => {
  // One group of six rows, six of one: two folds of six rows.
  const rows = Array.from({ length: 12 }, (_, i) => ({ size: i, house: i < 6 ? "large" : `small ${i}` }));
  const houses = await data.table(rows, { columns: { house: "category" } });
  for (const seed of [0, 1, 2]) {
    const folds = data.kFold(houses, { folds: 2, groups: "house", seed });
    expect(folds.map(({ test }) => test.rowCount)).toEqual([6, 6]);
  }
});
