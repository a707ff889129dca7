import type { Graph, Value } from "../../graph/graph";
import type { Shape } from "../../tensor/shape";
import { upSampling2d as upSampling2dOp } from "../../ops/upSampling2d";
import { upSamplingBilinear2d } from "../../ops/upSamplingBilinear2d";
import { oneOf } from "../../options";
import { Layer, type LayerOptions } from "../../graph/layer";
import { type Pair, type PairLike, readImage, readPair } from "../convolution/window";

const interpolations = ["nearest", "bilinear"] as const;

/** Options of `upSampling2d`. */
export interface UpSampling2dOptions extends LayerOptions {
  /** Factor of the height and the width, a number or [vertical, horizontal]. Default 2. */
  size?: PairLike;
  /** `"nearest"` (default) repeats pixels; `"bilinear"` blends the four around each point, pixels being squares. */
  interpolation?: "nearest" | "bilinear";
}

class UpSampling2d extends Layer {
  readonly #size: Pair;
  readonly #interpolation: (typeof interpolations)[number];

  constructor(options: UpSampling2dOptions) {
    super("upSampling2d", options, ["size", "interpolation"]);
    this.#size = readPair(this.name, "size", options.size ?? 2, 2);
    this.#interpolation = oneOf(this.name, "interpolation", options.interpolation ?? "nearest", interpolations);
  }

  outputShape(...inputs: Shape[]): Shape {
    const { height, width, channels } = readImage(this.name, this.single(inputs), 2);
    return [height * this.#size[0], width * this.#size[1], channels];
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const [batch, ...sample] = x.shape;
    const [sizeY, sizeX] = this.#size;
    const counts = { ...readImage(this.name, sample, 2), batch, sizeY, sizeX };
    const op = this.#interpolation === "nearest" ? upSampling2dOp : upSamplingBilinear2d;
    return graph.emit(op, this.name, { x }, [batch, ...this.outputShape(sample)], { counts });
  }
}

/** Larger images: input `[batch, height, width, channels]`, output `[batch, height · size, width · size, channels]`. */
export function upSampling2d(options: UpSampling2dOptions = {}): Layer {
  return new UpSampling2d(options);
}
