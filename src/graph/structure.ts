import { ArgumentError, ShapeError, StateError } from "../errors";
import { checkAddedLoss } from "./addedLoss";
import { checkBatchSizes } from "./batches";
import { showDimensions } from "./dimension";
import { checkFloat, describeNode, type Node } from "./node";
import type { Layer } from "./layer";

/** What a model consists of, in an order in which everything stands behind what it needs. */
export interface Structure {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /** All uses of layers, without the inputs, and what masks are made of. */
  readonly nodes: readonly Node[];
  /** All layers, once each, in the order of their first use. */
  readonly layers: readonly Layer[];
  /** Nodes that are added to the loss. */
  readonly losses?: readonly Node[] | undefined;
}

/** The names of outputs in results and options: of their layers, numbered where two are of one: `age`, `age_1`. */
export function outputNames(outputs: readonly Node[]): string[] {
  const taken = new Set<string>();
  return outputs.map((node, i) => {
    const wanted = node.layer?.name ?? node.name ?? `output_${i}`;
    let name = wanted;
    for (let number = 1; taken.has(name); number++) name = `${wanted}_${number}`;
    taken.add(name);
    return name;
  });
}

/**
 * Adds a node and everything it needs that has not been seen, what is needed first. Keeps its way on a stack of its own:
 * a chain of layers may be longer than JavaScript's.
 */
function walk(output: Node, seen: Set<Node>, nodes: Node[]): void {
  const way: { node: Node; needs: readonly Node[]; next: number }[] = [];
  const enter = (node: Node) => {
    if (seen.has(node)) return;
    seen.add(node);
    way.push({ node, needs: node.needs, next: 0 });
    if (node.layer || node.operation) return;
    const names = way.toReversed().map((step) => describeNode(step.node));
    throw new ArgumentError(`model: an output depends on an input that is not among the inputs: ${names.join(" → ")}.`);
  };
  enter(output);
  while (way.length) {
    const step = way[way.length - 1];
    const from = step.needs[step.next++];
    if (from) enter(from);
    else nodes.push(way.pop()!.node);
  }
}

/** Everything that leads from inputs to outputs, to added losses, and to the masks of the outputs. */
export function nodesTo(inputs: readonly Node[], outputs: readonly Node[], losses: readonly Node[] = []): Node[] {
  const nodes: Node[] = [];
  const seen = new Set<Node>(inputs);
  for (const output of [...outputs, ...losses]) walk(output, seen, nodes);
  for (const { mask } of outputs) if (mask) walk(mask, seen, nodes);
  return nodes;
}

/** What a file keeps of a structure: masks are derived when layers are applied, and what only they need with them. */
export function withoutMasks({ inputs, outputs, losses = [], nodes }: Omit<Structure, "layers">): Node[] {
  const kept = new Set<Node>([...inputs, ...outputs, ...losses]);
  for (const node of nodes.toReversed()) if (kept.has(node)) for (const from of node.inputs) kept.add(from);
  return nodes.filter((node) => kept.has(node));
}

/**
 * Walks from the outputs back to the inputs.
 *
 * @throws ShapeError for an output whose first axis is not the batch, ArgumentError when an output depends on an input that was not given, or an input leads nowhere
 */
export function structureOf(
  inputs: readonly Node[],
  outputs: readonly Node[],
  losses: readonly Node[] = [],
): Structure {
  outputs.forEach((output, i) => {
    checkFloat(`model: output ${i}`, output);
    if (output.isBatched) return;
    throw new ShapeError(
      `model: output ${i} must have the batch as its first axis and fixed sizes behind it, got ` +
        `${showDimensions(output.dimensions)} of ${describeNode(output)}.`,
    );
  });
  const nodes = nodesTo(inputs, outputs, losses);
  losses.forEach((loss, i) => {
    checkAddedLoss(`model: losses[${i}]`, loss);
  });
  checkBatchSizes(inputs);
  const used = new Set(nodes.flatMap((node) => node.inputs).concat(outputs));
  inputs.forEach((node, i) => {
    if (!used.has(node)) throw new ArgumentError(`model: no output depends on input ${i} (${describeNode(node)}).`);
  });
  const layers = [...new Set(nodes.flatMap(({ layer }) => layer ?? []))];
  nameLayers(layers);
  // Copies: the arrays are the caller's, who may fill them anew.
  return {
    inputs: [...inputs],
    outputs: [...outputs],
    nodes,
    layers,
    ...(losses.length ? { losses: [...losses] } : {}),
  };
}

/** Gives layers without a name one that is free: `dense`, `dense_1`, … A name once given stays. */
function nameLayers(layers: readonly Layer[]): void {
  const taken = new Set<string>();
  for (const layer of layers) {
    if (layer.isNamedByModel && layer.name === layer.kind) continue;
    if (taken.has(layer.name)) {
      throw new StateError(`model: two layers are named "${layer.name}". Give one of them another name.`);
    }
    taken.add(layer.name);
  }
  for (const layer of layers) {
    if (!layer.isNamedByModel || layer.name !== layer.kind) continue;
    let name = layer.kind;
    for (let i = 1; taken.has(name); i++) name = `${layer.kind}_${i}`;
    layer.nameInModel(name);
    taken.add(name);
  }
}
