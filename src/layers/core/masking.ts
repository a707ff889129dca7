import type { Stepping } from "../../graph/steps";
import type { Shape } from "../../tensor/shape";
import { ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { Layer, type LayerOptions } from "../../graph/layer";
import type { LayerCall, Node } from "../../graph/node";
import { notEqual, where } from "../../nodes/elementwise";
import { max } from "../../nodes/reductions";
import { finite, type OptionsOf, readSettings } from "../../optionTable";
import { emitFunction, maskLike } from "../masks";

/** How options of `masking` are read. */
const maskingOptions = {
  /** A place counts unless all its features are this number. Default 0. */
  maskValue: [finite, 0],
} as const;

/** Options of `masking`. */
export interface MaskingOptions extends LayerOptions, OptionsOf<typeof maskingOptions> {}

class Masking extends Layer {
  readonly #maskValue: number;

  constructor(options: MaskingOptions) {
    super("masking", options, Object.keys(maskingOptions));
    this.#maskValue = readSettings(this.name, this.options, maskingOptions).maskValue;
  }

  override stepping(): Stepping {
    return "each";
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    if (shape.length > 1) return shape;
    throw new ShapeError(
      `${this.name}: expects [batch, time, …, features], got [batch${shape.map((size) => `, ${size}`).join("")}].`,
    );
  }

  protected override usedMasks([x]: readonly Node[]): readonly Node[] {
    return [max(notEqual(x, this.#maskValue), { axis: -1 })];
  }

  protected override outputMask({ masks: [mask] }: LayerCall): Node | undefined {
    return mask;
  }

  emit(graph: Graph, [x]: Value[], _: Value[], [mask]: readonly (Value | undefined)[]): Value {
    const call = (node: Node, places: Node) => where(maskLike(places, node), node, 0);
    return emitFunction(graph, this.name, [x, mask!], [], call)[0];
  }
}

/**
 * Leaves out places, such as the padding of sequences, of which every feature is `maskValue`: they become 0, and the output has a
 * mask that says so. Losses and metrics leave these places out: the loss is one mean over all valid places of the batch, 0 where there
 * are none. What the input had as mask is replaced. Shape unchanged: `[batch, time, features]` has a mask `[batch, time]`.
 *
 * Dense layers, activations, dropout and noise, normalizations and `rescaling` pass masks on; `batchNormalization` takes its moments of
 * valid places. Merging layers are valid where any input is, if all have masks; `concatenate` joins masks along their axis.
 * `globalAveragePooling1d` averages over valid places, and the mask ends there, as it does at `dot`. Convolutions, other poolings and
 * layers that change the shape refuse a mask, where Keras drops it with a warning: `ops.withoutMask` takes it off.
 *
 *     layers.masking({ maskValue: -1, inputShape: [20, 3] })
 */
export function masking(options: MaskingOptions = {}): Layer {
  return new Masking(options);
}
