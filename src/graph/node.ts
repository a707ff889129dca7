import type { Dtype } from "../tensor/tensor";
import { ShapeError } from "../errors";
import type { Layer } from "./layer";
import { oneOf, show } from "../options";
import { checkCount, checkSize, type Option, type OptionsOf, readOptions, text } from "../optionTable";
import { showShape, type Shape, sizeOf } from "../tensor/shape";

/**
 * One use of a layer, or an input: what `layer.apply` returns and `model` is made of. `shape` leaves out the batch. A node
 * is frozen: what it was made of never changes, so that nodes cannot form a circle.
 */
export class Node {
  /** What the layer was applied to. */
  readonly inputs: readonly Node[];
  /** Sizes without the batch dimension. */
  readonly shape: readonly number[];

  /** @internal Nodes are made by `input` and `layer.apply`. */
  constructor(
    /** The layer that was applied; undefined for an input. */
    readonly layer: Layer | undefined,
    inputs: readonly Node[],
    shape: Shape,
    /** The name of an input, if it was given one. */
    readonly name?: string,
    /** What the data of an input holds. */
    readonly dtype: Dtype = "float32",
  ) {
    this.inputs = Object.freeze([...inputs]);
    this.shape = Object.freeze(shape);
    Object.freeze(this);
  }
}

/** What a node is called in messages. */
export function describeNode(node: Node): string {
  return node.layer?.name ?? node.name ?? "an input";
}

/** How many steps of a path are drawn: the last ones say most. */
const DRAWN_STEPS = 8;

/** The way to a node from an input, with shapes, by the first input of each layer: `a [batch, 8] → dense [batch, 4]`. */
export function drawPath(node: Node): string {
  const steps: string[] = [];
  let current: Node | undefined = node;
  for (; current && steps.length < DRAWN_STEPS; current = current.inputs[0]) {
    steps.unshift(`${describeNode(current)} [${["batch", ...current.shape].join(", ")}]`);
  }
  return (current ? ["…", ...steps] : steps).join(" → ");
}

/** A shape without batch dimension, as a user writes it. */
export const sampleShape: Option<readonly number[]> = (given, who, option) => {
  if (!Array.isArray(given)) {
    throw new ShapeError(
      `${who}: ${option} must be an array of sizes without the batch dimension, got ${show(given)}.`,
    );
  }
  const shape = given.map((length, axis) => checkSize(who, `${option}[${axis}]`, length));
  checkCount(sizeOf(shape), `${who}: ${option} ${showShape(shape)} has ${sizeOf(shape)} numbers a sample`);
  return shape;
};

const dtype: Option<Dtype> = (given, who, option) => oneOf(who, option, given, ["float32", "int32", "uint8"]);

/** How options of `input` are read. */
const inputOptions = {
  /** Sizes without the batch dimension, e.g. `[28, 28, 1]`. */
  shape: sampleShape,
  /** What the data will hold; integers and bytes become float32 in the batch. Default `"float32"`. */
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
  return new Node(undefined, [], shape, name, dtype);
}
