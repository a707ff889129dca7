import type { Kind, Recipe } from "../compiler/compile";
import type { Tensor } from "../tensor/tensor";
import type { Runtime } from "../runtime/runtime";
import { outputNames } from "../graph/structure";
import type { Logs } from "./history";
import type { Metric } from "../metrics/metrics";

/**
 * Loss and metrics by name, as `evaluate` returns them. All are numbers but `confusionMatrix`, which is there when it was
 * asked for; an index signature cannot say so, an intersection can.
 */
export type Results = Record<string, number> & {
  /** The mean over all samples, regularizers included. */
  readonly loss: number;
  /** Counts `[classes, classes]`: row the right class, column the predicted one. */
  readonly confusionMatrix: Tensor;
};

/** What a pass measures beside the loss: float64 sums, and what becomes of them. */
type Measure = Pick<Metric, "name" | "sumsCount" | "clearedCount" | "result">;

/** The loss of one output of several: the mean over all samples so far. */
const ownLoss: Measure = {
  name: "loss",
  sumsCount: () => 2,
  result: ([sum, samples]) => sum / samples,
};

/**
 * The names of what is measured, in the order of the sums: of several outputs `output/loss` and `output/metric`. A name
 * that is taken gets a number: `topKAccuracy_1`.
 */
function namedMeasures({ model, objectives }: Recipe) {
  const areSeveral = objectives.length > 1;
  const names = outputNames(model.outputs);
  const taken = new Set<string>();
  const nameFree = (wanted: string) => {
    let name = wanted;
    for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
  return objectives.flatMap(({ metrics }, i) =>
    [...(areSeveral ? [ownLoss] : []), ...metrics].map((metric: Measure) => ({
      name: nameFree(areSeveral ? `${names[i]}/${metric.name}` : metric.name),
      metric,
      columns: model.outputs[i].shape.at(-1) as number,
    })),
  );
}

/** The names of what a history keeps of every pass: the loss, and those metrics that are numbers. */
export function measuredNames(recipe: Recipe): readonly string[] {
  const numbers = namedMeasures(recipe).filter(({ metric, columns }) => {
    return typeof metric.result(new Float64Array(metric.sumsCount(columns)), columns) === "number";
  });
  return ["loss", ...numbers.map(({ name }) => name)];
}

/**
 * The metrics of a pass over data: float64 sums in memory, cleared at its beginning, read when somebody wants to know.
 * Valid until the memory is laid out anew.
 */
export class Measures {
  readonly #metrics: readonly { name: string; metric: Measure; columns: number; sums: Float64Array }[];

  constructor(runtime: Runtime, kind: Kind) {
    const all = runtime.metricSums(kind);
    let start = 0;
    this.#metrics = namedMeasures(runtime.recipe).map((named) => {
      const end = start + named.metric.sumsCount(named.columns);
      const sums = all.subarray(start, end);
      start = end;
      return { ...named, sums };
    });
  }

  clear(): void {
    for (const { metric, sums } of this.#metrics) sums.fill(0, 0, metric.clearedCount);
  }

  /** Loss and metrics. */
  results(loss: number): Results {
    const results: Record<string, number | Tensor> = { loss };
    for (const { name, metric, columns, sums } of this.#metrics) results[name] = metric.result(sums, columns);
    return results as Results;
  }

  /** Loss and those metrics that are numbers, as a history keeps them. */
  logs(loss: number): Logs {
    const logs: Logs = { loss };
    for (const { name, metric, columns, sums } of this.#metrics) {
      const result = metric.result(sums, columns);
      if (typeof result === "number") logs[name] = result;
    }
    return logs;
  }
}
