import { ArgumentError, ShapeError } from "../errors";
import { isSame, showDimensions } from "../graph/dimension";
import type { OutputMask } from "../graph/layer";
import { type LayerCall, Node } from "../graph/node";
import type { Trace } from "../graph/traced";
import { flag } from "../optionTable";

/** Masks of layers that are functions over nodes. */

/** How options of these layers are read. */
export const maskingOptions = {
  /**
   * Whether the output has the mask of the first input. An input with a mask is an error unless this is said, or the function gives
   * its result a mask itself by `ops.withMask`; it can read `x.mask`.
   */
  supportsMasking: [flag, undefined],
} as const;

/** The masks that outputs of a function have, other than those of its inputs. */
function ownMasks(inputs: readonly Node[], outputs: readonly Node[]): (Node | undefined)[] {
  return outputs.map((output) => (inputs.includes(output) ? undefined : output.mask));
}

/** What is emitted behind the outputs: their masks. Where there is none a place that nobody asks for stands in. */
export function masksMade(inputs: readonly Node[], outputs: readonly Node[]): Node[] {
  return ownMasks(inputs, outputs).map((mask, i) => mask ?? outputs[i]);
}

/**
 * Masks that the function itself has made, else that of the input.
 *
 * @throws ArgumentError when the input has a mask and nobody has said what becomes of it, ShapeError when its places are not those
 *   of the output
 */
export function masksOfCall(
  call: LayerCall,
  { inputs, outputs }: Pick<Trace, "inputs" | "outputs">,
  supportsMasking: boolean | undefined,
): OutputMask {
  const { name } = call.layer;
  const masks = ownMasks(inputs, outputs);
  if (masks.some((mask) => mask)) {
    return masks.map((mask, i) => mask && Node.ofCall(call, call.outputs.length + i, mask.dimensions));
  }
  if (supportsMasking === undefined) {
    if (call.inputs.every(({ mask }) => !mask)) return undefined;
    throw new ArgumentError(
      `${name}: its input has a mask. Say what becomes of it: supportsMasking: true if the places of the output are those ` +
        "of the input, false if all of them count; or give the result a mask by ops.withMask.",
    );
  }
  const [{ mask }] = call.inputs;
  if (!supportsMasking || !mask) return undefined;
  const places = mask.dimensions;
  for (const dimensions of call.outputs) {
    if (dimensions.length > places.length && places.every((size, i) => isSame(size, dimensions[i]))) continue;
    throw new ShapeError(
      `${name}: the mask of its input is ${showDimensions(places)}, which are not the first axes of ` +
        `${showDimensions(dimensions)}. Give the result a mask by ops.withMask, or supportsMasking: false.`,
    );
  }
  return call.outputs.map(() => mask);
}
