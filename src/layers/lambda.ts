import { ShapeError } from "../errors";
import { BATCH, showDimensions } from "../graph/dimension";
import type { Graph, Value } from "../graph/graph";
import { Layer, type LayerOptions } from "../graph/layer";
import { checkFloat, type Node } from "../graph/node";
import { emitTrace, type Trace, TracedFunction } from "../graph/traced";
import type { Shape } from "../tensor/shape";

/** A layer that is a function over nodes. What a file keeps is the graph that the function leaves. */
export class Lambda extends Layer {
  constructor(
    readonly traced: TracedFunction,
    options: LayerOptions = {},
  ) {
    super("lambda", options);
  }

  override get graphs(): readonly Trace[] {
    return this.traced.traces;
  }

  #trace(shapes: readonly Shape[]): Trace {
    return this.traced.trace(shapes.map((shape, i) => ({ name: `x${i}`, dimensions: [BATCH, ...shape] })));
  }

  outputShape(...shapes: Shape[]): Shape {
    const { outputs } = this.#trace(shapes);
    const [output] = outputs;
    if (outputs.length !== 1) {
      throw new ShapeError(`${this.name}: the function must return one node, got ${outputs.length}.`);
    }
    checkFloat(this.name, output);
    if (!output.isBatched) {
      throw new ShapeError(
        `${this.name}: the function must return a node whose first axis is the batch, got ${showDimensions(output.dimensions)}.`,
      );
    }
    return output.shape;
  }

  emit(graph: Graph, inputs: Value[]): Value {
    const [output] = emitTrace(graph, this.#trace(inputs.map(({ shape }) => shape.slice(1))), inputs);
    return output;
  }
}

/**
 * A function over nodes as a layer: `layers.lambda((x) => ops.multiply(x, 2))`. It is called once for each shape, when the layer
 * is applied; of several inputs it gets a node each: `layers.lambda((a, b) => …).apply([x, y])`. It is kept in model files.
 *
 * @throws ArgumentError when it is no function, or returns no node
 */
export function lambda(call: (...inputs: Node[]) => Node, options: LayerOptions = {}): Layer {
  return new Lambda(new TracedFunction("layers.lambda", call), options);
}
