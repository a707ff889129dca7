import { type Shape, sameShape, showShape, sizeOf } from "../tensor/shape";
import { ArgumentError, ShapeError } from "../errors";
import type { Graph, Operation, Value } from "../graph/graph";
import { shapeAt } from "../graph/dimension";
import type { Node } from "../graph/node";
import { traceRegularizer } from "../graph/regularizer";
import { emitTrace, type Trace } from "../graph/traced";
import { CustomLoss } from "../losses/custom";
import { expandAxis } from "../ops/expandAxis";
import type { Weight } from "./weightTable";
import { reduceLoss } from "../ops/losses/reduceLoss";
import { logSoftmax } from "../ops/logSoftmax";
import type { Op } from "../ops/op";
import { penalty } from "../ops/penalty";
import { softmax } from "../ops/softmax";
import type { Loss } from "../losses/losses";
import type { Metric } from "../metrics/metrics";
import { multiply } from "../ops/multiply";
import { reduceMaskedLoss } from "../ops/losses/reduceMaskedLoss";
import { emitRanks } from "./ranks";
import { emitGather, type Feeds, type Lowered } from "./lower";
import { isWithinUnit, originOf, producerOf, rangeOf } from "./outputRange";

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
  { graph, outputs, outputMasks }: Lowered,
  {
    feeds,
    objectives,
    nodes,
    metricSums,
  }: {
    feeds: Feeds;
    /** Of the outputs. */
    nodes: readonly Node[];
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
      weightColumn &&
      emitGather(graph, "sampleWeight", weightColumn, { side: "sampleWeights", index: i }, [weightColumn.size]);
    const own = ownBytes ? graph.value("loss", [], { place: { region: "totals", offset } }) : undefined;
    offset += ownBytes;
    const mask = outputMasks[i];
    const others = { ...(weight && { weight }), ...(own && { own }), ...(mask && { mask }) };
    emitLoss(graph, objective, nodes[i], outputs[i], { target, ...others });
    for (const metric of objective.metrics) {
      const beside = { ...(mask && { mask }), ...(weight && metric.isWeighted && { weight }) };
      offset += emitMetric(graph, metric, outputs[i], target, offset, beside);
    }
  });
  for (const { owner, value } of graph.losses) emitMean(graph, owner, value);
}

/** Adds the mean of some numbers to the loss of the step. */
function emitMean(graph: Graph, owner: string, value: Value): void {
  const rows = sizeOf(value.shape);
  const x = graph.view(value, [rows], owner);
  const counts = { rows, rowsPerSample: 1, rowsPerWeight: 1 };
  emitToLoss(graph, reduceLoss, owner, { x }, { counts, numbers: { scale: 1 / rows, ownScale: 0 } });
}

/**
 * The product of a mask and weights of samples or places, which are of the first axes of an output: one number for each of its
 * places. The operations are the same however many weights there are, so that one plan serves all.
 */
function combine(graph: Graph, mask: Value | undefined, weight: Value | undefined, places: number): Value | undefined {
  if (!mask || !weight) return mask ?? weight;
  const [a, b] = [mask, weight].map((x) => {
    const outer = sizeOf(x.shape);
    return graph.emit(expandAxis, "mask", { x }, [places], { counts: { outer, length: places / outer, inner: 1 } });
  });
  return graph.emit(multiply, "mask", { a, b }, [places], { counts: { count: places } });
}

/** What is known of an output beside its targets. */
interface Beside {
  readonly weight?: Value;
  readonly own?: Value;
  readonly mask?: Value;
}

