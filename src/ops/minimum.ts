import { binaryExamples, defineBinaryOp } from "./binary";

/**
 * The smaller of two numbers, element by element. Where they are equal the gradient is that of the first.
 *
 *     y = min(a, b)        da = a ≤ b ? dy : 0        db = a ≤ b ? 0 : dy
 */
export const minimum = defineBinaryOp({
  name: "minimum",
  range: ([a, b]) => [Math.min(a[0], b[0]), Math.min(a[1], b[1])],
  saves: ["a", "b"],
  value: (a, b) => Math.min(a, b),
  slopes: { a: (a, b) => (a <= b ? 1 : 0), b: (a, b) => (a <= b ? 0 : 1) },
});

export const examples = binaryExamples(minimum, 0);
