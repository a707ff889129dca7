import { ArgumentError } from "../errors";
import type { Op } from "../ops/op";
import { adadelta as adadeltaOp } from "../ops/optimizers/adadelta";
import { adagrad as adagradOp } from "../ops/optimizers/adagrad";
import { adam as adamOp } from "../ops/optimizers/adam";
import { adamax as adamaxOp } from "../ops/optimizers/adamax";
import { clipByNorm } from "../ops/optimizers/clipByNorm";
import { clipByValue } from "../ops/optimizers/clipByValue";
import { decayWeights } from "../ops/optimizers/decayWeights";
import { lion as lionOp } from "../ops/optimizers/lion";
import { nadam as nadamOp } from "../ops/optimizers/nadam";
import { rmsprop as rmspropOp } from "../ops/optimizers/rmsprop";
import { sgd as sgdOp } from "../ops/optimizers/sgd";
import { sgdMomentum } from "../ops/optimizers/sgdMomentum";
import { boolean, checkOptions, finiteNumber, oneOf, type Range, show } from "../options";
import { readSchedule, type Schedule } from "./schedule";

/** A fixed rate, a schedule, or a function of the step; steps count from 0. */
export type LearningRate = number | Schedule | ((step: number) => number);

/** State an optimizer keeps for every weight: another vector of the same length. */
export interface Slot {
  /** The tensor field of the operation. */
  readonly field: string;
  /** As saved in files: the name Keras gives the variable. */
  readonly name: string;
  /** What every element starts as. */
  readonly initial: number;
}

/** How weights are updated. A description: the state belongs to the model that is compiled with it. */
export interface Optimizer {
  /** The factory that made it, as in `optimizers.adam`. */
  readonly name: string;
  /** As given. JSON keeps all of it but a learning rate that is a function. */
  readonly options: Readonly<Record<string, unknown>>;
  /** A number, a schedule, or a function of the step. */
  readonly learningRate: LearningRate;
  /** @internal The operation that updates weights. */
  readonly op: Op;
  /** @internal The operation's numbers. */
  readonly numbers: Readonly<Record<string, number>>;
  /** @internal The operation's sizes and switches. */
  readonly counts: Readonly<Record<string, number>>;
  /** @internal The state that the operation keeps. */
  readonly slots: readonly Slot[];
  /** @internal */
  readonly weightDecay?: number;
  /** @internal */
  readonly clipNorm?: number;
  /** @internal */
  readonly globalClipNorm?: number;
  /** @internal */
  readonly clipValue?: number;
}

/** One kind of row of the update, over one range of weights after the other. */
export interface Update {
  readonly op: Op;
  readonly numbers: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
  /** "weight": a row for every weight tensor. "all": as few rows as possible, the whole vector where gradients are measured. */
  readonly scope: "weight" | "all";
}

/** The rows of one update in Keras's order: clip the gradient, decay the weights, then the rule itself. */
export function updatesOf(optimizer: Optimizer): Update[] {
  const { op, numbers, counts, clipNorm, globalClipNorm, clipValue, weightDecay } = optimizer;
  const updates: Update[] = [];
  if (clipNorm) updates.push({ op: clipByNorm, numbers: { limit: clipNorm }, counts: {}, scope: "weight" });
  if (globalClipNorm) updates.push({ op: clipByNorm, numbers: { limit: globalClipNorm }, counts: {}, scope: "all" });
  if (clipValue) updates.push({ op: clipByValue, numbers: { limit: clipValue }, counts: {}, scope: "all" });
  if (weightDecay) updates.push({ op: decayWeights, numbers: { rate: weightDecay }, counts: {}, scope: "all" });
  return [...updates, { op, numbers, counts, scope: "all" }];
}

/**
 * Of an optimizer that leaves a weight without a gradient as it is and measures no others, plain gradient descent: the largest size of
 * a number of a gradient, infinity where that is not clipped.
 */
export function limitOfDescent({
  op,
  clipNorm,
  globalClipNorm,
  clipValue,
  weightDecay,
}: Optimizer): number | undefined {
  return op.name === "sgd" && !clipNorm && !globalClipNorm && !weightDecay
    ? (clipValue ?? Number.POSITIVE_INFINITY)
    : undefined;
}

