import type { Stepping } from "../../graph/steps";
import { sizeOf, type Shape } from "../../tensor/shape";
import type { Graph, Value } from "../../graph/graph";
import { finite, type OptionsOf, readSettings, type SettingsOf } from "../../optionTable";
import { rescaling as rescalingOp } from "../../ops/rescaling";
import { Layer, type LayerOptions, type OutputMask, passMask } from "../../graph/layer";
import type { LayerCall } from "../../graph/node";

/** How options of `rescaling` are read. */
const rescalingOptions = {
  /** Factor, e.g. `1 / 255` for bytes. */
  scale: finite,
  /** Added after scaling. Default 0. */
  offset: [finite, 0],
} as const;

/** Options of `rescaling`. */
export interface RescalingOptions extends LayerOptions, OptionsOf<typeof rescalingOptions> {}

class Rescaling extends Layer {
  readonly #settings: SettingsOf<typeof rescalingOptions>;

  constructor(options: RescalingOptions) {
    super("rescaling", options, Object.keys(rescalingOptions));
    this.#settings = readSettings(this.name, this.options, rescalingOptions);
  }

  override stepping(): Stepping {
    return "each";
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.single(inputs);
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const numbers = this.#settings;
    return graph.emit(rescalingOp, this.name, { x }, x.shape, { counts: { count: sizeOf(x.shape) }, numbers });
  }
}

/**
 * `x · scale + offset`. Directly after an input it costs nothing: it is computed while the batch is gathered, and the data stay
 * bytes in memory.
 */
export function rescaling(options: RescalingOptions): Layer {
  return new Rescaling(options);
}
