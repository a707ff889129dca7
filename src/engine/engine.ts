import type { Memory } from "../ops/op";
import type { Program, Slice, Span } from "../program/program";

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
   * Makes a program runnable; `address` is where its header and rows may stand (`programRegionBytes` at most), `results` what is
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
