import { defineOp, type Example, type Examples } from "./op";
import { keepsRange } from "./range";

/** The most axes of a tensor that `permute` can reorder, the batch included. */
export const PERMUTE_RANK = 5;

/**
 * The same numbers with axes in another order.
 *
 *     y[i0, …, i4] = x[i0·stride0 + … + i4·stride4]        dx = dy, back where each came from
 *
 * `size` are the lengths of y's axes, where those that it lacks, behind the first, are 1; `stride` says how far apart neighbours along each stand in x. Axis 0
 * is the batch.
 */
export const permute = defineOp({
  name: "permute",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  counts: ["size0", "size1", "size2", "size3", "size4", "stride0", "stride1", "stride2", "stride3", "stride4"],

  forward({ heap }, { x, y, ...order }) {
    forEachElement(order, (source, target) => {
      heap[y + target] = heap[x + source];
    });
  },

  backward({ heap }, { dx, addDx, dy, ...order }) {
    forEachElement(order, (source, target) => {
      heap[dx + source] = (addDx ? heap[dx + source] : 0) + heap[dy + target];
    });
  },
});

type Order = Readonly<Record<`${"size" | "stride"}${0 | 1 | 2 | 3 | 4}`, number>>;

/** Every index into y, in order, with the one into x that belongs to it. */
function forEachElement(order: Order, visit: (source: number, target: number) => void): void {
  const { size0, size1, size2, size3, size4, stride0, stride1, stride2, stride3, stride4 } = order;
  let target = 0;
  for (let i0 = 0; i0 < size0; i0++) {
    for (let i1 = 0; i1 < size1; i1++) {
      for (let i2 = 0; i2 < size2; i2++) {
        for (let i3 = 0; i3 < size3; i3++) {
          for (let i4 = 0; i4 < size4; i4++) {
            visit(i0 * stride0 + i1 * stride1 + i2 * stride2 + i3 * stride3 + i4 * stride4, target++);
          }
        }
      }
    }
  }
}

/** The counts of a row that reorders the axes of a shape, both with the batch: axis i of y is axis order[i] of x. */
export function permuteCounts(shape: readonly number[], order: readonly number[]): Record<string, number> {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  const missing = PERMUTE_RANK - order.length;
  const counts: Record<string, number> = {};
  for (let i = 0; i < PERMUTE_RANK; i++) {
    const axis = i === 0 ? 0 : i <= missing ? undefined : order[i - missing];
    counts[`size${i}`] = axis === undefined ? 1 : shape[axis];
    counts[`stride${i}`] = axis === undefined ? 0 : strides[axis];
  }
  return counts;
}

function example(shape: number[], order: number[]): Example {
  return { shapes: { x: shape, y: order.map((axis) => shape[axis]) }, counts: permuteCounts(shape, order) };
}

export const examples: Examples = {
  op: permute,
  tolerance: 0,
  sizes: (n) => [
    example([3, n, 5], [0, 2, 1]),
    example([2, n, 13], [0, 2, 1]),
    example([2, 3, n, 2], [0, 3, 1, 2]),
    example([2, 3, 2, n], [0, 2, 1, 3]),
    example([1, 2, n, 3, 2], [0, 4, 3, 2, 1]),
    example([n, 4], [0, 1]),
  ],
  bench: example([128, 28, 28], [0, 2, 1]),
};
