import { ArgumentError, ShapeError } from "../../errors";
import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import type { Graph, Value } from "../../graph/graph";
import { integer, show } from "../../options";
import { Layer, type LayerOptions } from "../../graph/layer";

/** Layers that show the same numbers in another shape: no operation, no memory. */
abstract class View extends Layer {
  emit(graph: Graph, [x]: Value[]): Value {
    return graph.view(x, [x.shape[0], ...this.outputShape(x.shape.slice(1))], this.name);
  }
}

class Flatten extends View {
  constructor(options: LayerOptions) {
    super("flatten", options);
  }

  outputShape(...inputs: Shape[]): Shape {
    return [sizeOf(this.single(inputs))];
  }
}

/** Options of `reshape`. */
export interface ReshapeOptions extends LayerOptions {
  /** Sizes without the batch; one of them may be −1 and follows from the others. */
  targetShape: readonly number[];
}

class Reshape extends View {
  readonly #target: readonly number[];

  constructor(options: ReshapeOptions) {
    super("reshape", options, ["targetShape"]);
    const targetShape: unknown = options?.targetShape;
    if (!Array.isArray(targetShape)) {
      throw new ArgumentError(`${this.name}: targetShape must be an array of sizes, got ${show(targetShape)}.`);
    }
    targetShape.forEach((length, axis) => {
      if (length !== -1) integer(this.name, `targetShape[${axis}]`, length);
    });
    if (targetShape.filter((length) => length === -1).length > 1) {
      throw new ArgumentError(`${this.name}: only one size of targetShape may be -1, got ${show(targetShape)}.`);
    }
    this.#target = [...targetShape];
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    const known = sizeOf(this.#target.filter((length) => length !== -1));
    const target = this.#target.map((length) => (length === -1 ? sizeOf(shape) / known : length));
    if (sizeOf(target) === sizeOf(shape) && target.every(Number.isInteger)) return target;
    const wanted = this.#target.includes(-1) ? `a multiple of ${known}` : `${known}`;
    throw new ShapeError(
      `${this.name}: cannot show ${showShape(shape, true)} (${sizeOf(shape)} numbers a sample) ` +
        `as ${showShape(this.#target, true)} (${wanted}).`,
    );
  }
}

/** `[batch, a, b, …]` → `[batch, a·b·…]`. Costs nothing. */
export function flatten(options: LayerOptions = {}): Layer {
  return new Flatten(options);
}

/** `[batch, …]` → `[batch, ...targetShape]` with as many numbers. Costs nothing. */
export function reshape(options: ReshapeOptions): Layer {
  return new Reshape(options);
}
