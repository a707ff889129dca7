import { ArgumentError, ShapeError } from "../../errors";
import { type Loss, losses } from "../../losses/losses";
import { type MetricLike, metrics } from "../../metrics/metrics";
import type { Model } from "../../model/model";
import { show } from "../../options";
import { type Optimizer, optimizers } from "../../optimizers/optimizers";
import type { Schedule } from "../../optimizers/schedule";
import { schedules } from "../../optimizers/schedules";
import type { ReportWriter } from "../report";
import { isJson, type Json } from "./config";
import { wordOf } from "./settings";

/** What a file says of training: optimizer, losses and metrics, where they have equals here. */

/** Why training cannot be taken over. */
class NotHere extends Error {}

const camel = (name: string) => name.replace(/_+(.)/g, (_, letter: string) => letter.toUpperCase());

/** The number that somebody wrote, of which float32 kept `0.0010000000474974513`. */
function unrounded(value: number): number {
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === Math.fround(value) && Math.fround(value) === value ? short : value;
}

const SCHEDULES: Readonly<Record<string, keyof typeof schedules>> = {
  ExponentialDecay: "exponentialDecay",
  PolynomialDecay: "polynomialDecay",
  PiecewiseConstantDecay: "piecewiseConstantDecay",
  InverseTimeDecay: "inverseTimeDecay",
  CosineDecay: "cosineDecay",
  CosineDecayRestarts: "cosineDecayRestarts",
};

/** Options of Keras under their names here, numbers without the traces of float32. */
function optionsOf(config: Json, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = config[name];
      if (value === null || value === undefined) return [];
      return [[camel(name), typeof value === "number" ? unrounded(value) : value]];
    }),
  );
}

function scheduleOf(given: Json): Schedule {
  const name = String(given.class_name);
  if (!Object.hasOwn(SCHEDULES, name) || !isJson(given.config)) throw new NotHere(`the learning rate follows ${name}`);
  const make = schedules[SCHEDULES[name]] as unknown as (options: object) => Schedule;
  return make(
    optionsOf(
      given.config,
      Object.keys(given.config).filter((key) => key !== "name"),
    ),
  );
}

function learningRateOf(config: Json): number | Schedule | undefined {
  const given = config.learning_rate ?? config.lr;
  if (isJson(given)) return scheduleOf(given);
  if (typeof given !== "number") return undefined;
  const rate = unrounded(given);
  // Optimizers of Keras before 2.11 had a decay of their own.
  const { decay } = config;
  if (typeof decay !== "number" || decay === 0) return rate;
  return schedules.inverseTimeDecay({ initialLearningRate: rate, decaySteps: 1, decayRate: unrounded(decay) });
}

const MOMENTS = ["beta_1", "beta_2", "epsilon"];
const COMMON = ["weight_decay", "clipvalue", "clipnorm", "global_clipnorm"];

/** Optimizers by their names in small letters, and the options that they have of their own. */
const OPTIMIZERS: Readonly<Record<string, readonly [keyof typeof optimizers, readonly string[]]>> = {
  sgd: ["sgd", ["momentum", "nesterov"]],
  rmsprop: ["rmsprop", ["rho", "momentum", "epsilon", "centered"]],
  adagrad: ["adagrad", ["initial_accumulator_value", "epsilon"]],
  adadelta: ["adadelta", ["rho", "epsilon"]],
  adam: ["adam", [...MOMENTS, "amsgrad"]],
  adamw: ["adamW", [...MOMENTS, "amsgrad"]],
  adamax: ["adamax", MOMENTS],
  nadam: ["nadam", MOMENTS],
  lion: ["lion", ["beta_1", "beta_2"]],
};

const RENAMED: Readonly<Record<string, string>> = {
  beta_1: "beta1",
  beta_2: "beta2",
  clipvalue: "clipValue",
  clipnorm: "clipNorm",
  global_clipnorm: "globalClipNorm",
};

function optimizerOf(given: unknown, report: ReportWriter): Optimizer {
  if (typeof given === "string") return optimizerOf({ class_name: given, config: {} }, report);
  if (!isJson(given)) throw new NotHere("the file names no optimizer");
  const config = isJson(given.config) ? given.config : {};
  const className = String(given.class_name).replace(/^.*>/, "");
  if (className === "LossScaleOptimizer") return optimizerOf(config.inner_optimizer ?? config.optimizer, report);
  const name = className.toLowerCase();
  if (!Object.hasOwn(OPTIMIZERS, name)) throw new NotHere(`the optimizer is ${className}`);
  const [own, names] = OPTIMIZERS[name];
  if (config.use_ema === true)
    report.warn("The optimizer kept moving averages of weights (use_ema); here it does not.");
  if (typeof config.gradient_accumulation_steps === "number") {
    report.warn(`The optimizer added up gradients of ${config.gradient_accumulation_steps} steps; here it does not.`);
  }
  const plain = Object.fromEntries(Object.entries(config).filter(([key]) => [...COMMON, ...names].includes(key)));
  const named = Object.fromEntries(Object.entries(plain).map(([key, value]) => [RENAMED[key] ?? key, value]));
  const learningRate = learningRateOf(config);
  const options = { ...optionsOf(named, Object.keys(named)), ...(learningRate !== undefined && { learningRate }) };
  return (optimizers[own] as unknown as (options: object) => Optimizer)(options);
}

