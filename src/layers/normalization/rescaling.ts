import { sizeOf, type Shape } from "../../tensor/shape";
import type { Graph, Value } from "../../graph/graph";
import { finiteNumber } from "../../options";
import { rescaling as rescalingOp } from "../../ops/rescaling";
import { Layer, type LayerOptions } from "../../graph/layer";

/** Options of `rescaling`. */
export interface RescalingOptions extends LayerOptions {
  /** Factor, e.g. `1 / 255` for bytes. */
  scale: number;
  /** Added after scaling. Default 0. */
  offset?: number;
}

class Rescaling extends Layer {
  readonly #scale: number;
  readonly #offset: number;

  constructor(options: RescalingOptions) {
    super("rescaling", options, ["scale", "offset"]);
    this.#scale = finiteNumber(this.name, "scale", options?.scale);
    this.#offset = finiteNumber(this.name, "offset", options.offset ?? 0);
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.single(inputs);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const numbers = { scale: this.#scale, offset: this.#offset };
    return graph.emit(rescalingOp, this.name, { x }, x.shape, { counts: { count: sizeOf(x.shape) }, numbers });
  }
}

/** `x · scale + offset`. Right behind an input it is done while the batch is gathered, and bytes stay bytes in memory. */
export function rescaling(options: RescalingOptions): Layer {
  return new Rescaling(options);
}
