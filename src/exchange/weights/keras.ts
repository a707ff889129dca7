import { FormatError } from "../../errors";
import { datasetsOf, type Hdf5Dataset, type Hdf5Group, memberAt, readHdf5 } from "../../formats/hdf5/decode";
import { quoted } from "../../formats/json";
import { readZip } from "../../formats/zip/directory";
import { inflateRaw } from "../../io/deflate";
import { compareNumbered } from "./numbered";
import { countOf, type StoredTensor, type WeightFile } from "./file";

function stored(name: string, dataset: Hdf5Dataset, alias?: string): StoredTensor {
  const { shape, dtype } = dataset;
  const read = () => {
    const numbers = dataset.read();
    return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
  };
  return { name, shape, dtype, read, ...(alias !== undefined && { alias }) };
}

/** A list of names; one that is too long for an attribute goes on in `name0`, `name1`, … */
function namesOf(group: Hdf5Group, attribute: string): string[] | undefined {
  const whole = group.attributes.get(attribute);
  const parts: unknown[] = whole === undefined ? [] : [whole];
  for (let i = 0; whole === undefined && group.attributes.has(`${attribute}${i}`); i++) {
    parts.push(group.attributes.get(`${attribute}${i}`));
  }
  if (parts.length === 0) return undefined;
  return parts.flatMap((part) => (typeof part === "string" ? [part] : Array.isArray(part) ? part.map(String) : []));
}

/** `model.save_weights` of Keras 2 and `.h5` of any version: layers by their names, each with the names of its weights. */
function readNamed(root: Hdf5Group, layers: readonly string[], who: string): StoredTensor[] {
  const tensors: StoredTensor[] = [];
  const taken = new Set<string>();
  for (const layer of layers) {
    const group = memberAt(root, layer);
    if (group?.kind !== "group")
      throw new FormatError(`${who}: the file has no weights of its layer ${quoted(layer)}.`);
    for (const path of namesOf(group, "weight_names") ?? []) {
      const dataset = memberAt(group, path);
      if (dataset?.kind !== "dataset")
        throw new FormatError(`${who}: the file has no weight ${quoted(path)} of its layer ${quoted(layer)}.`);
      const plain = path.replace(/:\d+$/, "");
      // Keras 3 puts the name of the model before that of the layer.
      const at = `/${plain}`.indexOf(`/${layer}/`);
      const own = at >= 0 ? plain.slice(at) : plain;
      const name = taken.has(own) ? `${layer}/${plain}` : own;
      if (taken.has(name)) throw new FormatError(`${who}: the file has two weights named ${quoted(name)}.`);
      taken.add(name);
      // Of a model within the model the names are those of its own layers.
      const isNested = at < 0 && plain.includes("/");
      tensors.push(stored(name, dataset, isNested ? `${layer}/${plain.slice(0, plain.lastIndexOf("/"))}` : undefined));
    }
  }
  return tensors;
}

/** The name that Keras 3 writes at the weights of a layer. */
function nameAt(group: Hdf5Group): string | undefined {
  const vars = group.members.get("vars");
  const name = vars?.attributes.get("name");
  return typeof name === "string" ? name : undefined;
}

/** The names of the layers that a path of classes goes through: `layers/dense_1/vars/0` is of `dense_32`. */
function aliasOf(root: Hdf5Group, path: string): string | undefined {
  const parts = path.split("/");
  const names: string[] = [];
  let at: Hdf5Group = root;
  for (const [i, part] of parts.entries()) {
    const member = at.members.get(part);
    if (member?.kind !== "group") break;
    at = member;
    if (parts[i - 1] !== "layers") continue;
    const name = nameAt(at);
    if (name === undefined) return undefined;
    names.push(name);
  }
  return names.length ? names.join("/") : undefined;
}

/** Of Keras 3: `layers/<class>_<number>/vars/<number>`. */
function readNumbered(root: Hdf5Group) {
  const skipped = new Set<string>();
  const tensors: StoredTensor[] = [];
  for (const [path, dataset] of datasetsOf(root)) {
    const [first] = path.split("/");
    if (first === "optimizer") skipped.add("the state of the optimizer");
    else if (first === "metrics" || first === "loss_tracker") skipped.add(`${first}: the state of metrics`);
    else if (/(^|\/)seed_generator(_\d+)?\//.test(path)) skipped.add(`${path}: the state of a random generator`);
    else tensors.push(stored(path, dataset, aliasOf(root, path)));
  }
  return { tensors: tensors.sort((a, b) => compareNumbered(a.name, b.name)), skipped: [...skipped] };
}

/** Reads the weights of a file of Keras: `.weights.h5`, `.h5` with or without a model. */
export function readKerasWeights(bytes: Uint8Array, who: string): WeightFile {
  const file = readHdf5(bytes, who);
  const inModel = file.members.get("model_weights");
  const root = inModel?.kind === "group" ? inModel : file;
  const version = root.attributes.get("keras_version") ?? file.attributes.get("keras_version");
  const producer = typeof version === "string" ? `Keras ${version}` : "Keras";
  const layers = namesOf(root, "layer_names");
  const isWhole = inModel !== undefined;
  const skipped = isWhole && file.members.has("optimizer_weights") ? ["the state of the optimizer"] : [];
  const found = layers
    ? { tensors: readNamed(root, layers, who), skipped, order: "made" as const }
    : { ...readNumbered(root), order: "classes" as const };
  if (found.tensors.every(({ shape }) => countOf(shape) === 0)) {
    throw new FormatError(`${who}: the file has no weights of Keras.`);
  }
  return { producer, ...found };
}

/** The weights in a `.keras` file. */
export async function readKerasArchive(bytes: Uint8Array, who: string): Promise<WeightFile> {
  const entry = readZip(bytes, who).find(({ name }) => name === "model.weights.h5");
  if (!entry) throw new FormatError(`${who}: the archive has no model.weights.h5.`);
  const content = entry.isDeflated ? await inflateRaw(entry.packed, entry.size, who) : entry.packed;
  return readKerasWeights(content, who);
}
