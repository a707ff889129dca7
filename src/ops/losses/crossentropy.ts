import { exp, log } from "../../numeric/elementary";
import { defineOp, type Example, type Examples, type Memory, type Op, type ReadableOp } from "../op";
import { clip, EPSILON, isClipped } from "./pairwise";

/** The fields that a target is read from. */
interface TargetFields {
  readonly target: number;
  readonly columns: number;
  readonly labelSmoothing: number;
}

/** The probability that the target of row i gives to column j. */
type TargetAt = (heap: Memory["heap"], row: TargetFields, i: number, j: number) => number;

/** Label smoothing s gives every one of n classes s/n and leaves 1 − s to the target (Szegedy et al. 2016). */
function smoothed(probability: number, { columns, labelSmoothing }: TargetFields): number {
  return probability * (1 - labelSmoothing) + labelSmoothing / columns;
}

/** Targets are a matrix of probabilities, [rows, columns]. */
const denseTarget: TargetAt = (heap, row, i, j) => smoothed(heap[row.target + i * row.columns + j], row);

/** Targets are class numbers, [rows]: all probability is in one column. */
const sparseTarget: TargetAt = (heap, row, i, j) => smoothed(heap[row.target + i] === j ? 1 : 0, row);

const parts = {
  inputs: ["x"],
  outputs: ["y"],
  tensors: ["target"],
  counts: ["rows", "columns"],
  numbers: ["labelSmoothing"],
  saves: ["x"],
} as const;

/**
 * Cross-entropy of probabilities, which need not sum to 1; t is the smoothed target.
 *
 *     S_i = Σ_j x_ij        p_ij = x_ij / S_i        c_ij = p_ij limited to ε … 1 − ε
 *     y_i = −Σ_j t_ij·log c_ij
 *     g_ij = −t_ij / c_ij, 0 where c is not p        dx_ij = dy_i · (g_ij − Σ_k g_ik·p_ik) / S_i
 */
function fromProbabilities(name: string, targetAt: TargetAt): ReadableOp {
  return defineOp({
    ...parts,
    name,
    flops: ({ rows, columns }) => 30 * rows * columns,

    forward({ heap }, row) {
      const { x, y, rows, columns } = row;
      for (let i = 0; i < rows; i++) {
        const first = x + i * columns;
        let total = 0;
        for (let j = 0; j < columns; j++) total += heap[first + j];
        let loss = 0;
        for (let j = 0; j < columns; j++) {
          loss -= targetAt(heap, row, i, j) * log(clip(heap[first + j] / total, EPSILON, 1 - EPSILON));
        }
        heap[y + i] = loss;
      }
    },

    backward({ heap }, row) {
      const { x, dx, addDx, dy, rows, columns } = row;
      for (let i = 0; i < rows; i++) {
        const first = x + i * columns;
        let total = 0;
        for (let j = 0; j < columns; j++) total += heap[first + j];
        const slope = (j: number) => {
          const p = heap[first + j] / total;
          return isClipped(p, EPSILON, 1 - EPSILON) ? 0 : -targetAt(heap, row, i, j) / p;
        };
        let mean = 0;
        for (let j = 0; j < columns; j++) mean += slope(j) * (heap[first + j] / total);
        for (let j = 0; j < columns; j++) {
          const k = dx + i * columns + j;
          heap[k] = (addDx ? heap[k] : 0) + (heap[dy + i] * (slope(j) - mean)) / total;
        }
      }
    },
  });
}

/**
 * Cross-entropy of logits; t is the smoothed target.
 *
 *     m_i = max_j x_ij        L_i = log Σ_j e^(x_ij − m_i)
 *     y_i = Σ_j t_ij·(L_i − (x_ij − m_i)), over columns with t ≠ 0: a logit of −∞ costs nothing where nothing is expected
 *     dx_ij = dy_i · (e^(x_ij − m_i − L_i)·Σ_k t_ik − t_ij)
 *
 * Nothing is clipped, so a wrong answer has a gradient however certain it is.
 */
function fromLogits(name: string, targetAt: TargetAt): ReadableOp {
  return defineOp({
    ...parts,
    name,
    flops: ({ rows, columns }) => 25 * rows * columns,

    forward({ heap }, row) {
      const { x, y, rows, columns } = row;
      for (let i = 0; i < rows; i++) {
        const first = x + i * columns;
        const max = largest(heap, first, columns);
        const logarithm = log(sumOfExponentials(heap, first, columns, max));
        let loss = Number.isNaN(logarithm) ? logarithm : 0;
        for (let j = 0; j < columns; j++) {
          const t = targetAt(heap, row, i, j);
          if (t !== 0) loss += t * (logarithm - (heap[first + j] - max));
        }
        heap[y + i] = loss;
      }
    },

    backward({ heap }, row) {
      const { x, dx, addDx, dy, rows, columns } = row;
      for (let i = 0; i < rows; i++) {
        const first = x + i * columns;
        const max = largest(heap, first, columns);
        const sum = sumOfExponentials(heap, first, columns, max);
        let expected = 0;
        for (let j = 0; j < columns; j++) expected += targetAt(heap, row, i, j);
        for (let j = 0; j < columns; j++) {
          const k = dx + i * columns + j;
          const slope = (exp(heap[first + j] - max) / sum) * expected - targetAt(heap, row, i, j);
          heap[k] = (addDx ? heap[k] : 0) + heap[dy + i] * slope;
        }
      }
    },
  });
}

function largest(heap: Memory["heap"], first: number, columns: number): number {
  let max = heap[first];
  for (let j = 1; j < columns; j++) max = Math.max(max, heap[first + j]);
  return max;
}

function sumOfExponentials(heap: Memory["heap"], first: number, columns: number, max: number): number {
  let sum = 0;
  for (let j = 0; j < columns; j++) sum += exp(heap[first + j] - max);
  return sum;
}

/** The four operations: targets are probabilities or class numbers, predictions are probabilities or logits. */
export const crossentropyOps = {
  dense: (name: string) => fromProbabilities(name, denseTarget),
  denseFromLogits: (name: string) => fromLogits(name, denseTarget),
  sparse: (name: string) => fromProbabilities(name, sparseTarget),
  sparseFromLogits: (name: string) => fromLogits(name, sparseTarget),
};

/** Examples of one of the four: every other one with label smoothing, rows of every length, and a row worth timing. */
export function crossentropyExamples(op: Op, form: keyof typeof crossentropyOps): Examples {
  const sparse = form.startsWith("sparse");
  const logits = form.endsWith("FromLogits");
  const example = (rows: number, columns: number, labelSmoothing = 0): Example => ({
    shapes: { x: [rows, columns], target: sparse ? [rows] : [rows, columns], y: [rows] },
    counts: { rows, columns },
    numbers: { labelSmoothing },
    fill: {
      x: (uniform) => (logits ? 8 * uniform - 4 : 0.05 + 0.9 * uniform),
      // One-hot rows, except that dense targets also try soft ones in the third column.
      target: sparse
        ? (uniform) => Math.floor(uniform * columns)
        : (uniform, k) => (k % columns === 2 ? uniform : k % columns === Math.floor(k / columns) % columns ? 1 : 0),
    },
  });
  return {
    op,
    tolerance: 2e-6,
    sizes: (n) => [example(n, 2), example(3, n + 1), example(n, 10, 0.1), example(1, n + 1, 0.2)],
    bench: example(128, 10),
  };
}
