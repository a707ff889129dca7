import { expect, test } from "vitest";
import { isBetter } from "../../src/cli/train/learn";

test("of networks for classes the one with more right answers is chosen, then, as for quantities, the one with the smaller loss", () => {
  expect(isBetter({ accuracy: 0.8, loss: 0.6 }, { accuracy: 0.78, loss: 0.5 })).toBe(true);
  expect(isBetter({ accuracy: 0.78, loss: 0.5 }, { accuracy: 0.8, loss: 0.6 })).toBe(false);
  expect(isBetter({ accuracy: 0.8, loss: 0.5 }, { accuracy: 0.8, loss: 0.6 })).toBe(true);
  expect(isBetter({ accuracy: 0, loss: 0.7 }, { accuracy: 0, loss: 0.6 })).toBe(false);
  // The first of two that are alike stays.
  expect(isBetter({ accuracy: 0.8, loss: 0.5 }, { accuracy: 0.8, loss: 0.5 })).toBe(false);
});
