import type { Dtype } from "../tensor/tensor";
import { emitNodes, isReadWhole, type NodeList } from "../graph/emitNodes";
import { type ColumnReference, Graph, type Value } from "../graph/graph";
import { type Shape, sizeOf } from "../tensor/shape";
import type { Layer } from "../graph/layer";
import { type Node, shapeOf } from "../graph/node";
import { gatherWhole } from "../ops/gatherWhole";
import type { Op } from "../ops/op";
import { gathers } from "./gathers";
import type { Weight, WeightTable } from "./weightTable";

/** A model as the compiler sees it. */
export interface ModelGraph extends NodeList {
  readonly weights: WeightTable;
  readonly seed: number;
  /** Steps trained before the last `compile`, from which the steps are counted. Default 0. */
  readonly pastSteps?: number;
}

/** A column of a data set that has been put into the data region: one entry a sample. */
export interface Column {
  readonly dtype: Dtype;
  /** Bytes from the beginning of the data region. */
  readonly offset: number;
  /** Elements of one sample. */
  readonly size: number;
}

/** The data a program reads, in the order of the model's inputs and outputs. */
export interface Feeds {
  readonly x: readonly Column[];
  readonly y: readonly Column[];
  /** One weight a sample for each output, where there are any. */
  readonly sampleWeights: readonly (Column | undefined)[];
}

/** A graph with the values that its users look for. */
export interface Lowered {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Which places of each output count, where not all do. */
  readonly outputMasks: readonly (Value | undefined)[];
}

/** The length of the sequences in these columns of the inputs, where that is open. */
export function lengthOfColumns({ inputs }: NodeList, columns: readonly Column[]): number | undefined {
  const open = inputs.findIndex(({ isOpen }) => isOpen);
  return open < 0 ? undefined : columns[open].size / sizeOf(inputs[open].shape.slice(1) as number[]);
}

/** Layers to operations: gather the batch, then run the layers. `beforehand` is called with the weights in between. */
export function lower(
  model: ModelGraph,
  { batchSize, training, columns }: { batchSize: number; training: boolean; columns: readonly Column[] },
  beforehand?: (graph: Graph, weights: ReadonlyMap<Weight, Value>) => void,
): Lowered {
  const length = lengthOfColumns(model, columns);
  const graph = new Graph(batchSize, training, model.seed, model.pastSteps, length);
  const weights = emitWeights(graph, model.weights);
  const inputs = columns.map((column, i) => {
    const node = model.inputs[i];
    const op = gatherOf(model, node);
    return emitGather(graph, `input_${i}`, column, { side: "x", index: i }, shapeOf(node, length), op);
  });
  beforehand?.(graph, weights);
  const weightsOf = (layer: Layer) => model.weights.of(layer).map((weight) => weights.get(weight)!);
  const masks = model.outputs.map(({ mask }) => mask);
  const ends = [...model.outputs, ...masks.flatMap((mask) => mask ?? [])];
  const values = emitNodes(graph, { ...model, outputs: ends }, inputs, weightsOf);
  const outputs = values.splice(0, masks.length);
  return { graph, inputs, outputs, outputMasks: masks.map((mask) => mask && values.shift()) };
}

/** What puts the samples of an input together that is read as whole numbers; undefined for others. */
export function gatherOf(model: NodeList, input: Node): Op | undefined {
  return isReadWhole(model, input) ? gatherWhole : undefined;
}

/** The weights of a model as values. */
export function emitWeights(graph: Graph, table: WeightTable): Map<Weight, Value> {
  return new Map(table.entries.map((weight) => [weight, emitWeight(graph, weight)]));
}

function emitWeight(graph: Graph, { name, spec, region, offset, isTrained, isFrozen }: Weight): Value {
  return graph.value(name, spec.shape, { place: { region, offset }, trainable: isTrained, frozen: isFrozen });
}

/** Adds the operation that puts a column of the batch's samples together. */
export function emitGather(
  graph: Graph,
  owner: string,
  column: Column,
  reference: ColumnReference,
  sampleShape: Shape,
  op: Op = gathers[column.dtype],
): Value {
  const source = graph.value(owner, [], { place: { region: "data", offset: column.offset } });
  const counts = { batch: graph.batchSize, size: column.size };
  const shape = [graph.batchSize, ...sampleShape];
  return graph.emit(op, owner, { source }, shape, {
    counts,
    numbers: { scale: 1, offset: 0 },
    column: reference,
  });
}
