import { binaryExamples, defineBinaryOp } from "./binary";

/**
 * The sum of two tensors: the other half of every residual connection.
 *
 *     y = a + b        da = dy        db = dy
 */
export const add = defineBinaryOp({
  name: "add",
  range: ([a, b]) => [a[0] + b[0], a[1] + b[1]],
  value: (a, b) => a + b,
  slopes: { a: () => 1, b: () => 1 },
});

export const examples = binaryExamples(add, 0);
