import { ShapeError } from "../errors";
import { BATCH, type Dimension, showDimensions } from "../graph/dimension";
import type { Graph, Value } from "../graph/graph";
import { Layer, type LayerOptions, type LayerResult } from "../graph/layer";
import { checkFloat, type Node, shapeOf } from "../graph/node";
import type { Fitted } from "../graph/openShapes";
import { dimensionsOf, emitTrace, type Trace, TracedFunction, traceFor } from "../graph/traced";
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

  #trace(inputs: readonly (readonly Dimension[])[]): Trace {
    return this.#checked(this.traced.trace(inputs.map((dimensions, i) => ({ name: `x${i}`, dimensions }))));
  }

  #checked(trace: Trace): Trace {
    for (const output of trace.outputs) {
      checkFloat(this.name, output);
      if (!output.isBatched) {
        throw new ShapeError(
          `${this.name}: the function must return a node whose first axis is the batch, got ${showDimensions(output.dimensions)}.`,
        );
      }
    }
    return trace;
  }

  override fitNodes(inputs: readonly Node[]): Fitted {
    const { outputs } = this.#trace(inputs.map(({ dimensions }) => dimensions));
    return { outputs: outputs.map(({ dimensions }) => dimensions), areSeveral: outputs.length > 1, weights: [] };
  }

  outputShape(...shapes: Shape[]): Shape | readonly Shape[] {
    const made = this.#trace(shapes.map((shape) => [BATCH, ...shape])).outputs.map((output) => shapeOf(output));
    return made.length === 1 ? made[0] : made;
  }

  /** For lengths of a model that has been made, its graph is there already. */
  emit(graph: Graph, inputs: Value[]): Value | readonly Value[] {
    const known = traceFor(graph, this.traced, inputs);
    const trace = known ? this.#checked(known) : this.#trace(inputs.map((input) => dimensionsOf(graph, input)));
    const outputs = emitTrace(graph, trace, inputs);
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
