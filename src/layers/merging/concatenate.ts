import type { Stepping } from "../../graph/steps";
import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import { ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { concatenate as concatenateOp } from "../../ops/concatenate";
import { type OptionsOf, readSettings } from "../../optionTable";
import { broadcastTo, concatenate as concatenateNodes, newSizes } from "../../nodes/axes";
import { axis, axisOf } from "../axes";
import { anyOf, broadcastMask } from "../masks";
import { Layer, type LayerOptions } from "../../graph/layer";
import type { LayerCall, Node } from "../../graph/node";

/** How options of `concatenate` are read. */
const concatenateOptions = {
  /** Counted with the batch as axis 0, or from the end. Default −1, the last. */
  axis: [axis, -1],
} as const;

/** Options of `concatenate`. */
export interface ConcatenateOptions extends LayerOptions, OptionsOf<typeof concatenateOptions> {}

class Concatenate extends Layer {
  readonly #axis: number;

  constructor(options: ConcatenateOptions) {
    super("concatenate", options, Object.keys(concatenateOptions));
    this.#axis = readSettings(this.name, this.options, concatenateOptions).axis;
  }

  override stepping(): Stepping {
    return "each";
  }

  outputShape(...inputs: Shape[]): Shape {
    if (inputs.length < 2) {
      throw new ShapeError(`${this.name}: expects two inputs or more, as in concatenate.apply([a, b]), got one.`);
    }
    const [first] = inputs;
    const axis = axisOf(this.name, "axis", this.#axis, first);
    const others = (shape: Shape) => showShape(shape.map((length, i) => (i === axis ? 0 : length)));
    if (inputs.some((shape) => others(shape) !== others(first))) {
      const shapes = inputs.map((shape) => showShape(shape, true)).join(" and ");
      throw new ShapeError(`${this.name}: expects shapes that differ along axis ${axis + 1} only, got ${shapes}.`);
    }
    return first.map((length, i) => (i === axis ? inputs.reduce((sum, shape) => sum + shape[axis], 0) : length));
  }

  /** Along an axis that masks have they are joined, too: an input without one is valid everywhere. Along others any counts. */
  protected override outputMask({ inputs }: LayerCall): Node | undefined {
    const masks = inputs.flatMap(({ mask }) => mask ?? []);
    if (masks.length === 0) return undefined;
    const axis = axisOf(this.name, "axis", this.#axis, inputs[0].shape) + 1;
    const axes = Math.max(...masks.map(({ dimensions }) => dimensions.length));
    if (axis >= axes) return masks.length === inputs.length ? anyOf(masks, inputs) : undefined;
    const broadcast = inputs.map((node) =>
      node.mask ? broadcastMask(node.mask, node, axes) : broadcastTo(1, newSizes(node.dimensions.slice(0, axes))),
    );
    return concatenateNodes(broadcast, { axis });
  }

  emit(graph: Graph, [first, ...others]: Value[]): Value {
    const axis = axisOf(this.name, "axis", this.#axis, first.shape.slice(1)) + 1;
    const rows = sizeOf(first.shape.slice(0, axis));
    return others.reduce((a, b) => {
      const shape = a.shape.map((length, i) => (i === axis ? length + b.shape[axis] : length));
      const counts = { rows, columnsOfA: sizeOf(a.shape) / rows, columnsOfB: sizeOf(b.shape) / rows };
      return graph.emit(concatenateOp, this.name, { a, b }, shape, { counts });
    }, first);
  }
}

/**
 * Two or more inputs one after the other along an axis: `[batch, 3, 4]` and `[batch, 3, 5]` make `[batch, 3, 9]`. Their
 * other axes must agree.
 *
 * @throws ArgumentError for an axis of 0, the batch
 */
export function concatenate(options: ConcatenateOptions = {}): Layer {
  return new Concatenate(options);
}
