import type { Dtype } from "../tensor/tensor";
import { ArgumentError, ShapeError } from "../errors";
import { BATCH, type Dimension, type Extent, isSame, LENGTH, shapeAt, showDimensions } from "./dimension";
import type { Graph, Value } from "./graph";
import type { Layer } from "./layer";
import { oneOf, show } from "../options";
import { checkCount, checkSize, type Option, type OptionsOf, readOptions, text } from "../optionTable";
import { showShape, sizeOf } from "../tensor/shape";

/** What makes a node that no layer makes: a function over nodes. `name` and `options` are all that a file needs to keep. */
export interface NodeOperation {
  /** As in `ops.matmul`. */
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Adds its operations to the graph. */
  emit(graph: Graph, inputs: readonly Value[]): Value;
  /** Why it cannot work on sequences of a length; undefined where it can. */
  misfit?(extent: Extent): string | undefined;
}

/** What a use of a layer was told besides its inputs, as files keep it: which of the options of `apply` there were. */
export type CallOptions = Readonly<Record<string, boolean>>;

/** One use of a layer: what all its outputs have in common, so that it is computed once. */
export interface LayerCall {
  readonly layer: Layer;
  readonly inputs: readonly Node[];
  /** All sizes of its outputs, one or several. */
  readonly outputs: readonly (readonly Dimension[])[];
  /** What a layer that computes with masks computes with: one for each input, where that has any. Empty for the other layers. */
  readonly masks: readonly (Node | undefined)[];
  /** Of a layer whose `apply` takes options. */
  readonly options: CallOptions;
}

/**
 * An output of one use of a layer, the result of a function over nodes, or an input: what `layer.apply`, `ops` and `input` return and `model` is made
 * of. `shape` leaves out the batch. A node is frozen: what it was made of never changes, so that nodes cannot form a circle.
 */
export class Node {
  /** What the layer was applied to. */
  readonly inputs: readonly Node[];
  /**
   * Sizes without the batch dimension, `null` where they depend on the open length of an input. Those of a node without a batch,
   * which only `ops` make, are all it has.
   */
  readonly shape: readonly (number | null)[];
  /** @internal All sizes. */
  readonly dimensions: readonly Dimension[];

  /** @internal Nodes are made by `input`, `layer.apply` and `ops`. */
  constructor(
    /** The layer that was applied; undefined for an input and for what `ops` return. */
    readonly layer: Layer | undefined,
    inputs: readonly Node[],
    dimensions: readonly Dimension[],
    /** The name of an input, if it was given one. */
    readonly name?: string,
    /** What the data of an input holds; of `ops` whether their result is one of whole numbers. */
    readonly dtype: Dtype = "float32",
    /** @internal What made it when no layer did. */
    readonly operation?: NodeOperation,
    /** @internal The use of the layer that it is an output of. */
    readonly call?: LayerCall,
    /** @internal Which of the outputs it is. */
    readonly outputIndex = 0,
    /**
     * Which of its places count: a node `[batch, …]` of 0 and 1 with the first axes of this one, such as `[batch, time]` of
     * `[batch, time, features]`. Undefined where all do. `layers.masking` and `ops.withMask` make one.
     */
    readonly mask?: Node,
  ) {
    this.inputs = Object.freeze([...inputs]);
    this.dimensions = Object.freeze(dimensions);
    const isOfBatch = (size: Dimension) => typeof size !== "number" && size.power > 0;
    const sizes = dimensions.flatMap((size) => (isOfBatch(size) ? [] : [typeof size === "number" ? size : null]));
    this.shape = Object.freeze(sizes);
    Object.freeze(this);
  }

  /** @internal What comes out of a use of a layer: an output, or behind these what only masks of outputs show. */
  static ofCall(call: LayerCall, index: number, dimensions: readonly Dimension[], mask?: Node): Node {
    return new Node(call.layer, call.inputs, dimensions, undefined, undefined, undefined, call, index, mask);
  }

  /** @internal Everything it is computed of: its inputs, and masks that its layer computes with. */
  get needs(): readonly Node[] {
    const masks = this.call?.masks;
    return masks?.length ? [...this.inputs, ...masks.filter((mask) => mask !== undefined)] : this.inputs;
  }

