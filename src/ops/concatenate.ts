import { defineOp, type Example, type Examples } from "./op";
import { keepsRange } from "./range";

/**
 * Two tensors one after the other along an axis: as matrices, whose rows are what stands before that axis, side by side.
 *
 *     y_i = [a_i, b_i]        da_i, db_i = the two parts of dy_i
 *     a [rows, columnsOfA]   b [rows, columnsOfB]   y [rows, columnsOfA + columnsOfB]
 */
export const concatenate = defineOp({
  name: "concatenate",
  inputs: ["a", "b"],
  outputs: ["y"],
  range: keepsRange,
  counts: ["rows", "columnsOfA", "columnsOfB"],

  forward({ heap }, { a, b, y, rows, columnsOfA, columnsOfB }) {
    for (let i = 0; i < rows; i++) {
      const target = y + i * (columnsOfA + columnsOfB);
      for (let j = 0; j < columnsOfA; j++) heap[target + j] = heap[a + i * columnsOfA + j];
      for (let j = 0; j < columnsOfB; j++) heap[target + columnsOfA + j] = heap[b + i * columnsOfB + j];
    }
  },

  backward({ heap }, { da, addDa, db, addDb, dy, rows, columnsOfA, columnsOfB }) {
    for (let i = 0; i < rows; i++) {
      const source = dy + i * (columnsOfA + columnsOfB);
      for (let j = i * columnsOfA, k = source; da && k < source + columnsOfA; j++, k++) {
        heap[da + j] = (addDa ? heap[da + j] : 0) + heap[k];
      }
      for (let j = i * columnsOfB, k = source + columnsOfA; db && j < (i + 1) * columnsOfB; j++, k++) {
        heap[db + j] = (addDb ? heap[db + j] : 0) + heap[k];
      }
    }
  },
});

function example(rows: number, columnsOfA: number, columnsOfB: number): Example {
  return {
    shapes: { a: [rows, columnsOfA], b: [rows, columnsOfB], y: [rows, columnsOfA + columnsOfB] },
    counts: { rows, columnsOfA, columnsOfB },
  };
}

export const examples: Examples = {
  op: concatenate,
  tolerance: 0,
  sizes: (n) => [example(3, n, 5), example(5, 2, n), example(n, 4, 1), example(1, n, n)],
  bench: example(128, 256, 256),
};
