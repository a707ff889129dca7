import type { Recipe } from "../compiler/compile";
import type { Objective } from "../compiler/objectives";
import { resolveThreads } from "../engine/workers/sharing";
import { ArgumentError, ShapeError } from "../errors";
import { showDimensions } from "../graph/dimension";
import { readLength } from "../graph/openShapes";
import { boolean, checkOptions, finiteNumber, oneOf, show } from "../options";
import { CustomLoss } from "../losses/custom";
import { type Loss, type LossName, resolveLoss } from "../losses/losses";
import { type MetricLike, resolveMetric } from "../metrics/metrics";
import { type Optimizer, type OptimizerName, resolveOptimizer } from "../optimizers/optimizers";
import type { EngineOptions } from "./engineOptions";
import { byOutput, metricsByOutput } from "./perOutput";
import type { EngineKind } from "../runtime/runtime";
import type { Structure } from "../graph/structure";

/** What is trained, and how it is measured. */
export interface ObjectiveOptions {
  /** A name, or what `optimizers.adam({ … })` returns. */
  optimizer: OptimizerName | Optimizer;
  /** A name or a loss; of several outputs one for all, or one for each, as an array or by the names of their layers. */
  loss: LossName | Loss | readonly (LossName | Loss)[] | Readonly<Record<string, LossName | Loss>>;
  /** Factors of the outputs' losses, as an array or by the names of their layers. Default 1 each. */
  lossWeights?: readonly number[] | Readonly<Record<string, number>> | undefined;
  /**
   * Measured in `fit` and `evaluate`: a list for every output, or one for each, as an array of lists or by the names of
   * their layers, where outputs may be left out. Of several outputs the results are called `output/metric`.
   */
  metrics?:
    | readonly (MetricLike | readonly MetricLike[])[]
    | Readonly<Record<string, MetricLike | readonly MetricLike[]>>;
  /** The same of metrics in which samples count as `sampleWeight` and `classWeight` say. */
  weightedMetrics?: ObjectiveOptions["metrics"];
}

/** What memory is planned for when a model is compiled. */
export interface PlanOptions {
  /**
   * For models with an open length, `input({ shape: [null, 8] })`: the length of the longest sequences to come. Memory is planned
   * for them from the beginning; longer ones may come all the same. By default memory grows with the longest that has come; what has
   * been learnt moves along. Programs are made for every length that comes; the last 256 graphs and as many programs are kept.
   */
  maxLength?: number | undefined;
}

/** Options of `compile`: what is trained, how it is measured, what computes it, and what memory is planned for. */
export type CompileOptions = ObjectiveOptions & EngineOptions & PlanOptions;

/** A checked `CompileOptions`: all of a recipe but the model, and what runs it. */
export interface CompileSettings extends Omit<Recipe, "model"> {
  readonly engine: EngineKind;
}

/** Checks the options of `compile` and fills in the defaults. */
export function readCompileOptions(options: CompileOptions, structure: Structure): CompileSettings {
  checkOptions("compile", options, [
    "optimizer",
    "loss",
    "lossWeights",
    "metrics",
    "weightedMetrics",
    "engine",
    "threads",
    "worker",
    "math",
    "maxLength",
  ]);
  const optimizer = resolveOptimizer(options?.optimizer, "compile");
  const { threads: wanted = 1, worker = false, math = "strict", engine = "wasm" } = options;
  const isJs = oneOf("compile", "engine", engine, ["wasm", "js"] as const) === "js";
  const threads = resolveThreads("compile", wanted);
  if (isJs && wanted !== "auto" && threads > 1) {
    throw new ArgumentError(`compile: the "js" engine has one thread, got threads: ${threads}.`);
  }
  if (boolean("compile", "worker", worker) && isJs) {
    throw new ArgumentError('compile: the "js" engine runs on the calling thread, got worker: true.');
  }
  oneOf("compile", "math", math, ["strict", "relaxed"]);
  const objectives = readObjectives(options, structure.outputs);
  const maxLength = readLength("compile", "maxLength", options.maxLength, structure);
  return {
    optimizer,
    objectives,
    engine,
    threads,
    worker,
    math,
    requiresWasm: options.engine === "wasm",
    maxLength,
  };
}

function readObjectives(
  { metrics = [], weightedMetrics = [], ...options }: CompileOptions,
  outputs: Structure["outputs"],
): Objective[] {
  const loss = byOutput("loss", options.loss, outputs) as string | Loss | readonly (string | Loss)[];
  const lossWeights = byOutput("lossWeights", options.lossWeights, outputs) as readonly number[] | undefined;
  const losses: readonly unknown[] = Array.isArray(loss) ? loss : outputs.map(() => loss);
  if (losses.length !== outputs.length) {
    throw new ArgumentError(`compile: expects a loss for each output (${outputs.length}), got ${losses.length}.`);
  }
  if (lossWeights !== undefined && (!Array.isArray(lossWeights) || lossWeights.length !== outputs.length)) {
    throw new ArgumentError(
      `compile: lossWeights must be an array of ${outputs.length} numbers, got ${show(lossWeights)}.`,
    );
  }
  const measured = metricsByOutput("metrics", metrics, outputs);
  const weighted = metricsByOutput("weightedMetrics", weightedMetrics, outputs);
  return outputs.map(({ shape, dimensions, layer }, i) => {
    if (shape.at(-1) === null) {
      throw new ShapeError(
        `${layer?.name ?? "an output"}: the last axis of ${showDimensions(dimensions)} is open, a loss needs columns of a fixed ` +
          "number. End with [batch, length, 1].",
      );
    }
    if (shape.length === 0) {
      throw new ShapeError(
        `${layer?.name ?? "input"}: an output of shape [batch] has no axis for a loss. End with [batch, 1].`,
      );
    }
    const resolved = resolveLoss(losses[i], "compile");
    if (resolved instanceof CustomLoss) resolved.trace(dimensions.slice(1));
    const resolve = (metric: unknown) => resolveMetric(metric, resolved, dimensions.slice(1), "compile");
    return {
      loss: resolved,
      lossWeight: finiteNumber("compile", `lossWeights[${i}]`, lossWeights?.[i] ?? 1),
      metrics: [
        ...measured[i].map(resolve),
        ...weighted[i].map((metric) => ({ ...resolve(metric), isWeighted: true })),
      ],
    };
  });
}
