import { ShapeError } from "../errors";
import { BATCH, showDimensions } from "../graph/dimension";
import type { Graph, Value } from "../graph/graph";
import { Layer, type LayerOptions, type LayerResult } from "../graph/layer";
import { checkFloat, type Node } from "../graph/node";
import { emitTrace, type Trace, TracedFunction } from "../graph/traced";
import type { Shape } from "../tensor/shape";

/** The outputs of a layer of a function that returns this: of one a node, even if it came as an array. */
export type OutputsOf<Result extends LayerResult> = Result extends Node | readonly [Node]
  ? Node
  : Result extends readonly [Node, Node, ...Node[]]
    ? { readonly [Index in keyof Result]: Node }
    : LayerResult;

/**
 * A layer that is a function over nodes. What a file keeps is the graph that the function leaves. Of a function that returns an
 * array it has as many outputs.
 */
export class Lambda extends Layer<LayerResult> {
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

  outputShape(...shapes: Shape[]): Shape | readonly Shape[] {
    const { outputs } = this.#trace(shapes);
    for (const output of outputs) {
      checkFloat(this.name, output);
      if (!output.isBatched) {
        throw new ShapeError(
          `${this.name}: the function must return a node whose first axis is the batch, got ${showDimensions(output.dimensions)}.`,
        );
      }
    }
    return outputs.length === 1 ? outputs[0].shape : outputs.map(({ shape }) => shape);
  }

  emit(graph: Graph, inputs: Value[]): Value | readonly Value[] {
    const outputs = emitTrace(graph, this.#trace(inputs.map(({ shape }) => shape.slice(1))), inputs);
    return outputs.length === 1 ? outputs[0] : outputs;
  }
}

/**
 * A function over nodes as a layer: `layers.lambda((x) => ops.multiply(x, 2))`. It is called once for each shape, when the layer
 * is applied; of several inputs it gets a node each: `layers.lambda((a, b) => …).apply([x, y])`. Of a function that returns an
 * array the layer has several outputs: `const [mean, variance] = layers.lambda((x) => [f(x), g(x)]).apply(x)`. It is kept in model
 * files.
 *
 * @throws ArgumentError when it is no function, or returns no node
 */
export function lambda<const Result extends LayerResult>(
  call: (...inputs: Node[]) => Result,
  options: LayerOptions = {},
): Layer<OutputsOf<Result>> {
  return new Lambda(new TracedFunction("layers.lambda", call), options) as Layer<LayerResult> as Layer<
    OutputsOf<Result>
  >;
}
