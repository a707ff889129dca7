import { InternalError } from "../errors";
import type { Field, Op } from "../ops/op";

/**
 * How rows, programs and the step are laid out in memory. assembly/executor/program.ts and the row classes of assembly/ops
 * say the same as `@unmanaged` classes; a test compares the two.
 */

/** Static data of the WebAssembly module ends below this; asconfig.json puts its beginning at 1024. */
export const FIRST_FREE_BYTE = 4096;
/** What WebAssembly with 32-bit addresses can have, less a page so that an end is an address, too. */
export const LIMIT_BYTES = 2 ** 32 - 65536;

/** Bytes of a row. */
export const ROW_BYTES = 192;
/** Bytes of the two function slots that every row begins with. */
const SLOT_BYTES = 8;

/** Every tensor starts on a multiple of this, and owns its rounding-up to `TENSOR_GRAIN` elements. */
export const ALIGNMENT = 64;
export const TENSOR_GRAIN = 16;

/** Byte offsets in the header of a program. */
export const PROGRAM = {
  rows: 0,
  forwardCount: 4,
  backwardCount: 8,
  updateCount: 12,
  batchSize: 16,
  loss: 20,
} as const;
export const PROGRAM_BYTES = 64;

/** Byte offsets in the step. */
export const STEP = { index: 0, order: 4, learningRate: 8 } as const;
export const STEP_BYTES = 64;

/** Bytes of the block in which threads wait for each other. */
export const BARRIER_BYTES = 128;

export interface PlacedField extends Field {
  /** Bytes from the beginning of the row. */
  readonly offset: number;
}

const placed = new WeakMap<Op, readonly PlacedField[]>();

/** Where each field of an operation's row stands: 4 bytes each, 8 for numbers, each on a multiple of its size. */
export function placeFields(op: Op): readonly PlacedField[] {
  // Every row of every program that is loaded asks.
  const fields = placed.get(op) ?? computePlaces(op);
  placed.set(op, fields);
  return fields;
}

function computePlaces(op: Op): PlacedField[] {
  let offset = SLOT_BYTES;
  return op.fields.map((field) => {
    const bytes = field.kind === "number" ? 8 : 4;
    offset = Math.ceil(offset / bytes) * bytes;
    const placed = { ...field, offset };
    offset += bytes;
    if (offset > ROW_BYTES) throw new InternalError(`${op.name}: a row of ${ROW_BYTES} bytes cannot hold its fields`);
    return placed;
  });
}

/** Bytes of the header of a program and its rows: where its constants begin. */
export function rowsEnd(rowCount: number): number {
  return alignBytes(PROGRAM_BYTES + ROW_BYTES * rowCount);
}

/** Rounds a byte count up to the alignment of tensors. */
export function alignBytes(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Bytes that a float32 tensor of so many elements occupies, padding included. */
export function tensorBytes(elements: number): number {
  return alignBytes(elements * 4);
}
