import { ArgumentError, ShapeError } from "../errors";
import { integer } from "../options";
import { type Shape, sameShape, showShape } from "../tensor/shape";
import {
  BATCH,
  type Dimension,
  followLength,
  PROBES,
  productOf,
  showDimension,
  showDimensions,
  sizeAt,
} from "./dimension";
import type { NodeList } from "./emitNodes";
import type { Layer, LayerResult, WeightSpec } from "./layer";
import { type Node, shapeOf } from "./node";

const FIX =
  "Give input() a fixed length, or make the axis one of a fixed size before, as layers.globalAveragePooling1d() does.";

/** What a layer makes of its inputs. */
export interface Fitted {
  /** All sizes of each output. */
  readonly outputs: readonly (readonly Dimension[])[];
  /** Whether it returns an array of nodes, rather than one. */
  readonly areSeveral: boolean;
  readonly weights: WeightSpec[];
}

/** Shapes of outputs as a list, also of a layer with one. */
export function listOf(shapes: Shape | readonly Shape[]): readonly Shape[] {
  return Array.isArray(shapes[0]) ? (shapes as readonly Shape[]) : [shapes as Shape];
}

/**
 * The weights of a layer for inputs of an open length.
 *
 * @throws ShapeError when they would be others for another length
 */
export function weightsOfOpen(layer: Layer<LayerResult>, inputs: readonly Node[]): WeightSpec[] {
  const [weights, others] = [PROBES[0], 2 * PROBES[0]].map((length) =>
    layer.weights(...inputs.map((node) => shapeOf(node, length))),
  );
  weights.forEach(({ name, shape }, i) => {
    if (others[i] && sameShape(shape, others[i].shape)) return;
    const shapes = inputs.map(({ dimensions }) => showDimensions(dimensions)).join(" and ");
    throw new ShapeError(`${layer.name}: its ${name} would depend on the length of ${shapes}, which is open. ${FIX}`);
  });
  return weights;
}

/** The open sizes among these by what they are at the first of `PROBES`: numbers that no fixed size has. */
export function openSizesOf(dimensions: readonly (readonly Dimension[])[]): Map<number, Dimension> {
  const open = dimensions.flatMap((sizes) => sizes.slice(1).filter((size) => typeof size !== "number"));
  return new Map(open.map((size) => [sizeAt(size, { batchSize: 1, length: PROBES[0] }), size]));
}

/**
 * What a layer makes of inputs of an open length, and the weights it takes. The layer itself knows fixed shapes only: it is asked
 * for those of several lengths.
 *
 * @throws ShapeError when the inputs do not fit, or the weights would be others for another length
 */
export function fitOpen(layer: Layer<LayerResult>, inputs: readonly Node[]): Fitted {
  const shapesAt = (length: number) => inputs.map((node) => shapeOf(node, length));
  const atFirst = named(inputs, () => layer.outputShape(...shapesAt(PROBES[0])));
  const weights = weightsOfOpen(layer, inputs);
  const known = PROBES.map((length): readonly Shape[] | undefined => {
    try {
      return listOf(layer.outputShape(...shapesAt(length)));
    } catch (error) {
      // Not every length fits, such as odd ones that are to be shown as pairs.
      if (error instanceof ShapeError) return undefined;
      throw error;
    }
  });
  const outputs = listOf(atFirst).map((shape, i) => {
    const sizes = shape.map((_, axis) => {
      const size = followLength((length) => known[PROBES.indexOf(length)]?.[i][axis]);
      if (size !== undefined) return size;
      throw new ShapeError(`${layer.name}: the length of what it makes cannot be told from that of its input. ${FIX}`);
    });
    return [BATCH, ...sizes];
  });
  return { outputs, areSeveral: Array.isArray(atFirst[0]), weights };
}

/** Errors of a layer show the length by its name, not as the number that the layer was asked for. */
function named<T>(inputs: readonly Node[], ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    let { message } = cause;
    for (const { dimensions } of inputs) {
      const others = dimensions.slice(1);
      for (const size of [productOf(others), ...others]) {
        if (typeof size === "number") continue;
        const asked = sizeAt(size, { batchSize: 1, length: PROBES[0] });
        message = message.replace(new RegExp(`\\b${asked}\\b`, "g"), showDimension(size));
      }
    }
    throw new ShapeError(`${message} The length is open. ${FIX}`, { cause });
  }
}

