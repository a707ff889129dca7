import type { BuiltWeight, Layer, LayerResult } from "../../graph/layer";
import type { Node } from "../../graph/node";
import type { Settings } from "./settings";

/** A call of a layer: what it is given. */
export interface Use {
  /** All tensors among the arguments, in their order. */
  readonly inputs: readonly Node[];
  /** With nodes in place of tensors. */
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** A weight as it stands in the file. */
export interface StoredWeight {
  /** Of the layer, with slashes: `"kernel"`, `"query/kernel"`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly isTrained: boolean;
  /** What it becomes; undefined for what is not needed here. */
  readonly target: BuiltWeight | undefined;
  /** Brings the numbers into the order of the target. */
  readonly convert?: (values: Float32Array) => Float32Array;
}

/** A layer of Keras as one of wasmgrad, or as a function over nodes. */
export interface Translation {
  /** What has the weights. */
  readonly layer?: Layer<LayerResult>;
  /** How it is used. By default the layer is applied to the inputs. */
  readonly call?: (use: Use) => LayerResult;
  /** Whether it treats all numbers alike, wherever they stand. */
  readonly isPointwise?: boolean;
  /** Its weights in the order of Keras. By default those of the layer as they are. */
  readonly stored?: (weights: readonly BuiltWeight[]) => StoredWeight[];
}

/** Makes a translation. @throws Unsupported with the reason */
export type Translator = (settings: Settings) => Translation;

export const apply = (layer: Layer<LayerResult>, inputs: readonly Node[]): LayerResult =>
  layer.apply(inputs.length === 1 ? inputs[0] : inputs);

/** A layer's own weights as they stand in files. */
export function storedAs(weights: readonly BuiltWeight[]): StoredWeight[] {
  return weights
    .filter(({ isCarried }) => !isCarried)
    .map((target) => ({ name: target.name, shape: target.shape, isTrained: target.isState !== true, target }));
}
