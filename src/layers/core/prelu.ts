import type { Stepping } from "../../graph/steps";
import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import { ArgumentError, ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { integer, show } from "../../options";
import { type Option, type OptionsOf, readSettings, type SettingsOf } from "../../optionTable";
import { prelu as preluOp } from "../../ops/prelu";
import { Layer, type LayerOptions, type OutputMask, passMask, type WeightSpec } from "../../graph/layer";
import type { LayerCall } from "../../graph/node";
import { initializer, regularizer, weightSpec } from "../options";

/** Axes next to each other, in rising order. */
const neighbours: Option<readonly number[]> = (given, who, option) => {
  if (!Array.isArray(given)) throw new ArgumentError(`${who}: ${option} must be an array, got ${show(given)}.`);
  const axes = given.map((axis, i) => integer(who, `${option}[${i}]`, axis)).sort((a, b) => a - b);
  if (axes.every((axis, i) => axis === axes[0] + i)) return axes;
  throw new ArgumentError(`${who}: ${option} must be neighbours, as in [1, 2], got ${show(given)}.`);
};

/** How options of `prelu` are read. */
const preluOptions = {
  /** Default `"zeros"`. */
  alphaInitializer: [initializer, "zeros"],
  /** Default: none. */
  alphaRegularizer: regularizer,
  /**
   * Axes along which slopes are the same, counted from 1: `[1, 2]` for one slope a channel of an image. They must be
   * neighbours. Default `[]`.
   */
  sharedAxes: [neighbours, []],
} as const;

/** Options of `prelu`. */
export interface PreluOptions extends LayerOptions, OptionsOf<typeof preluOptions> {}

class Prelu extends Layer {
  readonly #settings: SettingsOf<typeof preluOptions>;

  constructor(options: PreluOptions) {
    super("prelu", options, Object.keys(preluOptions));
    this.#settings = readSettings(this.name, this.options, preluOptions);
  }

  override stepping(): Stepping {
    return "each";
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    const beyond = this.#settings.sharedAxes.find((axis) => axis > shape.length);
    if (beyond === undefined) return shape;
    throw new ShapeError(
      `${this.name}: sharedAxes has ${beyond}, an input of ${showShape(shape, true)} has no such axis.`,
    );
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const shape = this.single(inputs).map((length, i) => (this.#settings.sharedAxes.includes(i + 1) ? 1 : length));
    return [weightSpec("alpha", shape, this.#settings)];
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  emit(graph: Graph, [x]: Value[], [alpha]: Value[]): Value {
    const [samples, ...shape] = x.shape;
    const { sharedAxes } = this.#settings;
    const [first = 1, last = first - 1] = [sharedAxes[0], sharedAxes.at(-1)];
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
