import type { ReadableOp } from "../../src/ops/op";
import { deriveKey, uniform } from "../../src/numeric/random";

type Numbers = ArrayLike<number>;

/**
 * Runs a readable kernel in float64 over copies of arrays; fields that are not given are 0. Returns all arrays as they are
 * afterwards. A `result` is a float64 total.
 */
export function inFloat64(
  op: ReadableOp,
  direction: "forward" | "backward",
  arrays: Readonly<Record<string, Numbers>>,
  numbers: Readonly<Record<string, number>> = {},
  step = { index: 0, learningRate: 0 },
): Record<string, Float64Array> {
  const fields: Record<string, number> = Object.fromEntries(op.fields.map(({ name }) => [name, 0]));
  let end = 16;
  for (const [name, { length }] of Object.entries(arrays)) {
    fields[name] = end;
    end += length;
  }
  const heap = new Float64Array(end);
  const totals = new Float64Array(1);
  for (const [name, values] of Object.entries(arrays)) heap.set(values, fields[name]);
  const memory = { heap, totals, integers: new Int32Array(0), bytes: new Uint8Array(0) };
  op[direction]!(memory, { ...fields, ...numbers }, { ...step, order: 0 });
  const views = Object.entries(arrays).map(([name, { length }]) => [
    name,
    heap.subarray(fields[name], fields[name] + length),
  ]);
  return { ...Object.fromEntries(views), result: totals };
}

/** Numbers from −1 to 1, exact in float32, the same for the same key. */
export function numbers(length: number, key = 1): Float32Array {
  const stream = deriveKey(7, key, length);
  return Float32Array.from({ length }, (_, i) => 2 * uniform(stream, i) - 1);
}

/** Largest difference, relative to the largest true value. */
export function relativeError(actual: Numbers, truth: Numbers): number {
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < truth.length; i++) {
    if (!(Math.abs(actual[i] - truth[i]) <= difference)) difference = Math.abs(actual[i] - truth[i]);
    largest = Math.max(largest, Math.abs(truth[i]));
  }
  return difference === 0 ? 0 : difference / largest;
}
