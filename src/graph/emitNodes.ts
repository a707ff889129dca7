import type { Layer } from "./layer";
import type { Graph, Value } from "./graph";
import { describeNode, type Node } from "./node";

/** Uses of layers in an order in which every node stands behind its inputs. */
export interface NodeList {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /** Without the inputs. */
  readonly nodes: readonly Node[];
  /** Nodes that are added to the loss. */
  readonly losses?: readonly Node[] | undefined;
}

/** Adds the operations of all nodes to the graph and returns the values of the outputs. */
export function emitNodes(
  graph: Graph,
  { inputs, outputs, nodes, losses = [] }: NodeList,
  inputValues: readonly Value[],
  weightsOf: (layer: Layer) => Value[],
): Value[] {
  const values = new Map<Node, Value>(inputs.map((node, i) => [node, inputValues[i]]));
  for (const node of nodes) {
    const operands = node.inputs.map((from) => values.get(from)!);
    const { layer, operation } = node;
    const value = layer ? layer.emit(graph, operands, weightsOf(layer)) : operation!.emit(graph, operands);
    layer?.emitLosses(graph, value);
    values.set(node, value);
  }
  for (const node of losses) graph.losses.push({ owner: describeNode(node), value: values.get(node)! });
  return outputs.map((node) => values.get(node)!);
}
