import { defineOp, type Example, type Examples } from "./op";
import { keepsRange } from "./range";

/**
 * The numbers of each row in order, from the smallest or, with `descending` 1, from the largest; of them the first
 * `columnsKept`. Equals stay in their order, 0 and −0 are equal, NaN comes last.
 *
 *     y[i, j] = x[i, places[i, j]]        dx[i, places[i, j]] = dy[i, j], 0 elsewhere
 *     x [rows, columns]   y, places (int32) [rows, columnsKept]
 */
export const sortRows = defineOp({
  name: "sortRows",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  tensors: ["workspace"],
  integers: ["places"],
  results: ["places"],
  counts: ["rows", "columns", "descending", "columnsKept"],
  // Keys and places, twice, and how many there are of each byte.
  workspace: ({ columns }) => 4 * columns + 256,

  forward({ heap, integers }, { x, y, places, rows, columns, descending, columnsKept }) {
    for (let i = 0; i < rows; i++) {
      const row = heap.subarray(x + i * columns, x + (i + 1) * columns);
      const order = Array.from(row, (_, j) => j).sort((a, b) => compare(row[a], row[b], descending));
      for (let j = 0; j < columnsKept; j++) {
        heap[y + i * columnsKept + j] = row[order[j]];
        integers[places + i * columnsKept + j] = order[j];
      }
    }
  },

  backward({ heap, integers }, { dx, addDx, dy, places, rows, columns, columnsKept }) {
    if (!addDx) heap.fill(0, dx, dx + rows * columns);
    for (let k = 0; k < rows * columnsKept; k++) {
      heap[dx + Math.floor(k / columnsKept) * columns + integers[places + k]] += heap[dy + k];
    }
  },
});

/** Below 0 where a comes before b: the order of a stable sort. */
function compare(a: number, b: number, descending: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a === b) return 0;
  return a < b === (descending === 0) ? -1 : 1;
}

/** Different numbers: where two change places, a difference quotient is no derivative. */
function example(rows: number, columns: number, columnsKept: number, descending: number): Example {
  return {
    shapes: { x: [rows, columns], y: [rows, columnsKept] },
    sizes: { places: rows * columnsKept },
    counts: { rows, columns, descending, columnsKept },
    fill: { x: (_, index) => 2 * ((index * 0.6180339887498949) % 1) - 1 },
  };
}

export const examples: Examples = {
  op: sortRows,
  tolerance: 0,
  // NaN comes last, where it may not be kept.
  hidesNaN: true,
  sizes: (n) => [
    example(n, 3, 3, 0),
    example(2, n, n, 1),
    example(1, 11 * n, 11 * n, 0),
    example(2, 11 * n, Math.min(5, n), 1),
    example(1, 13 * n, 12 * n, 1),
  ],
  bench: example(64, 1000, 1000, 0),
};
