import { ArgumentError, ShapeError } from "../errors";
import { BATCH, isSame, showDimensions } from "../graph/dimension";
import type { Graph, Value } from "../graph/graph";
import { Layer, type LayerOptions, type LayerResult, type OutputMask } from "../graph/layer";
import { checkFloat, type LayerCall, Node, shapeOf } from "../graph/node";
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
import { flag, type OptionsOf, readSettings } from "../optionTable";
import type { Shape } from "../tensor/shape";

/** The outputs of a layer of a function that returns this: of one a node, even if it came as an array. */
export type OutputsOf<Result extends LayerResult> = Result extends Node | readonly [Node]
  ? Node
  : Result extends readonly [Node, Node, ...Node[]]
    ? { readonly [Index in keyof Result]: Node }
    : LayerResult;

/** How options of `lambda` are read. */
const lambdaOptions = {
  /**
   * Whether the output has the mask of the first input. An input with a mask is an error unless this is said, or the function gives
   * its result a mask itself by `ops.withMask`; it can read `x.mask`.
   */
  supportsMasking: [flag, undefined],
} as const;

/** Options of `lambda`. */
export interface LambdaOptions extends LayerOptions, OptionsOf<typeof lambdaOptions> {}

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
    super("lambda", options, Object.keys(lambdaOptions));
    this.#supportsMasking = readSettings(this.name, this.options, lambdaOptions).supportsMasking;
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

  outputShape(...shapes: Shape[]): Shape | readonly Shape[] {
    const made = this.#trace(shapes.map((shape) => ({ dimensions: [BATCH, ...shape] }))).outputs.map((output) =>
      shapeOf(output),
    );
    return made.length === 1 ? made[0] : made;
  }

  protected override usedMasks(inputs: readonly Node[]): readonly (Node | undefined)[] {
    return inputs.some(({ mask }) => mask) ? inputs.map(({ mask }) => mask) : [];
  }

  /** Masks that the function itself has made, else that of the input. */
  protected override outputMask(call: LayerCall): OutputMask {
    const trace = this.#traceFor(call.inputs);
    const masks = ownMasks(trace);
    if (masks.some((mask) => mask)) {
      return masks.map((mask, i) => mask && Node.ofCall(call, call.outputs.length + i, mask.dimensions));
    }
    if (this.#supportsMasking === undefined) {
      if (call.inputs.every(({ mask }) => !mask)) return undefined;
      throw new ArgumentError(
        `${this.name}: its input has a mask. Say what becomes of it: supportsMasking: true if the places of the output are those ` +
          "of the input, false if all of them count; or give the result a mask by ops.withMask.",
      );
    }
    const [{ mask }] = call.inputs;
    if (!this.#supportsMasking || !mask) return undefined;
    const places = mask.dimensions;
    for (const dimensions of call.outputs) {
      if (dimensions.length > places.length && places.every((size, i) => isSame(size, dimensions[i]))) continue;
      throw new ShapeError(
        `${this.name}: the mask of its input is ${showDimensions(places)}, which are not the first axes of ` +
          `${showDimensions(dimensions)}. Give the result a mask by ops.withMask, or supportsMasking: false.`,
      );
    }
    return call.outputs.map(() => mask);
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
    // A place that nobody asks for stands in for a mask that there is not.
    const outputs = [...trace.outputs, ...ownMasks(trace).map((mask, i) => mask ?? trace.outputs[i])];
    return emitTrace(graph, { ...trace, outputs }, [...inputs, ...masks.flatMap((mask) => mask ?? [])]);
  }
}

/** The masks that outputs of a trace have, other than those of its inputs. */
function ownMasks({ inputs, outputs }: Trace): (Node | undefined)[] {
  return outputs.map((output) => (inputs.includes(output) ? undefined : output.mask));
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
