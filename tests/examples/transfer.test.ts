import { expect, it } from "vitest";
import { loadDataset } from "../../examples/datasets";
import { transfer } from "../../examples/transfer/transfer";
import { firstExamples } from "./firstExamples";

it("learns 5 to 9 by what 0 to 4 have taught, and computes no gradient of the rest", async () => {
  const { train, test } = await loadDataset("mnist");
  const { low, high, anew, before, after } = await transfer(firstExamples(train, 4000), firstExamples(test, 2000), 2);
  // Guessing would be right for a fifth of them.
  expect(low.accuracy).toBeGreaterThan(0.93);
  expect(high.accuracy).toBeGreaterThan(0.85);
  for (const [name, weight] of Object.entries(before)) expect(after[`features/${name}`]).toEqual(weight);
  // Multiplications of a sample, forward; backward they are as many for each of the two gradients.
  const [first, second, dense] = [26 * 26 * 16 * 9, 11 * 11 * 32 * 9 * 16, 800 * 128 + 128 * 5];
  const expected = (first + second + 3 * dense - 800 * 128) / (2 * first + 3 * second + 3 * dense);
  expect(high.flops / anew.flops).toBeCloseTo(expected, 1);
});
