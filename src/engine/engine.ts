import type { Memory, Op } from "../ops/op";

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

/** A program as an engine keeps it. */
export interface LoadedProgram {
  readonly program: Program;
}

/**
 * Something that can run programs over one planned memory. The model does not know which engine runs it.
 * `memory` is the engine's own: views stay valid for its whole life.
 */
export interface Engine {
  /** `float64` is `js` in double precision: the measure of the gradient check, not offered for training. */
  readonly kind: "wasm" | "js" | "float64";
  readonly memory: Memory;
  /** How long a run of many steps is to be, where other than `SLICE_MILLISECONDS`. */
  readonly sliceMilliseconds?: number;
  /** Gets what runs must not wait for. Called before them, again and again. */
  prepare?(): Promise<void>;
  /**
   * Makes a program runnable; `address` is where its header and rows may stand (`programBytes` of it), `results` what is
   * read after a run besides losses and sums.
   */
  load(program: Program, address: number, results?: readonly Span[]): LoadedProgram;
  /**
   * Runs whole steps; returns how many were completed: fewer when a training loss is not finite. An engine that runs them
   * elsewhere returns a promise, before whose end nobody may touch what a run reads or writes.
   */
  run(loaded: LoadedProgram, slice: Slice): number | Promise<number>;
  /** Calls back while nothing runs: at once, or before who waits for the run under way hears of its end. */
  betweenRuns?<T>(visit: () => T): T | Promise<T>;
  /** Blocks until the run under way is over; returns how many updates its promise is going to tell. */
  settle?(): number;
  /** Ends what runs a program elsewhere, whatever it is doing: the run under way rejects, and the engine is broken. */
  giveUp?(): void;
  /** Tells that weights, optimizer state or data were written. Everything else an engine expects to change. */
  wrote?(address: number, bytes: number): void;
  /** Whether it can run nothing more; its memory is as it was left. */
  readonly isBroken?: boolean;
  /** Gives back what the garbage collector would find late. */
  dispose?(): void;
}
