import type { Dtype } from "../tensor/tensor";
import { ShapeError } from "../errors";
import type { Layer } from "./layer";
import { checkOptions, integer, oneOf, show } from "../options";
import type { Shape } from "../tensor/shape";

/**
 * One use of a layer, or an input: what `layer.apply` returns and `model` is made of. `shape` leaves out the batch.
 */
export class Node {
  /** @internal Nodes are made by `input` and `layer.apply`. */
  constructor(
    /** The layer that was applied; undefined for an input. */
    readonly layer: Layer | undefined,
    /** What the layer was applied to. */
    readonly inputs: readonly Node[],
    /** Sizes without the batch dimension. */
    readonly shape: readonly number[],
    /** The name of an input, if it was given one. */
    readonly name?: string,
    /** What the data of an input holds. */
    readonly dtype: Dtype = "float32",
  ) {}
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

/** Checks a shape without batch dimension as a user wrote it. */
export function checkShape(who: string, option: string, shape: unknown): Shape {
  if (!Array.isArray(shape)) {
    throw new ShapeError(
      `${who}: ${option} must be an array of sizes without the batch dimension, got ${show(shape)}.`,
    );
  }
  return Object.freeze(shape.map((length, axis) => integer(who, `${option}[${axis}]`, length)));
}

/** Options of `input`. */
export interface InputOptions {
  /** Sizes without the batch dimension, e.g. `[28, 28, 1]`. */
  shape: readonly number[];
  /** What the data will hold; integers and bytes become float32 in the batch. Default `"float32"`. */
  dtype?: Dtype | undefined;
  /** A name for messages. */
  name?: string | undefined;
}

/**
 * An input of a model.
 *
 * @throws ShapeError, ArgumentError when an option is not of that kind
 */
export function input(options: InputOptions): Node {
  checkOptions("input", options, ["shape", "dtype", "name"]);
  const dtype = oneOf("input", "dtype", options?.dtype ?? "float32", ["float32", "int32", "uint8"] as const);
  return new Node(undefined, [], checkShape("input", "shape", options?.shape), options.name, dtype);
}
