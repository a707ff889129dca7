import { ArgumentError } from "../errors";
import { exp, log } from "../numeric/elementary";
import { deriveKey, RandomStream } from "../numeric/random";
import { boolean, checkOptions, finiteNumber, integer, oneOf, show } from "../options";
import { shuffled } from "../splits/draw";
import type { ParameterValue } from "./made";
import type { TrialParameters } from "./runs";

/** Numbers from `min` to `max`, both included. */
export interface ParameterRange {
  /** The smallest. */
  readonly min: number;
  /** The largest. */
  readonly max: number;
  /** Whether differences or ratios count: from 0.001 to 0.1 half of "log" lies below 0.01. Default "linear". */
  readonly scale?: "linear" | "log" | undefined;
  /** The distance between numbers, from `min` on; of linear ranges. */
  readonly step?: number | undefined;
  /** Whether numbers are whole. Default false. */
  readonly integer?: boolean | undefined;
  /** How many numbers a grid takes of it, the first and the last included. */
  readonly points?: number | undefined;
}

/** What may be tried of a parameter: a list, or a range of numbers. */
export type ParameterChoice = readonly ParameterValue[] | ParameterRange;

/** What may be tried, by the names of parameters. */
export type SearchSpace = Readonly<Record<string, ParameterChoice>>;

/** The parameters that `makeModel` gets of a space. */
export type ParametersOf<Space> = {
  readonly [Name in keyof Space]: Space[Name] extends readonly (infer Value)[] ? Value : number;
};

/** A choice, checked. */
interface Dimension {
  readonly name: string;
  /** All values, where they can be told one by one and are drawn alike. */
  readonly values: readonly ParameterValue[] | undefined;
  /** What a grid takes of it, if it can. */
  readonly grid: readonly ParameterValue[] | undefined;
  /** The value at a place between 0 and 1. */
  at(place: number): ParameterValue;
}

/** Combinations up to which random trials are drawn without drawing one twice by shuffling them all. */
const MOST_SHUFFLED = 2 ** 20;
/** Trials, at most. */
export const MOST_TRIALS = 2 ** 16;
const MOST_VALUES = 2 ** 16;
/** Streams of random numbers. */
const COMBINATIONS = 81;
const VALUES = 82;

/** @throws ArgumentError for a space in which there is nothing to choose */
export function readSpace(who: string, space: unknown): Dimension[] {
  if (typeof space !== "object" || space === null || Array.isArray(space)) {
    throw new ArgumentError(
      `${who}: space must be an object of lists and ranges by the names of parameters, got ${show(space)}.`,
    );
  }
  const dimensions = Object.entries(space).map(([name, choice]) => readChoice(`${who}: space.${name}`, name, choice));
  if (dimensions.length === 0) throw new ArgumentError(`${who}: space has no parameters.`);
  return dimensions;
}

function readChoice(who: string, name: string, choice: unknown): Dimension {
  if (Array.isArray(choice)) {
    if (choice.length === 0) throw new ArgumentError(`${who} is an empty list.`);
    for (const [i, value] of choice.entries()) checkPlain(`${who}[${i}]`, value);
    const texts = choice.map((value) => JSON.stringify(value));
    const again = texts.findIndex((text, i) => texts.indexOf(text) !== i);
    if (again >= 0) throw new ArgumentError(`${who} has ${shortText(texts[again])} twice.`);
    return listOf(name, choice as ParameterValue[]);
  }
  if (typeof choice !== "object" || choice === null) {
    throw new ArgumentError(
      `${who} must be a list or a range { min, max }, got ${show(choice)}. Of one value: [value].`,
    );
  }
  return readRange(who, name, choice as ParameterRange);
}

const shortText = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

const listOf = (name: string, values: readonly ParameterValue[]): Dimension => ({
  name,
  values,
  grid: values,
  at: (place) => values[Math.min(values.length - 1, Math.floor(place * values.length))],
});

/** @throws ArgumentError for what JSON would lose: a trial is data */
export function checkPlain(who: string, value: unknown, depth = 0): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  const isPlain = typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (depth < 16 && (Array.isArray(value) || isPlain)) {
    for (const [name, one] of Object.entries(value as object)) checkPlain(`${who}.${name}`, one, depth + 1);
    return;
  }
  throw new ArgumentError(
    `${who} must be what JSON can hold, got ${show(value)}. Give a name, and make of it what you need in makeModel.`,
  );
}

