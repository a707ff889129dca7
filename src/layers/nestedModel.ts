import type { CanStep, Past, Stepping } from "../graph/steps";
import { ShapeError } from "../errors";
import { emitNodes, type NodeList } from "../graph/emitNodes";
import type { Graph, Value } from "../graph/graph";
import { fitsShape, type OpenShape, showShape, type Shape } from "../tensor/shape";
import { type IdLimit, idLimitOf } from "../graph/ids";
import { Layer, type LayerResult, type OutputMask, type WeightSpec } from "../graph/layer";
import { type LayerCall, Node, shapeOf } from "../graph/node";
import { checkLength, lengthOf } from "../graph/openShapes";
import { replay } from "./replay";
import type { Structure } from "../graph/structure";

/**
 * A model as a layer of another: what `model.apply` uses. Its weights are called `inner/dense/kernel`. Of several outputs of the
 * model it has as many.
 */
export class NestedModel extends Layer<LayerResult> {
  /** Uses of layers, those in models within it included. */
  readonly nodeCount: number;
  /** The structure for inputs with and without masks, by the axes that these have. */
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

  override get takesWhole(): boolean {
    return true;
  }

  override stepping({ inputs }: LayerCall, canStep: CanStep): Stepping {
    const masks = inputs.map(({ mask }) => mask?.dimensions.length);
    if (!canStep(this.#variant(masks))) return undefined;
    return (graph, values, weights, given, past) => this.#emit(graph, values, weights, given, past);
  }

  override idLimit(input: number): IdLimit | undefined {
    return idLimitOf(this.structure, this.structure.inputs[input]);
  }

  outputShape(...shapes: Shape[]): Shape | readonly Shape[] {
    const { inputs, outputs } = this.structure;
    const fits = shapes.length === inputs.length && inputs.every(({ shape }, i) => fitsShape(shapes[i], shape));
    const length = fits
      ? lengthOf(
          inputs,
          shapes.map((shape) => ({ shape: [0, ...shape] })),
        )
      : undefined;
    const wanted = inputs.map((node) => (fits ? shapeOf(node, length) : node.shape));
    const show = (list: readonly OpenShape[]) => list.map((shape) => showShape(shape, true)).join(" and ");
    if (!fits || show(shapes) !== show(wanted)) {
      throw new ShapeError(`${this.name}: the model takes ${show(wanted)}, got ${show(shapes)}.`);
    }
    if (length !== undefined) checkLength(this.name, this.structure, length);
    return outputs.length === 1 ? shapeOf(outputs[0], length) : outputs.map((output) => shapeOf(output, length));
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

  /** @param masks the number of axes of each input's mask, the batch included */
  #variant(masks: readonly (number | undefined)[]): NodeList {
    const key = masks.join();
    const variant = this.#variants.get(key) ?? replay(this.structure, masks);
    this.#variants.set(key, variant);
    return variant;
  }

  protected override usedMasks(inputs: readonly Node[]): readonly (Node | undefined)[] {
    return inputs.some(({ mask }) => mask) ? inputs.map(({ mask }) => mask) : [];
  }

  /** What the layers within make of the masks: further results of theirs. */
  protected override outputMask(call: LayerCall): OutputMask {
    const variant = this.#variant(call.inputs.map(({ mask }) => mask?.dimensions.length));
    // Within, sizes are those of the model's own length; here they are those of the output.
    return call.outputs.map((dimensions, i) => {
      const { mask } = variant.outputs[i];
      return mask && Node.ofCall(call, call.outputs.length + i, dimensions.slice(0, mask.dimensions.length));
    });
  }

  /** The outputs, behind them their masks. */
  emit(graph: Graph, inputs: Value[], weights: Value[], masks: readonly (Value | undefined)[]): readonly Value[] {
    return this.#emit(graph, inputs, weights, masks);
  }

  /** @param past where it is computed step by step */
  #emit(
    graph: Graph,
    inputs: Value[],
    weights: Value[],
    masks: readonly (Value | undefined)[],
    past?: Past,
  ): readonly Value[] {
    const variant = this.#variant(inputs.map((_, i) => masks[i]?.shape.length));
    const given = [...inputs, ...masks.flatMap((mask) => mask ?? [])];
    const weightsOf = (layer: Layer) => weights.slice(...this.#ranges.get(layer)!);
    const length = lengthOf(this.structure.inputs, inputs);
    return graph.atLength(length, () =>
      past ? past.emitNodes(variant, given, weightsOf) : emitNodes(graph, variant, given, weightsOf),
    );
  }
}

/** Uses of layers, those in models within included. */
export function countNodes({ nodes }: Structure): number {
  const uses = new Map(nodes.map((node) => [node.call ?? node, node.layer]));
  return [...uses.values()].reduce((sum, layer) => sum + (layer instanceof NestedModel ? layer.nodeCount : 1), 0);
}
