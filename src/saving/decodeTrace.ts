import type { JsonField } from "../formats/jsonField";
import { readSize } from "../graph/describedSize";
import { Node } from "../graph/node";
import type { Trace } from "../graph/traced";
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

/** A trace of a file. Nodes can only be made of those before them, so that there are no circles. */
export function readTrace(field: JsonField, nodeOf: NodeMaker): Trace {
  const { inputs, nodes, outputs } = field.members(["inputs", "nodes", "outputs"]);
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
