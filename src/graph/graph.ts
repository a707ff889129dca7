import type { Formula } from "../ops/formulas/formula";
import type { Op } from "../ops/op";
import { type Constant, constantBytes } from "../program/program";
import type { Shape } from "../tensor/shape";
import type { Dimension } from "./dimension";

/**
 * What a model is between its layers and its rows: values, and the operations that make them. Layers emit operations;
 * the compiler decides gradients, memory and addresses.
 */

/**
 * Parts of memory whose addresses are known before a graph is planned. `gradients` mirrors `weights`; `past` is what lasts from one
 * step of a stream to the next.
 */
export type Region = "weights" | "state" | "gradients" | "slots" | "totals" | "data" | "constants" | "past";

/** A fixed place: bytes from the beginning of a region. */
export interface Place {
  readonly region: Region;
  readonly offset: number;
}

export interface Value {
  /** Position in the graph: the same layers in the same order give the same ids, whatever the batch size. */
  readonly id: number;
  /** The layer, weight or data column it belongs to, for messages. */
  readonly owner: string;
  readonly shape: Shape;
  /** Where it stands; absent for activations, which the compiler places. */
  readonly place?: Place;
  /** A weight that is trained. */
  readonly trainable: boolean;
  /** A weight or state of a layer that was frozen when the model was compiled. */
  readonly frozen: boolean;
  /** Its numbers are int32. */
  readonly isWhole: boolean;
  /** The value whose memory this one shows in another shape. */
  readonly viewOf?: Value;
}

/** A column of a program's data: which of the inputs, the targets or the weights of samples. */
export interface ColumnReference {
  readonly side: "x" | "y" | "sampleWeights";
  readonly index: number;
}

export interface Operation {
  readonly op: Op;
  readonly owner: string;
  /** Inputs, outputs and other addressed fields by their names in the row; absent ones are missing. */
  readonly values: Readonly<Record<string, Value>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, number>>;
  /** What the operation `formula` computes. */
  readonly formula?: Formula;
  /** What it gathers samples from, if it does. Type and place of the data are known when rows are written. */
  readonly column?: ColumnReference;
  /** Of an update: fields that are gradients, by name, and the values whose gradients they are. */
  readonly gradients?: Readonly<Record<string, Value>>;
}

/** Options of an emitted operation: what its row holds besides addresses. */
export interface Attributes {
  readonly counts?: Readonly<Record<string, number>>;
  readonly numbers?: Readonly<Record<string, number>>;
  readonly formula?: Formula;
  readonly column?: ColumnReference;
  readonly gradients?: Readonly<Record<string, Value>>;
}

/** The value that owns the memory: the end of a chain of views. */
export function storageOf(value: Value): Value {
  let owner = value;
  while (owner.viewOf) owner = owner.viewOf;
  return owner;
}

export class Graph {
  operations: Operation[] = [];
  /** What changes state once a training step has turned out well. */
  readonly updates: Operation[] = [];
  /** What is added to the loss besides those of outputs: numbers whose mean counts. */
  readonly losses: { readonly owner: string; readonly value: Value }[] = [];
  readonly values: Value[] = [];
  readonly constants: Constant[] = [];
  /** Constants of one number, which formulas have in their code. */
  readonly scalars = new Map<Value, number>();
  /** In a graph that functions over nodes are traced in: the open sizes that some numbers stand for. */
  openSizes?: ReadonlyMap<number, Dimension>;
  #streams: number;

  constructor(
    public batchSize: number,
    /** Whether layers that differ between training and inference (dropout, batch normalisation) train. */
    readonly training: boolean,
    /** The model's seed: with the number of the stream and of the step it determines every random draw. */
    readonly seed: number,
    /** Steps done under earlier optimizers, whose numbers begin at 0 as well: they are not to draw the same. */
    pastSteps = 0,
    /** Of the sequences in the batch, where that is open. */
    public length?: number,
  ) {
    this.#streams = Math.imul(pastSteps, 0x9e3779b1);
  }

  /** A value without an operation: a weight, a data column, a sum. */
  value(
    owner: string,
    shape: Shape,
    options: Partial<Pick<Value, "place" | "trainable" | "frozen" | "isWhole" | "viewOf">> = {},
  ): Value {
    const value = { trainable: false, frozen: false, isWhole: false, ...options, id: this.values.length, owner, shape };
    this.values.push(value);
    return value;
  }

  /** Numbers that the program brings along: a value that is the same in every step. */
  constant(owner: string, data: Int32Array | Float32Array, shape: Shape = [data.length]): Value {
    const offset = constantBytes(this.constants);
    this.constants.push({ offset, data });
    const isWhole = data instanceof Int32Array;
    const value = this.value(owner, shape, { place: { region: "constants", offset }, isWhole });
    if (data.length === 1) this.scalars.set(value, data[0]);
    return value;
  }

  /** The same numbers in another shape. Costs nothing. */
  view(source: Value, shape: Shape, owner: string): Value {
    return this.value(owner, shape, { viewOf: source, isWhole: source.isWhole });
  }

  /** Adds an operation with one output and returns that. */
  emit(op: Op, owner: string, values: Record<string, Value>, shape: Shape, attributes: Attributes = {}): Value {
    const [name = op.results[0]] = op.outputs;
    const output = this.value(owner, shape, { isWhole: op.results.includes(name) });
    this.emitSink(op, owner, { ...values, [name]: output }, attributes);
    return output;
  }

  /** Adds an operation that only has an effect: on a total, on a weight. */
  emitSink(op: Op, owner: string, values: Record<string, Value>, attributes: Attributes = {}): void {
    this.operations.push({ op, owner, values, counts: {}, numbers: {}, ...attributes });
  }

  /** Adds an operation that runs with the weight updates: in training only, and not when the loss is not finite. */
  emitUpdate(op: Op, owner: string, values: Record<string, Value>, attributes: Attributes = {}): void {
    this.updates.push({ op, owner, values, counts: {}, numbers: {}, ...attributes });
  }

  /** Does something as if the sequences had another length: a model within has its own. */
  atLength<T>(length: number | undefined, work: () => T): T {
    const outer = this.length;
    this.length = length;
    const result = work();
    this.length = outer;
    return result;
  }

  /** Does something as if the batch had other samples, none of an open length: every step of a sequence may be one. */
  atBatchSize<T>(batchSize: number, work: () => T): T {
    const outer = this.batchSize;
    this.batchSize = batchSize;
    const result = this.atLength(undefined, work);
    this.batchSize = outer;
    return result;
  }

  /** A number of its own for every operation that draws random numbers. */
  nextStream(): number {
    return this.#streams++ | 0;
  }
}