const LOSSES: Readonly<Record<string, keyof typeof losses>> = {
  mse: "meanSquaredError",
  mae: "meanAbsoluteError",
  mape: "meanAbsolutePercentageError",
  msle: "meanSquaredLogarithmicError",
  huber_loss: "huber",
  logcosh: "logCosh",
  kld: "kullbackLeiblerDivergence",
  kl_divergence: "kullbackLeiblerDivergence",
  bce: "binaryCrossentropy",
};

const snake = (name: string) => name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();

function lossOf(given: unknown): Loss {
  const isObject = isJson(given);
  const config = isObject && isJson(given.config) ? given.config : {};
  const text =
    typeof given === "string" ? given : isObject && typeof given.config === "string" ? given.config : undefined;
  const className = text ?? (isObject ? String(given.class_name) : undefined);
  if (className === undefined) throw new NotHere("the file names no loss");
  const name = LOSSES[className.toLowerCase()] ?? LOSSES[snake(className)] ?? camel(snake(className));
  if (name === "custom" || !Object.hasOwn(losses, name)) throw new NotHere(`the loss is ${className}`);
  const { reduction, axis, ignore_class: ignored } = config;
  if (reduction === "none" || reduction === null) throw new NotHere(`the loss ${className} is not reduced`);
  if (ignored !== undefined && ignored !== null)
    throw new NotHere(`the loss ${className} leaves out class ${show(ignored)}`);
  if (axis !== undefined && axis !== -1) throw new NotHere(`the loss ${className} goes along axis ${show(axis)}`);
  const options = {
    ...optionsOf(
      config,
      ["from_logits", "label_smoothing", "delta"].filter((key) => key !== "delta" || name === "huber"),
    ),
    ...(reduction === "sum" && { reduction: "sum" }),
  };
  const known = name.toLowerCase().includes("crossentropy") ? options : onlyOf(options, ["reduction", "delta"]);
  return (losses[name as keyof typeof losses] as unknown as (options: object) => Loss)(known);
}

const onlyOf = (options: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));

const METRICS: Readonly<Record<string, keyof typeof metrics>> = {
  acc: "accuracy",
  accuracy: "accuracy",
  binary_accuracy: "binaryAccuracy",
  categorical_accuracy: "categoricalAccuracy",
  sparse_categorical_accuracy: "sparseCategoricalAccuracy",
  mse: "mse",
  mean_squared_error: "mse",
  mae: "mae",
  mean_absolute_error: "mae",
  root_mean_squared_error: "rmse",
  precision: "precision",
  recall: "recall",
  auc: "auc",
  cosine_similarity: "cosineSimilarity",
  r2_score: "r2",
  top_k_categorical_accuracy: "topKAccuracy",
  sparse_top_k_categorical_accuracy: "topKAccuracy",
};

function metricOf(given: unknown, report: ReportWriter): MetricLike[] {
  const config = isJson(given) && isJson(given.config) ? given.config : {};
  const named = isJson(given) ? (typeof given.config === "string" ? given.config : given.class_name) : given;
  const isWrapper = named === "MeanMetricWrapper" || named === "SumOverBatchSizeMetricWrapper";
  const className = String(isWrapper ? (isJson(config.fn) ? config.fn.config : config.fn) : named);
  const name = METRICS[snake(className)];
  if (!name) {
    report.skip(`the metric ${className}`);
    return [];
  }
  const options = onlyOf(optionsOf(config, ["k", "threshold"]), name === "topKAccuracy" ? ["k"] : ["threshold"]);
  const isKnown = ["topKAccuracy", "binaryAccuracy"].includes(name);
  return [(metrics[name] as unknown as (options: object) => MetricLike)(isKnown ? options : {})];
}

/** A value for each output: as a list, by names, or one for all. */
function byOutput<T>(given: unknown, read: (one: unknown) => T): T | T[] | Record<string, T> {
  if (Array.isArray(given)) return given.map(read);
  if (isJson(given) && given.class_name === undefined) {
    return Object.fromEntries(Object.entries(given).map(([name, one]) => [wordOf(name), read(one)]));
  }
  return read(given);
}

const listOf = (value: unknown): unknown[] =>
  value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];

function metricsOf(given: unknown, report: ReportWriter): unknown {
  const read = (one: unknown) => listOf(one).flatMap((metric) => metricOf(metric, report));
  if (isJson(given) && given.class_name === undefined) return byOutput(given, read);
  const list = listOf(given);
  return list.some(Array.isArray) ? list.map(read) : read(list);
}

/** Compiles a model as the file says; where that has no equal here, the report tells why and the model stays as it is. */
export function compileAs(model: Model, config: Json, report: ReportWriter): void {
  const optimizer = config.optimizer ?? config.optimizer_config;
  if ((optimizer ?? undefined) === undefined && (config.loss ?? undefined) === undefined) return;
  try {
    const weights = config.loss_weights;
    model.compile({
      optimizer: optimizerOf(optimizer, report),
      loss: byOutput(config.loss, lossOf) as never,
      metrics: metricsOf(config.metrics, report) as never,
      weightedMetrics: metricsOf(config.weighted_metrics, report) as never,
      ...(weights !== null && weights !== undefined && { lossWeights: byOutput(weights, Number) as never }),
    });
  } catch (error) {
    const isKnown = [NotHere, ArgumentError, ShapeError].some((kind) => error instanceof kind);
    if (!isKnown) throw error;
    report.warn(`The model is not compiled: ${(error as Error).message.replace(/\.$/, "")}. Call compile before fit.`);
  }
}
