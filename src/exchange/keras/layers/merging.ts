import type { Layer } from "../../../graph/layer";
import type { Node } from "../../../graph/node";
import { showDimensions } from "../../../graph/dimension";
import { lambda } from "../../../layers/lambda";
import { concatenate } from "../../../layers/merging/concatenate";
import { dot } from "../../../layers/merging/dot";
import { add, average, maximum, minimum, multiply, subtract } from "../../../layers/merging/merge";
import { expandDims } from "../../../nodes/axes";
import { withMask, withoutMask } from "../../../nodes/masking";
import * as elementwise from "../../../nodes/elementwise";
import type { Settings } from "../settings";
import { apply, type Translation, type Translator } from "../translation";

/** Layers of several inputs. */

type Fold = (a: Node, b: Node) => Node;

/** Inputs of fewer axes get axes of length 1 behind the batch, as in Keras. */
function alike(nodes: readonly Node[]): Node[] {
  const rank = Math.max(...nodes.map(({ dimensions }) => dimensions.length));
  return nodes.map((node) => {
    let result = node;
    while (result.dimensions.length < rank) result = expandDims(result, 1);
    return result;
  });
}

/** Keras 2 merges masked places as all others; a place of the output counts where all masks that there are say so. */
function ofKeras2(inputs: readonly Node[], masks: readonly Node[], merge: (inputs: readonly Node[]) => Node): Node {
  const bare = inputs.map((node) => (node.mask ? withoutMask(node) : node));
  return withMask(merge(bare), masks.reduce(elementwise.logicalAnd));
}

/** A merging layer, or where shapes differ the same by broadcasting. */
function merging(
  settings: Settings,
  make: (options: { name: string }) => Layer,
  fold: Fold,
  isMean = false,
): Translation {
  const { common, origin } = settings;
  const layer = make(common);
  const fallback = lambda(
    (...nodes: Node[]) => {
      const merged = alike(nodes).reduce(fold);
      return isMean ? elementwise.divide(merged, nodes.length) : merged;
    },
    { ...common, supportsMasking: false },
  );
  return {
    layer,
    isPointwise: true,
    call: ({ inputs }) => {
      const masks = inputs.flatMap(({ mask }) => mask ?? []);
      if (origin.major < 3 && masks.length) return ofKeras2(inputs, masks, (bare) => apply(layer, bare) as Node);
      const shapes = new Set(inputs.map(({ dimensions }) => showDimensions(dimensions)));
      if (shapes.size === 1 && inputs.length > 1) return apply(layer, inputs);
      origin.report.convert(`${common.name}: its inputs are broadcast.`);
      return apply(fallback, inputs);
    },
  };
}

function concatenation(settings: Settings): Translation {
  return { layer: concatenate({ ...settings.common, axis: settings.number("axis", -1) }) };
}

function dotOf(settings: Settings): Translation {
  const axes = settings.get("axes") as number | [number, number];
  return { layer: dot({ ...settings.common, axes, normalize: settings.flag("normalize", false) }) };
}

export const mergings: Readonly<Record<string, Translator>> = {
  Add: (settings) => merging(settings, add, elementwise.add),
  Subtract: (settings) => merging(settings, subtract, elementwise.subtract),
  Multiply: (settings) => merging(settings, multiply, elementwise.multiply),
  Average: (settings) => merging(settings, average, elementwise.add, true),
  Maximum: (settings) => merging(settings, maximum, elementwise.maximum),
  Minimum: (settings) => merging(settings, minimum, elementwise.minimum),
  Concatenate: concatenation,
  Dot: dotOf,
};
