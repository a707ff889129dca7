import { binaryExamples, defineBinaryOp } from "./binary";

/**
 * The product of two tensors, element by element.
 *
 *     y = a·b        da = b·dy        db = a·dy
 */
export const multiply = defineBinaryOp({
  name: "multiply",
  range: ([a, b]) => {
    // 0·∞ is a bound of 0 times numbers that are all finite.
    const products = a.flatMap((x) => b.map((y) => x * y || 0));
    return [Math.min(...products), Math.max(...products)];
  },
  saves: ["a", "b"],
  value: (a, b) => a * b,
  slopes: { a: (_, b) => b, b: (a) => a },
});

export const examples = binaryExamples(multiply, 0);
