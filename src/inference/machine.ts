import type { Bases } from "../compiler/assemble";
import { STEP_BYTES } from "../program/layout";
import { predictionStep } from "../program/stepNumbers";
import { gigabytes, MemoryLayout } from "../program/memoryLayout";
import type { Column } from "../compiler/lower";
import type { Tensor } from "../tensor/tensor";
import { type Shape, sizeOf } from "../tensor/shape";
import type { LoadedProgram } from "../engine/engine";
import { moduleFor } from "../engine/module/modules";
import { WasmEngine } from "../engine/wasm";
import { MemoryLimitError } from "../errors";
import type { Demand, Network } from "./network";

/** Where everything stands, in bytes. */
interface Places {
  readonly bases: Bases;
  readonly step: number;
  readonly program: number;
  readonly order: number;
  readonly totalBytes: number;
}

/** A program in memory, for so many samples in such columns. */
interface Ready {
  readonly samples: number;
  readonly columns: readonly Column[];
  readonly loaded: LoadedProgram;
  readonly outputs: readonly number[];
}

/** A network's memory for batches of up to a size, and the program in it. */
export class Machine {
  #capacity = 0;
  /** Of the sequences that this is the capacity for, where it is open. */
  #length?: number;
  #operations: readonly string[] = [];
  #engine!: WasmEngine;
  #places!: Places;
  #ready?: Ready;

  constructor(private readonly network: Network) {}

  /** Largest batch there is room for. */
  get capacity(): number {
    return this.#capacity;
  }

  /** The shape of a sample of each input or output. */
  shapes(side: "inputs" | "outputs"): readonly Shape[] {
    const { network } = this;
    if (this.#length !== undefined) return network.shapesAt!(side, this.#length);
    return network[side].map(({ shape }) => shape as Shape);
  }

  /** Weights and states as they are now. */
  get #values(): Float32Array {
    const start = this.#places.bases.weights / 4;
    return (this.#engine.memory.heap as Float32Array).subarray(start, start + this.network.values.length);
  }

  /** Takes over the memory there is for sequences of another length; whether it is large enough. */
  #changeLength(capacity: number, length: number | undefined, demand: Demand, places: Places): boolean {
    const fits =
      this.#capacity > 0 &&
      !this.#engine.isBroken &&
      places.totalBytes <= this.#engine.memory.bytes.length &&
      demand.operations.every((name) => this.#operations.includes(name));
    if (fits) this.#begin(capacity, length, places);
    return fits;
  }

  #begin(capacity: number, length: number | undefined, places: Places): void {
    this.#length = length;
    const { integers } = this.#engine.memory;
    for (let i = 0; i < capacity; i++) integers[places.order / 4 + i] = i;
    this.#capacity = capacity;
    this.#places = places;
    this.#ready = undefined;
  }

