import type { Op } from "../ops/op";
import type { CoreMachine } from "./machine";

/** Elements that kernels of vectors compute at a time, beyond the end of a vector if need be. */
const GRAIN = 16;

/**
 * A kernel in which element i of every result depends on element i of other vectors only. Such kernels have no loop for the
 * last elements: compiled models give every tensor some padding to be overwritten. Here a vector may be part of another, so
 * the last few elements of each are computed in copies.
 */
export class VectorKernel {
  readonly #machine: CoreMachine;
  readonly #run: () => void;
  /** Index of every vector's address in the row. */
  readonly #vectors: readonly number[];
  /** The addresses themselves, while copies stand in their place. */
  readonly #addresses: number[];
  readonly #count: number;

  /** @param vectors fields of the row, at most eight */
  constructor(machine: CoreMachine, op: Op, direction: "Forward" | "Backward", vectors: readonly string[]) {
    const places = machine.places(op);
    this.#machine = machine;
    this.#run = machine.kernel(op, direction);
    this.#vectors = vectors.map((name) => places[name]);
    this.#addresses = vectors.map(() => 0);
    this.#count = places.count;
  }

  /** Runs over vectors of so many elements, whose addresses, and all other fields, stand in the row. An absent one has 0. */
  run(count: number): void {
    const { integers } = this.#machine;
    const rest = count % GRAIN;
    if (count >= GRAIN) {
      integers[this.#count] = count - rest;
      this.#run();
    }
    if (rest > 0) this.#runEnds(count - rest, rest);
  }

  #runEnds(first: number, rest: number): void {
    const { integers, floats, endsAddress } = this.#machine;
    const vectors = this.#vectors;
    const addresses = this.#addresses;
    for (let v = 0; v < vectors.length; v++) {
      const address = integers[vectors[v]] >>> 0;
      addresses[v] = address;
      if (address === 0) continue;
      const copy = endsAddress + 4 * GRAIN * v;
      for (let i = 0; i < rest; i++) floats[copy / 4 + i] = floats[address / 4 + first + i];
      integers[vectors[v]] = copy;
    }
    integers[this.#count] = GRAIN;
    this.#run();
    for (let v = 0; v < vectors.length; v++) {
      // What was only read comes back as it went.
      const copy = endsAddress + 4 * GRAIN * v;
      if (addresses[v] === 0) continue;
      for (let i = 0; i < rest; i++) floats[addresses[v] / 4 + first + i] = floats[copy / 4 + i];
    }
  }
}
