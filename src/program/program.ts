import type { Memory, Op } from "../ops/op";
import { alignBytes, rowsEnd } from "./layout";

/** Numbers that a program brings along: int32 as they are, float32 in the precision of the engine's tensors. */
export interface Constant {
  /** Bytes from the beginning of the program's constants. */
  readonly offset: number;
  readonly data: Int32Array | Float32Array;
}

/** One operation's whole truth: what to call, and the byte addresses, sizes and options it needs. */
export interface Row {
  readonly op: Op;
  /** The layer, loss or optimizer the row came from, for messages and `model.program()`. */
  readonly owner: string;
  /** False when nobody wants a gradient from this row. */
  readonly runsBackward: boolean;
  /** By field name. Addresses are bytes; absent fields are 0. */
  readonly fields: Readonly<Record<string, number>>;
  /** Those of the fields that are bytes from the beginning of the program's constants. */
  readonly constantFields?: readonly string[];
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
  /** Stand behind the rows. */
  readonly constants?: readonly Constant[];
  /** Whether a step is over sooner when one thread does it alone. */
  readonly isSmall?: boolean;
}

/** Bytes of constants, padding included. */
export function constantBytes(constants: readonly Constant[] = []): number {
  const last = constants.at(-1);
  return last ? last.offset + alignBytes(last.data.byteLength) : 0;
}

/** Writes a program's constants to where they begin. */
export function writeConstants({ heap, integers }: Memory, constants: readonly Constant[] = [], address: number): void {
  for (const { offset, data } of constants)
    (data instanceof Int32Array ? integers : heap).set(data, (address + offset) / 4);
}

/** Bytes of a program in memory: header, rows and constants. */
export function programBytes({ forward, updates, constants }: Program): number {
  return rowsEnd(forward.length + updates.length) + constantBytes(constants);
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
