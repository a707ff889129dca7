import { ArgumentError } from "../../errors";
import { checkOptions, finiteNumber, integer, oneOf, type Range, show } from "../../options";
import { type FillMode, fillModes, type Interpolation, interpolations } from "./resample";

/** What is drawn from, evenly: a number f stands for −f to f, a pair for its bounds. */
export type Factor = number | readonly [lower: number, upper: number];

/** One factor for both axes, or one for each. */
export type AxisFactors =
  | Factor
  | {
      /** Up and down. */
      readonly height: Factor;
      /** Left and right. */
      readonly width: Factor;
    };

/** What `dataset.augment` changes, and how. What is left out does not happen. */
export interface AugmentOptions {
  /** Moves the image, by a share of its height (up to down) and width (left to right), each drawn by itself. */
  shift?: AxisFactors | undefined;
  /** Mirrors every second image, left to right, upside down, or each of both. */
  flip?: FlipMode | undefined;
  /** Turns the image about its centre, by a share of a whole turn, counterclockwise: 0.1 is up to 36° either way. */
  rotation?: Factor | undefined;
  /** Makes the image smaller (above 0) or larger (below): 0.2 shows up to 1.2 times as much of it. One factor keeps the proportions. */
  zoom?: AxisFactors | undefined;
  /** Moves values away from their channel's mean over the image, or towards it: 0.2 gives 0.8 to 1.2 times the distance. */
  contrast?: Factor | undefined;
  /** Standard deviation of normal noise added to each value, in the unit of the values: of bytes, 10 is little. */
  noise?: number | undefined;
  /** Covers a rectangle with `fillValue`: a number is its share of height and width, a pair is drawn from. */
  cutout?: AxisFactors | undefined;
  /** What is seen where the image ends: default "reflect", as in Keras. Digits on black want "constant". */
  fillMode?: FillMode | undefined;
  /** The value of "constant" and of `cutout`, in the unit of the values. Default 0. */
  fillValue?: number | undefined;
  /** Default "bilinear". */
  interpolation?: Interpolation | undefined;
  /** What `contrast` and `noise` stay within. Bytes always stay within 0 to 255; default for others: no bounds. */
  valueRange?: readonly [lower: number, upper: number] | undefined;
  /** Default 0. */
  seed?: number | undefined;
}

/** Along which axes images are flipped, each with probability one half. */
export type FlipMode = "horizontal" | "vertical" | "horizontalAndVertical";
export const flipModes: readonly FlipMode[] = ["horizontal", "vertical", "horizontalAndVertical"];

/** Bounds from which a number is drawn. */
export type Interval = readonly [lower: number, upper: number];

/** Bounds for each axis; without `width` the number drawn for the height is that of the width too. */
export interface AxisIntervals {
  readonly height: Interval;
  readonly width?: Interval;
}

/** Options as read. */
export interface AugmentSettings {
  readonly shift?: AxisIntervals | undefined;
  readonly flip?: FlipMode | undefined;
  readonly rotation?: Interval | undefined;
  readonly zoom?: AxisIntervals | undefined;
  readonly contrast?: Interval | undefined;
  readonly noise: number;
  readonly cutout?: AxisIntervals | undefined;
  readonly fillMode: FillMode;
  readonly fillValue: number;
  readonly interpolation: Interpolation;
  readonly valueRange?: Interval | undefined;
  readonly seed: number;
}

const changes = ["shift", "flip", "rotation", "zoom", "contrast", "noise", "cutout"] as const;
const known = [...changes, "fillMode", "fillValue", "interpolation", "valueRange", "seed"];
const WHO = "augment";

/** @throws ArgumentError for an unknown option, one out of range, or when nothing is asked for */
export function readAugmentOptions(options: AugmentOptions): AugmentSettings {
  checkOptions(WHO, options, known);
  if (!options || changes.every((change) => options[change] === undefined)) {
    throw new ArgumentError(`${WHO}: nothing to change. Give at least one of ${changes.join(", ")}.`);
  }
  const { shift, flip, rotation, zoom, contrast, cutout, valueRange } = options;
  return {
    shift: shift === undefined ? undefined : readAxes("shift", shift, around, false),
    flip: flip === undefined ? undefined : oneOf(WHO, "flip", flip, flipModes),
    rotation: rotation === undefined ? undefined : around("rotation", rotation, `${WHO}, in whole turns`),
    zoom: zoom === undefined ? undefined : readAxes("zoom", zoom, around, true),
    contrast: contrast === undefined ? undefined : around("contrast", contrast),
    noise: finiteNumber(WHO, "noise", options.noise ?? 0, { min: 0 }),
    cutout: cutout === undefined ? undefined : readAxes("cutout", cutout, share, true),
    fillMode: oneOf(WHO, "fillMode", options.fillMode ?? "reflect", fillModes),
    fillValue: finiteNumber(WHO, "fillValue", options.fillValue ?? 0),
    interpolation: oneOf(WHO, "interpolation", options.interpolation ?? "bilinear", interpolations),
    valueRange: valueRange === undefined ? undefined : readPair("valueRange", valueRange, {}),
    seed: integer(WHO, "seed", options.seed ?? 0, {}),
  };
}

/** As in Keras: beyond a factor of 1 nothing is left of an image. */
function around(option: string, value: Factor, who = WHO): Interval {
  if (typeof value !== "number") return readPair(option, value, { min: -1, max: 1 }, who);
  const factor = finiteNumber(who, option, value, { min: 0, max: 1 });
  return [-factor, factor];
}

function share(option: string, value: Factor): Interval {
  if (typeof value !== "number") return readPair(option, value, { min: 0, max: 1 });
  const factor = finiteNumber(WHO, option, value, { min: 0, max: 1 });
  return [factor, factor];
}

function readPair(option: string, value: unknown, range: Range, who = WHO): Interval {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new ArgumentError(`${who}: ${option} must be a pair [lower, upper], got ${show(value)}.`);
  }
  const lower = finiteNumber(who, `${option}[0]`, value[0], range);
  return [lower, finiteNumber(who, `${option}[1]`, value[1], { ...range, min: lower })];
}

/** @param isTied whether one factor means one draw for both axes */
function readAxes(
  option: string,
  value: AxisFactors,
  read: (option: string, value: Factor) => Interval,
  isTied: boolean,
): AxisIntervals {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    const interval = read(option, value as Factor);
    return { height: interval, width: isTied ? undefined : interval };
  }
  const axes = value as { height: Factor; width: Factor };
  checkOptions(`${WHO}: ${option}`, axes, ["height", "width"]);
  return { height: read(`${option}.height`, axes.height), width: read(`${option}.width`, axes.width) };
}
