import type { CanStep, Stepping } from "../graph/steps";
import { ShapeError } from "../errors";
import { BATCH, showDimensions } from "../graph/dimension";
import type { Graph, Value } from "../graph/graph";
import { Layer, type LayerOptions, type LayerResult, type OutputMask } from "../graph/layer";
import { checkFloat, type LayerCall, type Node, shapeOf } from "../graph/node";
import type { Fitted } from "../graph/openShapes";
import {
  dimensionsOf,
  dtypeOf,
  emitTrace,
  type Placeholder,
  type Trace,
  TracedFunction,
  traceFor,
} from "../graph/traced";
import { type OptionsOf, readSettings } from "../optionTable";
import { maskingOptions, masksMade, masksOfCall } from "./masksOfFunctions";
import type { Shape } from "../tensor/shape";

/** The outputs of a layer of a function that returns this: of one a node, even if it came as an array. */
export type OutputsOf<Result extends LayerResult> = Result extends Node | readonly [Node]
  ? Node
  : Result extends readonly [Node, Node, ...Node[]]
    ? { readonly [Index in keyof Result]: Node }
    : LayerResult;

/** Options of `lambda`. */
export interface LambdaOptions extends LayerOptions, OptionsOf<typeof maskingOptions> {}

/**
 * A layer that is a function over nodes. What a file keeps is the graph that the function leaves. Of a function that returns an
 * array it has as many outputs.
 */
export class Lambda extends Layer<LayerResult> {
  readonly #supportsMasking: boolean | undefined;

  constructor(
    readonly traced: TracedFunction,
    options: LambdaOptions = {},
  ) {
    super("lambda", options, Object.keys(maskingOptions));
    this.#supportsMasking = readSettings(this.name, this.options, maskingOptions).supportsMasking;
  }

  override get graphs(): readonly Trace[] {
    return this.traced.traces;
  }

  override get takesWhole(): boolean {
    return true;
  }

  #trace(inputs: readonly Omit<Placeholder, "name">[]): Trace {
    return this.#checked(this.traced.trace(inputs.map((input, i) => ({ ...input, name: `x${i}` }))));
  }

  #traceFor(inputs: readonly Node[]): Trace {
    return this.#trace(
      inputs.map(({ dimensions, mask, isWhole }) => ({ dimensions, mask: mask?.dimensions, dtype: dtypeOf(isWhole) })),
    );
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
    const { outputs } = this.#traceFor(inputs);
    return { outputs: outputs.map(({ dimensions }) => dimensions), areSeveral: outputs.length > 1, weights: [] };
  }

  override stepping(call: LayerCall, canStep: CanStep): Stepping {
    const trace = this.#traceFor(call.inputs);
    return canStep(trace) ? "each" : undefined;
  }

  outputShape(...shapes: Shape[]): Shape | readonly Shape[] {
    const made = this.#trace(shapes.map((shape) => ({ dimensions: [BATCH, ...shape] }))).outputs.map((output) =>
      shapeOf(output),
    );
    return made.length === 1 ? made[0] : made;
  }

  protected override usedMasks(inputs: readonly Node[]): readonly (Node | undefined)[] {
    return inputs.some(({ mask }) => mask) ? inputs.map(({ mask }) => mask) : [];
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return masksOfCall(call, this.#traceFor(call.inputs), this.#supportsMasking);
  }

  /** The outputs, behind them their masks. */
  emit(graph: Graph, inputs: Value[], _: Value[], masks: readonly (Value | undefined)[]): readonly Value[] {
    // For lengths of a model that has been made, its graph is there already.
    const known = traceFor(graph, this.traced, inputs, masks);
    const trace = known
      ? this.#checked(known)
      : this.#trace(
          inputs.map((input, i) => ({
            dimensions: dimensionsOf(graph, input),
            mask: masks[i] && dimensionsOf(graph, masks[i]),
            dtype: dtypeOf(input.isWhole),
          })),
        );
    const outputs = [...trace.outputs, ...masksMade(trace.inputs, trace.outputs)];
    return emitTrace(graph, { ...trace, outputs }, [...inputs, ...masks.flatMap((mask) => mask ?? [])]);
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
  options: LambdaOptions = {},
): Layer<OutputsOf<Result>> {
  return new Lambda(new TracedFunction("layers.lambda", call), options) as Layer<LayerResult> as Layer<
    OutputsOf<Result>
  >;
}
