import type { Recipe } from "../compiler/compile";
import type { Objective } from "../compiler/objectives";
import { resolveThreads } from "../engine/workers/sharing";
import { ArgumentError, ShapeError } from "../errors";
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

/** Options of `compile`: what is trained, how it is measured, and what computes it. */
export type CompileOptions = ObjectiveOptions & EngineOptions;

/** A checked `CompileOptions`: all of a recipe but the model, and what runs it. */
export interface CompileSettings extends Omit<Recipe, "model"> {
  readonly engine: EngineKind;
}

/** Checks the options of `compile` and fills in the defaults. `outputs` are the model's. */
export function readCompileOptions(options: CompileOptions, outputs: Structure["outputs"]): CompileSettings {
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
  const objectives = readObjectives(options, outputs);
  return { optimizer, objectives, engine, threads, worker, math, requiresWasm: options.engine === "wasm" };
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
  return outputs.map(({ shape, layer }, i) => {
    if (shape.length === 0) {
      throw new ShapeError(
        `${layer?.name ?? "input"}: an output of shape [batch] has no axis for a loss. End with [batch, 1].`,
      );
    }
    const resolved = resolveLoss(losses[i], "compile");
    if (resolved instanceof CustomLoss) resolved.trace(shape);
    return {
      loss: resolved,
      lossWeight: finiteNumber("compile", `lossWeights[${i}]`, lossWeights?.[i] ?? 1),
      metrics: [
        ...measured[i].map((metric) => resolveMetric(metric, resolved, shape, "compile")),
        ...weighted[i].map((metric) => ({ ...resolveMetric(metric, resolved, shape, "compile"), isWeighted: true })),
      ],
    };
  });
}