/** What every optimizer takes. */
export interface OptimizerOptions {
  /** Default 0.001, 0.01 for sgd. */
  learningRate?: LearningRate | undefined;
  /** Each step takes learningRate · weightDecay of every weight, biases included. Default none, 4e-3 for adamW. */
  weightDecay?: number | null | undefined;
}

/** Clips the gradient of each weight tensor, if at all. */
export interface NormClipping {
  /** Longest gradient of one weight tensor. At most one of the three clippings. Default: none. */
  clipNorm?: number | null | undefined;
  /** Longest gradient of all weights together. At most one of the three clippings. */
  globalClipNorm?: null | undefined;
  /** Largest size of one gradient element. At most one of the three clippings. */
  clipValue?: null | undefined;
}

/** Clips the gradient of all weights together. */
export interface GlobalNormClipping {
  /** Longest gradient of all weights together. At most one of the three clippings. */
  globalClipNorm: number;
  /** Longest gradient of one weight tensor. At most one of the three clippings. */
  clipNorm?: null | undefined;
  /** Largest size of one gradient element. At most one of the three clippings. */
  clipValue?: null | undefined;
}

/** Clips every element of the gradient. */
export interface ValueClipping {
  /** Largest size of one gradient element. At most one of the three clippings. */
  clipValue: number;
  /** Longest gradient of one weight tensor. At most one of the three clippings. */
  clipNorm?: null | undefined;
  /** Longest gradient of all weights together. At most one of the three clippings. */
  globalClipNorm?: null | undefined;
}

/** At most one way of clipping gradients. */
export type Clipping = NormClipping | GlobalNormClipping | ValueClipping;

/** What `sgd` has of its own. */
export interface SgdSettings extends OptimizerOptions {
  /** From 0, the default, to 1. */
  momentum?: number | undefined;
  /** Default false. */
  nesterov?: boolean | undefined;
}

/** What `rmsprop` has of its own. */
export interface RmspropSettings extends OptimizerOptions {
  /** How much of the mean square is kept each step. Default 0.9. */
  rho?: number | undefined;
  /** Default 0. */
  momentum?: number | undefined;
  /** Added inside the root. Default 1e-7. */
  epsilon?: number | undefined;
  /** Divides by the standard deviation rather than the root mean square. Default false. */
  centered?: boolean | undefined;
}

/** What `adagrad` has of its own. */
export interface AdagradSettings extends OptimizerOptions {
  /** What the sum of squares starts with. Default 0.1. */
  initialAccumulatorValue?: number | undefined;
  /** Added inside the root. Default 1e-7. */
  epsilon?: number | undefined;
}

/** What `adadelta` has of its own. */
export interface AdadeltaSettings extends OptimizerOptions {
  /** Default 0.95. */
  rho?: number | undefined;
  /** Added inside both roots. Default 1e-7. */
  epsilon?: number | undefined;
}

/** What `adamax` and `nadam` have of their own. */
export interface AdamaxSettings extends OptimizerOptions {
  /** How much of the mean gradient is kept each step. Default 0.9. */
  beta1?: number | undefined;
  /** How much of the squared (adamax: largest) gradient is kept each step. Default 0.999. */
  beta2?: number | undefined;
  /** Added to the root. Default 1e-7. */
  epsilon?: number | undefined;
}

/** What `adam` and `adamW` have of their own. */
export interface AdamSettings extends AdamaxSettings {
  /** Never lets the second moment fall. Default false. */
  amsgrad?: boolean | undefined;
}

/** What `lion` has of its own. */
export interface LionSettings extends OptimizerOptions {
  /** Weight of the momentum in the sign. Above 0, default 0.9. */
  beta1?: number | undefined;
  /** How much of the momentum is kept each step. Default 0.99. */
  beta2?: number | undefined;
}

/** Options of `sgd`. */
export type SgdOptions = SgdSettings & Clipping;
/** Options of `rmsprop`. */
export type RmspropOptions = RmspropSettings & Clipping;
/** Options of `adagrad`. */
export type AdagradOptions = AdagradSettings & Clipping;
/** Options of `adadelta`. */
export type AdadeltaOptions = AdadeltaSettings & Clipping;
/** Options of `adam` and `adamW`. */
export type AdamOptions = AdamSettings & Clipping;
/** Options of `adamax`. */
export type AdamaxOptions = AdamaxSettings & Clipping;
/** Options of `nadam`. */
export type NadamOptions = AdamaxOptions;
/** Options of `lion`. */
export type LionOptions = LionSettings & Clipping;

