import { ArgumentError, StateError } from "../errors";
import type { Node } from "../graph/node";
import type { Layer } from "../layers/layer";

/** What a model consists of, in an order in which everything stands behind what it needs. */
export interface Structure {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /** All uses of layers, without the inputs. */
  readonly nodes: readonly Node[];
  /** All layers, once each, in the order of their first use. */
  readonly layers: readonly Layer[];
}

function describe(node: Node): string {
  return node.layer?.name ?? node.name ?? "an input";
}

/**
 * Walks from the outputs back to the inputs.
 *
 * @throws ArgumentError when an output depends on an input that was not given, or an input leads nowhere
 */
export function structureOf(inputs: readonly Node[], outputs: readonly Node[]): Structure {
  const nodes: Node[] = [];
  const seen = new Set<Node>(inputs);
  const visit = (node: Node, path: readonly Node[]) => {
    if (seen.has(node)) return;
    seen.add(node);
    if (!node.layer) {
      const way = [node, ...path.toReversed()].map(describe).join(" → ");
      throw new ArgumentError(`model: an output depends on an input that is not among the inputs: ${way}.`);
    }
    for (const from of node.inputs) visit(from, [...path, node]);
    nodes.push(node);
  };
  for (const output of outputs) visit(output, []);
  const used = new Set(nodes.flatMap((node) => node.inputs).concat(outputs));
  inputs.forEach((node, i) => {
    if (!used.has(node)) throw new ArgumentError(`model: no output depends on input ${i} (${describe(node)}).`);
  });
  const layers = [...new Set(nodes.map(({ layer }) => layer!))];
  nameLayers(layers);
  return { inputs, outputs, nodes, layers };
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
    layer.name = name;
    taken.add(name);
  }
}
