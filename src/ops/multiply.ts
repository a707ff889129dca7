import { binaryExamples, defineBinaryOp } from "./binary";

/**
 * The product of two tensors, element by element.
 *
 *     y = a·b        da = b·dy        db = a·dy
 */
export const multiply = defineBinaryOp({
  name: "multiply",
  saves: ["a", "b"],
  value: (a, b) => a * b,
  slopes: { a: (_, b) => b, b: (a) => a },
});

export const examples = binaryExamples(multiply, 0);
