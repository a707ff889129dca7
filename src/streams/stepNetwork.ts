import { addressOf, assembleRows, type Bases } from "../compiler/assemble";
import { NO_DIFFERENTIATION } from "../compiler/differentiate";
import { writeFormulas } from "../compiler/formulaCode";
import { fuse } from "../compiler/fuse";
import { type Column, emitGather, emitWeights, gatherOf, type ModelGraph } from "../compiler/lower";
import { isWithinUnit, rangeOf } from "../compiler/outputRange";
import { planMemory } from "../compiler/plan";
import { ArgumentError, ShapeError } from "../errors";
import { BATCH, isSame, LENGTH } from "../graph/dimension";
import type { NodeList } from "../graph/emitNodes";
import { Graph, storageOf, type Value } from "../graph/graph";
import { type IdLimit, idLimitOf } from "../graph/ids";
import type { Layer } from "../graph/layer";
import { Node } from "../graph/node";
import { nodesTo } from "../graph/structure";
import { outputsOf } from "../layers/replay";
import { rowsEnd } from "../program/layout";
import { MemoryLayout } from "../program/memoryLayout";
import { constantBytes, type Row } from "../program/program";
import { type Shape, sizeOf } from "../tensor/shape";
import { emitSteps, findUnsteppable, type PastState, PastStates, unsteppable } from "./stepwise";

const WHO = "stream";

/** One step of a model: what it reads and writes, and what lasts until the next. */
export interface StepNetwork {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** What lasts from step to step, in a region of its own. */
  readonly states: readonly PastState[];
  readonly stateBytes: number;
  /** The layer that has room for the fewest steps. */
  readonly shortest?: { readonly owner: string; readonly steps: number } | undefined;
  readonly arenaBytes: number;
  readonly programBytes: number;
  readonly operations: readonly string[];
  /** Where each input goes, in the data region, and how many bytes all take. */
  readonly columns: readonly Column[];
  readonly dataBytes: number;
  rows(bases: Bases): { forward: Row[]; constants: Graph["constants"]; outputs: readonly number[] };
}

/** An input or output as it is in one step. */
export interface Port {
  /** Of one sample, without the axis of time. */
  readonly shape: Shape;
  /** Whether it goes with time: several steps of it can stand behind each other. */
  readonly hasTime: boolean;
  readonly isWhole: boolean;
  /** Of an input: which ids its numbers may be. */
  readonly ids?: IdLimit | undefined;
  /** Of an output: whether its numbers are probabilities, rather than logits. */
  readonly areProbabilities: boolean;
}

/** Makes nodes of operations again: `nodeOf` of src/nodes. */
type NodeMaker = (name: string, options: Readonly<Record<string, unknown>>, inputs: Node[]) => Node;

/** The model for sequences of an open length, and the length that it had where that was fixed. */
interface Opened extends NodeList {
  readonly fixedLength?: number;
}

/** A model of a fixed length once more, for any. */
function open(model: NodeList, nodeOf: NodeMaker): Opened {
  if (model.inputs.some(({ isOpen }) => isOpen)) return model;
  const again = new Map<Node, Node>();
  let fixedLength: number | undefined;
  const inputs = model.inputs.map((node, i) => {
    const { dimensions, name = `input ${i}`, dtype } = node;
    const [, length, ...others] = dimensions;
    // Numbers of a sample that are no sequence: [batch, features].
    if (typeof length !== "number" || (others.length === 0 && !node.isWhole)) {
      throw new ArgumentError(`${WHO}: ${name} has no axis of time: a sequence is [batch, time, features].`);
    }
    fixedLength = Math.min(length, fixedLength ?? length);
    const opened = new Node(undefined, [], [BATCH, LENGTH, ...others], name, dtype);
    again.set(node, opened);
    return opened;
  });
  for (const node of model.nodes) {
    try {
      again.set(node, repeat(node, again, nodeOf));
    } catch (cause) {
      if (!(cause instanceof ShapeError) && !(cause instanceof ArgumentError)) throw cause;
      throw new ArgumentError(
        `${WHO}: the model is for sequences of length ${fixedLength} and cannot be computed step by step: ${cause.message}`,
        { cause },
      );
    }
  }
  const outputs = model.outputs.map((node) => again.get(node)!);
  return { inputs, outputs, nodes: nodesTo(inputs, outputs), ...(fixedLength !== undefined && { fixedLength }) };
}

