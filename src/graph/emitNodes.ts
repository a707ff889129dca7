import { ShapeError } from "../errors";
import { sameShape, showShape, sizeOf } from "../tensor/shape";
import { shapeAt } from "./dimension";
import type { Layer } from "./layer";
import { castToFloat } from "../ops/castToFloat";
import { castToInteger } from "../ops/castToInteger";
import type { Graph, Value } from "./graph";
import { describeNode, type LayerCall, type Node } from "./node";

/** Uses of layers in an order in which every node stands behind its inputs. */
export interface NodeList {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /** Without the inputs. */
  readonly nodes: readonly Node[];
  /** Nodes that are added to the loss. */
  readonly losses?: readonly Node[] | undefined;
}

/** Adds the operations of a use of a layer. */
export type CallEmitter = (
  call: LayerCall,
  inputs: Value[],
  weights: Value[],
  masks: readonly (Value | undefined)[],
) => Value | readonly Value[];

/** Whether the numbers of an input are read as the whole ones they are: by an operation, or a layer that takes such. */
export function isReadWhole({ nodes }: NodeList, input: Node): boolean {
  return (
    input.isWhole &&
    nodes.some(({ inputs, layer, operation }) => (operation || layer?.takesWhole) && inputs.includes(input))
  );
}

/** The value as int32, or as float32. */
export function castValue(graph: Graph, value: Value, isWhole: boolean): Value {
  if (value.isWhole === isWhole) return value;
  const counts = { count: sizeOf(value.shape) };
  return graph.emit(isWhole ? castToInteger : castToFloat, value.owner, { x: value }, value.shape, { counts });
}

/** Adds the operations of all nodes to the graph, those of a use of a layer once, and returns the values of the outputs. */
export function emitNodes(
  graph: Graph,
  list: NodeList,
  inputValues: readonly Value[],
  weightsOf: (layer: Layer) => Value[],
  emitCall: CallEmitter = ({ layer, options }, operands, weights, masks) =>
    layer.emit(graph, operands, weights, masks, options),
): Value[] {
  const { inputs, outputs, nodes, losses = [] } = list;
  const values = new Map<Node, Value>(
    inputs.map((node, i) => [node, castValue(graph, inputValues[i], isReadWhole(list, node))]),
  );
  const floats = new Map<Node, Value>();
  // Beside what takes whole numbers there may be layers that compute with them.
  const floatOf = (node: Node) => {
    const value = values.get(node)!;
    if (!value.isWhole || !node.isInput) return value;
    if (!floats.has(node)) floats.set(node, castValue(graph, value, false));
    return floats.get(node)!;
  };
  const made = new Map<LayerCall, readonly Value[]>();
  for (const node of nodes) {
    const { call, operation, outputIndex } = node;
    const results = call && made.get(call);
    if (results) {
      values.set(node, results[outputIndex]);
      continue;
    }
    if (!call) {
      const operands = node.inputs.map((from) => values.get(from)!);
      values.set(node, operation!.emit(graph, operands));
      continue;
    }
    const operands = node.inputs.map((from) => (call.layer.takesWhole ? values.get(from)! : floatOf(from)));
    const masks = call.masks.map((mask) => mask && values.get(mask));
    const emitted = emitCall(call, operands, weightsOf(call.layer), masks);
    const outputs = Array.isArray(emitted) ? (emitted as readonly Value[]) : [emitted as Value];
    if (call.layer.graphs) checkMade(call, graph, outputs);
    // Behind the outputs there may be masks of them.
    call.layer.emitLosses(graph, outputs.slice(0, call.outputs.length));
    made.set(call, outputs);
    values.set(node, outputs[outputIndex]);
  }
  for (const node of losses) graph.losses.push({ owner: describeNode(node), value: values.get(node)! });
  return outputs.map(floatOf);
}

/** A file may have a graph for a length that makes something else of it than the layer has said. */
function checkMade({ layer, outputs }: LayerCall, graph: Graph, made: readonly Value[]): void {
  outputs.forEach((dimensions, i) => {
    const shape = shapeAt(dimensions, graph);
    if (made[i] && sameShape(made[i].shape, shape)) return;
    const got = made[i] ? showShape(made[i].shape) : "nothing";
    throw new ShapeError(`${layer.name}: one of its graphs makes ${got} in place of ${showShape(shape)}.`);
  });
}
