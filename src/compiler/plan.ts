import { sizeOf } from "../tensor/shape";
import { type Graph, type Operation, storageOf, type Value } from "../graph/graph";
import type { Differentiation } from "./differentiate";
import { tensorBytes } from "../program/layout";

/** Where activations, their gradients and scratch memory stand: bytes from the beginning of the arena. */
export interface Plan {
  readonly bytes: number;
  /** By id of the value that owns the memory, so that a smaller batch finds the same places. */
  readonly activations: ReadonlyMap<number, number>;
  readonly gradients: ReadonlyMap<number, number>;
  /** By position of the operation. */
  readonly workspaces: ReadonlyMap<number, number>;
  /** The most bytes alive at one moment: no plan can need less. */
  readonly bytesAliveAtWorst: number;
}

/** The moments from `first` to `last`, both included. */
interface Span {
  first: number;
  last: number;
}

/** A part of memory and when somebody needs it. */
interface Buffer {
  readonly bytes: number;
  readonly spans: readonly Span[];
  offset: number;
}

/**
 * Plans the arena of one step. Time runs through the operations forward, 0…n−1, and back again, n…2n−1. A buffer lives
 * from the operation that first writes it to the last that reads it, scratch memory while its operation runs, once forward
 * and once backward; buffers that never live together share memory.
 */
export function planMemory(
  graph: Graph,
  differentiation: Differentiation,
  /** Values, and values whose gradients, somebody reads when the step is over. */
  { kept = [], keptGradients = [] }: { kept?: readonly Value[]; keptGradients?: readonly Value[] } = {},
): Plan {
  const lifetimes = new Lifetimes(graph, differentiation, kept, keptGradients);
  const buffers = lifetimes.buffers();
  const bytes = assignOffsets(buffers);
  const offsets = <K>(map: ReadonlyMap<K, Buffer>, key: (k: K) => number) =>
    new Map([...map].map(([k, buffer]) => [key(k), buffer.offset]));
  return {
    bytes,
    activations: offsets(lifetimes.activations, ({ id }) => id),
    gradients: offsets(lifetimes.gradients, ({ id }) => id),
    workspaces: offsets(lifetimes.workspaces, (position) => position),
    bytesAliveAtWorst: aliveAtWorst(buffers),
  };
}

class Lifetimes {
  readonly activations = new Map<Value, Buffer>();
  readonly gradients = new Map<Value, Buffer>();
  readonly workspaces = new Map<number, Buffer>();

  constructor(
    private readonly graph: Graph,
    private readonly differentiation: Differentiation,
    kept: readonly Value[],
    keptGradients: readonly Value[],
  ) {
    const { operations } = graph;
    const end = 2 * operations.length;
    operations.forEach((operation, i) => {
      this.#forward(operation, i);
    });
    for (const value of kept) this.#touch(this.activations, storageOf(value), end);
    for (let i = operations.length - 1; i >= 0; i--) this.#backward(operations[i], end - 1 - i);
    for (const value of keptGradients) this.#touch(this.gradients, storageOf(value), end);
    operations.forEach((operation, i) => {
      this.#shareInPlace(operation, i);
    });
  }

  buffers(): Buffer[] {
    return [...new Set([...this.activations.values(), ...this.gradients.values(), ...this.workspaces.values()])];
  }

  /** Extends a value's buffer to a moment; values with a place of their own have none. */
  #touch(buffers: Map<Value, Buffer>, value: Value, time: number): void {
    if (value.place) return;
    const [span] = buffers.get(value)?.spans ?? [];
    if (span) span.last = Math.max(span.last, time);
    else {
      const spans = [{ first: time, last: time }];
      buffers.set(value, { bytes: tensorBytes(sizeOf(value.shape)), spans, offset: 0 });
    }
  }

  #forward(operation: Operation, time: number): void {
    for (const value of Object.values(operation.values)) this.#touch(this.activations, storageOf(value), time);
    this.#lendScratch(operation, time);
  }

  /** Forward and backward find their scratch memory at one address, which is somebody else's in between. */
  #lendScratch(operation: Operation, position: number): void {
    const bytes = scratchBytes(operation);
    if (bytes === 0) return;
    const spans = [{ first: position, last: position }];
    const backward = 2 * this.graph.operations.length - 1 - position;
    if (this.differentiation.operations.has(operation)) spans.push({ first: backward, last: backward });
    this.workspaces.set(position, { bytes, spans, offset: 0 });
  }

  #backward(operation: Operation, time: number): void {
    const modes = this.differentiation.operations.get(operation);
    if (!modes) return;
    const { op, values } = operation;
    for (const name of [...op.saves, ...op.tensors, ...op.integers]) {
      if (values[name]) this.#touch(this.activations, storageOf(values[name]), time);
    }
    for (const name of [...modes.keys(), ...op.outputs]) {
      const storage = values[name] && storageOf(values[name]);
      // An output that leads to no loss has no gradient: address 0 tells the kernel.
      if (storage && this.differentiation.gradients.has(storage)) this.#touch(this.gradients, storage, time);
    }
  }

  /** Writes an output over its input where the operation allows it and nobody reads the input afterwards. */
  #shareInPlace(operation: Operation, time: number): void {
    const { op, values } = operation;
    if (!op.inPlace) return;
    const input = storageOf(values[op.inputs[0]]);
    const output = storageOf(values[op.outputs[0]]);
    this.#merge(this.activations.get(input), this.activations.get(output), time);
    const backwardTime = 2 * this.graph.operations.length - 1 - time;
    if (this.differentiation.operations.get(operation)?.get(op.inputs[0]) === "store") {
      this.#merge(this.gradients.get(output), this.gradients.get(input), backwardTime);
    }
  }

  #merge(earlier: Buffer | undefined, later: Buffer | undefined, time: number): void {
    if (!earlier || !later || earlier === later) return;
    const [[before], [after]] = [earlier.spans, later.spans];
    if (before.last !== time || after.first !== time || earlier.bytes !== later.bytes) return;
    before.last = after.last;
    for (const buffers of [this.activations, this.gradients]) {
      for (const [value, buffer] of buffers) if (buffer === later) buffers.set(value, earlier);
    }
  }
}

/** Bytes of scratch memory that each thread needs for an operation. */
export function scratchBytes({ op, counts }: Pick<Operation, "op" | "counts">): number {
  return tensorBytes(op.workspace?.(counts) ?? 0);
}

function overlap(a: Buffer, b: Buffer): boolean {
  return a.spans.some(({ first, last }) => b.spans.some((other) => first <= other.last && other.first <= last));
}

/** First fit, largest first: the lowest gap that no buffer alive at the same time covers. Returns the bytes in use. */
function assignOffsets(buffers: readonly Buffer[]): number {
  const placed: Buffer[] = [];
  let end = 0;
  for (const buffer of buffers.toSorted((a, b) => b.bytes - a.bytes || a.spans[0].first - b.spans[0].first)) {
    const neighbours = placed.filter((other) => overlap(buffer, other)).sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + buffer.bytes <= other.offset) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    buffer.offset = offset;
    placed.push(buffer);
    end = Math.max(end, offset + buffer.bytes);
  }
  return end;
}

function aliveAtWorst(buffers: readonly Buffer[]): number {
  const moments = new Set(buffers.flatMap(({ spans }) => spans.map(({ first }) => first)));
  let worst = 0;
  for (const moment of moments) {
    const alive = buffers.filter(({ spans }) => spans.some(({ first, last }) => first <= moment && moment <= last));
    worst = Math.max(
      worst,
      alive.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }
  return worst;
}
