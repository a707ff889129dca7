import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isIn, readBaseline, showBaseline } from "../../bench/baseline";

const file = new URL("../../bench/baseline.json", import.meta.url);

test("a baseline that did not change is written as it stands in the file", () => {
  expect(showBaseline(readBaseline()!)).toBe(readFileSync(file, "utf8"));
});

test("numbers that small are written with an exponent", () => {
  const ratios = { "models: line, strict": 0.000025, "gemm: NN 1×2×3, strict": 0.00025 };
  const text = showBaseline({ ...readBaseline()!, ratios });
  expect(text).toContain('"models: line, strict": 2.5e-5,');
  expect(text).toContain('"gemm: NN 1×2×3, strict": 0.00025\n');
});

test("an item is in a baseline by its whole name", () => {
  const baseline = { ...readBaseline()!, ratios: { "models: line, many steps, strict": 1 } };
  expect(isIn(baseline, { kind: "models", name: "line, many steps" })).toBe(true);
  expect(isIn(baseline, { kind: "models", name: "line" })).toBe(false);
  expect(isIn(baseline, { kind: "ops", name: "line, many steps" })).toBe(false);
});
