import { storageOf, type Value } from "../../../graph/graph";
import type { Shape } from "../../../tensor/shape";
import { refuse } from "../inexpressible";
import type { ModelParts } from "../modelParts";
import type { OpenGraph } from "../openGraph";
import type { OpenCount } from "../openSize";
import { applySteps, type WeightStep } from "../weightSteps";
import type { Attribute, Initializer, OnnxNode } from "./onnxFile";

/** Where the channels of a value stand: behind all other axes, as in wasmgrad, or right behind the batch, as in ONNX. */
export type Layout = "last" | "first";

/** A weight in the file, and how to make it again. */
export interface StoredWeight {
  readonly initializer: string;
  readonly shape: Shape;
  readonly steps: readonly WeightStep[];
}

type Attributes = Readonly<Record<string, Attribute>>;

/** Axes of a value of this rank with the channels behind the batch. */
export const toFirst = (rank: number): number[] => [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
const toLast = (rank: number): number[] => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];

/** A graph of ONNX that is being written: nodes for the values of a graph of wasmgrad, each in one layout or in both. */
export class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  readonly initializers = new Map<string, Initializer>();
  readonly stored = new Map<string, StoredWeight>();
  readonly #held = new Map<number, Partial<Record<Layout, string>>>();
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, string>();
  readonly #sizes = new Map<string, string>();
  /** What values are made of, by their ids, for those that look behind one. */
  readonly makers = new Map<number, OpenGraph["operations"][number]>();

  constructor(
    readonly open: OpenGraph,
    private readonly parts: ModelParts,
    reserved: Iterable<string>,
  ) {
    for (const name of reserved) this.#names.add(name);
    for (const { name } of parts.weights.entries) this.#names.add(name);
    for (const operation of open.operations) {
      for (const value of Object.values(operation.values)) {
        if (!value.place && !this.makers.has(value.id) && !open.inputs.includes(value))
          this.makers.set(value.id, operation);
      }
    }
  }

  /** A name that is free: this, or this with a number. */
  unique(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** Adds a node and returns its first output. The first of an owner is called after it. */
  node(owner: string, type: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.nodeOf(owner, type, inputs, attributes, 1)[0];
  }

  nodeOf(owner: string, type: string, inputs: readonly string[], attributes: Attributes, outputs: number): string[] {
    const name = this.#names.has(owner) ? this.unique(`${owner}/${type}`) : this.unique(owner);
    const made = Array.from({ length: outputs }, (_, i) => this.unique(i ? `${name}:${i}` : `${name}:0`));
    this.nodes.push({ type, name, inputs: [...inputs], outputs: made, attributes });
    return made;
  }

  /** Whole numbers as a constant vector of int64. */
  integers(values: readonly number[]): string {
    return this.#constant(`i${values}`, "integers", { shape: [values.length], data: values });
  }

  /** One number without an axis. */
  scalar(value: number): string {
    return this.#constant(`f${Object.is(value, -0) ? "-0" : value}`, "scalar", {
      shape: [],
      data: Float32Array.of(value),
    });
  }

  /** The same number so many times. */
  filled(value: number, count: number): string {
    return this.#constant(`v${value} ${count}`, "vector", {
      shape: [count],
      data: new Float32Array(count).fill(value),
    });
  }

  /** Numbers that a layer brings along. */
  numbers(owner: string, shape: Shape, data: Float32Array | Int32Array): string {
    const name = this.unique(`${owner}/constant`);
    this.initializers.set(name, { shape, data });
    return name;
  }

  #constant(key: string, kind: string, initializer: Initializer): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.unique(`constant/${kind}`);
    this.initializers.set(name, initializer);
    this.#constants.set(key, name);
    return name;
  }

  /** A weight, state or constant in another layout; of what is computed nodes do the same. */
  weight(value: Value, steps: readonly WeightStep[] = []): string {
    const storage = storageOf(value);
    const region = storage.place?.region;
    const tensor = this.parts.tensors.get(storage.owner);
    if ((region !== "weights" && region !== "state") || !tensor) return this.#relaid(value, steps);
    const all: WeightStep[] = sameNumbers(value.shape, storage.shape)
      ? [...steps]
      : [["reshape", value.shape], ...steps];
    const key = `${storage.owner} ${JSON.stringify(all)}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const isFirst = !this.stored.has(storage.owner);
    const name = isFirst ? storage.owner : this.unique(storage.owner);
    this.initializers.set(name, applySteps(tensor, all));
    this.#constants.set(key, name);
    if (isFirst) this.stored.set(storage.owner, { initializer: name, shape: tensor.shape, steps: all });
    return name;
  }

  #relaid(value: Value, steps: readonly WeightStep[]): string {
    let name = this.last(value);
    for (const step of steps) {
      if (step[0] === "reshape") name = this.node(value.owner, "Reshape", [name, this.integers(step[1])]);
      else if (step[0] === "transpose") name = this.node(value.owner, "Transpose", [name], { perm: step[1] });
      else refuse(value.owner, "has weights that are computed, which ONNX has no form for here");
    }
    return name;
  }

  /** Keeps the weights that no node takes, so that our own file gives back all. */
  storeRest(): void {
    for (const [name, tensor] of this.parts.tensors) {
      if (this.stored.has(name)) continue;
      this.initializers.set(name, tensor);
      this.stored.set(name, { initializer: name, shape: tensor.shape, steps: [] });
    }
  }

  define(value: Value, name: string, layout: Layout = "last"): void {
    this.#held.set(value.id, { ...this.#held.get(value.id), [layout]: name });
  }

  /** The name of a value as wasmgrad has it. */
  last(value: Value): string {
    return this.get(value, "last");
  }

  /** The name of a value whose channels stand behind the batch. */
  first(value: Value): string {
    return this.get(value, "first");
  }

  get(value: Value, layout: Layout): string {
    const held = this.#held.get(value.id) ?? this.#find(value);
    const known = held[layout];
    if (known !== undefined) return known;
    const rank = value.shape.length;
    const other = held[layout === "last" ? "first" : "last"]!;
    if (rank < 3) return other;
    const perm = layout === "first" ? toFirst(rank) : toLast(rank);
    const name = this.node(value.owner, "Transpose", [other], { perm });
    this.define(value, name, layout);
    return name;
  }

  /** A value that no operation makes: a view, a constant, a weight. */
  #find(value: Value): Partial<Record<Layout, string>> {
    const made = value.viewOf ? this.#view(value, value.viewOf) : this.#brought(value);
    this.define(value, made);
    return this.#held.get(value.id)!;
  }

  #brought(value: Value): string {
    const constant = this.open.constantOf(value);
    if (!constant) return this.weight(value);
    if (!constant.isCounting) return this.numbers(value.owner, value.shape, constant.data);
    const [length] = this.open.sizesOf(value);
    const end = this.node(
      value.owner,
      "Cast",
      [this.node(value.owner, "Squeeze", [this.size(length), this.integers([0])])],
      { to: 6 },
    );
    const zero = this.numbers(value.owner, [], Int32Array.of(0));
    const one = this.numbers(value.owner, [], Int32Array.of(1));
    return this.node(value.owner, "Range", [zero, end, one]);
  }

  #view(value: Value, source: Value): string {
    const { region } = storageOf(value).place ?? {};
    if (region === "weights" || region === "state") return this.weight(value);
    const from = this.open.sizesOf(source);
    const to = this.open.sizesOf(value);
    if (from.length === to.length && from.every((size, axis) => size.equals(to[axis]))) return this.last(source);
    const held = this.#held.get(source.id);
    // Of one pixel the channels stand in the same order in both layouts.
    const isPixel = from.length >= 3 && from.slice(1, -1).every(({ fixed }) => fixed === 1);
    const name = isPixel && held?.first !== undefined ? held.first : this.last(source);
    return this.reshape(value.owner, name, to);
  }

  /** The layout in which values that are computed together are at hand. */
  layoutOf(values: readonly Value[]): Layout {
    const [{ shape }] = values;
    if (shape.length < 3 || values.some((value) => value.shape.length !== shape.length)) return "last";
    const held = values.map((value) => this.#held.get(value.id) ?? this.#find(value));
    return held.some(({ last }) => last === undefined) ? "first" : "last";
  }

  /** A value of other sizes with the same numbers. */
  reshape(owner: string, name: string, sizes: readonly OpenCount[]): string {
    const unknown = sizes.filter(({ fixed }) => fixed === undefined).length;
    const shape = unknown <= 1 ? this.integers(sizes.map(({ fixed }) => fixed ?? -1)) : this.shape(owner, sizes);
    return this.node(owner, "Reshape", [name, shape]);
  }

  /** Sizes as a vector of int64, computed where they depend on the inputs. */
  shape(owner: string, sizes: readonly OpenCount[]): string {
    if (sizes.every(({ fixed }) => fixed !== undefined)) return this.integers(sizes.map(({ fixed }) => fixed!));
    return this.node(
      owner,
      "Concat",
      sizes.map((size) => this.size(size)),
      { axis: 0 },
    );
  }

  /** A size as a vector of one number. */
  size(size: OpenCount): string {
    if (size.fixed !== undefined) return this.integers([size.fixed]);
    const key = `${size.power} ${size.terms}`;
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const [rest, slope, square] = size.terms;
    const one = (name: string, times: number) =>
      times === 1 ? name : this.node("sizes", "Mul", [name, this.integers([times])]);
    const parts: string[] = [];
    if (square) parts.push(one(this.node("sizes", "Mul", [this.#length, this.#length]), square));
    if (slope) parts.push(one(this.#length, slope));
    let result = parts.length ? parts.reduce((a, b) => this.node("sizes", "Add", [a, b])) : "";
    if (result && rest) result = this.node("sizes", "Add", [result, this.integers([rest])]);
    for (let i = 0; i < size.power; i++) {
      result = result ? this.node("sizes", "Mul", [result, this.#batch]) : one(this.#batch, rest);
    }
    this.#sizes.set(key, result);
    return result;
  }

  get #batch(): string {
    return this.#sizeOfInput("batch", 0, 0);
  }

  get #length(): string {
    return this.#sizeOfInput("length", this.open.openInput, 1);
  }

  #sizeOfInput(key: string, input: number, axis: number): string {
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const shape = this.node("sizes", "Shape", [this.#inputNames[input]]);
    const name = this.node("sizes", "Gather", [shape, this.integers([axis])], { axis: 0 });
    this.#sizes.set(key, name);
    return name;
  }

  #inputNames: readonly string[] = [];

  /** The inputs of the graph, whose sizes others are computed of. */
  setInputs(names: readonly string[]): void {
    this.#inputNames = names;
  }
}

/** Whether a shape is another. */
export function sameNumbers(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
