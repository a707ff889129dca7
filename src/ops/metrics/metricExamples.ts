import type { Example, Examples, Op } from "../op";

type Fill = (uniform: number, index: number) => number;

interface Form {
  counts?: Record<string, number>;
  numbers?: Record<string, number>;
  /** Float64 sums of the operation, for so many columns. */
  sums: (columns: number) => number;
  /** Contents of the target; `sparse` in counts makes it one label a row. */
  target?: (columns: number) => Fill;
  x?: Fill;
  tolerance?: number;
  /** Whether rows may have weights; "always" where they must. */
  weights?: true | "always";
}

/** Weights of rows: some 0, some 1, some between. */
export const rowWeights: Fill = (uniform, index) => (index % 3 === 0 ? Math.round(uniform) : 2 * uniform);

/** −1, 0 or 1: no, no, yes. */
export const signs = (): Fill => (uniform) => Math.floor(3 * uniform) - 1;
/** 0 … columns − 1. */
export const labels =
  (columns: number): Fill =>
  (uniform) =>
    Math.floor(uniform * columns);
/** Predicted probabilities. */
export const probabilities: Fill = (uniform) => uniform;

/** Examples of a metric of predictions `[rows, columns]`, with few and with many rows and columns. */
export function metricExamples(
  op: Op,
  { counts, numbers, sums, target, x, tolerance = 1e-6, weights }: Form,
): Examples {
  const example = (rows: number, columns: number, rowsPerWeight = weights === "always" ? 1 : 0): Example => ({
    shapes: {
      x: [rows, columns],
      target: counts?.sparse ? [rows] : [rows, columns],
      ...(rowsPerWeight && { weight: [rows / rowsPerWeight] }),
    },
    sizes: { sums: sums(columns) },
    counts: { rows, columns, ...counts, ...(weights && { rowsPerWeight: rowsPerWeight || 1 }) },
    numbers,
    fill: { ...(target && { target: target(columns) }), ...(x && { x }), weight: rowWeights, sums: () => 0 },
  });
  const weighted = (n: number) => (weights ? [example(n, 3, 1), example(4 * n, 10, 4), example(6, n, 2)] : []);
  const sizes = (n: number) => [example(n, 10), example(n, 1), example(7, n), ...weighted(n)];
  return { op, tolerance, sizes, bench: example(128, 10) };
}
