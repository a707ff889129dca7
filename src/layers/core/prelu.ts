import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import { ArgumentError, ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { integer, show } from "../../options";
import { prelu as preluOp } from "../../ops/prelu";
import { type InitializerLike, readInitializer } from "../../initializers/initializer";
import { Layer, type LayerOptions, type WeightSpec } from "../../graph/layer";
import { type Regularizer, type RegularizerLike, resolveRegularizer } from "../../regularizers/regularizers";

/** Options of `prelu`. */
export interface PreluOptions extends LayerOptions {
  /** Default `"zeros"`. */
  alphaInitializer?: InitializerLike;
  /** Default: none. */
  alphaRegularizer?: RegularizerLike;
  /** Axes along which slopes are the same, counted from 1: `[1, 2]` for one slope a channel of an image. They must be neighbours. */
  sharedAxes?: readonly number[];
}

class Prelu extends Layer {
  readonly #initializer: InitializerLike;
  readonly #regularizer?: Regularizer;
  readonly #sharedAxes: readonly number[];

  constructor(options: PreluOptions) {
    super("prelu", options, ["alphaInitializer", "alphaRegularizer", "sharedAxes"]);
    this.#initializer = readInitializer(options.alphaInitializer ?? "zeros", this.name);
    this.#regularizer = resolveRegularizer(options.alphaRegularizer, this.name);
    const axes: unknown = options.sharedAxes ?? [];
    if (!Array.isArray(axes)) throw new ArgumentError(`${this.name}: sharedAxes must be an array, got ${show(axes)}.`);
    this.#sharedAxes = axes.map((axis, i) => integer(this.name, `sharedAxes[${i}]`, axis)).sort((a, b) => a - b);
    if (this.#sharedAxes.some((axis, i) => axis !== this.#sharedAxes[0] + i)) {
      throw new ArgumentError(`${this.name}: sharedAxes must be neighbours, as in [1, 2], got ${show(axes)}.`);
    }
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    const beyond = this.#sharedAxes.find((axis) => axis > shape.length);
    if (beyond === undefined) return shape;
    throw new ShapeError(
      `${this.name}: sharedAxes has ${beyond}, an input of ${showShape(shape, true)} has no such axis.`,
    );
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const shape = this.single(inputs).map((length, i) => (this.#sharedAxes.includes(i + 1) ? 1 : length));
    return [{ name: "alpha", shape, initializer: this.#initializer, regularizer: this.#regularizer }];
  }

  emit(graph: Graph, [x]: Value[], [alpha]: Value[]): Value {
    const [samples, ...shape] = x.shape;
    const [first = 1, last = first - 1] = [this.#sharedAxes[0], this.#sharedAxes.at(-1)];
    const counts = {
      samples,
      alphaRows: sizeOf(shape.slice(0, first - 1)),
      shared: sizeOf(shape.slice(first - 1, last)),
      columns: sizeOf(shape.slice(last)),
    };
    return graph.emit(preluOp, this.name, { x, alpha }, x.shape, { counts });
  }
}

/**
 * `x` where positive, `alpha · x` elsewhere, where alpha is learned (He et al. 2015). Shape unchanged.
 *
 * Weight `alpha` in the shape of a sample, with length 1 along `sharedAxes`.
 */
export function prelu(options: PreluOptions = {}): Layer {
  return new Prelu(options);
}