/** Penalties come first, so that backward reaches them last, when the gradients of the weights are complete. */
export function emitPenalties(graph: Graph, weights: ReadonlyMap<Weight, Value>): void {
  for (const [{ name, spec, size }, w] of weights) {
    if (!spec.regularizer || !w.trainable) continue;
    const { l1, l2, traced } = spec.regularizer;
    if (traced) {
      emitMean(graph, name, emitTrace(graph, traceRegularizer(traced, spec.shape), [w])[0]);
      continue;
    }
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

/**
 * A softmax or sigmoid followed by its cross-entropy is computed from the logits, so that it is stable; the activation's
 * own row stays for metrics and outputs and gets no gradient.
 */
function emitLoss(
  graph: Graph,
  { loss, lossWeight }: Objective,
  node: Node,
  output: Value,
  { target, ...others }: { target: Value } & Beside,
): void {
  if (loss instanceof CustomLoss) {
    emitCustomLoss(graph, { ...loss, trace: loss.trace(node.dimensions.slice(1)) }, lossWeight, output, target, others);
    return;
  }
  emitReduction(graph, loss, lossWeight, emitRowLosses(graph, loss, output, target, "losses"), others);
}

/** The losses of single rows, `[rows]`: of a metric those that the loss has computed already, where both want the same. */
function emitRowLosses(graph: Graph, loss: Loss, output: Value, target: Value, kind: "losses" | "metrics"): Value {
  const columns = output.shape.at(-1)!;
  const rows = sizeOf(output.shape) / columns;
  checkPrediction(graph, loss, output, kind);
  const producer = output.viewOf ? undefined : producerOf(graph, output);
  const fused = producer?.op.name === loss.activation ? loss.fusesWith : undefined;
  const x = fused ? producer!.values.x : output;
  const op = fused ?? loss.op!;
  const same = graph.operations.find(
    ({ op: other, values, numbers }) =>
      other === op &&
      values.x === x &&
      values.target === target &&
      op.numbers.every((name) => numbers[name] === loss.numbers[name]),
  );
  const counts = { rows, columns };
  return same?.values.y ?? graph.emit(op, loss.name, { x, target }, [rows], { counts, numbers: loss.numbers });
}

/** Adds the losses of rows to the loss of the step: their mean or their sum, times the weight of this loss. */
function emitReduction(graph: Graph, loss: Loss, lossWeight: number, losses: Value, others: Beside): void {
  const rows = sizeOf(losses.shape);
  const reduction = loss.reduction === "sum" ? 1 : 1 / rows;
  const numbers = { scale: lossWeight * reduction, ownScale: graph.batchSize * reduction };
  const rowsPerSample = rows / graph.batchSize;
  const rowsPerWeight = others.weight ? rows / sizeOf(others.weight.shape) : rowsPerSample;
  if (!Number.isInteger(rowsPerWeight)) {
    throw new ShapeError(
      `${loss.name}: there are ${sizeOf(others.weight!.shape) / graph.batchSize} weights a sample, but the function returns ` +
        `${rowsPerSample} numbers a sample. Let it return one for each place that has a weight.`,
    );
  }
  const attributes = { counts: { rows, rowsPerSample, rowsPerWeight }, numbers };
  if (!others.mask) {
    emitToLoss(graph, reduceLoss, loss.name, { x: losses, ...others }, attributes);
    return;
  }
  const counts = {
    ...attributes.counts,
    rowsPerMask: rows / sizeOf(others.mask.shape),
    isMean: loss.reduction === "sum" ? 0 : 1,
  };
  emitToLoss(graph, reduceMaskedLoss, loss.name, { x: losses, ...others }, { counts, numbers });
}

/** Targets in the shape that the function of a custom loss or metric knows, and what the function makes of them. */
function emitComparison(graph: Graph, trace: Trace, target: Value, output: Value, owner: string): Value {
  const shape = shapeAt(trace.inputs[0].dimensions, graph);
  const [result] = emitTrace(graph, trace, [graph.view(target, shape, owner), output]);
  return result;
}

/** A loss of a function over nodes: one number a sample or more, or one for the whole batch. */
function emitCustomLoss(
  graph: Graph,
  loss: Loss & { readonly trace: Trace },
  lossWeight: number,
  output: Value,
  target: Value,
  others: Beside,
): void {
  const { trace } = loss;
  const losses = emitComparison(graph, trace, target, output, loss.name);
  if (others.mask) checkPlaces(graph, "losses.custom", "has a mask for", trace, others.mask.shape.slice(1));
  if (trace.outputs[0].isBatched) {
    emitReduction(graph, loss, lossWeight, graph.view(losses, [sizeOf(losses.shape)], loss.name), others);
    return;
  }
  if (others.weight) {
    throw new ArgumentError(
      "losses.custom: the function returns one number for the whole batch, so that weights of samples mean nothing. " +
        "Let it return a loss for each sample.",
    );
  }
  const repeated = graph.emit(expandAxis, loss.name, { x: losses }, [graph.batchSize], {
    counts: { outer: 1, length: graph.batchSize, inner: 1 },
  });
  emitReduction(graph, { ...loss, reduction: "sumOverBatchSize" }, lossWeight, repeated, others);
}

/** Masks and weights are of places: so there must be a number for each. */
function checkPlaces(graph: Graph, who: string, what: string, { outputs: [output] }: Trace, places: Shape): void {
  const shape = shapeAt(output.dimensions.slice(1), graph);
  if (output.isBatched && sameShape(shape.slice(0, places.length), places)) return;
  const got = output.isBatched ? showShape(shape, true) : "one number for the whole batch";
  throw new ShapeError(
    `${who}: the output ${what} each place ${showShape(places, true)}, but the function returns ${got}. ` +
      `Let it return a number for each place, ${showShape(places, true)}.`,
  );
}

/** A softmax over one unit is 1 whatever the weights are, so that nothing is learnt, whatever the loss. */
function checkSoftmax(graph: Graph, output: Value): void {
  const { op, owner, counts } = originOf(graph, output) ?? {};
  if ((op !== softmax && op !== logSoftmax) || counts?.columns !== 1) return;
  throw new ArgumentError(
    `compile: ${owner} ends with ${op.name} over one unit, which is always ${op === softmax ? 1 : 0}. ` +
      'Give it activation: "sigmoid", or a unit for every class.',
  );
}

/** What an operation leaves at the end of a layer, in words. */
function describeEnd({ op }: Operation): string {
  return op.inputs.length > 1 ? "ends without an activation" : `ends with ${op.name}`;
}

/** Logits taken for probabilities, or the reverse, would train, but to nothing. */
function checkPrediction(graph: Graph, loss: Loss, output: Value, kind: "losses" | "metrics"): void {
  const { name, outputs, activation, fusesWith, normalizes } = loss;
  checkSoftmax(graph, output);
  if (outputs !== "probabilities" && outputs !== "logits") return;
  const range = rangeOf(graph, output);
  if (!range || isWithinUnit(range) !== (outputs === "logits")) return;
  if (normalizes && outputs === "probabilities" && range[0] > 0) return;
  const origin = originOf(graph, output)!;
  const end = `${origin.owner} ${describeEnd(origin)}`;
  if (outputs === "logits") {
    throw new ArgumentError(`compile: ${name} with fromLogits expects logits, but ${end}. Leave out fromLogits.`);
  }
  const orLogits = fusesWith ? `, or use ${kind}.${name}({ fromLogits: true })` : "";
  throw new ArgumentError(
    `compile: ${name} expects probabilities, but ${end}. Give it activation: "${activation}"${orLogits}.`,
  );
}

/** What goes into the row of a metric: the output, or the probabilities that it means. */
function emitPredictions(graph: Graph, { name, activation, isOfProbabilities }: Metric, x: Value): Value {
  const columns = x.shape.at(-1)!;
  if (activation) {
    const count = sizeOf(x.shape);
    const isElementwise = activation.counts.includes("count");
    const counts: Record<string, number> = isElementwise ? { count } : { rows: count / columns, columns };
    return graph.emit(activation, name, { x }, x.shape, { counts });
  }
  const range = isOfProbabilities ? rangeOf(graph, x) : undefined;
  if (!range || isWithinUnit(range)) return x;
  const origin = originOf(graph, x)!;
  throw new ArgumentError(
    `compile: ${name} with numThresholds expects probabilities, but ${origin.owner} ${describeEnd(origin)}. ` +
      "Leave out numThresholds: the area is exact then.",
  );
}

/** Emits the row of a metric, over places that count as mask and weights say, and returns the bytes of its sums. */
function emitMetric(
  graph: Graph,
  metric: Metric,
  output: Value,
  target: Value,
  offset: number,
  { mask, weight }: Beside,
): number {
  const { trace } = metric;
  const columns = output.shape.at(-1)!;
  const rows = sizeOf(output.shape) / columns;
  if (trace) {
    const values = emitComparison(graph, trace, target, output, metric.name);
    const places = metric.isWeighted ? output.shape.slice(1, -1) : mask?.shape.slice(1);
    if (places)
      checkPlaces(graph, "metrics.custom", metric.isWeighted ? "has weights for" : "has a mask for", trace, places);
    const count = sizeOf(values.shape);
    const weights = combine(graph, mask, weight, count);
    const sums = graph.value(metric.name, [], { place: { region: "totals", offset } });
    const counts = { count, countPerWeight: weights ? count / sizeOf(weights.shape) : 1 };
    graph.emitSink(metric.op, metric.name, { x: values, ...(weights && { weight: weights }), sums }, { counts });
    return 16;
  }
  const weights = combine(graph, mask, weight, rows);
  const sums = graph.value(metric.name, [], { place: { region: "totals", offset } });
  const rowsPerWeight = weights ? rows / sizeOf(weights.shape) : 1;
  if (metric.rowLoss) {
    const x = emitRowLosses(graph, metric.rowLoss, output, target, "metrics");
    const values = { x, ...(weights && { weight: weights }), sums };
    graph.emitSink(metric.op, metric.name, values, { counts: { count: rows, countPerWeight: rowsPerWeight } });
    return metric.sumsCount(columns) * 8;
  }
  const counts = { ...metric.counts, rows, columns, rowsPerWeight };
  if (metric.ranked !== undefined) {
    const values = { ...emitRanks(graph, metric, output, target), ...(weights && { weight: weights }), sums };
    graph.emitSink(metric.op, metric.name, values, { counts });
    return metric.sumsCount(columns) * 8;
  }
  const x = emitPredictions(graph, metric, output);
  const op = (weights && metric.weightedOp) ?? metric.op;
  const values = { x, target, ...(weights && { weight: weights }), sums };
  graph.emitSink(op, metric.name, values, { counts, numbers: metric.numbers });
  return metric.sumsCount(columns) * 8;
}
