import type { Graph, Value } from "../../graph/graph";
import type { Shape } from "../../tensor/shape";
import { upSampling2d as upSampling2dOp } from "../../ops/upSampling2d";
import { upSamplingBilinear2d } from "../../ops/upSamplingBilinear2d";
import { oneOf } from "../../options";
import { type Option, type OptionsOf, readSettings, type SettingsOf } from "../../optionTable";
import { Layer, type LayerOptions } from "../../graph/layer";
import { lengths, readImage } from "../convolution/window";

const interpolation: Option<"nearest" | "bilinear"> = (given, who, option) =>
  oneOf(who, option, given, ["nearest", "bilinear"]);

/** How options of `upSampling2d` are read. */
const upSampling2dOptions = {
  /** Factor of the height and the width, a number or [vertical, horizontal]. Default 2. */
  size: [lengths, 2],
  /** `"nearest"` (default) repeats pixels; `"bilinear"` blends the four pixels whose centres are nearest. */
  interpolation: [interpolation, "nearest"],
} as const;

/** Options of `upSampling2d`. */
export interface UpSampling2dOptions extends LayerOptions, OptionsOf<typeof upSampling2dOptions> {}

class UpSampling2d extends Layer {
  readonly #settings: SettingsOf<typeof upSampling2dOptions>;

  constructor(options: UpSampling2dOptions) {
    super("upSampling2d", options, Object.keys(upSampling2dOptions));
    this.#settings = readSettings(this.name, this.options, upSampling2dOptions);
  }

  outputShape(...inputs: Shape[]): Shape {
    const { height, width, channels } = readImage(this.name, this.single(inputs), 2);
    return [height * this.#settings.size[0], width * this.#settings.size[1], channels];
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const [batch, ...sample] = x.shape;
    const [sizeY, sizeX] = this.#settings.size;
    const counts = { ...readImage(this.name, sample, 2), batch, sizeY, sizeX };
    const op = this.#settings.interpolation === "nearest" ? upSampling2dOp : upSamplingBilinear2d;
    return graph.emit(op, this.name, { x }, [batch, ...this.outputShape(sample)], { counts });
  }
}

/** Larger images: input `[batch, height, width, channels]`, output `[batch, height · size, width · size, channels]`. */
export function upSampling2d(options: UpSampling2dOptions = {}): Layer {
  return new UpSampling2d(options);
}