const COMMON = ["learningRate", "weightDecay", "clipNorm", "globalClipNorm", "clipValue"];
const CLIPPINGS = ["clipNorm", "globalClipNorm", "clipValue"] as const;

/** A share that is kept: 1 − share^t must not be 0. */
const share: Range = { min: 0, below: 1 };
const notNegative: Range = { min: 0 };

function checkLearningRate(who: string, value: unknown): LearningRate {
  if (typeof value === "number") return finiteNumber(who, "learningRate", value, notNegative);
  if (typeof value === "function") return value as (step: number) => number;
  return readSchedule(value, `${who}: learningRate`);
}

/** What all optimizers have in common, checked, and a reader for the numbers they have of their own. */
function begin(name: string, options: OptimizerOptions & Clipping, own: readonly string[], defaultRate = 0.001) {
  const who = `optimizers.${name}`;
  checkOptions(who, options, [...COMMON, ...own]);
  const given = CLIPPINGS.filter((clipping) => (options[clipping] ?? undefined) !== undefined);
  if (given.length > 1)
    throw new ArgumentError(`${who}: only one kind of clipping at a time, got ${given.join(" and ")}.`);
  const record = options as Readonly<Record<string, unknown>>;
  const optional = (option: string, range: Range) =>
    (record[option] ?? undefined) === undefined ? undefined : finiteNumber(who, option, record[option], range);
  const common = {
    name,
    options: { ...record },
    learningRate: checkLearningRate(who, options.learningRate ?? defaultRate),
    weightDecay: optional("weightDecay", notNegative),
    clipNorm: optional("clipNorm", { above: 0 }),
    globalClipNorm: optional("globalClipNorm", { above: 0 }),
    clipValue: optional("clipValue", { above: 0 }),
    counts: {},
  };
  const read = (option: string, fallback: number, range: Range) => optional(option, range) ?? fallback;
  const flag = (option: string) => boolean(who, option, record[option] ?? false);
  return { common, read, flag };
}

const slot = (field: string, name: string, initial = 0): Slot => ({ field, name, initial });

/** Gradient descent, with momentum when `momentum` is above 0. */
function sgd(options: SgdOptions = {}): Optimizer {
  const { common, read, flag } = begin("sgd", options, ["momentum", "nesterov"], 0.01);
  const momentum = read("momentum", 0, { min: 0, max: 1 });
  const nesterov = flag("nesterov");
  if (momentum === 0) return { ...common, op: sgdOp, numbers: {}, slots: [] };
  const counts = { nesterov: nesterov ? 1 : 0 };
  return { ...common, op: sgdMomentum, numbers: { momentum }, counts, slots: [slot("m", "momentum")] };
}

/** RMSprop (Hinton 2012). */
function rmsprop(options: RmspropOptions = {}): Optimizer {
  const { common, read, flag } = begin("rmsprop", options, ["rho", "momentum", "epsilon", "centered"]);
  const numbers = {
    rho: read("rho", 0.9, { min: 0, max: 1 }),
    momentum: read("momentum", 0, { min: 0, max: 1 }),
    epsilon: read("epsilon", 1e-7, notNegative),
  };
  const slots = [slot("v", "velocity")];
  if (numbers.momentum > 0) slots.push(slot("m", "momentum"));
  if (flag("centered")) slots.push(slot("a", "average_gradient"));
  return { ...common, op: rmspropOp, numbers, slots };
}

/** Adagrad (Duchi, Hazan & Singer 2011). The paper's learning rate is 1. */
function adagrad(options: AdagradOptions = {}): Optimizer {
  const { common, read } = begin("adagrad", options, ["initialAccumulatorValue", "epsilon"]);
  const numbers = { epsilon: read("epsilon", 1e-7, notNegative) };
  const initial = read("initialAccumulatorValue", 0.1, notNegative);
  return { ...common, op: adagradOp, numbers, slots: [slot("a", "accumulator", initial)] };
}

/** Adadelta (Zeiler 2012). The paper's learning rate is 1. */
function adadelta(options: AdadeltaOptions = {}): Optimizer {
  const { common, read } = begin("adadelta", options, ["rho", "epsilon"]);
  const numbers = { rho: read("rho", 0.95, { min: 0, max: 1 }), epsilon: read("epsilon", 1e-7, notNegative) };
  const slots = [slot("a", "accumulated_grad"), slot("d", "accumulated_delta_var")];
  return { ...common, op: adadeltaOp, numbers, slots };
}

