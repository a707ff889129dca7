import { ArgumentError } from "../errors";
import type { Dimension } from "../graph/dimension";
import type { Node } from "../graph/node";
import { TracedFunction } from "../graph/traced";
import { checkPerSample, comparedPlaceholders } from "../losses/custom";
import { type Loss, targetShapeOf } from "../losses/losses";
import { averages } from "../ops/metrics/averages";
import { checkOptions, oneOf, show } from "../options";
import type { Direction, Metric, MetricDescription } from "./metrics";

/** Options of `metrics.custom`. */
export interface CustomMetricOptions {
  /** What results are kept under: letters, digits and underscores. Default `"custom"`. */
  name?: string | undefined;
  /** Whether it should fall or rise, for callbacks that watch it. */
  better?: Direction | undefined;
}

/** A metric that is a function over nodes: the mean of what it returns. */
export class CustomMetric implements MetricDescription {
  /** What results are kept under. */
  readonly name: string;
  readonly better?: Direction;
  readonly options: Readonly<Record<string, unknown>>;

  constructor(
    readonly traced: TracedFunction,
    options: CustomMetricOptions,
  ) {
    const who = "metrics.custom";
    checkOptions(who, options, ["name", "better"]);
    const { name = "custom", better } = options;
    if (typeof name !== "string" || !/^[A-Za-z]\w*$/.test(name)) {
      throw new ArgumentError(`${who}: name must be letters, digits and underscores, got ${show(name)}.`);
    }
    this.name = name;
    if (better !== undefined) this.better = oneOf(who, "better", better, ["min", "max"]);
    this.options = { name, ...(better ? { better } : {}) };
  }

  /** The metric of an output. */
  bind(loss: Pick<Loss, "targets" | "targetShape">, outputShape: readonly Dimension[]): Metric {
    const trace = this.traced.trace(comparedPlaceholders(targetShapeOf(loss, outputShape), outputShape));
    checkPerSample("metrics.custom", trace);
    const result = ([sum, count]: Float64Array) => (count === 0 ? 0 : sum / count);
    const { name, options } = this;
    return { name, options, op: averages, trace, source: this, counts: {}, numbers: {}, sumsCount: () => 2, result };
  }
}

/**
 * A metric of your own: a function of targets and predictions, nodes of `[batch, …]`, that returns numbers whose mean over all
 * samples is the metric, or one number for a batch. It is called once, in `compile`, and kept in model files as a graph.
 *
 *     metrics.custom((yTrue, yPred) => ops.less(ops.abs(ops.subtract(yTrue, yPred)), 0.5), { name: "near", better: "max" })
 *
 * @throws ArgumentError when it is no function or an option is out of range
 */
export function custom(call: (yTrue: Node, yPred: Node) => Node, options: CustomMetricOptions = {}): MetricDescription {
  return new CustomMetric(new TracedFunction("metrics.custom", call as never), options);
}
