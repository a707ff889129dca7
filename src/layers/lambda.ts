import { ArgumentError, ShapeError } from "../errors";
import { BATCH, showDimensions } from "../graph/dimension";
import type { Graph, Value } from "../graph/graph";
import { Layer, type LayerOptions, type LayerResult, type OutputMask } from "../graph/layer";
import { checkFloat, type LayerCall, Node } from "../graph/node";
import { emitTrace, type Trace, TracedFunction } from "../graph/traced";
import { flag, type OptionsOf, readSettings } from "../optionTable";
import { type Shape, sameShape, showShape } from "../tensor/shape";

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

  #trace(shapes: readonly Shape[], masks: readonly (Shape | undefined)[] = []): Trace {
    const sized = (shape: Shape) => [BATCH, ...shape];
    return this.traced.trace(
      shapes.map((shape, i) => ({ name: `x${i}`, dimensions: sized(shape), mask: masks[i] && sized(masks[i]) })),
    );
  }

  #traceFor(inputs: readonly Node[]): Trace {
    return this.#trace(
      inputs.map(({ shape }) => shape),
      inputs.map(({ mask }) => mask?.shape),
    );
  }

  protected override shapesFor(inputs: readonly Node[]): Shape | readonly Shape[] {
    return this.#shapesOf(this.#traceFor(inputs));
  }

  outputShape(...shapes: Shape[]): Shape | readonly Shape[] {
    return this.#shapesOf(this.#trace(shapes));
  }

  #shapesOf({ outputs }: Trace): Shape | readonly Shape[] {
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

  protected override usedMasks(inputs: readonly Node[]): readonly (Node | undefined)[] {
    return inputs.some(({ mask }) => mask) ? inputs.map(({ mask }) => mask) : [];
  }

  /** Masks that the function itself has made, else that of the input. */
  protected override outputMask(call: LayerCall): OutputMask {
    const trace = this.#traceFor(call.inputs);
    const masks = ownMasks(trace);
    if (masks.some((mask) => mask)) {
      return masks.map((mask, i) => mask && Node.ofCall(call, call.shapes.length + i, mask.shape));
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
    for (const shape of call.shapes) {
      if (shape.length > mask.shape.length && sameShape(shape.slice(0, mask.shape.length), mask.shape)) continue;
      throw new ShapeError(
        `${this.name}: the mask of its input is ${showShape(mask.shape, true)}, which are not the first axes of ` +
          `${showShape(shape, true)}. Give the result a mask by ops.withMask, or supportsMasking: false.`,
      );
    }
    return call.shapes.map(() => mask);
  }

  /** The outputs, behind them their masks. */
  emit(graph: Graph, inputs: Value[], _: Value[], masks: readonly (Value | undefined)[]): readonly Value[] {
    const shapeOf = ({ shape }: Value) => shape.slice(1);
    const trace = this.#trace(
      inputs.map(shapeOf),
      masks.map((mask) => mask && shapeOf(mask)),
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
