import { type Dtype, sizeOf } from "../data/tensor";
import { emitNodes, type NodeList } from "../graph/emitNodes";
import { Graph, type Operation, type Shape, type Value } from "../graph/graph";
import type { Layer } from "../layers/layer";
import type { Weight, WeightTable } from "../model/weightTable";
import { gatherBytes } from "../ops/gatherBytes";
import { gatherFloats } from "../ops/gatherFloats";
import { gatherIntegers } from "../ops/gatherIntegers";
import { reduceLoss } from "../ops/losses/reduceLoss";
import type { Op } from "../ops/op";
import { penalty } from "../ops/penalty";
import type { Loss } from "../training/losses";
import type { Metric } from "../training/metrics";

/** A model as the compiler sees it. */
export interface ModelGraph extends NodeList {
  readonly weights: WeightTable;
  readonly seed: number;
}

/** A column of a data set that has been put into the data region: one entry a sample. */
export interface Column {
  readonly dtype: Dtype;
  /** Bytes from the beginning of the data region. */
  readonly offset: number;
  /** Elements of one sample. */
  readonly size: number;
}

/** What is asked of one output: its loss and what is measured. */
export interface Objective {
  readonly loss: Loss;
  readonly lossWeight: number;
  readonly metrics: readonly Metric[];
}

/** The data a program reads, in the order of the model's inputs and outputs. */
export interface Feeds {
  readonly x: readonly Column[];
  readonly y: readonly Column[];
  /** One weight a sample for each output, where there are any. */
  readonly sampleWeights: readonly (Column | undefined)[];
}

export interface LowerOptions {
  readonly batchSize: number;
  /** Whether layers behave as in training. */
  readonly training: boolean;
  readonly feeds: Feeds;
  /** One for each output; none for prediction. */
  readonly objectives: readonly Objective[];
  /** Byte offset in the totals region where the sums of the metrics begin. */
  readonly metricSums: number;
}

/** A graph with the values that its users look for. */
export interface Lowered {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** Bytes of the sums that each of several losses has of its own, beside their weighted sum: what it adds up to, over how many samples. */
export function ownLossBytes(objectives: readonly Objective[]): number {
  return objectives.length > 1 ? 16 : 0;
}

/** Byte offset of a step's loss in the totals region. */
export const LOSS_TOTAL = 0;

const gathers: Record<Dtype, Op> = { float32: gatherFloats, int32: gatherIntegers, uint8: gatherBytes };

/** Layers to operations: gather the batch, penalise weights, run the layers, measure loss and metrics. */
export function lower(model: ModelGraph, options: LowerOptions): Lowered {
  const { batchSize, training, feeds, objectives } = options;
  const graph = new Graph(batchSize, training, model.seed);
  const weights = new Map(model.weights.entries.map((weight) => [weight, emitWeight(graph, weight)]));
  const inputs = feeds.x.map((column, i) => emitGather(graph, `input_${i}`, column, model.inputs[i].shape));
  if (objectives.length) emitPenalties(graph, weights);
  const weightsOf = (layer: Layer) => model.weights.of(layer).map((weight) => weights.get(weight)!);
  const outputs = emitNodes(graph, model, inputs, weightsOf);

  let metricSums = options.metricSums;
  const ownBytes = ownLossBytes(objectives);
  objectives.forEach((objective, i) => {
    const target = emitGather(graph, "target", feeds.y[i], [feeds.y[i].size]);
    const weightColumn = feeds.sampleWeights[i];
    const weight = weightColumn && emitGather(graph, "sampleWeight", weightColumn, []);
    const own = ownBytes ? graph.value("loss", [], { place: { region: "totals", offset: metricSums } }) : undefined;
    metricSums += ownBytes;
    emitLoss(graph, objective, outputs[i], { target, ...(weight && { weight }), ...(own && { own }) });
    for (const metric of objective.metrics) metricSums += emitMetric(graph, metric, outputs[i], target, metricSums);
  });
  return { graph, inputs, outputs };
}

function emitWeight(graph: Graph, { name, spec, region, offset, isTrained, isFrozen }: Weight): Value {
  return graph.value(name, spec.shape, { place: { region, offset }, trainable: isTrained, frozen: isFrozen });
}

function emitGather(graph: Graph, owner: string, column: Column, sampleShape: Shape): Value {
  const source = graph.value(owner, [], { place: { region: "data", offset: column.offset } });
  const counts = { batch: graph.batchSize, size: column.size };
  const shape = [graph.batchSize, ...sampleShape];
  return graph.emit(gathers[column.dtype], owner, { source }, shape, { counts, numbers: { scale: 1, offset: 0 } });
}

/** Penalties come first, so that backward reaches them last, when the gradients of the weights are complete. */
function emitPenalties(graph: Graph, weights: ReadonlyMap<Weight, Value>): void {
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
  const fused = loss.fusesWith && producer?.op.name === loss.fusesWith.activation ? loss.fusesWith.op : undefined;
  const x = fused ? producer!.values.x : output;
  const counts = { rows, columns };
  const losses = graph.emit(fused ?? loss.op, loss.name, { x, target }, [rows], { counts, numbers: loss.numbers });

  const reduction = loss.reduction === "sum" ? 1 : 1 / rows;
  const numbers = { scale: lossWeight * reduction, ownScale: graph.batchSize * reduction };
  const attributes = { counts: { rows, rowsPerSample: rows / graph.batchSize }, numbers };
  emitToLoss(graph, reduceLoss, loss.name, { x: losses, ...others }, attributes);
}

/** Emits the row of a metric and returns the bytes of its sums. */
function emitMetric(graph: Graph, metric: Metric, output: Value, target: Value, offset: number): number {
  const columns = output.shape.at(-1)!;
  const sums = graph.value(metric.name, [], { place: { region: "totals", offset } });
  const counts = { ...metric.counts, rows: sizeOf(output.shape) / columns, columns };
  graph.emitSink(metric.op, metric.name, { x: output, target, sums }, { counts, numbers: metric.numbers });
  return metric.sumsCount(columns) * 8;
}
