import { defineOp, type Example, type Examples, type Op, type ReadableOp } from "../op";

/** 1e-7, Keras's backend epsilon: what keeps logarithms and quotients of the losses finite. */
export const EPSILON = 1e-7;

/** x limited to low … high. A NaN stays NaN. */
export function clip(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}

/** Whether `clip` would replace x, and so pass no gradient. NaN is not replaced. */
export function isClipped(x: number, low: number, high: number): boolean {
  return x < low || x > high;
}

/** A loss made of one term for each pair of a prediction and its target. */
interface Pairwise<Option extends string> {
  name: string;
  /** Keras takes the mean over the last axis, except for divergences, which are sums. */
  over?: "mean" | "sum";
  option?: Option;
  /** Floating-point operations of a term. */
  flops?: number;
  term(x: number, target: number, option: number): number;
  /** The derivative of the term by x. */
  slope(x: number, target: number, option: number): number;
}

/**
 * The operation of such a loss:
 *
 *     y_i = 1/columns · Σ_j term(x_ij, target_ij)        x, target [rows, columns]   y [rows]
 *     dx_ij = dy_i · 1/columns · slope(x_ij, target_ij)
 */
export function pairwiseLoss<const Option extends string = never>(loss: Pairwise<Option>): ReadableOp {
  const { name, over = "mean", option, flops = 3, term, slope } = loss;
  return defineOp({
    name,
    inputs: ["x"],
    outputs: ["y"],
    tensors: ["target"],
    counts: ["rows", "columns"],
    numbers: option ? [option] : [],
    saves: ["x"],
    flops: ({ rows, columns }) => flops * rows * columns,

    forward({ heap }, row) {
      const { x, y, target, rows, columns } = row;
      const value = option ? row[option] : 0;
      const scale = over === "mean" ? 1 / columns : 1;
      for (let i = 0; i < rows; i++) {
        let sum = 0;
        for (let k = i * columns; k < (i + 1) * columns; k++) sum += term(heap[x + k], heap[target + k], value);
        heap[y + i] = scale * sum;
      }
    },

    backward({ heap }, row) {
      const { x, dx, addDx, dy, target, rows, columns } = row;
      const value = option ? row[option] : 0;
      const scale = over === "mean" ? 1 / columns : 1;
      for (let i = 0; i < rows; i++) {
        const factor = scale * heap[dy + i];
        for (let k = i * columns; k < (i + 1) * columns; k++) {
          heap[dx + k] = (addDx ? heap[dx + k] : 0) + factor * slope(heap[x + k], heap[target + k], value);
        }
      }
    },
  });
}

/** Contents of a field, see `Example.fill`. */
type Fill = (uniform: number, index: number) => number;

/** Uniform between two numbers. */
export const between =
  (from: number, to: number): Fill =>
  (uniform) =>
    from + uniform * (to - from);

/** Examples of a loss whose target is as large as its input: one column, one row, tails, and a row worth timing. */
export function lossExamples(
  op: Op,
  tolerance: number,
  { x, target, numbers }: { x: Fill; target: Fill; numbers?: Record<string, number> },
): Examples {
  const example = (rows: number, columns: number): Example => ({
    shapes: { x: [rows, columns], target: [rows, columns], y: [rows] },
    counts: { rows, columns },
    numbers,
    fill: { x, target },
  });
  return {
    op,
    tolerance,
    sizes: (n) => [example(n, 1), example(3, n), example(n, 10), example(1, n)],
    bench: example(128, 10),
  };
}
