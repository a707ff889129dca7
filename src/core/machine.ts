import { alignBytes, placeFields, ROW_BYTES, STEP, STEP_BYTES } from "../program/layout";
import { MemoryLayout } from "../program/memoryLayout";
import { ArgumentError, MemoryLimitError, ShapeError } from "../errors";
import { instantiateByLoader } from "../engine/module/instantiateByLoader";
import { fixedMemory, Kernels } from "../engine/kernels";
import { gemmWorkspaceBytes } from "../ops/gemmWorkspace";
import type { Op } from "../ops/op";
import { show } from "../options";
import { CoreArena } from "./arena";

/** Where the parts of a core's memory begin, and behind them its arena. */
const places = new MemoryLayout();
const STEP_ADDRESS = places.place(STEP_BYTES);
const ROW_ADDRESS = places.place(ROW_BYTES);
const RESULT_ADDRESS = places.place(8);
/** Copies of the ends of vectors, 64 bytes each: see vectors.ts. */
const ENDS_ADDRESS = places.place(8 * 64);
const ARENA_ADDRESS = places.totalBytes;
/** The most that a matrix product needs besides its matrices, however large they are. */
export const PRODUCT_SCRATCH_BYTES = alignBytes(gemmWorkspaceBytes(2 ** 32, 2 ** 32, 2 ** 32));

/** A kernel of assembly/. */
export type Kernel = (row: number, step: number) => void;

/** What gemmNN, and without the bias gemmTN and gemmNT take: sizes, addresses in bytes, strides in elements. */
export type Gemm = (...sizesAndAddresses: number[]) => void;

/**
 * An instance of the module with one row, which every call writes anew, and an arena. Behind what the arena has given away
 * lies the scratch memory of kernels.
 */
export class CoreMachine {
  readonly arena: CoreArena;
  /** The memory as int32, and as float32 and float64 numbers. */
  readonly integers: Int32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
  readonly #exports: Readonly<Record<string, unknown>>;
  readonly #bytes: number;

  /** @throws MemoryLimitError when this machine has not so much memory */
  constructor(module: WebAssembly.Module, bytes: number) {
    const end = ARENA_ADDRESS + bytes;
    this.#bytes = end + PRODUCT_SCRATCH_BYTES;
    const { memory, exports } = new Kernels(module, allocate(this.#bytes), instantiateByLoader);
    this.#exports = exports as unknown as Record<string, unknown>;
    this.integers = memory.integers;
    this.floats = memory.heap as Float32Array;
    this.doubles = memory.totals;
    this.arena = new CoreArena(memory.bytes.buffer as ArrayBuffer, ARENA_ADDRESS, end);
  }

  kernel(op: Op, direction: "Forward" | "Backward"): () => void {
    const kernel = this.#exports[op.name + direction] as Kernel;
    return () => kernel(ROW_ADDRESS, STEP_ADDRESS);
  }

  gemm(name: "gemmNN" | "gemmTN" | "gemmNT"): Gemm {
    return this.#exports[name] as Gemm;
  }

  /** Where the fields of an operation's row stand: indices into `integers`, of numbers into `doubles`. */
  places(op: Op): Readonly<Record<string, number>> {
    const index = (kind: string, offset: number) => (ROW_ADDRESS + offset) / (kind === "number" ? 8 : 4);
    return Object.fromEntries(placeFields(op).map(({ name, kind, offset }) => [name, index(kind, offset)]));
  }

  /** Where a reduction writes its float64 number. */
  get resultAddress(): number {
    return RESULT_ADDRESS;
  }

  get result(): number {
    return this.doubles[RESULT_ADDRESS / 8];
  }

  /** What update rules read besides their row. */
  setStep(index: number, learningRate: number): void {
    this.integers[(STEP_ADDRESS + STEP.index) / 4] = index;
    this.doubles[(STEP_ADDRESS + STEP.learningRate) / 8] = learningRate;
  }

  /** The place for the copy of the end of a vector, the first of eight. */
  get endsAddress(): number {
    return ENDS_ADDRESS;
  }

  /**
   * Memory that nobody uses, good until the next call.
   *
   * @throws MemoryLimitError when there is less
   */
  scratch(who: string, bytes: number): number {
    const address = ARENA_ADDRESS + this.arena.used;
    const missing = address + bytes - this.#bytes;
    if (missing > 0) {
      throw new MemoryLimitError(
        `${who}: needs ${bytes} bytes of scratch memory, ${missing} more than there are behind the arena's arrays. ` +
          "Release what is no longer needed, or call createCore with more bytes.",
      );
    }
    return address;
  }

  /**
   * Byte address of an array that must have so many elements.
   *
   * @throws ArgumentError for an array from elsewhere, ShapeError for another length
   */
  address(who: string, name: string, array: Float32Array, length: number): number {
    const address = this.arena.addressOf(array, who, name);
    if (array.length !== length)
      throw new ShapeError(`${who}: ${name} must have ${length} elements, got ${array.length}.`);
    return address;
  }
}

/** An allocation that the runtime may refuse. */
function allocate(bytes: number): WebAssembly.Memory {
  try {
    return fixedMemory(bytes, false);
  } catch (cause) {
    throw new MemoryLimitError(`createCore: this machine has no ${bytes} bytes of memory in one piece.`, { cause });
  }
}

/** Refuses sizes that are no positive integers; the fast path of a call, so without a closure. */
export function checkSize(who: string, name: string, size: number): void {
  if (Number.isSafeInteger(size) && size > 0) return;
  throw new ArgumentError(`${who}: ${name} must be an integer ≥ 1, got ${show(size)}.`);
}

/** Refuses a result that shares memory with something it is computed from. Addresses and lengths in bytes and elements. */
export function checkApart(who: string, names: string, a: number, aLength: number, b: number, bLength: number): void {
  if (a + 4 * aLength <= b || b + 4 * bLength <= a) return;
  throw new ArgumentError(`${who}: ${names} must not share memory.`);
}
