import type { FieldKind, Memory, Step } from "../ops/op";
import type { ReadableOp } from "../ops/op";
import { readable } from "../ops/readable";
import type { Engine, LoadedProgram } from "./engine";
import { rowsEnd } from "../program/layout";
import { type Program, type Row, type Slice, writeConstants } from "../program/program";

/** Bytes of one element of what a field points at: readable kernels count in elements. */
const elementBytes: Record<FieldKind, number> = {
  tensor: 4,
  totals: 8,
  integers: 4,
  bytes: 1,
  flag: 1,
  count: 1,
  number: 1,
};

/** The fields of a row with byte addresses turned into indices; `constants` is where those of its program begin. */
export function toIndices(row: Row, constants = 0): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const { name, kind } of row.op.fields) {
    const value = (row.fields[name] ?? 0) + (row.constantFields?.includes(name) ? constants : 0);
    fields[name] = value / elementBytes[kind];
  }
  return fields;
}

/** A row as readable kernels take it. */
interface JsRow {
  readonly op: ReadableOp;
  readonly runsBackward: boolean;
  readonly fields: Readonly<Record<string, number>>;
}

function readableRow(row: Row, constants: number): JsRow {
  return { op: readable(row.op), runsBackward: row.runsBackward, fields: toIndices(row, constants) };
}

interface JsProgram extends LoadedProgram {
  readonly forward: readonly JsRow[];
  readonly updates: readonly JsRow[];
}

/** All kinds of data as views of one buffer, like the memory of WebAssembly. */
function float32Memory(bytes: number): Memory {
  const buffer = new ArrayBuffer(bytes);
  return {
    heap: new Float32Array(buffer),
    totals: new Float64Array(buffer),
    integers: new Int32Array(buffer),
    bytes: new Uint8Array(buffer),
  };
}

/** The same addresses with tensors twice as wide: every kind of data needs a buffer of its own. */
function float64Memory(bytes: number): Memory {
  return {
    heap: new Float64Array(bytes / 4),
    totals: new Float64Array(bytes / 8),
    integers: new Int32Array(bytes / 4),
    bytes: new Uint8Array(bytes),
  };
}

/**
 * The readable kernels as an engine: where WebAssembly is forbidden, as the other side of the benchmark, and in float64 as
 * the measure of the gradient check.
 */
export class JsEngine implements Engine {
  readonly memory: Memory;

  constructor(
    bytes: number,
    readonly kind: "js" | "float64" = "js",
  ) {
    this.memory = kind === "js" ? float32Memory(bytes) : float64Memory(bytes);
  }

  load(program: Program, address = 0): JsProgram {
    const constants = address + rowsEnd(program.forward.length + program.updates.length);
    writeConstants(this.memory, program.constants, constants);
    const ready = (rows: readonly Row[]) => rows.map((row) => readableRow(row, constants));
    return { program, forward: ready(program.forward), updates: ready(program.updates) };
  }

  run(loaded: LoadedProgram, slice: Slice): number {
    const { program, forward, updates } = loaded as JsProgram;
    const { memory } = this;
    const loss = program.loss / 8;
    const step: Step = { index: slice.firstStep, order: slice.order / 4, learningRate: 0 };

    for (let i = 0; i < slice.stepCount; i++) {
      step.learningRate = memory.totals[slice.learningRates / 8 + i];
      memory.totals[loss] = 0;
      for (const { op, fields } of forward) op.forward(memory, fields, step);
      memory.totals[slice.losses / 8 + i] = memory.totals[loss];
      if (updates.length && !Number.isFinite(memory.totals[loss])) return i;
      for (let r = program.backwardCount - 1; r >= 0; r--) {
        const { op, runsBackward, fields } = forward[r];
        if (runsBackward) op.backward?.(memory, fields, step);
      }
      for (const { op, fields } of updates) op.forward(memory, fields, step);
      step.order += program.batchSize;
      step.index++;
    }
    return slice.stepCount;
  }
}