/** The open length that values `[batch, …]` of inputs have; undefined where no input is open. */
export function lengthOf(inputs: readonly Node[], values: readonly { readonly shape: Shape }[]): number | undefined {
  const open = inputs.findIndex(({ isOpen }) => isOpen);
  return open < 0 ? undefined : values[open].shape[1];
}

/** The lengths that have been found to fit, by the nodes of a model: the last one. */
const fitting = new WeakMap<object, number>();

/**
 * Makes sure that every layer can work on sequences of a length.
 *
 * @throws ShapeError with what the layer says that cannot
 */
export function checkLength(who: string, { inputs, nodes }: NodeList, length: number): void {
  if (fitting.get(nodes) === length) return;
  const shapes = new Map<Node, Shape>(inputs.map((node) => [node, shapeOf(node, length)]));
  for (const node of nodes) {
    const shape = shapeOf(node, length);
    shapes.set(node, shape);
    if (!node.isOpen && !node.inputs.some(({ isOpen }) => isOpen)) continue;
    const given = node.inputs.map((from) => shapes.get(from)!);
    const reason = misfit(node, given, shape, length);
    if (!reason) continue;
    throw new ShapeError(`${who}: sequences of length ${length} do not fit the model: ${reason.message}`, {
      cause: reason,
    });
  }
  fitting.set(nodes, length);
}

/** Why a node cannot make a shape of others; undefined where it can. */
function misfit(
  { layer, operation, dimensions, call, outputIndex }: Node,
  given: readonly Shape[],
  shape: Shape,
  length: number,
): ShapeError | undefined {
  const reason = operation?.misfit?.({ batchSize: 1, length });
  if (reason) return new ShapeError(reason);
  if (shape.some((size) => size < 1)) return new ShapeError(`nothing would be left in ${showDimensions(dimensions)}.`);
  // Layers that infer open sizes themselves have said so for every length.
  // Lengths of PROBES are nobody's: models within are asked for what they would make of them.
  if (layer && given[0][0] > layer.longest && given[0][0] < PROBES[0]) {
    return new ShapeError(`${layer.name} has ${layer.longest} positions. Give it a larger sequenceLength.`);
  }
  if (!layer || layer.fitNodes) return undefined;
  // Masks of outputs have the places of these.
  if (outputIndex >= call!.outputs.length) return undefined;
  try {
    const made = listOf((layer as Layer<LayerResult>).outputShape(...given))[outputIndex];
    if (sameShape(made, shape)) return undefined;
    return new ShapeError(`${layer.name} would make ${showShape(made, true)}, not ${showShape(shape, true)}.`);
  } catch (error) {
    if (error instanceof ShapeError) return error;
    throw error;
  }
}

/**
 * Checks a length that was given as an option; undefined stays that.
 *
 * @throws ArgumentError where nothing is open, ShapeError when a layer cannot work on it
 */
export function readLength(who: string, option: string, given: unknown, model: NodeList): number | undefined {
  if (given === undefined) return undefined;
  const length = integer(who, option, given);
  if (!model.inputs.some(({ isOpen }) => isOpen)) {
    throw new ArgumentError(`${who}: ${option} is for models with an open length, input({ shape: [null, …] }).`);
  }
  checkLength(who, model, length);
  return length;
}

/** The shortest of some usual lengths that fits a model: what is told of a model with an open length before there is data. */
export function usualLength(model: NodeList, least = 32): number | undefined {
  if (!model.inputs.some(({ isOpen }) => isOpen)) return undefined;
  let reason: unknown;
  const fits = (length: number) => {
    try {
      checkLength("model", model, length);
      return true;
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      reason = error;
      return false;
    }
  };
  for (let length = least; length <= 2 ** 21; length *= 2) if (fits(length)) return length;
  for (let length = least >> 1; length > 0; length >>= 1) if (fits(length)) return length;
  throw reason;
}
