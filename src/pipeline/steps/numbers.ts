import { DataError, InternalError } from "../../errors";
import { show } from "../../options";
import type { JsonField } from "../../formats/jsonField";
import { log1p } from "../../numeric/elementary";
import type { Column } from "../../table/columns/column";
import { type DatePart, PARTS, partOf } from "./dateParts";
import type { Place, Step, StepDescription } from "./step";

/** How a gap in a column of numbers is filled: by the mean, the median or the most frequent number of training, or by a number. */
export type FillRule = "mean" | "median" | "mostFrequent" | number;

/** How numbers are scaled: to mean 0 and variance 1, by the median and the quartiles, from 0 to 1, or not at all. */
export type ScaleRule = "standard" | "robust" | "minMax" | "none";

/** What is set of a column of numbers, with defaults. */
export interface NumberRules {
  readonly fill: FillRule;
  /** Whether there is a number that says where gaps were. Undefined: where training has gaps. */
  readonly indicator: boolean | undefined;
  /** Whether numbers are taken as sign(x)·log(1 + |x|). Undefined: where that makes a long tail short. */
  readonly log: boolean | undefined;
  readonly scale: ScaleRule;
}

/** From this skewness on a tail is long. */
const LONG_TAIL = 2;

/** (squeezed(x) − center) / scale, gaps filled before. */
export class NumberStep implements Step {
  readonly names: readonly string[];

  constructor(
    readonly column: string,
    /** Which number of a date; undefined for other columns. */
    readonly part: DatePart | undefined,
    /** Stands for a gap, as it is after the logarithm. */
    private readonly fill: number,
    private readonly hasIndicator: boolean,
    private readonly isLog: boolean,
    private readonly center: number,
    private readonly scale: number,
  ) {
    const name = part ? `${column} ${part}` : column;
    this.names = hasIndicator ? [name, `${name} is missing`] : [name];
  }

  write(column: Column, { values, stride, offset }: Place): void {
    const source = quantities(column, this.part);
    const { fill, isLog, center, scale, hasIndicator } = this;
    for (let row = 0, at = offset; row < source.length; row++, at += stride) {
      const value = source[row];
      const isGap = Number.isNaN(value);
      const number = isGap ? fill : isLog ? squeezed(value) : value;
      values[at] = (number - center) / scale;
      if (!Number.isFinite(values[at])) throw outOfRange(this, row, value);
      if (hasIndicator) values[at + 1] = isGap ? 1 : 0;
    }
  }

  describe(): StepDescription {
    const { column, part, fill, hasIndicator: indicator, isLog: log, center, scale } = this;
    return { kind: "number", column, ...(part ? { part } : {}), fill, indicator, log, center, scale };
  }
}

const outOfRange = ({ column }: NumberStep, row: number, value: number): DataError =>
  new DataError(
    `pipeline: row ${row + 1}, column ${show(column)}: ${value} is too far from the numbers of training for float32.`,
  );

/**
 * Learns from the numbers of training. Undefined where they are all the same and say nothing.
 */
export function learnNumbers(column: Column, rules: NumberRules, part?: DatePart): NumberStep | undefined {
  const all = quantities(column, part);
  const known = all.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return undefined;
  const hasGaps = known.length < all.length;
  const indicator = rules.indicator ?? hasGaps;
  const isLog = rules.log ?? hasLongTail(known);
  const values = (isLog ? known.map(squeezed) : known).sort();
  const isConstant = values[0] === values[values.length - 1];
  if (isConstant && !(indicator && hasGaps)) return undefined;
  const { center, scale } = scaling(values, rules.scale);
  checkScaled(column.name, values, center, scale);
  return new NumberStep(column.name, part, filling(values, rules.fill, isLog), indicator, isLog, center, scale);
}

/**
 * Refuses numbers too large to be scaled, and unscaled ones that float32 cannot tell apart.
 *
 * @throws DataError
 */
