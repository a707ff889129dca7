import { expect, test } from "vitest";
import { isLeftOut, measure, medianRatio } from "../../bench/measure";

test("ratios are those of the rounds that both have", () => {
  expect(medianRatio([10, 20, 30], [1, 2, 3, 100, 100])).toBe(10);
  expect(medianRatio([1, 2, 3, 100, 100], [10, 20, 30])).toBe(0.1);
});

test("what takes more than five turns is left out after three rounds", () => {
  const effort = { turnMilliseconds: 10 };
  expect(isLeftOut([60e6, 60e6], effort)).toBe(false);
  expect(isLeftOut([60e6, 60e6, 60e6], effort)).toBe(true);
  expect(isLeftOut([40e6, 40e6, 60e6], effort)).toBe(false);
});

test("a slow contender has three rounds, the one beside it all of them", async () => {
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const contenders = [
    { name: "slow", isAsync: true, run: (times: number) => wait(40 * times) },
    { name: "fast", run: (times: number) => Array.from({ length: 10 * times }, Math.sqrt) },
  ];
  const timings = await measure(contenders, { rounds: 5, turnMilliseconds: 2, warmUpMilliseconds: 1 });
  expect(timings.map(({ name, rounds }) => [name, rounds.length])).toEqual([
    ["slow", 3],
    ["fast", 5],
  ]);
});
