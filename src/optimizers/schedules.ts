import { ArgumentError } from "../errors";
import { log } from "../numeric/logarithm";
import { pow } from "../numeric/power";
import { cos } from "../numeric/trigonometric";
import { boolean, checkOptions, finiteNumber, integer, oneOf, show } from "../options";
import { SCHEDULE_NAMES, type Schedule, type ScheduleName } from "./schedule";

/** Options of `exponentialDecay`. */
export interface ExponentialDecayOptions {
  /** The rate of step 0. */
  initialLearningRate: number;
  /** Steps after which the rate has been multiplied by `decayRate` once. */
  decaySteps: number;
  /** Factor of every `decaySteps` steps. */
  decayRate: number;
  /** Falls once every `decaySteps` steps rather than a little every step. Default false. */
  staircase?: boolean | undefined;
}

/** Options of `polynomialDecay`. */
export interface PolynomialDecayOptions {
  /** The rate of step 0. */
  initialLearningRate: number;
  /** Steps to `endLearningRate`. */
  decaySteps: number;
  /** Default 1e-4. */
  endLearningRate?: number | undefined;
  /** Default 1: a straight line. */
  power?: number | undefined;
  /** After `decaySteps` steps goes back up, to fall over twice, then three times … as many steps. Default false. */
  cycle?: boolean | undefined;
}

/** Options of `piecewiseConstantDecay`. */
export interface PiecewiseConstantDecayOptions {
  /** Steps, strictly increasing. */
  boundaries: readonly number[];
  /** One more than `boundaries`: `values[i]` holds up to and including step `boundaries[i]`. */
  values: readonly number[];
}

/** Options of `inverseTimeDecay`. */
export interface InverseTimeDecayOptions {
  /** The rate of step 0. */
  initialLearningRate: number;
  /** Steps after which `decayRate` has been added to the divisor once. */
  decaySteps: number;
  /** What is added to the divisor, 1 at step 0, every `decaySteps` steps. */
  decayRate: number;
  /** Falls once every `decaySteps` steps rather than a little every step. Default false. */
  staircase?: boolean | undefined;
}

/** Options of `cosineDecay`. */
export interface CosineDecayOptions {
  /** The rate of step 0. */
  initialLearningRate: number;
  /** Steps of the fall, counted from the end of the warm-up. */
  decaySteps: number;
  /** The final rate as a fraction of the highest. Default 0. */
  alpha?: number | undefined;
  /** The rate a linear warm-up leads to. Without it there is no warm-up, whatever `warmupSteps` says. */
  warmupTarget?: number | null | undefined;
  /** Default 0. */
  warmupSteps?: number | undefined;
}

/** Options of `cosineDecayRestarts`. */
export interface CosineDecayRestartsOptions {
  /** The rate of step 0. */
  initialLearningRate: number;
  /** Steps of the first period. */
  firstDecaySteps: number;
  /** How many times longer each period is than the one before. At least 1, default 2. */
  tMul?: number | undefined;
  /** How many times higher each period starts than the one before. Default 1. */
  mMul?: number | undefined;
  /** The lowest rate as a fraction of the initial one. Default 0. */
  alpha?: number | undefined;
}

/** Schedules have options without a default. */
function requireOptions(who: string, options: unknown, known: readonly string[]): void {
  checkOptions(who, options ?? {}, known);
  if (!options) throw new ArgumentError(`${who}: needs an object of options: ${known.join(", ")}.`);
}

const rate = { min: 0 };
const positive = { above: 0 };

/** initialLearningRate · decayRate^(step / decaySteps). */
function exponentialDecay(options: ExponentialDecayOptions): Schedule {
  const who = "schedules.exponentialDecay";
  requireOptions(who, options, ["initialLearningRate", "decaySteps", "decayRate", "staircase"]);
  const initial = finiteNumber(who, "initialLearningRate", options.initialLearningRate, rate);
  const steps = finiteNumber(who, "decaySteps", options.decaySteps, positive);
  const factor = finiteNumber(who, "decayRate", options.decayRate, positive);
  const staircase = boolean(who, "staircase", options.staircase ?? false);
  const at = (step: number) => initial * pow(factor, staircase ? Math.floor(step / steps) : step / steps);
  return { name: "exponentialDecay", options: { ...options }, at };
}

/** (initialLearningRate − endLearningRate) · (1 − step / decaySteps)^power + endLearningRate. */
function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  const who = "schedules.polynomialDecay";
  requireOptions(who, options, ["initialLearningRate", "decaySteps", "endLearningRate", "power", "cycle"]);
  const initial = finiteNumber(who, "initialLearningRate", options.initialLearningRate, rate);
  const steps = finiteNumber(who, "decaySteps", options.decaySteps, positive);
  const end = finiteNumber(who, "endLearningRate", options.endLearningRate ?? 1e-4, rate);
  const power = finiteNumber(who, "power", options.power ?? 1, positive);
  const cycle = boolean(who, "cycle", options.cycle ?? false);
  const at = (step: number) => {
    const period = cycle ? steps * Math.max(1, Math.ceil(step / steps)) : steps;
    return (initial - end) * pow(1 - Math.min(step, period) / period, power) + end;
  };
  return { name: "polynomialDecay", options: { ...options }, at };
}

