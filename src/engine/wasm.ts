import { instantiateSync } from "@assemblyscript/loader";
import { StateError } from "../errors";
import { PROGRAM, PROGRAM_BYTES, placeFields, ROW_BYTES, STEP } from "../compiler/layout";
import type { Memory, Op } from "../ops/op";
import type { Engine, LoadedProgram, Program, Row, Slice } from "./engine";
import { strict } from "./generated/strict";

const PAGE_BYTES = 65536;

type Exports = Record<string, unknown> & {
  table: WebAssembly.Table;
  run(program: number, step: number, count: number, learningRates: number, losses: number): number;
};

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** The module, compiled once a process: browsers forbid compiling one of this size synchronously on the main thread. */
export function compileModule(): Promise<WebAssembly.Module> {
  compiled ??= WebAssembly.compile(decodeBase64(strict));
  return compiled;
}

interface WasmProgram extends LoadedProgram {
  readonly address: number;
}

/** The SIMD kernels over one fixed `WebAssembly.Memory`, on this thread. */
export class WasmEngine implements Engine {
  readonly kind = "wasm";
  readonly memory: Memory;
  readonly #view: DataView;
  readonly #exports: Exports;
  readonly #slots = new Map<string, number>();
  readonly #step: number;

  /** `stepAddress` is where the engine keeps the step, `STEP_BYTES` long. */
  constructor(module: WebAssembly.Module, bytes: number, stepAddress: number) {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const wasmMemory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    // The loader's own `exports` wrap every function, and only WebAssembly's fit in a table.
    this.#exports = instantiateSync(module, { env: { memory: wasmMemory } }).instance.exports as unknown as Exports;
    const { buffer } = wasmMemory;
    this.#view = new DataView(buffer);
    this.#step = stepAddress;
    this.memory = {
      heap: new Float32Array(buffer),
      totals: new Float64Array(buffer),
      integers: new Int32Array(buffer),
      bytes: new Uint8Array(buffer),
    };
  }

  /** The registry as a linker: the slot of a kernel in the function table, put there when first asked for. */
  #slot(name: string): number {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      const kernel = this.#exports[name];
      if (typeof kernel !== "function") throw new StateError(`the WebAssembly module has no kernel "${name}".`);
      slot = this.#exports.table.grow(1);
      this.#exports.table.set(slot, kernel);
      this.#slots.set(name, slot);
    }
    return slot;
  }

  #writeRow(row: Row, address: number): void {
    const view = this.#view;
    const slotOf = (op: Op, direction: "Forward" | "Backward") => this.#slot(op.name + direction);
    view.setUint32(address, slotOf(row.op, "Forward"), true);
    view.setUint32(address + 4, row.runsBackward ? slotOf(row.op, "Backward") : 0, true);
    for (const { name, kind, offset } of placeFields(row.op)) {
      const value = row.fields[name] ?? 0;
      if (kind === "number") view.setFloat64(address + offset, value, true);
      else view.setInt32(address + offset, value, true);
    }
  }

  load(program: Program, address: number): WasmProgram {
    const rows = [...program.forward, ...program.updates];
    const firstRow = address + PROGRAM_BYTES;
    rows.forEach((row, i) => {
      this.#writeRow(row, firstRow + i * ROW_BYTES);
    });
    const view = this.#view;
    view.setUint32(address + PROGRAM.rows, firstRow, true);
    view.setInt32(address + PROGRAM.forwardCount, program.forward.length, true);
    view.setInt32(address + PROGRAM.backwardCount, program.backwardCount, true);
    view.setInt32(address + PROGRAM.updateCount, program.updates.length, true);
    view.setInt32(address + PROGRAM.batchSize, program.batchSize, true);
    view.setUint32(address + PROGRAM.loss, program.loss, true);
    return { program, address };
  }

  run(loaded: LoadedProgram, slice: Slice): number {
    const { address } = loaded as WasmProgram;
    this.#view.setInt32(this.#step + STEP.index, slice.firstStep, true);
    this.#view.setUint32(this.#step + STEP.order, slice.order, true);
    return this.#exports.run(address, this.#step, slice.stepCount, slice.learningRates, slice.losses);
  }
}
