import type { NodeList } from "../graph/emitNodes";
import type { LayerResult } from "../graph/layer";
import { type LayerCall, Node } from "../graph/node";
import { nodesTo, type Structure } from "../graph/structure";
import { placeholder } from "../graph/traced";

/** All nodes of a use of a layer by their places: its outputs, then what only masks of them show. */
export function outputsOf(result: LayerResult): readonly Node[] {
  const outputs = result instanceof Node ? [result] : [...result];
  const { call } = outputs[0];
  for (const { mask } of [...outputs]) if (mask && mask.call === call) outputs[mask.outputIndex] = mask;
  return outputs;
}

/**
 * A structure once more, for inputs with masks of so many axes, the batch included: its layers are applied again, so that each makes of the masks what it
 * does. Inputs are followed by their masks; outputs by as many nodes, their masks where they have any.
 */
export function replay(
  { inputs, outputs, losses, nodes }: Structure,
  masks: readonly (number | undefined)[],
): NodeList {
  const isMasked = masks.some((axes) => axes);
  const again = new Map<Node, Node>();
  const given = inputs.map((node, i) => {
    const axes = masks[i];
    if (!axes) return node;
    const { dimensions, name = `input ${i}`, dtype } = node;
    return placeholder({ name, dimensions, dtype, mask: dimensions.slice(0, axes) });
  });
  inputs.forEach((node, i) => {
    again.set(node, given[i]);
  });
  const uses = new Map<LayerCall, readonly Node[]>();
  if (isMasked) for (const node of nodes) again.set(node, repeat(node, again, uses));
  const results = isMasked ? outputs.map((node) => again.get(node)!) : outputs;
  const added = isMasked ? losses?.map((node) => again.get(node)!) : losses;
  const all = [...given, ...given.flatMap(({ mask }) => mask ?? [])];
  return {
    inputs: isMasked ? all : inputs,
    outputs: [...results, ...results.map((node) => node.mask ?? node)],
    nodes: isMasked ? nodesTo(all, results, added) : nodes,
    ...(added && { losses: added }),
  };
}

function repeat(node: Node, again: ReadonlyMap<Node, Node>, uses: Map<LayerCall, readonly Node[]>): Node {
  const { call, operation, dimensions, dtype, mask, outputIndex } = node;
  const from = node.inputs.map((input) => again.get(input)!);
  if (!call) {
    const places = mask && again.get(mask);
    return new Node(undefined, from, dimensions, undefined, dtype, operation, undefined, undefined, places);
  }
  const known = uses.get(call) ?? outputsOf(call.layer.applyAs(from, call.options));
  uses.set(call, known);
  return known[outputIndex];
}
