import { StateError } from "../../../errors";
import type { ModelParts } from "../modelParts";

type Json = Readonly<Record<string, unknown>>;
interface Described {
  readonly name: string;
  readonly options: Json;
}

const OPTIMIZERS: Readonly<Record<string, string>> = {
  sgd: "SGD",
  rmsprop: "RMSprop",
  adagrad: "Adagrad",
  adadelta: "Adadelta",
  adam: "Adam",
  adamW: "AdamW",
  adamax: "Adamax",
  nadam: "Nadam",
  lion: "Lion",
};

const RENAMED: Readonly<Record<string, string>> = {
  beta1: "beta_1",
  beta2: "beta_2",
  clipValue: "clipvalue",
  clipNorm: "clipnorm",
  globalClipNorm: "global_clipnorm",
};

const LOSSES: Readonly<Record<string, string>> = {
  meanSquaredError: "MeanSquaredError",
  meanAbsoluteError: "MeanAbsoluteError",
  meanAbsolutePercentageError: "MeanAbsolutePercentageError",
  meanSquaredLogarithmicError: "MeanSquaredLogarithmicError",
  huber: "Huber",
  logCosh: "LogCosh",
  binaryCrossentropy: "BinaryCrossentropy",
  categoricalCrossentropy: "CategoricalCrossentropy",
  sparseCategoricalCrossentropy: "SparseCategoricalCrossentropy",
  kullbackLeiblerDivergence: "KLDivergence",
  poisson: "Poisson",
  hinge: "Hinge",
  squaredHinge: "SquaredHinge",
  categoricalHinge: "CategoricalHinge",
  cosineSimilarity: "CosineSimilarity",
};

const METRICS: Readonly<Record<string, string>> = {
  accuracy: "accuracy",
  mse: "mean_squared_error",
  mae: "mean_absolute_error",
  categoricalAccuracy: "categorical_accuracy",
  sparseCategoricalAccuracy: "sparse_categorical_accuracy",
};

const snake = (name: string) => RENAMED[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const snakeKeys = (options: Json) =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [snake(name), value]));
const listOf = (values: readonly unknown[]) => (values.length === 1 ? values[0] : values);

const DEFAULT_RATES: Readonly<Record<string, number>> = { sgd: 0.01, adamW: 0.001, nadam: 0.001, lion: 0.001 };

function optimizerOf({ name, options }: Described): object | undefined {
  const className = OPTIMIZERS[name];
  const { learningRate = DEFAULT_RATES[name] ?? 0.001, ...others } = options;
  // A schedule, or a function of the user's own.
  if (!className || typeof learningRate !== "number") return undefined;
  const config = { name: className.toLowerCase(), learning_rate: learningRate, ...snakeKeys(others) };
  return { module: "keras.optimizers", class_name: className, config, registered_name: null };
}

function lossOf({ name, options }: Described): object | undefined {
  const className = LOSSES[name];
  if (!className) return undefined;
  const { reduction, ...others } = options;
  const config = {
    name: snake(name),
    reduction: reduction === "sum" ? "sum" : "sum_over_batch_size",
    ...snakeKeys(others),
  };
  return { module: "keras.losses", class_name: className, config, registered_name: null };
}

interface Training {
  readonly optimizer: Described;
  readonly loss: readonly Described[];
  readonly lossWeights: readonly number[];
  readonly metrics: readonly (readonly Described[])[];
}

/** What a file would have of `compile`; undefined where it was not called, or no file can say it. */
function trainingOf(parts: ModelParts): Training | undefined {
  try {
    return (JSON.parse(parts.describe()) as { training?: Training }).training;
  } catch (error) {
    if (error instanceof StateError) return undefined;
    throw error;
  }
}

/** What `compile` was told, where Keras has words for all of it; else nothing: Keras says then that the model is not compiled. */
export function compileConfigOf(parts: ModelParts, outputs: number): object {
  const training = trainingOf(parts);
  if (!training) return {};
  const optimizer = optimizerOf(training.optimizer);
  const losses = training.loss.map(lossOf);
  const metrics = training.metrics.map((list) => list.flatMap(({ name }) => METRICS[name] ?? []));
  if (!optimizer || losses.some((loss) => loss === undefined)) return {};
  const isWeighted = training.lossWeights.some((weight) => weight !== 1);
  return {
    optimizer,
    loss: listOf(losses),
    loss_weights: isWeighted ? listOf(training.lossWeights) : null,
    metrics: metrics.every(({ length }) => length === 0) ? null : outputs === 1 ? metrics[0] : metrics,
    weighted_metrics: null,
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}