function readRange(who: string, name: string, range: ParameterRange): Dimension {
  checkOptions(who, range, ["min", "max", "scale", "step", "integer", "points"]);
  const isWhole = boolean(who, "integer", range.integer ?? false);
  const isLog = oneOf(who, "scale", range.scale ?? "linear", ["linear", "log"]) === "log";
  const end = (option: "min" | "max", bounds: { min?: number; above?: number }) =>
    isWhole ? integer(who, option, range[option], bounds) : finiteNumber(who, option, range[option], bounds);
  const min = end("min", isLog ? { above: 0 } : {});
  const max = end("max", { min });
  const { step, points } = range;
  if (points !== undefined) integer(who, "points", points, { min: 2, max: MOST_VALUES });
  if (step !== undefined) {
    finiteNumber(who, "step", step, { above: 0 });
    if (isLog) throw new ArgumentError(`${who}: step is the distance of linear ranges. Of "log" give points.`);
    if (points !== undefined) throw new ArgumentError(`${who}: give step or points, not both.`);
    if (isWhole) integer(who, "step", step);
    // What rounding takes from the last step does not lose it.
    const count = Math.floor((max - min) / step + 1e-9) + 1;
    if (count > MOST_VALUES)
      throw new ArgumentError(`${who}: step ${step} makes ${count} values, more than ${MOST_VALUES}.`);
    return listOf(
      name,
      Array.from({ length: count }, (_, i) => Math.min(max, min + i * step)),
    );
  }
  const between = (place: number) => {
    if (!isLog) return min + place * (max - min);
    return Math.min(max, Math.max(min, exp(log(min) + place * (log(max) - log(min)))));
  };
  // Of whole numbers each has the same room, half of it below and half above.
  const whole = (place: number): number => {
    if (!isLog) return Math.min(max, min + Math.floor(place * (max - min + 1)));
    const [low, high] = [log(min - 0.5), log(max + 0.5)];
    return Math.min(max, Math.max(min, Math.round(exp(low + place * (high - low)))));
  };
  const at = isWhole ? whole : between;
  if (min === max) return listOf(name, [min]);
  const isShort = isWhole && !isLog && max - min < MOST_VALUES;
  const values = isShort ? Array.from({ length: max - min + 1 }, (_, i) => min + i) : undefined;
  return { name, values, grid: points === undefined ? values : gridPoints(points, min, max, between, isWhole), at };
}

function gridPoints(points: number, min: number, max: number, between: (place: number) => number, isWhole: boolean) {
  const all = Array.from({ length: points }, (_, i) =>
    i === 0 ? min : i === points - 1 ? max : between(i / (points - 1)),
  );
  return isWhole ? [...new Set(all.map(Math.round))] : all;
}

/** A trial for each combination, the last parameter changing first. */
export function gridOf(who: string, space: readonly Dimension[], most: number): TrialParameters[] {
  for (const { name, grid } of space) {
    if (grid) continue;
    throw new ArgumentError(
      `${who}: space.${name} has no end of values for a grid. Give it points or a step, or use strategy "random".`,
    );
  }
  const lists = space.map(({ name, grid }) => ({ name, values: grid! }));
  const count = lists.reduce((product, { values }) => product * values.length, 1);
  if (count > most) {
    throw new ArgumentError(
      `${who}: the grid has ${count} combinations, more than the ${most} trials that are allowed. ` +
        'Use strategy "random", or raise trials.',
    );
  }
  return Array.from({ length: count }, (_, place) => combination(lists, place));
}

/** How many combinations there are, where they can be told one by one. */
export function combinations(space: readonly Dimension[]): number | undefined {
  return space.reduce<number | undefined>(
    (count, { values }) => (count === undefined || values === undefined ? undefined : count * values.length),
    1,
  );
}

function combination(lists: readonly Pick<Dimension, "name" | "values">[], place: number): TrialParameters {
  const chosen: [string, ParameterValue][] = [];
  for (const { name, values } of lists.toReversed()) {
    chosen.unshift([name, values![place % values!.length]]);
    place = Math.floor(place / values!.length);
  }
  return Object.fromEntries(chosen);
}

/**
 * Trials drawn at random, none twice. The first ones are the same however many follow.
 *
 * @throws ArgumentError when there are not so many
 */
export function randomOf(who: string, space: readonly Dimension[], trials: number, seed: number): TrialParameters[] {
  const count = combinations(space);
  if (count !== undefined && count < trials) {
    throw new ArgumentError(
      `${who}: there are ${count} combinations, fewer than ${trials} trials. Use strategy "grid", or lower trials.`,
    );
  }
  if (count !== undefined && count <= MOST_SHUFFLED) {
    return [...shuffled(count, seed, COMBINATIONS).subarray(0, trials)].map((place) => combination(space, place));
  }
  const seen = new Set<string>();
  const drawn: TrialParameters[] = [];
  // A draw that is there already counts as none; so many in a row say that there are no others.
  for (let draw = 0, misses = 0; drawn.length < trials; draw++) {
    const parameters = Object.fromEntries(
      space.map(({ name, at }, i) => [name, at(new RandomStream(deriveKey(seed, VALUES, draw, i)).uniform53())]),
    );
    const text = JSON.stringify(parameters);
    if (!seen.has(text)) {
      seen.add(text);
      drawn.push(parameters);
      misses = 0;
    } else if (++misses > 10_000) {
      throw new ArgumentError(`${who}: only ${drawn.length} different trials were found. Lower trials.`);
    }
  }
  return drawn;
}
