import type { Layer } from "../../../graph/layer";
import type { Node } from "../../../graph/node";
import { showDimensions } from "../../../graph/dimension";
import { lambda } from "../../../layers/lambda";
import { concatenate } from "../../../layers/merging/concatenate";
import { dot } from "../../../layers/merging/dot";
import { add, average, maximum, minimum, multiply, subtract } from "../../../layers/merging/merge";
import { expandDims } from "../../../nodes/axes";
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

/** A merging layer, or where shapes differ the same by broadcasting. */
function merging(
  settings: Settings,
  make: (options: { name: string }) => Layer,
  fold: Fold,
  isMean = false,
): Translation {
  const { common, origin } = settings;
  const layer = make(common);
  return {
    layer,
    isPointwise: true,
    call: ({ inputs }) => {
      const shapes = new Set(inputs.map(({ dimensions }) => showDimensions(dimensions)));
      if (shapes.size === 1 && inputs.length > 1) return apply(layer, inputs);
      origin.report.convert(`${common.name}: its inputs are broadcast.`);
      const broadcast = (...nodes: Node[]) => {
        const sum = alike(nodes).reduce(fold);
        return isMean ? elementwise.divide(sum, nodes.length) : sum;
      };
      return apply(lambda(broadcast, { ...common, supportsMasking: false }), inputs);
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
