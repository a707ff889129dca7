import { binaryExamples, defineBinaryOp } from "./binary";

/**
 * The larger of two numbers, element by element. Where they are equal the gradient is that of the first.
 *
 *     y = max(a, b)        da = a ≥ b ? dy : 0        db = a ≥ b ? 0 : dy
 */
export const maximum = defineBinaryOp({
  name: "maximum",
  range: ([a, b]) => [Math.max(a[0], b[0]), Math.max(a[1], b[1])],
  saves: ["a", "b"],
  value: (a, b) => Math.max(a, b),
  slopes: { a: (a, b) => (a >= b ? 1 : 0), b: (a, b) => (a >= b ? 0 : 1) },
});

export const examples = binaryExamples(maximum, 0);
