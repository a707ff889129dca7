import type { Op } from "../ops/op";

/** One operation's whole truth: what to call, and the byte addresses, sizes and options it needs. */
export interface Row {
  readonly op: Op;
  /** The layer, loss or optimizer the row came from, for messages and `model.program()`. */
  readonly owner: string;
  /** False when nobody wants a gradient from this row. */
  readonly runsBackward: boolean;
  /** By field name. Addresses are bytes; absent fields are 0. */
  readonly fields: Readonly<Record<string, number>>;
}

/** `"relaxed"` rounds a multiplication with an addition once where the processor can, so that bits depend on it. */
export type Arithmetic = "strict" | "relaxed";

/** A compiled model: data for any engine. Rows run up, `backwardCount` of them down again, then the updates run. */
export interface Program {
  readonly forward: readonly Row[];
  /** Rows at the front of `forward` that also run backwards; 0 in evaluation and prediction. */
  readonly backwardCount: number;
  readonly updates: readonly Row[];
  /** Samples a step takes from the order. */
  readonly batchSize: number;
  /** Byte address of the float64 loss of a step. */
  readonly loss: number;
  /** Whether a step is over sooner when one thread does it alone. */
  readonly isSmall?: boolean;
}

/** What a call of `run` needs besides the program; all addresses in bytes. */
export interface Slice {
  /** Updates done before the first step. */
  readonly firstStep: number;
  readonly stepCount: number;
  /** The int32 sample numbers of the first step; the next steps' follow. */
  readonly order: number;
  /** One float64 a step, read. */
  readonly learningRates: number;
  /** One float64 a step, written. */
  readonly losses: number;
}

/** A part of a memory, in bytes. */
export interface Span {
  readonly address: number;
  readonly bytes: number;
}
