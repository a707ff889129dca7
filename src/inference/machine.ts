import type { Bases } from "../compiler/assemble";
import { alignBytes, FIRST_FREE_BYTE, LIMIT_BYTES, PROGRAM_BYTES, ROW_BYTES, STEP_BYTES } from "../program/layout";
import type { Column } from "../compiler/lower";
import type { Tensor } from "../tensor/tensor";
import { sizeOf } from "../tensor/shape";
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

/** A program in memory, for so many samples of such types. */
interface Ready {
  readonly key: string;
  readonly loaded: LoadedProgram;
  readonly outputs: readonly number[];
}

/** A network's memory for batches of up to a size, and the program in it. */
export class Machine {
  #capacity = 0;
  #engine!: WasmEngine;
  #places!: Places;
  #ready?: Ready;

  constructor(private readonly network: Network) {}

  /**
   * Makes room for batches of so many samples.
   *
   * @throws MemoryLimitError when they need more than WebAssembly has
   */
  async reserve(capacity: number): Promise<void> {
    if (capacity <= this.#capacity) return;
    const demand = this.network.plan(capacity);
    const places = this.#layOut(capacity, demand);
    const { operations, builds } = demand;
    const module = await moduleFor({ math: "strict", isShared: false, operations }, builds);
    const engine = new WasmEngine(module, places.totalBytes, places.step);
    const { heap, integers } = engine.memory;
    (heap as Float32Array).set(this.network.values, places.bases.weights / 4);
    for (let i = 0; i < capacity; i++) integers[places.order / 4 + i] = i;
    this.#capacity = capacity;
    this.#engine = engine;
    this.#places = places;
    this.#ready = undefined;
  }

  /** Computes the outputs of some samples; views, valid until the next run. */
  run(inputs: readonly Tensor[], first: number, samples: number): Float32Array[] {
    const { bytes, heap } = this.#engine.memory;
    const { bases, order } = this.#places;
    const columns = this.#columns(this.#capacity, inputs);
    inputs.forEach(({ data }, i) => {
      const sampleBytes = columns[i].size * data.BYTES_PER_ELEMENT;
      const begin = data.byteOffset + first * sampleBytes;
      bytes.set(new Uint8Array(data.buffer, begin, samples * sampleBytes), bases.data + columns[i].offset);
    });
    const { loaded, outputs } = this.#program(samples, columns);
    const { totals } = bases;
    this.#engine.run(loaded, { firstStep: 0, stepCount: 1, order, learningRates: totals + 8, losses: totals + 16 });
    return outputs.map((address, i) => {
      const size = samples * sizeOf(this.network.outputs[i].shape);
      return (heap as Float32Array).subarray(address / 4, address / 4 + size);
    });
  }

  /** Where the samples of each input go, with room for those of every type. */
  #columns(capacity: number, inputs?: readonly Tensor[]): Column[] {
    let offset = 0;
    return this.network.inputs.map(({ shape, dtype }, i) => {
      const column = { dtype: inputs?.[i].dtype ?? dtype, offset, size: sizeOf(shape) };
      offset += alignBytes(4 * capacity * column.size);
      return column;
    });
  }

  #program(samples: number, columns: readonly Column[]): Ready {
    const key = [samples, ...columns.map(({ dtype }) => dtype)].join();
    if (this.#ready?.key === key) return this.#ready;
    const { bases, program } = this.#places;
    const { forward, outputs } = this.network.rows(samples, columns, bases);
    const rows = { forward, backwardCount: 0, updates: [], batchSize: samples, loss: bases.totals };
    this.#ready = { key, outputs, loaded: this.#engine.load(rows, program) };
    return this.#ready;
  }

  #layOut(capacity: number, { arenaBytes, rowCount }: Demand): Places {
    let end = FIRST_FREE_BYTE;
    const take = (bytes: number) => {
      const start = end;
      end += alignBytes(bytes);
      return start;
    };
    const { values, weightBytes } = this.network;
    const weights = take(values.byteLength);
    const bases: Bases = {
      weights,
      state: weights + weightBytes,
      totals: take(24),
      arena: take(arenaBytes),
      data: take(this.#columns(capacity).reduce((sum, { size }) => sum + alignBytes(4 * capacity * size), 0)),
      slots: 0,
      gradients: 0,
    };
    const places = { bases, step: take(STEP_BYTES), program: take(PROGRAM_BYTES + rowCount * ROW_BYTES) };
    const order = take(4 * capacity);
    if (end <= LIMIT_BYTES) return { ...places, order, totalBytes: end };
    const gigabytes = (end / 2 ** 30).toFixed(1);
    throw new MemoryLimitError(
      `predict: the model needs ${gigabytes} GB of memory, WebAssembly allows 4 GB. Lower batchSize.`,
    );
  }
}
