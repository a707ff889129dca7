import type { Example, Examples, Op } from "./op";

/** Shapes around an axis: everything before it is `outer`, everything behind it is `inner`. */
interface AxisOptions {
  readonly counts?: Readonly<Record<string, number>>;
  readonly numbers?: Readonly<Record<string, number>>;
  /** What x holds. */
  readonly fill?: (uniform: number, index: number) => number;
  /** The field that holds int32 results [outer, inner]. */
  readonly places?: string;
  /** Whether y is as long as x: [outer, length, inner]. */
  readonly keepsLength?: boolean;
}

/** One example of an operation of x [outer, length, inner]. */
export function axisExample(op: Op, outer: number, length: number, inner: number, options: AxisOptions = {}): Example {
  const { counts = {}, numbers = {}, fill, places, keepsLength = false } = options;
  const y = keepsLength ? [outer, length, inner] : [outer, inner];
  return {
    shapes: { x: [outer, length, inner], ...(op.outputs.length > 0 && { y }) },
    counts: { outer, length, inner, ...counts },
    numbers,
    sizes: places ? { [places]: outer * inner } : {},
    fill: fill ? { x: fill } : undefined,
  };
}

/** Examples with the axis first, last and in the middle, shorter and longer than a block of the sums. */
export function axisExamples(
  op: Op,
  options: AxisOptions & Pick<Examples, "tolerance" | "gradientTolerance">,
): Examples {
  const { tolerance, gradientTolerance, ...others } = options;
  const example = (outer: number, length: number, inner: number) => axisExample(op, outer, length, inner, others);
  return {
    op,
    tolerance,
    gradientTolerance,
    hidesNaN: op.outputs.length === 0,
    sizes: (n) => [
      example(3, n, 1),
      example(1, n, 5),
      example(2, n, 3),
      example(n, 3, 4),
      example(2, 5, n),
      example(1, 11, 7 * n),
      example(2, 17 * n, 1),
      example(1, 7 * n, 18),
    ],
    bench: example(128, 32, 64),
  };
}

/** Calls back for every line along the axis: the index of its first number in [outer, length, inner] and of its result in [outer, inner]. */
export function forEachLine(
  outer: number,
  length: number,
  inner: number,
  visit: (first: number, result: number) => void,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) visit(o * length * inner + i, o * inner + i);
  }
}
