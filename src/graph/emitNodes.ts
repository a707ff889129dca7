import { ShapeError } from "../errors";
import { sameShape, showShape } from "../tensor/shape";
import { shapeAt } from "./dimension";
import type { Layer } from "./layer";
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

/** Adds the operations of all nodes to the graph, those of a use of a layer once, and returns the values of the outputs. */
export function emitNodes(
  graph: Graph,
  { inputs, outputs, nodes, losses = [] }: NodeList,
  inputValues: readonly Value[],
  weightsOf: (layer: Layer) => Value[],
): Value[] {
  const values = new Map<Node, Value>(inputs.map((node, i) => [node, inputValues[i]]));
  const made = new Map<LayerCall, readonly Value[]>();
  for (const node of nodes) {
    const { call, operation, outputIndex } = node;
    const results = call && made.get(call);
    if (results) {
      values.set(node, results[outputIndex]);
      continue;
    }
    const operands = node.inputs.map((from) => values.get(from)!);
    if (!call) {
      values.set(node, operation!.emit(graph, operands));
      continue;
    }
    const masks = call.masks.map((mask) => mask && values.get(mask));
    const emitted = call.layer.emit(graph, operands, weightsOf(call.layer), masks, call.options);
    const outputs = Array.isArray(emitted) ? (emitted as readonly Value[]) : [emitted as Value];
    if (call.layer.graphs) checkMade(call, graph, outputs);
    // Behind the outputs there may be masks of them.
    call.layer.emitLosses(graph, outputs.slice(0, call.outputs.length));
    made.set(call, outputs);
    values.set(node, outputs[outputIndex]);
  }
  for (const node of losses) graph.losses.push({ owner: describeNode(node), value: values.get(node)! });
  return outputs.map((node) => values.get(node)!);
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
