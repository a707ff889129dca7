import { FormatError } from "../../errors";
import type { Bounds } from "./bounds";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from "./proto";

/** How deep functions may call each other. */
const DEEPEST = 16;

const keyOf = ({ domain, name }: { domain: string; name: string }) => `${domain}\n${name}`;

/** The attributes of a node of a function: those of the call take the place of what stands for them. */
function attributesOf(node: NodeProto, call: NodeProto): ReadonlyMap<string, AttributeProto> {
  const attributes = new Map<string, AttributeProto>();
  for (const [name, attribute] of node.attributes) {
    const given = attribute.reference === undefined ? attribute : call.attributes.get(attribute.reference);
    if (given) attributes.set(name, { ...given, name });
  }
  return attributes;
}

/** The nodes of a function in place of one that calls it. */
function inlined(
  call: NodeProto,
  functions: ReadonlyMap<string, FunctionProto>,
  bounds: Bounds,
  depth: number,
): NodeProto[] {
  const called = functions.get(keyOf({ domain: call.domain, name: call.type }));
  if (!called) return [call];
  if (depth > DEEPEST) throw new FormatError(`${bounds.who}: functions call each other more than ${DEEPEST} deep.`);
  const prefix = call.name || call.outputs[0];
  const names = new Map<string, string>([["", ""]]);
  called.inputs.forEach((name, i) => {
    names.set(name, call.inputs[i] ?? "");
  });
  called.outputs.forEach((name, i) => {
    if (call.outputs[i]) names.set(name, call.outputs[i]);
  });
  const nameOf = (name: string) => names.get(name) ?? `${prefix}/${name}`;
  return called.nodes.flatMap((node) => {
    bounds.count(16 + node.inputs.length + node.outputs.length);
    const own: NodeProto = {
      ...node,
      name: `${prefix}/${node.name || node.type}`,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
      attributes: attributesOf(node, call),
    };
    return inlined(own, functions, bounds, depth + 1);
  });
}

/** The graph of a model without functions of its own: their nodes stand where they were called. */
export function withoutFunctions({ graph, functions }: ModelProto, bounds: Bounds): GraphProto {
  if (functions.length === 0) return graph;
  const known = new Map(functions.map((one) => [keyOf(one), one]));
  return { ...graph, nodes: graph.nodes.flatMap((node) => inlined(node, known, bounds, 0)) };
}
