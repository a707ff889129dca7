import { FormatError } from "../../errors";
import { type Hdf5Dataset, type Hdf5Group, datasetsOf, memberAt, readHdf5 } from "../../formats/hdf5/decode";
import type { AttributeValue } from "../../formats/hdf5/objects";
import { NamedWeights } from "./weights/names";
import { PathWeights } from "./weights/paths";
import type { StoredTensor, WeightSource } from "./weights/source";

/** Weights as they stand in HDF5 files. */

const tensorOf = (name: string, dataset: Hdf5Dataset): StoredTensor => ({
  name,
  shape: dataset.shape,
  dtype: dataset.dtype,
  read: () => dataset.read(),
});

/** A list of texts that is split where it is too long for one attribute: `layer_names0`, `layer_names1`, … */
export function textsOf(attributes: ReadonlyMap<string, AttributeValue>, name: string): readonly string[] | undefined {
  const own = attributes.get(name);
  const parts: AttributeValue[] = own === undefined ? [] : [own];
  for (let i = 0; own === undefined && attributes.has(`${name}${i}`); i++) parts.push(attributes.get(`${name}${i}`)!);
  if (parts.length === 0) return undefined;
  const isTexts = (value: unknown): value is string => typeof value === "string";
  return parts.flatMap((part) => (Array.isArray(part) ? part.filter(isTexts) : isTexts(part) ? [part] : []));
}

/** Weights of Keras 3: by folders of classes. */
export function pathWeights(root: Hdf5Group, who: string): WeightSource {
  const tensors: StoredTensor[] = [];
  for (const [path, dataset] of datasetsOf(root)) {
    if (!/^(optimizer|metrics|loss|_?loss_tracker)\//.test(path)) tensors.push(tensorOf(path, dataset));
  }
  return new PathWeights(who, tensors);
}

/** Weights of Keras 2: a group for each layer, which lists its weights. */
export function namedWeights(root: Hdf5Group, who: string): WeightSource {
  const layers = textsOf(root.attributes, "layer_names") ?? [...root.members.keys()];
  const groups = new Map<string, StoredTensor[]>();
  for (const layer of layers) {
    const group = memberAt(root, layer);
    if (group?.kind !== "group")
      throw new FormatError(`${who}: the file lists the layer ${JSON.stringify(layer)}, and has no group of it.`);
    const names = textsOf(group.attributes, "weight_names") ?? [];
    groups.set(
      layer,
      names.map((name) => {
        const found = memberAt(group, name);
        if (found?.kind === "dataset") return tensorOf(name, found);
        throw new FormatError(
          `${who}: the file lists the weight ${JSON.stringify(name)} of ${layer}, and has no data of it.`,
        );
      }),
    );
  }
  return new NamedWeights(who, groups);
}

/** Weights of a file that `save_weights` has made, of either kind. */
export function readWeights(bytes: Uint8Array, who: string): WeightSource {
  const root = readHdf5(bytes, who);
  const model = memberAt(root, "model_weights");
  if (model?.kind === "group") return namedWeights(model, who);
  return textsOf(root.attributes, "layer_names") ? namedWeights(root, who) : pathWeights(root, who);
}
