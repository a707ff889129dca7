import { WeightTable } from "../compiler/weightTable";
import type { JsonField } from "../formats/jsonField";
import { decodeSafetensors, type StoredTensor } from "../formats/safetensors/decode";
import type { Structure } from "../graph/structure";
import { type Makers, readDescription, readStructure } from "./decodeStructure";
import { refuseForeign } from "./foreignFile";

/** A model file that has been read and checked, but for its tensors and what it says of training. */
export interface ModelFile {
  readonly name: string;
  readonly seed: number;
  readonly trainable: boolean;
  readonly structure: Structure;
  readonly weights: WeightTable;
  readonly tokenizer?: JsonField | undefined;
  readonly pipeline?: JsonField | undefined;
  readonly training?: JsonField;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * Reads any model file. Every entry of the library reads by this, so that all refuse the same files.
 *
 * @throws FormatError when it is of another kind, breaks a rule of the format or contradicts itself
 */
export function readModelFile(bytes: Uint8Array, makers: Makers): ModelFile {
  refuseForeign(bytes);
  const { tensors, metadata } = decodeSafetensors(bytes);
  const description = readDescription(metadata);
  const name = description.name.string();
  const seed = description.seed.integer(2 ** 32 - 1);
  const trainable = description.trainable?.boolean() ?? true;
  const structure = readStructure(description, makers);
  const weights = new WeightTable(structure.layers, trainable);
  const { tokenizer, pipeline, training } = description;
  return { name, seed, trainable, structure, weights, tokenizer, pipeline, training, tensors };
}
