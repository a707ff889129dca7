import { ArgumentError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import type { Shape } from "../../tensor/shape";
import { zeroPadding2d as zeroPadding2dOp } from "../../ops/zeroPadding2d";
import { show } from "../../options";
import { checkSize, type Option, type OptionsOf, readSettings } from "../../optionTable";
import { Layer, type LayerOptions } from "../../graph/layer";
import { type Ends, readEnds, readImage, type Sides } from "../convolution/window";

const sides: Option<number | readonly [number, number] | Sides, Sides> = (padding, who, name) => {
  const count = (option: string, value: unknown) => checkSize(who, option, value, 0);
  if (!Array.isArray(padding)) {
    const all = count(name, padding);
    return [
      [all, all],
      [all, all],
    ];
  }
  if (padding.length !== 2) {
    throw new ArgumentError(
      `${who}: ${name} must be a number, [vertical, horizontal] or [[top, bottom], [left, right]], got ${show(padding)}.`,
    );
  }
  const [rows, columns] = padding.map((side, axis): Ends => {
    const option = `${name}[${axis}]`;
    return Array.isArray(side) ? readEnds(who, option, side) : [count(option, side), count(option, side)];
  });
  return [rows, columns];
};

/** How options of `zeroPadding2d` are read. */
const zeroPadding2dOptions = {
  /** One number for all sides, [vertical, horizontal], or [[top, bottom], [left, right]]. Default 1. */
  padding: [sides, 1],
} as const;

/** Options of `zeroPadding2d`. */
export interface ZeroPadding2dOptions extends LayerOptions, OptionsOf<typeof zeroPadding2dOptions> {}

class ZeroPadding2d extends Layer {
  readonly #sides: Sides;

  constructor(options: ZeroPadding2dOptions) {
    super("zeroPadding2d", options, Object.keys(zeroPadding2dOptions));
    this.#sides = readSettings(this.name, this.options, zeroPadding2dOptions).padding;
  }

  outputShape(...inputs: Shape[]): Shape {
    const { height, width, channels } = readImage(this.name, this.single(inputs), 2);
    const [[top, bottom], [left, right]] = this.#sides;
    return [top + height + bottom, left + width + right, channels];
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const [batch, ...sample] = x.shape;
    const [outHeight, outWidth, channels] = this.outputShape(sample);
    const [[top], [left]] = this.#sides;
    const counts = { ...readImage(this.name, sample, 2), batch, outHeight, outWidth, top, left };
    return graph.emit(zeroPadding2dOp, this.name, { x }, [batch, outHeight, outWidth, channels], { counts });
  }
}

/** Zeros around images: input `[batch, height, width, channels]`, output with the padding added to height and width. */
export function zeroPadding2d(options: ZeroPadding2dOptions = {}): Layer {
  return new ZeroPadding2d(options);
}
