import { PROGRAM, PROGRAM_BYTES, placeFields, ROW_BYTES, rowsEnd, STEP } from "../program/layout";
import { StateError } from "../errors";
import type { Memory, Op } from "../ops/op";
import { type Program, type Row, type Slice, writeConstants } from "../program/program";
import type { Instantiate } from "./module/instantiate";
import { kernelNames } from "./module/modules";
import { markWideVectors } from "./module/wideVectors";

/** Of WebAssembly memory. */
export const PAGE_BYTES = 65536;

/** What a build of assembly/ exports besides kernels. */
interface Exports {
  readonly table: WebAssembly.Table;
  run(program: number, step: number, count: number, learningRates: number, losses: number): number;
}

/** A memory that can never grow, so that views of it stay valid. */
export function fixedMemory(bytes: number, shared: boolean): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
}

/** An instance of the module over a memory. It is the linker, which finds kernels by name, and writes programs down. */
export class Kernels<Other extends object = object> {
  readonly memory: Memory;
  readonly exports: Exports & Other;
  readonly #view: DataView;
  readonly #slots: ReadonlyMap<string, number>;

  constructor(
    module: WebAssembly.Module,
    wasmMemory: WebAssembly.Memory,
    instantiate: Instantiate,
    othersHaveEnded?: () => boolean,
  ) {
    const { exports } = instantiate(module, wasmMemory, othersHaveEnded);
    this.exports = exports as unknown as Exports & Other;
    this.#slots = linkKernels(exports, kernelNames(module));
    markWideVectors(wasmMemory);
    const { buffer } = wasmMemory;
    this.#view = new DataView(buffer);
    this.memory = {
      heap: new Float32Array(buffer),
      totals: new Float64Array(buffer),
      integers: new Int32Array(buffer),
      bytes: new Uint8Array(buffer),
    };
  }

  #slot(name: string): number {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new StateError(`the WebAssembly module has no kernel "${name}".`);
    return slot;
  }

  #writeRow(row: Row, address: number, constants: number): void {
    const view = this.#view;
    const slotOf = (op: Op, direction: "Forward" | "Backward") => this.#slot(op.name + direction);
    view.setUint32(address, slotOf(row.op, "Forward"), true);
    view.setUint32(address + 4, row.runsBackward ? slotOf(row.op, "Backward") : 0, true);
    for (const { name, kind, offset } of placeFields(row.op)) {
      const value = (row.fields[name] ?? 0) + (row.constantFields?.includes(name) ? constants : 0);
      if (kind === "number") view.setFloat64(address + offset, value, true);
      else view.setInt32(address + offset, value, true);
    }
  }

  /** Writes the header of a program, its rows and its constants. */
  writeProgram(program: Program, address: number): void {
    const rows = [...program.forward, ...program.updates];
    const firstRow = address + PROGRAM_BYTES;
    const constants = address + rowsEnd(rows.length);
    rows.forEach((row, i) => {
      this.#writeRow(row, firstRow + i * ROW_BYTES, constants);
    });
    writeConstants(this.memory, program.constants, constants);
    const view = this.#view;
    view.setUint32(address + PROGRAM.rows, firstRow, true);
    view.setInt32(address + PROGRAM.forwardCount, program.forward.length, true);
    view.setInt32(address + PROGRAM.backwardCount, program.backwardCount, true);
    view.setInt32(address + PROGRAM.updateCount, program.updates.length, true);
    view.setInt32(address + PROGRAM.batchSize, program.batchSize, true);
    view.setUint32(address + PROGRAM.loss, program.loss, true);
  }

  /** Writes the step with which a slice begins. */
  writeStep(slice: Slice, address: number): void {
    this.#view.setInt32(address + STEP.index, slice.firstStep, true);
    this.#view.setUint32(address + STEP.order, slice.order, true);
  }
}

/** Puts kernels into the function table; returns their slots by name. */
function linkKernels(exports: WebAssembly.Exports, names: readonly string[]): Map<string, number> {
  const table = exports.table as WebAssembly.Table;
  const first = table.grow(names.length);
  return new Map(
    names.map((name, i) => {
      table.set(first + i, exports[name]);
      return [name, first + i];
    }),
  );
}
