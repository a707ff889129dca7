import type { Tensor } from "../../../tensor/tensor";
import type { StoredWeight } from "../translation";

/** A tensor of a file that has not been read yet. */
export interface StoredTensor {
  /** As the file calls it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  read(): Float32Array | Float64Array;
}

/** A layer that wants weights. */
export interface Leaf {
  /** Names of the models around it, then its own. */
  readonly names: readonly string[];
  /** Where `.keras` files have its weights. */
  readonly folder: string;
  readonly className: string;
  readonly isTrained: boolean;
  readonly stored: readonly StoredWeight[];
}

/** Where weights come from. */
export interface WeightSource {
  /** The weights of a layer by their names within it, for layers that the user makes. */
  of(name: string, folder: string): Readonly<Record<string, Tensor<"float32">>>;
  /** Finds and reads the weights of all layers. @throws FormatError for those that are missing or misshapen */
  fill(leaves: readonly Leaf[], fill: Fill): void;
}

/** Takes over a tensor. */
export type Fill = (leaf: Leaf, weight: StoredWeight, tensor: StoredTensor) => void;