type Reader = ReturnType<typeof begin>["read"];

function readBetas(read: Reader) {
  return {
    beta1: read("beta1", 0.9, share),
    beta2: read("beta2", 0.999, share),
    epsilon: read("epsilon", 1e-7, notNegative),
  };
}

function adamNamed(name: "adam" | "adamW", options: AdamOptions): Optimizer {
  const { common, read, flag } = begin(name, options, ["beta1", "beta2", "epsilon", "amsgrad"]);
  const slots = [slot("m", "momentum"), slot("v", "velocity")];
  if (flag("amsgrad")) slots.push(slot("vmax", "velocity_hat"));
  return { ...common, op: adamOp, numbers: readBetas(read), slots };
}

/** Adam (Kingma & Ba 2015); with `amsgrad` the variant of Reddi, Kale & Kumar 2018. */
function adam(options: AdamOptions = {}): Optimizer {
  return adamNamed("adam", options);
}

/** Adam with decoupled weight decay, 4e-3 unless given (Loshchilov & Hutter 2019). */
function adamW(options: AdamOptions = {}): Optimizer {
  const optimizer = adamNamed("adamW", options);
  return { ...optimizer, weightDecay: optimizer.weightDecay ?? 4e-3 };
}

/** Adamax (Kingma & Ba 2015, section 7.1). */
function adamax(options: AdamaxOptions = {}): Optimizer {
  const { common, read } = begin("adamax", options, ["beta1", "beta2", "epsilon"]);
  const slots = [slot("m", "momentum"), slot("u", "norm")];
  return { ...common, op: adamaxOp, numbers: readBetas(read), slots };
}

/** Nadam (Dozat 2016). */
function nadam(options: NadamOptions = {}): Optimizer {
  const { common, read } = begin("nadam", options, ["beta1", "beta2", "epsilon"]);
  const slots = [slot("m", "momentum"), slot("v", "velocity")];
  return { ...common, op: nadamOp, numbers: readBetas(read), slots };
}

/** Lion (Chen et al. 2023). Wants a learning rate 3 to 10 times smaller than Adam's. */
function lion(options: LionOptions = {}): Optimizer {
  const { common, read } = begin("lion", options, ["beta1", "beta2"]);
  const numbers = { beta1: read("beta1", 0.9, { above: 0, max: 1 }), beta2: read("beta2", 0.99, { min: 0, max: 1 }) };
  return { ...common, op: lionOp, numbers, slots: [slot("m", "momentum")] };
}

/** The optimizers, each made from an object of options, all of which have defaults: those of Keras 3. */
export const optimizers = { sgd, rmsprop, adagrad, adadelta, adam, adamW, adamax, nadam, lion };

/** The name of an optimizer. */
export type OptimizerName = keyof typeof optimizers;

const names = Object.keys(optimizers) as OptimizerName[];

/**
 * The optimizer that a value stands for: a name, an optimizer, or the `{ name, options }` that is left of one in JSON.
 *
 * @param who as error messages begin: `compile`.
 */
export function resolveOptimizer(value: unknown, who: string): Optimizer {
  if (typeof value === "string") return optimizers[oneOf(who, "optimizer", value, names)]();
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new ArgumentError(
      `${who}: optimizer must be a name or an optimizer such as optimizers.adam(), got ${show(value)}.`,
    );
  }
  const { name, options, op } = value as Partial<Optimizer>;
  if (op) return value as Optimizer;
  const factory = optimizers[oneOf(who, "optimizer", name, names)] as (options?: unknown) => Optimizer;
  return factory(options ?? undefined);
}

/**
 * The learning rate of a step, counted from 0.
 * @throws ArgumentError when a schedule or function of the user's gives anything but a finite number ≥ 0.
 */
export function learningRateAt(optimizer: Optimizer, step: number): number {
  const { name, learningRate } = optimizer;
  if (typeof learningRate === "number") return learningRate;
  const rate: unknown = typeof learningRate === "function" ? learningRate(step) : learningRate.at(step);
  return finiteNumber(`optimizers.${name}`, `learningRate at step ${step}`, rate, notNegative);
}