function checkScaled(name: string, sorted: Float64Array, center: number, scale: number): void {
  const of = `pipeline: column ${show(name)}`;
  if (!Number.isFinite(center) || !Number.isFinite(scale)) {
    throw new DataError(
      `${of} holds numbers as large as ${sorted[sorted.length - 1]}, which cannot be scaled. Leave it out.`,
    );
  }
  // Scaled numbers are as close as they look beside the others; others may be far from 0, as times in milliseconds are.
  if (center !== 0 || scale !== 1) return;
  for (let i = 1; i < sorted.length; i++) {
    const [a, b] = [sorted[i - 1], sorted[i]];
    if (a === b || Math.fround(a) !== Math.fround(b)) continue;
    throw new DataError(`${of}: ${a} and ${b} are the same in float32. Set scale to "standard".`);
  }
}

/** The numbers of a column; NaN for gaps. */
export function quantities(column: Column, part?: DatePart): Float64Array {
  if (column.type === "number") return column.values;
  if (column.type === "date") return column.values.map(partOf(part ?? "time"));
  if (column.type === "boolean") return Float64Array.from(column.values, (value) => (value > 1 ? Number.NaN : value));
  throw new InternalError(`a column of type ${column.type} has no numbers`);
}

/** sign(x)·log(1 + |x|) */
export const squeezed = (x: number): number => (x < 0 ? -log1p(-x) : log1p(x));

function filling(sorted: Float64Array, rule: FillRule, isLog: boolean): number {
  if (typeof rule === "number") return isLog ? squeezed(rule) : rule;
  if (rule === "mean") return mean(sorted);
  return rule === "median" ? quantile(sorted, 0.5) : mostFrequent(sorted);
}

/** What is taken from numbers, and what they are divided by; 1 where they are all the same. */
export function scaling(sorted: Float64Array, rule: ScaleRule): { readonly center: number; readonly scale: number } {
  if (rule === "none") return { center: 0, scale: 1 };
  if (rule === "minMax") return { center: sorted[0], scale: sorted[sorted.length - 1] - sorted[0] || 1 };
  const center = mean(sorted);
  const deviation = Math.sqrt(mean(sorted.map((value) => (value - center) * (value - center))));
  if (rule === "standard") return { center, scale: deviation || 1 };
  // Where more than half of the numbers are the same, quartiles say nothing of the others.
  return { center: quantile(sorted, 0.5), scale: quantile(sorted, 0.75) - quantile(sorted, 0.25) || deviation || 1 };
}

/** In float64, about the first number, so that far from 0 nothing is lost. */
export function mean(values: Float64Array): number {
  const first = values[0];
  let sum = 0;
  for (const value of values) sum += value - first;
  return first + sum / values.length;
}

/** Between the two numbers around it, as a straight line. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const next = sorted[Math.min(below + 1, sorted.length - 1)];
  return sorted[below] + (place - below) * (next - sorted[below]);
}

/** The smallest of those that occur most often. */
function mostFrequent(sorted: Float64Array): number {
  let best = sorted[0];
  let most = 0;
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    if (end - start > most) [best, most] = [sorted[start], end - start];
  }
  return best;
}

/** Whether numbers from 0 on have a tail that their logarithms do not have. */
function hasLongTail(values: Float64Array): boolean {
  if (values.some((value) => value < 0)) return false;
  const skew = skewness(values);
  return skew > LONG_TAIL && Math.abs(skewness(values.map(squeezed))) < skew / 2;
}

function skewness(values: Float64Array): number {
  const center = mean(values);
  let [square, cube] = [0, 0];
  for (const value of values) {
    const distance = value - center;
    square += distance * distance;
    cube += distance * distance * distance;
  }
  const variance = square / values.length;
  return variance > 0 ? cube / values.length / (variance * Math.sqrt(variance)) : 0;
}

/** @throws FormatError */
export function readNumberStep(field: JsonField): NumberStep {
  const { column, part, fill, indicator, log, center, scale } = field.members(
    ["kind", "column", "fill", "indicator", "log", "center", "scale"],
    ["part"],
  );
  const known = part?.string() as DatePart | undefined;
  if (known !== undefined && !PARTS.includes(known)) throw part!.error(`must be one of ${PARTS.join(", ")}.`);
  if (!(scale.number() > 0)) throw scale.error("must be above 0.");
  return new NumberStep(
    column.string(),
    known,
    fill.number(),
    indicator.boolean(),
    log.boolean(),
    center.number(),
    scale.number(),
  );
}
