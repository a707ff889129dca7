import type { InputOptions } from "../../graph/node";
import type { LayerResult } from "../../graph/layer";
import type { KerasLayer, TensorOf } from "./config";
import type { Translation, Use } from "./translation";

/** An input of a model to be. */
export interface InputPlan {
  readonly tensor: TensorOf;
  readonly options: InputOptions;
}

/** What becomes of a layer. */
export interface LayerPlan {
  readonly layer: KerasLayer;
  /** The number of its first call in the file: those of models within models count from 1 in Keras 2. */
  readonly firstCall: number;
  readonly apply: (use: Use) => LayerResult;
  readonly translation?: Translation;
  /** Of a model within the model. */
  readonly inner?: ModelPlan;
  readonly isOperation: boolean;
  /** Where its weights stand in files that have folders. */
  readonly folder: string;
}

/** What becomes of a model. */
export interface ModelPlan {
  readonly who: string;
  readonly name: string;
  readonly trainable: boolean;
  /** In the order of the file; only those that the outputs need. */
  readonly layers: ReadonlyMap<string, LayerPlan>;
  readonly inputs: readonly InputPlan[];
  readonly outputs: readonly TensorOf[];
}

/** Operations of which Keras 3 makes the masks that go through a model. */
const OF_MASKS = [
  "NotEqual",
  "Any",
  "All",
  "LogicalOr",
  "LogicalAnd",
  "ExpandDims",
  "BroadcastTo",
  "Concatenate",
  "Repeat",
];

/** Whether a layer is an operation that makes a mask of ids or places. */
export function isAutomaticMask(plan: ModelPlan, name: string): boolean {
  const found = plan.layers.get(name);
  return found === undefined ? false : found.isOperation && OF_MASKS.includes(found.layer.className);
}
