import { ShapeError } from "../errors";

/**
 * Sizes of nodes. Two quantities are not known before there is data: how many samples a batch has, and how long its sequences
 * are where a model leaves that open. A size is a number times powers of them. Both are the same everywhere in a model, so that
 * sizes can be compared.
 */

/** What open sizes become numbers with. */
export interface Extent {
  readonly batchSize: number;
  /** Of the sequences; undefined where no size depends on it. */
  readonly length?: number | undefined;
}

/**
 * A size that layers make of the open length: repeats · ⌊(scale · length + before) ÷ step⌋ + behind, as convolutions, poolings and
 * paddings do.
 */
export type Length = readonly [scale: number, before: number, step: number, repeats: number, behind: number];

/** factor · samples^power · the product of some lengths */
export class OpenSize {
  constructor(
    readonly factor: number,
    readonly power: number,
    readonly lengths: readonly Length[] = [],
  ) {
    Object.freeze(this);
  }
}

/** A number, or a size that depends on the batch or on the open length. */
export type Dimension = number | OpenSize;

/** How many samples a batch has. */
export const BATCH: Dimension = /* @__PURE__ */ new OpenSize(1, 1);

const WHOLE: Length = [1, 0, 1, 1, 0];

/** How long the sequences of a batch are. */
export const LENGTH: Dimension = /* @__PURE__ */ new OpenSize(1, 0, [WHOLE]);

export const partsOf = (size: Dimension): OpenSize => (typeof size === "number" ? new OpenSize(size, 0) : size);

export function sizeFrom(factor: number, power: number, lengths: readonly Length[]): Dimension {
  return factor === 0 || (power === 0 && lengths.length === 0) ? factor : new OpenSize(factor, power, lengths);
}

export function times(a: Dimension, b: Dimension): Dimension {
  if (typeof a === "number" && typeof b === "number") return a * b;
  const [x, y] = [partsOf(a), partsOf(b)];
  const lengths = [...x.lengths, ...y.lengths].sort((one, other) => (String(one) < String(other) ? -1 : 1));
  return sizeFrom(x.factor * y.factor, x.power + y.power, lengths);
}

export function productOf(sizes: readonly Dimension[]): Dimension {
  return sizes.reduce(times, 1);
}

/** Whether two sizes are equal for every batch. */
export function isSame(a: Dimension, b: Dimension): boolean {
  if (typeof a === "number" && typeof b === "number") return a === b;
  const [x, y] = [partsOf(a), partsOf(b)];
  if (x.power !== y.power) return false;
  if (x.lengths.length === 0 && y.lengths.length === 0) return x.factor === y.factor;
  return PROBES.every((length) => sizeAt(a, { batchSize: 1, length }) === sizeAt(b, { batchSize: 1, length }));
}

/** The size with so many samples of such a length. */
export function sizeAt(size: Dimension, { batchSize, length }: Extent): number {
  if (typeof size === "number") return size;
  let result = size.factor * batchSize ** size.power;
  for (const [scale, before, step, repeats, behind] of size.lengths) {
    if (length === undefined) {
      throw new ShapeError(
        `the size ${showDimension(size)} needs an input of an open length: input({ shape: [null, …] }).`,
      );
    }
    result *= repeats * Math.floor((scale * length + before) / step) + behind;
  }
  return result;
}

export function shapeAt(sizes: readonly Dimension[], extent: Extent): number[] {
  return sizes.map((size) => sizeAt(size, extent));
}

/** Divisible by all numbers up to 16, and by 64: what needs a multiple of something finds one. */
const PROBE = 2_882_880;
/** Longest step of sizes that are understood. */
const LONGEST_STEP = 16;
/** Lengths at which layers are asked for their shapes: as many in a row as a step has, and one far away. */
export const PROBES: readonly number[] = /* @__PURE__ */ Array.from({ length: LONGEST_STEP + 2 }, (_, i) =>
  i > LONGEST_STEP ? 2 * PROBE : PROBE + i,
);

/**
 * The size that is known at some lengths: a function that is asked at `PROBES`, undefined where there is none. Undefined where the
 * answers fit no size.
 */
export function followLength(at: (length: number) => number | undefined): Dimension | undefined {
  const known = PROBES.flatMap((length) => {
    const size = at(length);
    return size === undefined ? [] : [[length, size] as const];
  });
  const fits = (size: Dimension) => known.every(([length, value]) => sizeAt(size, { batchSize: 1, length }) === value);
  const [first, last] = [known[0], known[known.length - 1]];
  if (!first || last[0] !== 2 * PROBE) return undefined;
  if (fits(first[1])) return first[1];
  for (let power = 1; power <= 2; power++) {
    const factor = first[1] / first[0] ** power;
    const size = Number.isInteger(factor) && new OpenSize(factor, 0, new Array(power).fill(WHOLE));
    if (size && fits(size)) return size;
  }
  const slope = (last[1] - first[1]) / (last[0] - first[0]);
  for (let step = 1; step <= LONGEST_STEP; step++) {
    const whole = slope * step;
    if (!Number.isInteger(whole) || whole < 1) continue;
    for (let before = 0; before < step; before++) {
      for (const [scale, repeats] of whole === 1
        ? [[1, 1]]
        : [
            [whole, 1],
            [1, whole],
          ]) {
        const behind = first[1] - repeats * Math.floor((scale * first[0] + before) / step);
        const size = new OpenSize(1, 0, [[scale, before, step, repeats, behind]]);
        if (fits(size)) return size;
      }
    }
  }
  return undefined;
}

function showLength([scale, before, step, repeats, behind]: Length): string {
  const signed = (number: number) => (number ? ` ${number < 0 ? "−" : "+"} ${Math.abs(number)}` : "");
  const part = `${scale > 1 ? `${scale}·` : ""}length${signed(before)}`;
  const floor = step > 1 ? `⌊${before ? `(${part})` : part}/${step}⌋` : part;
  return `${repeats > 1 ? `${repeats}·` : ""}${floor}${signed(behind)}`;
}

/** A size as messages show it: `2·batch`, `length − 2`. */
export function showDimension(size: Dimension): string {
  if (typeof size === "number") return String(size);
  const { factor, power, lengths } = size;
  const parts = [...new Array<string>(power).fill("batch"), ...lengths.map(showLength)];
  if (factor === 1 && parts.length === 1) return parts[0];
  const bracketed = parts.map((part) => (part.includes(" ") ? `(${part})` : part)).join("·");
  return factor === 1 ? bracketed : `${factor}·${bracketed}`;
}

/** As messages show it: `[batch, 3, 2·batch]`. */
export function showDimensions(sizes: readonly Dimension[]): string {
  return `[${sizes.map(showDimension).join(", ")}]`;
}

/** A size as files have it: a number, or [factor, power] of the batch, and of sizes of the open length those, too. */
export type DescribedSize = number | readonly [factor: number, power: number, lengths?: readonly Length[]];

export function describeSize(size: Dimension): DescribedSize {
  if (typeof size === "number") return size;
  const { factor, power, lengths } = size;
  return lengths.length ? [factor, power, lengths] : [factor, power];
}
