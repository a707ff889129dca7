import type { Stepping } from "../../graph/steps";
import { ArgumentError, ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { showShape, type Shape } from "../../tensor/shape";
import { show } from "../../options";
import { type Option, type OptionsOf, readSettings } from "../../optionTable";
import { PERMUTE_RANK, permuteCounts, permute as permuteOp } from "../../ops/permute";
import { Layer, type LayerOptions } from "../../graph/layer";

/** The numbers from 1, in any order. */
const order: Option<readonly number[]> = (given, who, option) => {
  const isOrder = Array.isArray(given) && given.toSorted((a, b) => a - b).every((axis, i) => axis === i + 1);
  if (isOrder && given.length > 0 && given.length < PERMUTE_RANK) return [...given];
  throw new ArgumentError(
    `${who}: ${option} must have the numbers from 1 to the count of axes, at most ${PERMUTE_RANK - 1}, ` +
      `in any order, got ${show(given)}.`,
  );
};

/** How options of `permute` are read. */
const permuteOptions = {
  /** The axes in their new order, counted from 1: `[2, 1]` swaps the two axes behind the batch. */
  dims: order,
} as const;

/** Options of `permute`. */
export interface PermuteOptions extends LayerOptions, OptionsOf<typeof permuteOptions> {}

/** Adds a reordering of axes to the graph: axis i of the result is axis order[i] of x, the batch first in both. */
export function emitPermute(graph: Graph, owner: string, x: Value, order: readonly number[]): Value {
  if (order.every((axis, i) => axis === i)) return x;
  const shape = order.map((axis) => x.shape[axis]);
  return graph.emit(permuteOp, owner, { x }, shape, { counts: permuteCounts(x.shape, order) });
}

class Permute extends Layer {
  readonly #dims: readonly number[];

  constructor(options: PermuteOptions) {
    super("permute", options, Object.keys(permuteOptions));
    this.#dims = readSettings(this.name, this.options, permuteOptions).dims;
  }

  override stepping(): Stepping {
    return this.#dims[0] === 1 ? "each" : undefined;
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    if (shape.length === this.#dims.length) return this.#dims.map((axis) => shape[axis - 1]);
    throw new ShapeError(
      `${this.name}: dims ${show(this.#dims)} order ${this.#dims.length} axes, the input is ${showShape(shape, true)}.`,
    );
  }

  emit(graph: Graph, [x]: Value[]): Value {
    return emitPermute(graph, this.name, x, [0, ...this.#dims]);
  }
}

/** Reorders the axes: `permute({ dims: [2, 1] })` makes `[batch, b, a]` of `[batch, a, b]`. At most five axes. */
export function permute(options: PermuteOptions): Layer {
  return new Permute(options);
}
