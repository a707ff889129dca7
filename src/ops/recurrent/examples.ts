import { gemmWorkspaceBytes } from "../gemmWorkspace";
import type { Example } from "../op";
import { type CellActivationName, cellActivationNames } from "./cellNames";

/** Samples that go through time together, as assembly/recurrent/product.ts has it. */
const ROWS = 32;

const roundUp = (count: number) => Math.ceil(count / 16) * 16;

/**
 * float32 elements of scratch memory for a recurrent row with so many gates: the weights packed, the states and products of some
 * samples, and at the end the gradient of the weights as one product.
 */
export function recurrentWorkspaceElements(places: number, units: number, gates: number): number {
  const columns = gates * units;
  // Weights of some of the gates may be packed on their own.
  const panels = Math.max(2 * units, columns) * roundUp(units) + units * 32;
  // Per sample: products or gradients of the gates, and at most ten vectors of states and what belongs to them.
  const states = (ROWS + 1) * (roundUp(columns) + 10 * roundUp(units) + 16);
  return Math.max(panels + states, gemmWorkspaceBytes(units, columns, places) / 4);
}

interface Sizes {
  /** The name of the input that has been computed for all steps. Default "z". */
  readonly z?: string;
  readonly batch: number;
  readonly time: number;
  readonly units: number;
  readonly gates: number;
  /** Columns of `gates`, in units, if not as many as of z. */
  readonly keptGates?: number;
  /** What is kept of every step besides gates and states. */
  readonly kept: readonly string[];
  readonly states: readonly string[];
}

export interface RecurrentOptions {
  sequences?: number;
  zeros?: number;
  backwards?: number;
  rate?: number;
  /** Names as in `activations`. */
  activation?: CellActivationName;
  recurrentActivation?: CellActivationName;
  hasMask?: boolean;
  /** Whether initial states are given and the last ones put out. */
  hasStates?: boolean;
  counts?: Readonly<Record<string, number>>;
  shapes?: Readonly<Record<string, readonly number[]>>;
}

/** A recurrent row of these sizes. */
export function recurrentExample(
  { batch, time, units, z = "z", gates, keptGates = gates, kept, states }: Sizes,
  {
    sequences = 0,
    zeros = 0,
    backwards = 0,
    rate = 0,
    activation = "tanh",
    recurrentActivation,
    hasMask = false,
    hasStates = false,
    counts,
    shapes,
  }: RecurrentOptions = {},
): Example {
  const each = [batch, time, units];
  const carried = hasStates ? states.flatMap((name) => [name, `${name}0`]) : [];
  const recurrent = recurrentActivation ?? "sigmoid";
  return {
    shapes: {
      [z]: [batch, time, gates * units],
      u: [units, gates * units],
      y: sequences ? each : [batch, units],
      ...Object.fromEntries(carried.map((name) => [name, [batch, units]])),
      ...(hasMask && { mask: [batch, time] }),
      gates: [batch, time, keptGates * units],
      hidden: each,
      ...Object.fromEntries(kept.map((name) => [name, each])),
      ...shapes,
    },
    counts: {
      batch,
      time,
      units,
      backwards,
      sequences,
      zeros,
      activation: cellActivationNames.indexOf(activation),
      recurrentActivation: cellActivationNames.indexOf(recurrent),
      seed: 5,
      stream: 2,
      ...counts,
    },
    numbers: { rate, option: 0.3, recurrentOption: 0.7 },
    // The third of every four places does not count, and of the first sample neither do the first ones.
    fill: {
      mask: (_, i) => (i % 4 === 2 || i < Math.min(2, time - 1) ? 0 : 1),
      u: (uniform) => (2 * uniform - 1) / Math.sqrt(units),
    },
    ...(rate > 0 && { step: { index: 4 } }),
  };
}

/** Rows at the edges of every path, with all options. */
export function recurrentSizes(
  n: number,
  example: (batch: number, time: number, units: number, options?: RecurrentOptions) => Example,
): Example[] {
  const names = cellActivationNames;
  return [
    example(n, 2, 3, { sequences: 1 }),
    example(2, n, 3, { sequences: 1, hasMask: true, hasStates: true }),
    example(3, 3, n, { hasStates: true }),
    example(1, 1, n),
    example(3, 4, 5, { backwards: 1, hasMask: true, rate: 0.4, sequences: n % 2, hasStates: true }),
    example(2, 3, n, { backwards: 1, sequences: 1, rate: 0.5 }),
    example(2, 5, 3, { backwards: n % 2, sequences: 2, zeros: 1, hasMask: true, hasStates: true }),
    example(33, 2, 2, { hasStates: true, hasMask: true }),
    example(2, 3, 5, { activation: names[n % names.length], recurrentActivation: names[(n + 5) % names.length] }),
  ];
}
