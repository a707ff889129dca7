import { ShapeError } from "../errors";
import { emitNodes } from "../graph/emitNodes";
import type { Graph, Value } from "../graph/graph";
import { fitsShape, type OpenShape, showShape, type Shape } from "../tensor/shape";
import { Layer, type LayerResult, type WeightSpec } from "../graph/layer";
import { shapeOf } from "../graph/node";
import { checkLength, lengthOf } from "../graph/openShapes";
import type { Structure } from "../graph/structure";

/**
 * A model as a layer of another: what `model.apply` uses. Its weights are called `inner/dense/kernel`. Of several outputs of the
 * model it has as many.
 */
export class NestedModel extends Layer<LayerResult> {
  /** Uses of layers, those in models within it included. */
  readonly nodeCount: number;
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

  emit(graph: Graph, inputs: Value[], weights: Value[]): Value | readonly Value[] {
    const weightsOf = (layer: Layer) => weights.slice(...this.#ranges.get(layer)!);
    const length = lengthOf(this.structure.inputs, inputs);
    const outputs = graph.atLength(length, () => emitNodes(graph, this.structure, inputs, weightsOf));
    return outputs.length === 1 ? outputs[0] : outputs;
  }
}

/** Uses of layers, those in models within included. */
export function countNodes({ nodes }: Structure): number {
  const uses = new Map(nodes.map((node) => [node.call ?? node, node.layer]));
  return [...uses.values()].reduce((sum, layer) => sum + (layer instanceof NestedModel ? layer.nodeCount : 1), 0);
}
