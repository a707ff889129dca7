import { describe, expect, test } from "vitest";
import { compareScores, halvingRounds, survivorsOf } from "../../src/validation/halving";
import { gridOf, type ParameterRange, randomOf, readSpace } from "../../src/validation/space";

const grid = (space: object, most = 1000) => gridOf("search", readSpace("search", space), most);
const random = (space: object, trials: number, seed = 1) =>
  randomOf("search", readSpace("search", space), trials, seed);
const drawn = (range: ParameterRange, trials = 400) =>
  random({ value: range }, trials).map(({ value }) => value as number);

describe("a grid", () => {
  test("has every combination once, the last parameter changing first", () => {
    expect(grid({ a: [1, 2], b: ["x", "y", "z"] })).toEqual([
      { a: 1, b: "x" },
      { a: 1, b: "y" },
      { a: 1, b: "z" },
      { a: 2, b: "x" },
      { a: 2, b: "y" },
      { a: 2, b: "z" },
    ]);
  });

  test("takes steps and points of ranges, both ends included", () => {
    expect(grid({ a: { min: 0, max: 0.3, step: 0.1 } }).map(({ a }) => a)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(grid({ a: { min: 1, max: 6, step: 2 } }).map(({ a }) => a)).toEqual([1, 3, 5]);
    expect(grid({ a: { min: 2, max: 5, integer: true } }).map(({ a }) => a)).toEqual([2, 3, 4, 5]);
    const logs = grid({ a: { min: 0.001, max: 10, scale: "log", points: 5 } }).map(({ a }) => a as number);
    expect([logs[0], logs[4]]).toEqual([0.001, 10]);
    for (const [i, value] of [0.001, 0.01, 0.1, 1, 10].entries()) expect(logs[i]).toBeCloseTo(value, 12);
    expect(grid({ a: { min: 1, max: 100, scale: "log", integer: true, points: 3 } }).map(({ a }) => a)).toEqual([
      1, 10, 100,
    ]);
  });

  test("keeps names that objects have by themselves", () => {
    const [first] = grid(JSON.parse('{ "__proto__": [1], "constructor": [2] }'));
    expect(Object.entries(first)).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
  });
});

describe("random trials", () => {
  test("are the same for a seed, others for another, and the first ones stay when more follow", () => {
    const space = { a: { min: 0, max: 1 }, b: [1, 2, 3] };
    expect(random(space, 20, 5)).toEqual(random(space, 20, 5));
    expect(random(space, 20, 5)).not.toEqual(random(space, 20, 6));
    expect(random(space, 20, 5).slice(0, 7)).toEqual(random(space, 7, 5));
    const lists = { a: [1, 2, 3, 4, 5], b: [1, 2, 3, 4, 5] };
    expect(random(lists, 20, 5).slice(0, 7)).toEqual(random(lists, 7, 5));
  });

  // scikit-learn 3792 and 29794: the same parameters were tried several times; keras-tuner 237: trials behind the last combination.
  test("come once: all combinations when there are as many trials", () => {
    for (const space of [
      { a: [1, 2, 3], b: { min: 1, max: 4, integer: true } },
      { a: [1, 2, 3], b: { min: 0, max: 1.5, step: 0.5 } },
    ]) {
      const texts = random(space, 12).map((one) => JSON.stringify(one));
      expect(new Set(texts).size).toBe(12);
      expect(() => random(space, 13)).toThrow(/12 combinations, fewer than 13 trials/);
    }
    const logs = drawn({ min: 1, max: 8, scale: "log", integer: true }, 8);
    expect(logs.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(() => drawn({ min: 1, max: 8, scale: "log", integer: true }, 9)).toThrow(/only 8 different trials/);
  });

  test("lie in their range, half of them below its middle", () => {
    const linear = drawn({ min: -2, max: 6 });
    const logs = drawn({ min: 1e-4, max: 1, scale: "log" });
    for (const value of linear) expect(value >= -2 && value <= 6).toBe(true);
    for (const value of logs) expect(value >= 1e-4 && value <= 1).toBe(true);
    // 400 throws of a coin: 200 ± 4 deviations of 10.
    const below = (values: number[], middle: number) => values.filter((value) => value < middle).length;
    expect(Math.abs(below(linear, 2) - 200)).toBeLessThan(40);
    expect(Math.abs(below(logs, 1e-2) - 200)).toBeLessThan(40);
    // Points are what a grid takes of it.
    expect(new Set(drawn({ min: 0, max: 1, points: 3 })).size).toBe(400);
  });

  test("have each whole number alike, and by ratios with a log scale", () => {
    const counts = (scale: "linear" | "log") => {
      const values = random({ a: { min: 1, max: 4, scale, integer: true }, b: { min: 0, max: 1 } }, 4000).map(
        ({ a }) => a,
      );
      return [1, 2, 3, 4].map((value) => values.filter((one) => one === value).length / 4000);
    };
    for (const share of counts("linear")) expect(Math.abs(share - 0.25)).toBeLessThan(0.03);
    // log(1.5 / 0.5) : log(2.5 / 1.5) : log(3.5 / 2.5) : log(4.5 / 3.5), of log 9.
    for (const [i, share] of counts("log").entries()) {
      expect(Math.abs(share - [0.5, 0.2325, 0.1531, 0.1144][i])).toBeLessThan(0.03);
    }
  });
});

describe("successive halving", () => {
  test.each([
    [
      81,
      81,
      3,
      [
        [81, 1],
        [27, 3],
        [9, 9],
        [3, 27],
        [1, 81],
      ],
    ],
    [
      9,
      30,
      3,
      [
        [9, 3],
        [3, 10],
        [1, 30],
      ],
    ],
    [
      20,
      16,
      2,
      [
        [20, 1],
        [10, 2],
        [5, 4],
        [2, 8],
        [1, 16],
      ],
    ],
    [
      8,
      100,
      4,
      [
        [8, 25],
        [2, 100],
      ],
    ],
    [1, 7, 3, [[1, 7]]],
  ])("of %i trials, %i epochs, factor %i", (trials, epochs, factor, rounds) => {
    expect(halvingRounds("search", trials, epochs, factor).map((one) => [one.trials, one.epochs])).toEqual(rounds);
  });

  const rows = [0.3, null, 0.1, 0.3, 0.2, 0.1, null].map((score, trial) => ({ trial, score }));

  test("of equal scores the earlier goes on, and what has failed never", () => {
    const of = (count: number, better: "min" | "max") => survivorsOf(rows, count, better).map(({ trial }) => trial);
    expect(of(1, "min")).toEqual([2]);
    expect(of(3, "min")).toEqual([2, 4, 5]);
    expect(of(1, "max")).toEqual([0]);
    expect(of(3, "max")).toEqual([0, 3, 4]);
    expect(of(7, "max")).toEqual([0, 2, 3, 4, 5]);
    expect(rows.toSorted(compareScores("max")).map(({ trial }) => trial)).toEqual([0, 3, 4, 2, 5, 1, 6]);
  });
});
