import { DataError } from "../../errors";
import type { Structure } from "../../graph/structure";
import type { Model as OwnModel } from "../../model/model";
import { describeModel } from "../../saving/encodeModel";
import { findUnfit } from "../../saving/modelFile";
import type { Shape } from "../../tensor/shape";
import type { WeightTable } from "../../compiler/weightTable";
import type { Model } from "wasmgrad";

/** A weight or a piece of state with its numbers. */
export interface WeightTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** A model as the writers of all formats see it. */
export interface ModelParts {
  readonly name: string;
  readonly seed: number;
  readonly structure: Structure;
  readonly weights: WeightTable;
  /** By their names in the model, as `"dense/kernel"`. */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /**
   * The JSON that a file of wasmgrad has of everything but tensors.
   *
   * @throws as `model.toBytes` for what no file can describe, such as a tokenizer of the user's own
   */
  describe(): string;
}

/**
 * What a model is made of, and its numbers now.
 *
 * @throws DataError when a weight is not finite; as `model.getWeights`
 */
export async function partsOf(model: Model): Promise<ModelParts> {
  const own = model as unknown as OwnModel;
  const { recipe, engine, runtime, state } = own.internals("exportModel");
  const { weights, seed, ...structure } = recipe.model;
  const values = await own.getWeights();
  const tensors = new Map<string, WeightTensor>();
  for (const { name, spec } of weights.entries) {
    const { data } = values[name];
    const unfit = findUnfit(data, false);
    if (unfit !== undefined) throw new DataError(`exportModel: ${name} holds ${unfit}: no model could be made of it.`);
    tensors.set(name, { shape: spec.shape, data });
  }
  const layers = [...own.layers];
  const { name, trainable, tokenizer, pipeline } = own;
  const now = { ...state, stepIndex: state.stepIndex + runtime.settle() };
  const saved = { name, seed, trainable, tokenizer, pipeline, recipe, engine, state: now };
  const describe = () => describeModel(saved);
  return { name, seed, structure: { ...structure, layers }, weights, tensors, describe };
}

/** The kind of the layer of this name, or the operation where no layer is called so. */
export function kindOf({ structure }: ModelParts, owner: string, operation: string): string {
  return structure.layers.find(({ name }) => name === owner)?.kind ?? operation;
}
