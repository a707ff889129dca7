import { defineOp, type Example, type Examples } from "./op";
import { ANY } from "./range";

/**
 * Turns pairs of numbers by angles that grow with their position (Su et al. 2021). Number j of the first half of a head is paired
 * with number j of the second half.
 *
 *     y_j = c·x_j − s·x_(j + half)        y_(j + half) = c·x_(j + half) + s·x_j        c, s: cosine and sine at (position, j)
 *     dx_j = c·dy_j + s·dy_(j + half)     dx_(j + half) = c·dy_(j + half) − s·dy_j
 *
 *     x, y [batch, positions, heads, 2·half]   table [2, positions, half]: all c, then all s
 */
export const rotary = defineOp({
  name: "rotary",
  inputs: ["x"],
  outputs: ["y"],
  range: ANY,
  tensors: ["table"],
  counts: ["batch", "positions", "heads", "half"],
  flops: ({ batch, positions, heads, half }) => 6 * batch * positions * heads * half,

  forward({ heap }, { x, y, table, ...sizes }) {
    forEachPair(sizes, (low, high, c, s) => {
      const [cosine, sine] = [heap[table + c], heap[table + s]];
      const [first, second] = [heap[x + low], heap[x + high]];
      heap[y + low] = cosine * first - sine * second;
      heap[y + high] = cosine * second + sine * first;
    });
  },

  backward({ heap }, { dx, addDx, dy, table, ...sizes }) {
    forEachPair(sizes, (low, high, c, s) => {
      const [cosine, sine] = [heap[table + c], heap[table + s]];
      const [first, second] = [heap[dy + low], heap[dy + high]];
      heap[dx + low] = (addDx ? heap[dx + low] : 0) + cosine * first + sine * second;
      heap[dx + high] = (addDx ? heap[dx + high] : 0) + cosine * second - sine * first;
    });
  },
});

type Sizes = Readonly<Record<"batch" | "positions" | "heads" | "half", number>>;

/** Visits the places of all pairs, and of their cosine and sine in the table. */
function forEachPair(
  { batch, positions, heads, half }: Sizes,
  visit: (low: number, high: number, cosine: number, sine: number) => void,
): void {
  for (let line = 0; line < batch * positions * heads; line++) {
    const position = Math.floor(line / heads) % positions;
    for (let j = 0; j < half; j++) {
      const low = line * 2 * half + j;
      visit(low, low + half, position * half + j, (positions + position) * half + j);
    }
  }
}

function example(batch: number, positions: number, heads: number, half: number): Example {
  const x = [batch, positions, heads, 2 * half];
  return {
    shapes: { x, y: x, table: [2, positions, half] },
    counts: { batch, positions, heads, half },
  };
}

export const examples: Examples = {
  op: rotary,
  tolerance: 3e-7,
  sizes: (n) => [example(1, n, 2, 3), example(2, 3, 1, n), example(n, 2, 3, 4)],
  bench: example(16, 64, 4, 16),
};
