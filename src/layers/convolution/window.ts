import { ArgumentError, ShapeError } from "../../errors";
import { showShape, type Shape } from "../../tensor/shape";
import { oneOf, show } from "../../options";
import { checkSize, type Option } from "../../optionTable";

/** Down and across. */
export type Pair = readonly [vertical: number, horizontal: number];

/** One number for both directions, or [vertical, horizontal]. */
export type PairLike = number | readonly number[];

/** `"valid"`: only whole windows. `"same"`: as many as there are strides, the padding half before, the larger half after. */
export type Padding = "valid" | "same";

/** An image as layers in one and two dimensions see it: a sequence is one row. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Windows along one axis: how many, and how much padding stands before the first. */
export interface Places {
  readonly count: number;
  readonly before: number;
}

/**
 * Reads sizes such as `kernelSize`. In two dimensions a number counts for both; in one dimension windows are one high.
 *
 * @param min the least a size may be; default 1, and in one dimension the vertical size
 * @throws ArgumentError when it is neither such an integer nor as many of them as there are dimensions
 */
export function readPair(who: string, option: string, value: unknown, dimensions: 1 | 2, min = 1): Pair {
  if (!Array.isArray(value)) {
    const size = checkSize(who, option, value, min);
    return [dimensions === 1 ? min : size, size];
  }
  if (value.length !== dimensions) {
    const expected = dimensions === 1 ? "a number" : "a number or [vertical, horizontal]";
    throw new ArgumentError(`${who}: ${option} must be ${expected}, got ${show(value)}.`);
  }
  const sizes = value.map((size, axis) => checkSize(who, `${option}[${axis}]`, size, min));
  return dimensions === 1 ? [min, sizes[0]] : [sizes[0], sizes[1]];
}

/** Sizes in one dimension. */
export const length: Option<PairLike, Pair> = (given, who, option) => readPair(who, option, given, 1);

/** Sizes in two dimensions. */
export const lengths: Option<PairLike, Pair> = (given, who, option) => readPair(who, option, given, 2);

/** What happens at the border. */
export const padding: Option<Padding> = (given, who, option) => oneOf(who, option, given, ["valid", "same"]);

/** The same for sequences, which have a past. */
export const causalPadding: Option<Padding | "causal"> = (given, who, option) =>
  oneOf(who, option, given, ["valid", "same", "causal"]);

/** Pixels from the first tap of a kernel to its last. */
export function spanOf(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** Where windows of `span` pixels stand on an axis of `size`. Count 0 when none fits. */
export function placesOf(size: number, span: number, stride: number, padding: Padding | "causal"): Places {
  if (padding === "valid") return { count: Math.max(0, Math.floor((size - span) / stride) + 1), before: 0 };
  const count = Math.ceil(size / stride);
  if (padding === "causal") return { count, before: span - 1 };
  return { count, before: paddingBefore(count, size, span, stride) };
}

/** Half of what `count` windows need beyond `size` pixels, rounded down. */
export function paddingBefore(count: number, size: number, span: number, stride: number): number {
  return Math.max(0, (count - 1) * stride + span - size) >> 1;
}

/**
 * The sizes of an input without its batch.
 *
 * @throws ShapeError when its rank is another
 */
export function readImage(who: string, shape: Shape, dimensions: 1 | 2): ImageSize {
  if (shape.length === dimensions + 1) {
    const [width, channels] = shape.slice(-2);
    return { height: dimensions === 1 ? 1 : shape[0], width, channels };
  }
  const expected = dimensions === 1 ? "3 [batch, length, channels]" : "4 [batch, height, width, channels]";
  const isMissingChannels = shape.length === dimensions;
  const hint = isMissingChannels ? ` Put layers.reshape({ targetShape: ${showShape([...shape, 1])} }) before it.` : "";
  throw new ShapeError(`${who}: expects input of rank ${expected}, got ${showShape(shape, true)}.${hint}`);
}

/** The shape of an image without its batch. */
export function imageShape({ height, width, channels }: ImageSize, dimensions: 1 | 2): Shape {
  return dimensions === 1 ? [width, channels] : [height, width, channels];
}
