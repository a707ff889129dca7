import type { JsonField } from "../formats/jsonField";
import { readSize } from "../graph/describedSize";
import { Node } from "../graph/node";
import { type LayerTrace, type Trace, TracedFunction } from "../graph/traced";
import { oneOf } from "../options";
import { MAXIMUM, within } from "./fileParts";

/** Makes the node of an operation: `nodeOf` of src/nodes, which is loaded for files that have any. */
export type NodeMaker = (name: string, options: Readonly<Record<string, unknown>>, inputs: Node[]) => Node;

/** Most axes of an argument. */
const MOST_AXES = 16;
/** A node of an operation, of nodes that stand before it. */
export function readOperation(field: JsonField, nodes: readonly Node[], nodeOf: NodeMaker): Node {
  const { op, options, inputs } = field.members(["op", "options", "inputs"]);
  const from = inputs.elements(MAXIMUM.nodes).map((index) => nodes[index.integer(nodes.length - 1)]);
  return within(field.place, () => nodeOf(op.string(), { ...options.record() }, from));
}

const TRACE_MEMBERS = ["inputs", "nodes", "outputs"] as const;

/** A trace of a file. Nodes can only be made of those before them, so that there are no circles. */
export function readTrace(field: JsonField, nodeOf: NodeMaker): Trace {
  return readMembers(field.members(TRACE_MEMBERS), nodeOf);
}

/** A trace of `layers.custom`, which says what its outputs are. */
export function readLayerTrace(field: JsonField, nodeOf: NodeMaker): LayerTrace {
  const members = field.members(TRACE_MEMBERS, ["training", "states", "losses"]);
  return {
    ...readMembers(members, nodeOf),
    training: members.training?.boolean(),
    states: members.states?.elements(MAXIMUM.outputs).map((state) => state.string()),
    lossCount: members.losses?.integer(MAXIMUM.outputs),
  };
}

/** The graphs of a function over nodes. */
export function readTraced(field: JsonField, who: string, nodeOf: NodeMaker): TracedFunction {
  return new TracedFunction(
    who,
    undefined,
    field.elements(MAXIMUM.nodes).map((graph) => readTrace(graph, nodeOf)),
  );
}

function readMembers(
  { inputs, nodes, outputs }: Record<(typeof TRACE_MEMBERS)[number], JsonField>,
  nodeOf: NodeMaker,
): Trace {
  const placeholders = inputs.elements(MAXIMUM.inputs).map((input) => {
    const { name, dimensions, dtype } = input.members(["name", "dimensions", "dtype"]);
    const sizes = dimensions.elements(MOST_AXES).map((size) => within(size.place, () => readSize("graph", size.value)));
    const kind = within(input.place, () => oneOf("graph", "dtype", dtype.string(), ["float32", "int32"] as const));
    return new Node(undefined, [], sizes, name.string(), kind);
  });
  const all = [...placeholders];
  for (const node of nodes.elements(MAXIMUM.nodes)) all.push(readOperation(node, all, nodeOf));
  const results = outputs.elements(MAXIMUM.outputs).map((index) => all[index.integer(all.length - 1)]);
  if (results.length === 0) throw outputs.error("must not be empty.");
  return { inputs: placeholders, nodes: all.slice(placeholders.length), outputs: results };
}
