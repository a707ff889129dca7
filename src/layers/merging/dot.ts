import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import { ArgumentError, ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { show } from "../../options";
import { flag, type Option, type OptionsOf, readSettings, type SettingsOf } from "../../optionTable";
import { groupNormalization } from "../../ops/groupNormalization";
import { matmul } from "../../ops/matmul";
import { rescaling } from "../../ops/rescaling";
import { axis, axisOf } from "../axes";
import { Layer, type LayerOptions } from "../../graph/layer";
import { emitPermute } from "../shaping/permute";

/** An axis of each of two inputs. */
const twoAxes: Option<number | readonly [number, number], readonly number[]> = (given, who, option) => {
  const list = (Array.isArray(given) ? given : [given, given]) as readonly number[];
  if (list.length === 2) return list.map((one) => axis(one, who, option));
  throw new ArgumentError(`${who}: ${option} must be one axis or two, got ${show(given)}.`);
};

/** How options of `dot` are read. */
const dotOptions = {
  /** The axis of both inputs, or one for each, that products are summed over: counted with the batch as axis 0, or from the end. */
  axes: twoAxes,
  /** Brings both inputs to length 1 along the axis first: the cosine of the angle between them. Default false. */
  normalize: [flag, false],
} as const;

/** Options of `dot`. */
export interface DotOptions extends LayerOptions, OptionsOf<typeof dotOptions> {}

/** Added to the squared length of what is normalised, so that zeros stay zeros. */
const EPSILON = 1e-14;

class Dot extends Layer {
  readonly #settings: SettingsOf<typeof dotOptions>;

  constructor(options: DotOptions) {
    super("dot", options, Object.keys(dotOptions));
    this.#settings = readSettings(this.name, this.options, dotOptions);
  }

  /** The summed axis of each input, counted without the batch. */
  #summed(inputs: readonly Shape[]): number[] {
    return this.#settings.axes.map((axis, i) => axisOf(this.name, `axes[${i}]`, axis, inputs[i]));
  }

  outputShape(...inputs: Shape[]): Shape {
    if (inputs.length !== 2) {
      throw new ShapeError(`${this.name}: expects exactly two inputs, as in dot.apply([a, b]), got ${inputs.length}.`);
    }
    const summed = this.#summed(inputs);
    const lengths = summed.map((axis, i) => inputs[i][axis]);
    if (lengths[0] !== lengths[1]) {
      throw new ShapeError(
        `${this.name}: sums over axes of one length, got ${lengths[0]} of ${showShape(inputs[0], true)} ` +
          `and ${lengths[1]} of ${showShape(inputs[1], true)}.`,
      );
    }
    const rest = inputs.flatMap((shape, i) => shape.filter((_, axis) => axis !== summed[i]));
    return rest.length ? rest : [1];
  }

  /** Sums over places have none: as in Keras, masks end here. */
  protected override outputMask(): undefined {
    return undefined;
  }

  emit(graph: Graph, inputs: Value[]): Value {
    const shapes = inputs.map(({ shape }) => shape.slice(1));
    const [a, b] = this.#summed(shapes).map((axis, i) => this.#lastOf(graph, inputs[i], axis + 1));
    const depth = a.shape.at(-1)!;
    const [batch] = a.shape;
    const counts = {
      batch,
      rows: sizeOf(a.shape) / batch / depth,
      depth,
      columns: sizeOf(b.shape) / batch / depth,
      ...{ transposeA: 0, transposeB: 1, sharedA: 0, sharedB: 0 },
    };
    const y = graph.emit(matmul, this.name, { a, b }, [batch, ...this.outputShape(...shapes)], { counts });
    if (!this.#settings.normalize) return y;
    // Both were divided by their root mean square: their lengths are √depth.
    const attributes = { counts: { count: sizeOf(y.shape) }, numbers: { scale: 1 / depth, offset: 0 } };
    return graph.emit(rescaling, this.name, { x: y }, y.shape, attributes);
  }

  /** The input with the summed axis last, normalised if asked for. */
  #lastOf(graph: Graph, value: Value, axis: number): Value {
    const others = value.shape.map((_, i) => i).filter((i) => i !== axis);
    const x = emitPermute(graph, this.name, value, [...others, axis]);
    if (!this.#settings.normalize) return x;
    const channels = x.shape.at(-1)!;
    const samples = sizeOf(x.shape) / channels;
    const moments = graph.value(this.name, [2, samples]);
    const counts = { samples, positions: 1, channels, groups: 1, centers: 0 };
    const numbers = { epsilon: EPSILON / channels };
    return graph.emit(groupNormalization, this.name, { x, moments }, x.shape, { counts, numbers });
  }
}

/**
 * Sums of products of two inputs along an axis of each, for every sample its own: `[batch, 8]` and `[batch, 8]` with
 * `axes: 1` make `[batch, 1]`; `[batch, 3, 8]` and `[batch, 5, 8]` with `axes: 2` make `[batch, 3, 5]`. The
 * output has the other axes of the first input, then those of the second.
 *
 * @throws ArgumentError for an axis of 0, the batch
 */
export function dot(options: DotOptions): Layer {
  return new Dot(options);
}
