import { ArgumentError, ShapeError } from "../../errors";
import { showShape, type Shape } from "../../tensor/shape";
import { show } from "../../options";
import { checkSize, type Option } from "../../optionTable";

/** Down and across. */
export type Pair = readonly [vertical: number, horizontal: number];

/** One number for both directions, or [vertical, horizontal]. */
export type PairLike = number | readonly number[];

/** Rows above and below, columns to the left and right. */
export type Sides = readonly [
  rows: readonly [top: number, bottom: number],
  columns: readonly [left: number, right: number],
];

/** Steps before a sequence and behind it. */
export type Ends = readonly [before: number, behind: number];

/**
 * `"valid"`: only whole windows. `"same"`: as many as there are strides, the padding half before, the larger half after. Or how many
 * pixels of padding: `[[top, bottom], [left, right]]`, over sequences `[before, behind]`.
 */
export type Padding = "valid" | "same" | Sides | Ends;

/** What paddings are once they are read. */
export type PaddingRule = "valid" | "same" | "causal" | Sides;

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

/**
 * Reads `[before, behind]`.
 *
 * @throws ArgumentError when it is no pair of whole numbers from 0 on
 */
export function readEnds(who: string, option: string, given: unknown): Ends {
  if (!Array.isArray(given) || given.length !== 2) {
    throw new ArgumentError(`${who}: ${option} must be [before, behind], got ${show(given)}.`);
  }
  return [checkSize(who, `${option}[0]`, given[0], 0), checkSize(who, `${option}[1]`, given[1], 0)];
}

/** What happens at the border, by a name or by how many pixels there are. */
function readPadding<Name extends string>(
  who: string,
  option: string,
  given: unknown,
  names: readonly Name[],
  dimensions: 1 | 2,
): Name | Sides {
  const known = names.find((name) => name === given);
  if (known !== undefined) return known;
  const isList = Array.isArray(given);
  if (dimensions === 1 && isList) return [[0, 0], readEnds(who, option, given)];
  if (!isList || given.length !== 2) {
    const pixels = dimensions === 1 ? "[before, behind]" : "[[top, bottom], [left, right]]";
    const quoted = names.map((name) => `"${name}"`).join(", ");
    throw new ArgumentError(`${who}: ${option} must be ${quoted} or ${pixels}, got ${show(given)}.`);
  }
  return [readEnds(who, `${option}[0]`, given[0]), readEnds(who, `${option}[1]`, given[1])];
}

/** What happens at the border of an image. */
export const padding: Option<Padding, PaddingRule> = (given, who, option) =>
  readPadding(who, option, given, ["valid", "same"], 2);

/** What happens at the ends of a sequence. */
export const paddingOfSequences: Option<Padding, PaddingRule> = (given, who, option) =>
  readPadding(who, option, given, ["valid", "same"], 1);

/** The same for those that can keep to the past. */
export const causalPadding: Option<Padding | "causal", PaddingRule> = (given, who, option) =>
  readPadding(who, option, given, ["valid", "same", "causal"], 1);

/** Pixels from the first tap of a kernel to its last. */
export function spanOf(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** Where windows of `span` pixels stand on an axis of `size`: 0 down, 1 across. Count 0 when none fits. */
export function placesOf(size: number, span: number, stride: number, padding: PaddingRule, axis: 0 | 1): Places {
  if (typeof padding !== "string" || padding === "valid") {
    const [before, behind] = padding === "valid" ? [0, 0] : padding[axis];
    return { count: Math.max(0, Math.floor((before + size + behind - span) / stride) + 1), before };
  }
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
