import type { Layer } from "./layer";
import type { Graph, Value } from "./graph";
import type { Node } from "./node";

/** Uses of layers in an order in which every node stands behind its inputs. */
export interface NodeList {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /** Without the inputs. */
  readonly nodes: readonly Node[];
}

/** Adds the operations of all nodes to the graph and returns the values of the outputs. */
export function emitNodes(
  graph: Graph,
  { inputs, outputs, nodes }: NodeList,
  inputValues: readonly Value[],
  weightsOf: (layer: Layer) => Value[],
): Value[] {
  const values = new Map<Node, Value>(inputs.map((node, i) => [node, inputValues[i]]));
  for (const node of nodes) {
    const operands = node.inputs.map((from) => values.get(from)!);
    const { layer, operation } = node;
    values.set(node, layer ? layer.emit(graph, operands, weightsOf(layer)) : operation!.emit(graph, operands));
  }
  return outputs.map((node) => values.get(node)!);
}