/** values[i] for the first i with step ≤ boundaries[i], the last value after all boundaries. */
function piecewiseConstantDecay(options: PiecewiseConstantDecayOptions): Schedule {
  const who = "schedules.piecewiseConstantDecay";
  requireOptions(who, options, ["boundaries", "values"]);
  const list = (option: "boundaries" | "values") => {
    const numbers: unknown = options[option];
    if (!Array.isArray(numbers)) throw new ArgumentError(`${who}: ${option} must be an array, got ${show(numbers)}.`);
    return numbers.map((value, i) => finiteNumber(who, `${option}[${i}]`, value, rate));
  };
  const boundaries = list("boundaries");
  const values = list("values");
  if (values.length !== boundaries.length + 1) {
    throw new ArgumentError(
      `${who}: ${boundaries.length} boundaries need ${boundaries.length + 1} values, got ${values.length}.`,
    );
  }
  if (boundaries.some((boundary, i) => i > 0 && boundary <= boundaries[i - 1])) {
    throw new ArgumentError(`${who}: boundaries must increase, got ${show(boundaries)}.`);
  }
  const at = (step: number) => {
    const i = boundaries.findIndex((boundary) => step <= boundary);
    return values[i < 0 ? boundaries.length : i];
  };
  return { name: "piecewiseConstantDecay", options: { ...options }, at };
}

/** initialLearningRate / (1 + decayRate · step / decaySteps). */
function inverseTimeDecay(options: InverseTimeDecayOptions): Schedule {
  const who = "schedules.inverseTimeDecay";
  requireOptions(who, options, ["initialLearningRate", "decaySteps", "decayRate", "staircase"]);
  const initial = finiteNumber(who, "initialLearningRate", options.initialLearningRate, rate);
  const steps = finiteNumber(who, "decaySteps", options.decaySteps, positive);
  const factor = finiteNumber(who, "decayRate", options.decayRate, rate);
  const staircase = boolean(who, "staircase", options.staircase ?? false);
  const at = (step: number) => initial / (1 + factor * (staircase ? Math.floor(step / steps) : step / steps));
  return { name: "inverseTimeDecay", options: { ...options }, at };
}

/** ½ (1 + cos(π · fraction)): from 1 at fraction 0 to 0 at fraction 1. */
function cosineFall(fraction: number): number {
  return 0.5 * (1 + cos(Math.PI * fraction));
}

/**
 * A linear warm-up from initialLearningRate to warmupTarget, then half a cosine down to `alpha` times the top.
 * Loshchilov & Hutter 2017; warm-up as in Goyal et al. 2017.
 */
function cosineDecay(options: CosineDecayOptions): Schedule {
  const who = "schedules.cosineDecay";
  requireOptions(who, options, ["initialLearningRate", "decaySteps", "alpha", "warmupTarget", "warmupSteps"]);
  const initial = finiteNumber(who, "initialLearningRate", options.initialLearningRate, rate);
  const steps = finiteNumber(who, "decaySteps", options.decaySteps, positive);
  const alpha = finiteNumber(who, "alpha", options.alpha ?? 0, rate);
  const warms = (options.warmupTarget ?? undefined) !== undefined;
  const top = warms ? finiteNumber(who, "warmupTarget", options.warmupTarget, rate) : initial;
  const warmupSteps = integer(who, "warmupSteps", options.warmupSteps ?? 0, { min: 0 });
  const start = warms ? warmupSteps : 0;
  const at = (step: number) => {
    if (step < start) return initial + (top - initial) * (step / start);
    return top * ((1 - alpha) * cosineFall(Math.min(step - start, steps) / steps) + alpha);
  };
  return { name: "cosineDecay", options: { ...options }, at };
}

/**
 * Half cosines one after the other: period i has firstDecaySteps · tMul^i steps and starts at mMul^i times the initial rate.
 * Loshchilov & Hutter 2017. `alpha` is a floor relative to the initial rate, not to the period's.
 */
function cosineDecayRestarts(options: CosineDecayRestartsOptions): Schedule {
  const who = "schedules.cosineDecayRestarts";
  requireOptions(who, options, ["initialLearningRate", "firstDecaySteps", "tMul", "mMul", "alpha"]);
  const initial = finiteNumber(who, "initialLearningRate", options.initialLearningRate, rate);
  const steps = finiteNumber(who, "firstDecaySteps", options.firstDecaySteps, positive);
  const tMul = finiteNumber(who, "tMul", options.tMul ?? 2, { min: 1 });
  const mMul = finiteNumber(who, "mMul", options.mMul ?? 1, rate);
  const alpha = finiteNumber(who, "alpha", options.alpha ?? 0, rate);

  /** Periods begin at (tMul^i − 1) / (tMul − 1) times `steps`; the logarithm's last bit must not decide which it is. */
  const periodOf = (progress: number) => {
    if (tMul === 1) return { period: Math.floor(progress), begin: Math.floor(progress), length: 1 };
    const beginOf = (period: number) => (pow(tMul, period) - 1) / (tMul - 1);
    let period = Math.floor(log(1 + progress * (tMul - 1)) / log(tMul));
    if (progress >= beginOf(period + 1)) period++;
    else if (progress < beginOf(period)) period--;
    return { period, begin: beginOf(period), length: pow(tMul, period) };
  };
  const at = (step: number) => {
    const progress = step / steps;
    const { period, begin, length } = periodOf(progress);
    const height = pow(mMul, period) * cosineFall((progress - begin) / length);
    return initial * ((1 - alpha) * height + alpha);
  };
  return { name: "cosineDecayRestarts", options: { ...options }, at };
}

/** The schedules, each made from an object of options. */
export const schedules = {
  exponentialDecay,
  polynomialDecay,
  piecewiseConstantDecay,
  inverseTimeDecay,
  cosineDecay,
  cosineDecayRestarts,
} satisfies Record<ScheduleName, unknown>;

/** The schedule that `{ name, options }` in a model file stands for. */
export function reviveSchedule({ name, options }: { name?: unknown; options?: unknown }, who: string): Schedule {
  const factory = schedules[oneOf(who, "schedule", name, SCHEDULE_NAMES)] as (options: unknown) => Schedule;
  return factory(options);
}
