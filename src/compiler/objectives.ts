import { sizeOf } from "../tensor/shape";
import { ArgumentError } from "../errors";
import type { Graph, Operation, Value } from "../graph/graph";
import type { Weight } from "./weightTable";
import { reduceLoss } from "../ops/losses/reduceLoss";
import type { Op } from "../ops/op";
import { penalty } from "../ops/penalty";
import type { Loss } from "../losses/losses";
import type { Metric } from "../metrics/metrics";
import { emitGather, type Feeds } from "./lower";

/** What is asked of one output: its loss and what is measured. */
export interface Objective {
  readonly loss: Loss;
  readonly lossWeight: number;
  readonly metrics: readonly Metric[];
}

/** Bytes of the sums that each of several losses has of its own, beside their weighted sum: what it adds up to, over how many samples. */
export function ownLossBytes(objectives: readonly Objective[]): number {
  return objectives.length > 1 ? 16 : 0;
}

/** Byte offset of a step's loss in the totals region. */
export const LOSS_TOTAL = 0;

/** Measures the outputs: gathers targets and weights of samples, then one loss and some metrics for each output. */
export function emitObjectives(
  graph: Graph,
  outputs: readonly Value[],
  {
    feeds,
    objectives,
    metricSums,
  }: {
    feeds: Feeds;
    /** One for each output. */
    objectives: readonly Objective[];
    /** Byte offset in the totals region where the sums of the metrics begin. */
    metricSums: number;
  },
): void {
  let offset = metricSums;
  const ownBytes = ownLossBytes(objectives);
  objectives.forEach((objective, i) => {
    const target = emitGather(graph, "target", feeds.y[i], { side: "y", index: i }, [feeds.y[i].size]);
    const weightColumn = feeds.sampleWeights[i];
    const weight =
      weightColumn && emitGather(graph, "sampleWeight", weightColumn, { side: "sampleWeights", index: i }, []);
    const own = ownBytes ? graph.value("loss", [], { place: { region: "totals", offset } }) : undefined;
    offset += ownBytes;
    emitLoss(graph, objective, outputs[i], { target, ...(weight && { weight }), ...(own && { own }) });
    for (const metric of objective.metrics) offset += emitMetric(graph, metric, outputs[i], target, offset);
  });
}

/** Penalties come first, so that backward reaches them last, when the gradients of the weights are complete. */
export function emitPenalties(graph: Graph, weights: ReadonlyMap<Weight, Value>): void {
  for (const [{ name, spec, size }, w] of weights) {
    if (!spec.regularizer || !w.trainable) continue;
    const { l1, l2 } = spec.regularizer;
    emitToLoss(graph, penalty, name, { w }, { counts: { count: size }, numbers: { l1, l2 } });
  }
}

function emitToLoss(
  graph: Graph,
  op: Op,
  owner: string,
  values: Record<string, Value>,
  attributes: { counts: Record<string, number>; numbers: Record<string, number> },
): void {
  const loss = graph.value("loss", [], { place: { region: "totals", offset: LOSS_TOTAL } });
  graph.emitSink(op, owner, { ...values, loss }, attributes);
}

/** The operation that wrote a value. */
function producerOf(graph: Graph, value: Value): Operation | undefined {
  return graph.operations.find(({ op, values }) => op.outputs.some((name) => values[name] === value));
}

/**
 * A softmax or sigmoid followed by its cross-entropy is computed from the logits, so that it is stable; the activation's
 * own row stays for metrics and outputs and gets no gradient.
 */
function emitLoss(
  graph: Graph,
  { loss, lossWeight }: Objective,
  output: Value,
  { target, ...others }: { target: Value; weight?: Value; own?: Value },
): void {
  const columns = output.shape.at(-1)!;
  const rows = sizeOf(output.shape) / columns;
  const producer = producerOf(graph, output);
  checkPrediction(loss, producer);
  const fused = loss.fusesWith && producer?.op.name === loss.fusesWith.activation ? loss.fusesWith.op : undefined;
  const x = fused ? producer!.values.x : output;
  const counts = { rows, columns };
  const losses = graph.emit(fused ?? loss.op, loss.name, { x, target }, [rows], { counts, numbers: loss.numbers });

  const reduction = loss.reduction === "sum" ? 1 : 1 / rows;
  const numbers = { scale: lossWeight * reduction, ownScale: graph.batchSize * reduction };
  const attributes = { counts: { rows, rowsPerSample: rows / graph.batchSize }, numbers };
  emitToLoss(graph, reduceLoss, loss.name, { x: losses, ...others }, attributes);
}

/** Operations whose results are no probabilities. */
const unbounded = new Set("dense conv2d relu relu6 leakyRelu elu selu gelu geluApproximate silu mish tanh".split(" "));

/** Logits taken for probabilities, or the reverse, would train, but to nothing. */
function checkPrediction({ name, fusesWith, options }: Loss, producer: Operation | undefined): void {
  if (!producer) return;
  const { op, owner } = producer;
  if (fusesWith && unbounded.has(op.name)) {
    const end = op.outputs.length && op.inputs.length > 1 ? "ends without an activation" : `ends with ${op.name}`;
    throw new ArgumentError(
      `compile: ${name} expects probabilities, but ${owner} ${end}. ` +
        `Give it activation: "${fusesWith.activation}", or use losses.${name}({ fromLogits: true }).`,
    );
  }
  if (options.fromLogits && (op.name === "softmax" || op.name === "sigmoid")) {
    throw new ArgumentError(
      `compile: ${name} with fromLogits expects logits, but ${owner} ends with ${op.name}. Leave out fromLogits.`,
    );
  }
}

/** Emits the row of a metric and returns the bytes of its sums. */
function emitMetric(graph: Graph, metric: Metric, output: Value, target: Value, offset: number): number {
  const columns = output.shape.at(-1)!;
  const sums = graph.value(metric.name, [], { place: { region: "totals", offset } });
  const counts = { ...metric.counts, rows: sizeOf(output.shape) / columns, columns };
  graph.emitSink(metric.op, metric.name, { x: output, target, sums }, { counts, numbers: metric.numbers });
  return metric.sumsCount(columns) * 8;
}
