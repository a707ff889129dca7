import { deriveKey, uniform } from "../../numeric/random";
import type { Memory, Step } from "../op";

/** What the readable kernels of recurrent rows share: how a sample goes through time. */

type Heap = Memory["heap"];

/** The fields that all recurrent rows have. */
export type RecurrentFields = Readonly<
  Record<
    | "y"
    | "dy"
    | "mask"
    | "hidden"
    | "batch"
    | "time"
    | "units"
    | "backwards"
    | "sequences"
    | "zeros"
    | "seed"
    | "stream"
    | "rate",
    number
  >
>;

/** One step of a sample. */
export interface SampleStep {
  /** How many steps came before it. */
  readonly index: number;
  /** Its place in time, counted over the samples: where its row stands in tensors [batch, time, …]. */
  readonly place: number;
  /** Whether its place counts. Otherwise the state stays as it is. */
  readonly isValid: boolean;
  /** Whether a place has counted until now, this one included. Before that outputs are 0. */
  readonly isBegun: boolean;
}

/** The steps of a sample in the order in which they are done. */
export function stepsOf(heap: Heap, row: RecurrentFields, sample: number): SampleStep[] {
  const { mask, time, backwards } = row;
  let isBegun = false;
  return Array.from({ length: time }, (_, index) => {
    const place = sample * time + (backwards ? time - 1 - index : index);
    const isValid = !mask || heap[mask + place] !== 0;
    isBegun ||= isValid;
    return { index, place, isValid, isBegun };
  });
}

/** A sample's part of a tensor [batch, units], zeros where there is none. */
export function stateOf(heap: Heap, address: number, sample: number, units: number): Float64Array {
  const start = address + sample * units;
  return address ? Float64Array.from(heap.subarray(start, start + units)) : new Float64Array(units);
}

/** Rounds states as the heap would: a step must not depend on whether the one before was in the same run. */
export function roundStates(heap: Heap, ...states: readonly Float64Array[]): void {
  if (heap instanceof Float64Array) return;
  for (const state of states)
    state.forEach((value, j) => {
      state[j] = Math.fround(value);
    });
}

/** Writes a sample's part of a tensor [batch, units], if there is such a tensor, or adds to it. */
export function keepState(heap: Heap, address: number, sample: number, state: Float64Array, add = 0): void {
  if (!address) return;
  const start = address + sample * state.length;
  state.forEach((value, j) => {
    heap[start + j] = (add ? heap[start + j] : 0) + value;
  });
}

/** Where the output of a step stands, as an index into `y` or `dy`; −1 where none does. */
function outputAt({ sequences, time, units }: RecurrentFields, sample: number, index: number): number {
  if (sequences) return (sample * time + (sequences === 2 ? time - 1 - index : index)) * units;
  return index === time - 1 ? sample * units : -1;
}

/** Whether it puts out its state, rather than zeros. */
function putsOut({ zeros }: RecurrentFields, { isValid, isBegun }: SampleStep): boolean {
  return zeros ? isValid : isBegun;
}

/** Writes what a step puts out. */
export function putOut(heap: Heap, row: RecurrentFields, sample: number, step: SampleStep, h: Float64Array): void {
  const at = outputAt(row, sample, step.index);
  if (at >= 0) heap.set(putsOut(row, step) ? h : new Float64Array(row.units), row.y + at);
}

/** Adds the gradient of what a step has put out. */
export function addOutputGradient(
  heap: Heap,
  row: RecurrentFields,
  sample: number,
  step: SampleStep,
  dh: Float64Array,
): void {
  const at = outputAt(row, sample, step.index);
  if (!row.dy || at < 0 || !putsOut(row, step)) return;
  for (let j = 0; j < row.units; j++) dh[j] += heap[row.dy + at + j];
}

/** What the state is multiplied with before it meets the weights: the same for all steps of a sample. */
export function dropoutScales(row: RecurrentFields, step: Step, sample: number): Float64Array {
  const { units, seed, stream, rate } = row;
  const scales = new Float64Array(units).fill(1);
  if (rate === 0) return scales;
  const key = deriveKey(seed, stream, step.index);
  return scales.map((_, j) => (uniform(key, sample * units + j) < rate ? 0 : 1 / (1 - rate)));
}

/** sums[j] += Σ_k state[k] · weights[k, first + j], for weights of so many columns. */
export function addProduct(
  heap: Heap,
  sums: Float64Array,
  state: ArrayLike<number>,
  weights: number,
  columns: number,
  first = 0,
): void {
  for (let k = 0; k < state.length; k++) {
    for (let j = 0; j < sums.length; j++) sums[j] += state[k] * heap[weights + k * columns + first + j];
  }
}

/** sums[k] += Σ_j gradient[j] · weights[k, first + j]: the way back. */
export function addTransposedProduct(
  heap: Heap,
  sums: Float64Array,
  gradient: ArrayLike<number>,
  weights: number,
  columns: number,
  first = 0,
): void {
  for (let k = 0; k < sums.length; k++) {
    for (let j = 0; j < gradient.length; j++) sums[k] += gradient[j] * heap[weights + k * columns + first + j];
  }
}

/** Applies the dropout to the states that are kept, once nobody needs them as they were: the weights have met these. */
export function dropHidden(heap: Heap, row: RecurrentFields, step: Step): void {
  const { hidden, batch, time, units, rate } = row;
  if (rate === 0) return;
  for (let sample = 0; sample < batch; sample++) {
    const scales = dropoutScales(row, step, sample);
    for (let t = 0; t < time; t++) {
      for (let j = 0; j < units; j++) heap[hidden + (sample * time + t) * units + j] *= scales[j];
    }
  }
}