function repeat(
  { call, operation, inputs, outputIndex }: Node,
  again: ReadonlyMap<Node, Node>,
  nodeOf: NodeMaker,
): Node {
  const from = inputs.map((input) => again.get(input)!);
  if (call?.layer.callsFunctions) {
    throw new ArgumentError(`${call.layer.name}: its function was called for that length. Give input() an open one.`);
  }
  if (call) return outputsOf(call.layer.applyAs(from, call.options))[outputIndex];
  return nodeOf(operation!.name, operation!.options, from);
}

/**
 * The program of one step.
 *
 * @throws ArgumentError for a model that cannot be computed step by step, or has no room that was not asked for
 */
export function lowerSteps(
  model: ModelGraph,
  { batchSize, maxLength, nodeOf }: { batchSize: number; maxLength: number | undefined; nodeOf: NodeMaker },
): StepNetwork {
  const opened = open(model, nodeOf);
  const stuck = findUnsteppable(opened);
  if (stuck) throw unsteppable(WHO, stuck);
  const graph = new Graph(batchSize, false, model.seed, model.pastSteps, 1);
  const past = new PastStates(graph, maxLength ?? opened.fixedLength);
  const weights = emitWeights(graph, model.weights);
  const layout = new MemoryLayout(0);
  const columns: Column[] = [];
  const inputs = opened.inputs.map((node, index) => {
    const isWhole = gatherOf(opened, node) !== undefined;
    const shape = node.dimensions.slice(1).map((size) => (typeof size === "number" ? size : 1));
    const size = sizeOf(shape);
    const column: Column = { dtype: isWhole ? "int32" : "float32", offset: layout.place(4 * batchSize * size), size };
    columns.push(column);
    return emitGather(graph, `input_${index}`, column, { side: "x", index }, shape, gatherOf(opened, node));
  });
  const weightsOf = (layer: Layer) => model.weights.of(layer).map((weight) => weights.get(weight)!);
  const outputs = emitSteps(graph, opened, inputs, weightsOf, past);
  past.emitKept();
  const kept = [...outputs, ...past.states.map(({ value }) => value)];
  fuse(graph, kept);
  const codes = writeFormulas(graph, NO_DIFFERENTIATION);
  const plan = planMemory(graph, NO_DIFFERENTIATION, { kept: outputs });
  const feeds = { x: columns, y: [], sampleWeights: [] };
  return {
    inputs: opened.inputs.map((node) => {
      const isWhole = gatherOf(opened, node) !== undefined;
      return { ...portOf(node), isWhole, ids: idLimitOf(opened, node), areProbabilities: false };
    }),
    outputs: opened.outputs.map((node, i) => ({
      ...portOf(node),
      isWhole: false,
      areProbabilities: isWithinUnit(rangeOf(graph, outputs[i]) ?? [0, 2]),
    })),
    states: past.states,
    stateBytes: past.bytes,
    shortest: past.shortest,
    arenaBytes: plan.bytes,
    programBytes: rowsEnd(graph.operations.length) + constantBytes(graph.constants),
    operations: graph.operations.map(({ op }) => op.name),
    columns,
    dataBytes: layout.totalBytes,
    rows: (bases) => ({
      forward: assembleRows({ graph, codes, differentiation: NO_DIFFERENTIATION }, plan, bases, feeds),
      constants: graph.constants,
      outputs: outputs.map((value: Value) => addressOf(storageOf(value), plan, bases)),
    }),
  };
}

function portOf({ dimensions: [, ...sizes] }: Node): Pick<Port, "shape" | "hasTime"> {
  const hasTime = sizes.length > 0 && isSame(sizes[0], LENGTH);
  return { shape: (hasTime ? sizes.slice(1) : sizes) as number[], hasTime };
}
