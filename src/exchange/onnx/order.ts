import { ArgumentError, FormatError } from "../../errors";
import { didYouMean, show } from "../../options";
import { titleOf } from "./call";
import type { GraphProto, NodeProto } from "./proto";

/** The part of a graph that leads from inputs to outputs. */
export interface OrderedGraph {
  /** Each behind those it needs. */
  readonly nodes: readonly NodeProto[];
  /** Tensors that come from outside and are needed. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The nodes that take a tensor; "" is the world outside, for an output. */
  readonly users: ReadonlyMap<string, readonly (NodeProto | "")[]>;
}

/** Who makes each tensor. @throws FormatError for one that two nodes make */
function makersOf(who: string, graph: GraphProto): Map<string, NodeProto> {
  const makers = new Map<string, NodeProto>();
  const given = new Set([...graph.initializers, ...graph.inputs].map(({ name }) => name));
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === "") continue;
      if (makers.has(output) || given.has(output)) {
        throw new FormatError(`${who}: two nodes of the graph make the tensor ${show(output)}.`);
      }
      makers.set(output, node);
    }
  }
  return makers;
}

/** The tensor that a name of `outputs` or `inputs` means: one of that name, or the first output of a node of that name. */
function tensorOf(
  who: string,
  option: string,
  name: string,
  graph: GraphProto,
  makers: Map<string, NodeProto>,
): string {
  if (makers.has(name) || graph.inputs.some((port) => port.name === name)) return name;
  const node = graph.nodes.find((one) => one.name === name);
  if (node?.outputs[0]) return node.outputs[0];
  const known = [...makers.keys(), ...graph.nodes.map((one) => one.name)];
  throw new ArgumentError(
    `${who}: ${option}: there is no tensor or node ${show(name)}.${didYouMean(name, known.slice(0, 5000))}`,
  );
}

/**
 * Brings the nodes that the outputs need in order.
 *
 * @throws FormatError for a circle, a tensor that nobody makes, or one that two nodes make; ArgumentError for names that there are not
 */
export function orderGraph(
  who: string,
  graph: GraphProto,
  options: { outputs?: readonly string[] | undefined; inputs?: readonly string[] | undefined },
): OrderedGraph {
  const makers = makersOf(who, graph);
  const outputs = options.outputs
    ? options.outputs.map((name) => tensorOf(who, "outputs", name, graph, makers))
    : graph.outputs.map(({ name }) => name);
  const cut = new Set(options.inputs?.map((name) => tensorOf(who, "inputs", name, graph, makers)) ?? []);
  const constants = new Set(graph.initializers.map(({ name }) => name));
  const ports = new Set(graph.inputs.flatMap(({ name }) => (constants.has(name) ? [] : [name])));
  const nodes: NodeProto[] = [];
  const needed = new Set<string>();
  const state = new Map<NodeProto, "begun" | "done">();
  const way: { node: NodeProto; next: number }[] = [];
  const enter = (tensor: string, of: string) => {
    if (tensor === "" || constants.has(tensor)) return;
    const maker = cut.has(tensor) ? undefined : makers.get(tensor);
    if (!maker) {
      if (!cut.has(tensor) && !ports.has(tensor)) {
        throw new FormatError(`${who}: ${of} needs the tensor ${show(tensor)}, which nobody makes.`);
      }
      needed.add(tensor);
      return;
    }
    const known = state.get(maker);
    if (known === "done") return;
    if (known === "begun")
      throw new FormatError(`${who}: the graph goes in a circle at ${maker.type} ${show(titleOf(maker))}.`);
    state.set(maker, "begun");
    way.push({ node: maker, next: 0 });
  };
  for (const output of outputs) {
    enter(output, "the model");
    while (way.length) {
      const step = way[way.length - 1];
      if (step.next < step.node.inputs.length) {
        enter(step.node.inputs[step.next++], `${step.node.type} ${show(titleOf(step.node))}`);
        continue;
      }
      state.set(step.node, "done");
      nodes.push(step.node);
      way.pop();
    }
  }
  const inOrder = [...graph.inputs.map(({ name }) => name), ...cut].filter((name) => needed.has(name));
  return { nodes, inputs: [...new Set(inOrder)], outputs, users: usersOf(nodes, outputs) };
}

function usersOf(nodes: readonly NodeProto[], outputs: readonly string[]): Map<string, (NodeProto | "")[]> {
  const users = new Map<string, (NodeProto | "")[]>();
  const add = (tensor: string, user: NodeProto | "") => {
    const known = users.get(tensor);
    if (known) known.push(user);
    else users.set(tensor, [user]);
  };
  for (const node of nodes) for (const tensor of new Set(node.inputs)) if (tensor !== "") add(tensor, node);
  for (const output of outputs) add(output, "");
  return users;
}
