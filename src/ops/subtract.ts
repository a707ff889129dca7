import { binaryExamples, defineBinaryOp } from "./binary";

/**
 * The difference of two tensors.
 *
 *     y = a − b        da = dy        db = −dy
 */
export const subtract = defineBinaryOp({
  name: "subtract",
  range: ([a, b]) => [a[0] - b[1], a[1] - b[0]],
  value: (a, b) => a - b,
  slopes: { a: () => 1, b: () => -1 },
});

export const examples = binaryExamples(subtract, 0);
