import type { Stepping } from "../../graph/steps";
import { ArgumentError, ShapeError } from "../../errors";
import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import type { Graph, Value } from "../../graph/graph";
import { show } from "../../options";
import { checkSize, type Option, type OptionsOf, readSettings } from "../../optionTable";
import { Layer, type LayerOptions } from "../../graph/layer";

/** Layers that show the same numbers in another shape: no operation, no memory. */
abstract class View extends Layer {
  override stepping(): Stepping {
    return "each";
  }

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

/** Sizes of which one may be open, −1. */
const openShape: Option<readonly number[]> = (given, who, option) => {
  if (!Array.isArray(given)) {
    throw new ArgumentError(`${who}: ${option} must be an array of sizes, got ${show(given)}.`);
  }
  given.forEach((length, axis) => {
    if (length !== -1) checkSize(who, `${option}[${axis}]`, length);
  });
  if (given.filter((length) => length === -1).length <= 1) return given;
  throw new ArgumentError(`${who}: only one size of ${option} may be -1, got ${show(given)}.`);
};

/** How options of `reshape` are read. */
const reshapeOptions = {
  /** Sizes without the batch; one of them may be −1 and follows from the others. */
  targetShape: openShape,
} as const;

/** Options of `reshape`. */
export interface ReshapeOptions extends LayerOptions, OptionsOf<typeof reshapeOptions> {}

class Reshape extends View {
  readonly #target: readonly number[];

  constructor(options: ReshapeOptions) {
    super("reshape", options, Object.keys(reshapeOptions));
    this.#target = readSettings(this.name, this.options, reshapeOptions).targetShape;
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
