import { ShapeError } from "../errors";
import { emitNodes, type NodeList } from "../graph/emitNodes";
import type { Graph, Value } from "../graph/graph";
import { showShape, type Shape } from "../tensor/shape";
import { Layer, type LayerResult, type OutputMask, type WeightSpec } from "../graph/layer";
import { type LayerCall, Node } from "../graph/node";
import { replay } from "./replay";
import type { Structure } from "../graph/structure";

/**
 * A model as a layer of another: what `model.apply` uses. Its weights are called `inner/dense/kernel`. Of several outputs of the
 * model it has as many.
 */
export class NestedModel extends Layer<LayerResult> {
  /** Uses of layers, those in models within it included. */
  readonly nodeCount: number;
  /** The structure for inputs with and without masks, by the shapes of these. */
  readonly #variants = new Map<string, NodeList>();
  /** Where the weights of each layer stand among all. */
  readonly #ranges = new Map<Layer, readonly [start: number, end: number]>();

  constructor(
    kind: string,
    options: { name?: string; trainable?: boolean },
    readonly structure: Structure,
  ) {
    const { inputs } = structure;
    super(kind, inputs.length === 1 ? { ...options, inputShape: inputs[0].shape } : options);
    this.nodeCount = countNodes(structure);
    let start = 0;
    for (const layer of structure.layers) {
      const end = start + layer.weightSpecs.length;
      this.#ranges.set(layer, [start, end]);
      start = end;
    }
  }

  outputShape(...shapes: Shape[]): Shape | readonly Shape[] {
    const { inputs, outputs } = this.structure;
    const show = (list: readonly Shape[]) => list.map((shape) => showShape(shape, true)).join(" and ");
    const wanted = show(inputs.map(({ shape }) => shape));
    if (show(shapes) === wanted) return outputs.length === 1 ? outputs[0].shape : outputs.map(({ shape }) => shape);
    throw new ShapeError(`${this.name}: the model takes ${wanted}, got ${show(shapes)}.`);
  }

  override weights(): WeightSpec[] {
    return this.structure.layers.flatMap((layer) =>
      layer.weightSpecs.map((spec) => {
        const innermost = spec.within ?? { layers: [], name: spec.name };
        return {
          ...spec,
          name: `${layer.name}/${spec.name}`,
          within: { layers: [layer, ...innermost.layers], name: innermost.name },
        };
      }),
    );
  }

  #variant(masks: readonly (Shape | undefined)[]): NodeList {
    const key = masks.map((shape) => shape && showShape(shape)).join();
    const variant = this.#variants.get(key) ?? replay(this.structure, masks);
    this.#variants.set(key, variant);
    return variant;
  }

  protected override usedMasks(inputs: readonly Node[]): readonly (Node | undefined)[] {
    return inputs.some(({ mask }) => mask) ? inputs.map(({ mask }) => mask) : [];
  }

  /** What the layers within make of the masks: further results of theirs. */
  protected override outputMask(call: LayerCall): OutputMask {
    const { outputs } = this.#variant(call.inputs.map(({ mask }) => mask?.shape));
    const count = call.shapes.length;
    return outputs.slice(0, count).map(({ mask }, i) => mask && Node.ofCall(call, count + i, mask.shape));
  }

  /** The outputs, behind them their masks. */
  emit(graph: Graph, inputs: Value[], weights: Value[], masks: readonly (Value | undefined)[]): readonly Value[] {
    const variant = this.#variant(inputs.map((_, i) => masks[i]?.shape.slice(1)));
    const given = [...inputs, ...masks.flatMap((mask) => mask ?? [])];
    return emitNodes(graph, variant, given, (layer) => weights.slice(...this.#ranges.get(layer)!));
  }
}

/** Uses of layers, those in models within included. */
export function countNodes({ nodes }: Structure): number {
  const uses = new Map(nodes.map((node) => [node.call ?? node, node.layer]));
  return [...uses.values()].reduce((sum, layer) => sum + (layer instanceof NestedModel ? layer.nodeCount : 1), 0);
}
