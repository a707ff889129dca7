import { decodeSafetensors } from "../../formats/safetensors/decode";
import type { Structure } from "../../graph/structure";
import type { Model as OwnModel } from "../../model/model";
import { METADATA_NAME } from "../../saving/fileFormat";
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
  /** The JSON that a file of wasmgrad has of everything but tensors. */
  readonly description: string;
}

/**
 * What a model is made of, and its numbers now.
 *
 * @throws as `model.toBytes`
 */
export function partsOf(model: Model): ModelParts {
  const own = model as unknown as OwnModel;
  const { recipe } = own.internals("exportModel");
  const { weights, seed, ...structure } = recipe.model;
  const { tensors, metadata } = decodeSafetensors(own.toBytes());
  const values = new Map<string, WeightTensor>();
  for (const { name, spec } of weights.entries) {
    values.set(name, { shape: spec.shape, data: tensors.get(name)!.data as Float32Array });
  }
  const layers = [...own.layers];
  return {
    name: own.name,
    seed,
    structure: { ...structure, layers },
    weights,
    tensors: values,
    description: metadata[METADATA_NAME],
  };
}

/** The kind of the layer of this name, or the operation where no layer is called so. */
export function kindOf({ structure }: ModelParts, owner: string, operation: string): string {
  return structure.layers.find(({ name }) => name === owner)?.kind ?? operation;
}