  /** @internal Whether it is one sample after the other, as layers, inputs and outputs of models are. */
  get isBatched(): boolean {
    const [first, ...others] = this.dimensions;
    return (
      first !== undefined && isSame(first, BATCH) && others.every((size) => typeof size === "number" || !size.power)
    );
  }

  /** @internal Whether a size depends on the open length of an input. */
  get isOpen(): boolean {
    return this.shape.includes(null);
  }

  /** @internal Whether its numbers are int32. Layers that compute with an input of whole numbers get them as float32. */
  get isWhole(): boolean {
    return this.dtype === "int32";
  }

  /** @internal Whether it is an input of a model, or what a function is called with. */
  get isInput(): boolean {
    return !this.layer && !this.operation;
  }

  /** @internal Arithmetic with nodes gives no node; `ops` do. */
  [Symbol.toPrimitive](): never {
    throw new ArgumentError(
      "a node is no number: write ops.add(a, b), ops.multiply(a, 2), ops.greater(a, 0) in place of a + b, a * 2, a > 0.",
    );
  }
}

/** The shape of a sample, where sequences have this length. */
export function shapeOf({ dimensions }: Node, length?: number): number[] {
  return shapeAt(dimensions.slice(1), { batchSize: 1, length });
}

/** What a node is called in messages. */
export function describeNode(node: Node): string {
  const { call, outputIndex } = node;
  if (call && call.outputs.length > 1) return `${call.layer.name} (output ${outputIndex})`;
  return node.layer?.name ?? node.name ?? (node.operation ? `ops.${node.operation.name}` : "an input");
}

/** Refuses whole numbers, such as places of maxima, where float32 is read. Those of inputs become float32 there. */
export function checkFloat(who: string, node: Node): void {
  if (!node.isWhole || node.isInput) return;
  throw new ArgumentError(
    `${who}: expects float32 numbers, got whole ones of ${describeNode(node)}. Use ops.cast(node, "float32").`,
  );
}

/** How many steps of a path are drawn: the last ones say most. */
const DRAWN_STEPS = 8;

/** The way to a node from an input, with shapes, by the first input of each layer: `a [batch, 8] → dense [batch, 4]`. */
export function drawPath(node: Node): string {
  const steps: string[] = [];
  let current: Node | undefined = node;
  for (; current && steps.length < DRAWN_STEPS; current = current.inputs[0]) {
    steps.unshift(`${describeNode(current)} ${showDimensions(current.dimensions)}`);
  }
  return (current ? ["…", ...steps] : steps).join(" → ");
}

/** A shape without batch dimension, as a user writes it: the first size may be open. */
export const sampleShape: Option<readonly (number | null)[]> = (given, who, option) => {
  if (!Array.isArray(given)) {
    throw new ShapeError(
      `${who}: ${option} must be an array of sizes without the batch dimension, got ${show(given)}.`,
    );
  }
  const shape = given.map((length, axis) => {
    if (length === null && axis > 0) {
      throw new ShapeError(`${who}: only the first size of ${option} may be null, an open length, got ${show(given)}.`);
    }
    return length === null ? null : checkSize(who, `${option}[${axis}]`, length);
  });
  const count = sizeOf(shape.map((length) => length ?? 1));
  checkCount(count, `${who}: ${option} ${showShape(shape)} has ${count} numbers a sample`);
  return shape;
};

const dtype: Option<Dtype> = (given, who, option) => oneOf(who, option, given, ["float32", "int32", "uint8"]);

/** How options of `input` are read. */
const inputOptions = {
  /**
   * Sizes without the batch dimension, e.g. `[28, 28, 1]`. The first may be open, `[null, 8]`: a batch has one length then, and
   * batches differ. Several inputs that are open have the same length.
   */
  shape: sampleShape,
  /**
   * What the data will hold. Bytes become float32 in the batch, and so do integers where a layer computes with them; `ops` and
   * layers that take ids get integers as they are. Default `"float32"`.
   */
  dtype: [dtype, "float32"],
  /** A name for messages. */
  name: [text, undefined],
} as const;

/** Options of `input`. */
export interface InputOptions extends OptionsOf<typeof inputOptions> {}

/**
 * An input of a model.
 *
 * @throws ShapeError, ArgumentError when an option is not of that kind
 */
export function input(options: InputOptions): Node {
  const { shape, dtype, name } = readOptions("input", options, inputOptions);
  return new Node(undefined, [], [BATCH, ...shape.map((size) => size ?? LENGTH)], name, dtype);
}