  /** The most of so many sequences of a length that the memory there is has room for; 0 for none. Makes it theirs. */
  reserveAtOnce(most: number, length: number | undefined): number {
    if (length === this.#length) return Math.min(most, this.#capacity);
    for (let capacity = most; capacity > 0; capacity >>= 1) {
      const demand = this.network.plan(capacity, length);
      const places = this.#layOut(capacity, length, demand);
      if (this.#changeLength(capacity, length, demand, places)) return capacity;
    }
    return 0;
  }

  /**
   * Makes room for batches of so many samples, and of sequences of such a length.
   *
   * @throws MemoryLimitError when they need more than WebAssembly has
   */
  async reserve(capacity: number, length?: number): Promise<void> {
    if (length === this.#length && capacity <= this.#capacity && !this.#engine.isBroken) return;
    const demand = this.network.plan(capacity, length);
    const places = this.#layOut(capacity, length, demand);
    if (length !== undefined && this.#changeLength(capacity, length, demand, places)) return;
    const { operations, builds } = demand;
    const module = await moduleFor({ math: "strict", isShared: false, operations }, builds);
    const engine = new WasmEngine(module, places.totalBytes, places.step);
    // Layers that carry their states from batch to batch go on from where they are.
    if (this.#capacity > 0) this.network.values.set(this.#values);
    (engine.memory.heap as Float32Array).set(this.network.values, places.bases.weights / 4);
    this.#engine = engine;
    this.#operations = operations;
    this.#begin(capacity, length, places);
  }

  /** Computes the outputs of some samples; views, valid until the next run. `batch` counts them for what is drawn at random. */
  run(inputs: readonly Tensor[], first: number, samples: number, batch: number): Float32Array[] {
    const { bytes, heap } = this.#engine.memory;
    const { bases, order } = this.#places;
    const { loaded, outputs, columns } = this.#program(samples, inputs);
    inputs.forEach(({ data }, i) => {
      const sampleBytes = columns[i].size * data.BYTES_PER_ELEMENT;
      const begin = data.byteOffset + first * sampleBytes;
      bytes.set(new Uint8Array(data.buffer, begin, samples * sampleBytes), bases.data + columns[i].offset);
    });
    const { totals } = bases;
    const shapes = this.shapes("outputs");
    this.#engine.run(loaded, {
      firstStep: predictionStep(batch),
      stepCount: 1,
      order,
      learningRates: totals + 8,
      losses: totals + 16,
    });
    return outputs.map((address, i) => {
      const size = samples * sizeOf(shapes[i]);
      return (heap as Float32Array).subarray(address / 4, address / 4 + size);
    });
  }

  /** Where the samples of each input go, with room for those of every type; and the bytes that they take. */
  #columns(capacity: number, length?: number, inputs?: readonly Tensor[]): { columns: Column[]; bytes: number } {
    const layout = new MemoryLayout(0);
    const shapes = length === undefined ? undefined : this.network.shapesAt!("inputs", length);
    const columns = this.network.inputs.map(({ shape, dtype }, i): Column => {
      const size = sizeOf(shapes?.[i] ?? (shape as Shape));
      return { dtype: inputs?.[i].dtype ?? dtype, offset: layout.place(4 * capacity * size), size };
    });
    return { columns, bytes: layout.totalBytes };
  }

  #program(samples: number, inputs: readonly Tensor[]): Ready {
    const last = this.#ready;
    if (last?.samples === samples && last.columns.every(({ dtype }, i) => dtype === inputs[i].dtype)) return last;
    const { columns } = this.#columns(this.#capacity, this.#length, inputs);
    const { bases, program } = this.#places;
    const { forward, constants, outputs } = this.network.rows(samples, columns, bases);
    const rows = { forward, backwardCount: 0, updates: [], constants, batchSize: samples, loss: bases.totals };
    this.#ready = { samples, columns, outputs, loaded: this.#engine.load(rows, program) };
    return this.#ready;
  }

  #layOut(capacity: number, length: number | undefined, { arenaBytes, programBytes }: Demand): Places {
    const { values, weightBytes } = this.network;
    const layout = new MemoryLayout();
    const weights = layout.place(values.byteLength);
    // In front of what depends on the length: the engine keeps its place.
    const step = layout.place(STEP_BYTES);
    const bases: Bases = {
      weights,
      state: weights + weightBytes,
      totals: layout.place(24),
      arena: layout.place(arenaBytes),
      data: layout.place(this.#columns(capacity, length).bytes),
      slots: 0,
      gradients: 0,
    };
    const program = layout.place(programBytes);
    const order = layout.place(4 * capacity);
    const { totalBytes } = layout;
    if (layout.fits) return { bases, step, program, order, totalBytes };
    throw new MemoryLimitError(
      `predict: the model needs ${gigabytes(totalBytes)} of memory, WebAssembly allows 4 GB. Lower batchSize${length === undefined ? "" : `, or shorten the sequences of length ${length}`}.`,
    );
  }
}
