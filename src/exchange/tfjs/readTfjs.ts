import { FormatError } from "../../errors";
import { readSource } from "../../io/files";
import { textDecoder } from "../../platform/text";
import { show } from "../../options";
import type { ImportFiles } from "../files";
import type { ImportContext, ModelReader } from "../importModel";
import { isJson, type Json } from "../keras/config";
import { readWeights } from "../keras/hdf5Weights";
import { importConfig } from "../keras/importConfig";
import type { Model } from "../../model/model";
import { readConfig } from "../keras/readH5";
import { NamedWeights } from "../keras/weights/names";
import { PathWeights } from "../keras/weights/paths";
import { type Group, readGroups, tensorsOf } from "./weights";

const WHO = "importModel";

/** Models of TensorFlow.js: `model.json` with the layers, and shards with the weights. */
export const readTfjs: ModelReader = async (files, context) => {
  const json = readConfig(textDecoder({ fatal: true }).decode(files.main), "model.json");
  if (typeof json.class_name === "string" && json.modelTopology === undefined)
    return readArchitecture(json, files, context);
  const topology = topologyOf(json);
  const inner = isJson(topology.model_config) ? topology.model_config : topology;
  const written = typeof topology.keras_version === "string" ? topology.keras_version : undefined;
  const isOwn = written?.startsWith("tfjs") === true;
  context.report.producer = typeof json.generatedBy === "string" ? json.generatedBy : (written ?? "unknown");
  const groups = readGroups(json.weightsManifest);
  const tensors = tensorsOf(
    await Promise.all(
      groups.map(async (group) => [group, await bytesOf(group, files, context.options.maximumBytes)] as const),
    ),
  );
  // The converter for `.keras` names weights by folders, all others by layers.
  const isByFolder = tensors.length > 0 && tensors.some(({ name }) => /^layers\/.+\/vars\/\d+$/.test(name));
  const weights = isByFolder ? new PathWeights(WHO, tensors) : new NamedWeights(WHO, tensors);
  const training = [json.trainingConfig, topology.training_config].find(isJson);
  // Its own layers are those of Keras 2, whatever the number of its version.
  const version = isOwn ? `2 (${written})` : written;
  return importConfig(
    { config: inner, version: isOwn ? "2.0.0" : version, isTfjs: true, compile: training, weights },
    context,
  );
};

const isHdf5 = (bytes: Uint8Array) => [0x89, 0x48, 0x44, 0x46].every((byte, i) => bytes[i] === byte);

/** What `model.to_json()` of Keras writes, with the weights of `save_weights` in another file. */
async function readArchitecture(json: Json, { named }: ImportFiles, context: ImportContext): Promise<Model> {
  const weights = [...named.values()].find(isHdf5);
  if (!weights) {
    throw new FormatError(
      `${WHO}: the JSON is the architecture of a Keras model without weights. Give those of save_weights beside it: ` +
        'importModel({ "model.json": …, "model.weights.h5": … }).',
    );
  }
  const version = typeof json.keras_version === "string" ? json.keras_version : undefined;
  context.report.producer = `Keras ${version ?? (json.module ? "3" : "2")}`;
  return importConfig({ config: json, version, compile: undefined, weights: readWeights(weights, WHO) }, context);
}

function topologyOf(json: Json): Json {
  if (json.format === "graph-model") {
    throw new FormatError(
      `${WHO}: the file is a graph model of TensorFlow.js, made of a SavedModel: its layers are gone. Give the .h5 or .keras file it was made of.`,
    );
  }
  const { modelTopology: topology } = json;
  if (isJson(topology)) {
    if (!Array.isArray(topology.node)) return topology;
    throw new FormatError(`${WHO}: the file is a graph model of TensorFlow.js: its layers are gone.`);
  }
  // What `model.toJSON()` of Keras and TensorFlow.js gives has no weights beside it.
  throw new FormatError(
    `${WHO}: the JSON has no modelTopology: it is no model.json of TensorFlow.js. It has ${show(Object.keys(json).slice(0, 8))}.`,
  );
}

/** The shards of a group, one behind the other. */
async function bytesOf(
  { paths, bytes }: Group,
  { named, place }: ImportFiles,
  maximumBytes?: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const path of paths) {
    const name = path.split(/[\\/]/).pop()!;
    const given = named.get(name);
    if (given) parts.push(given);
    else if (place === undefined) {
      throw new FormatError(
        `${WHO}: model.json has weights in ${JSON.stringify(path)}. Give the files together: importModel({ "model.json": …, ${JSON.stringify(name)}: … }).`,
      );
    } else parts.push(await readSource(beside(place, path), WHO, maximumBytes));
  }
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  if (total !== bytes) {
    throw new FormatError(
      `${WHO}: the weights of model.json need ${bytes} bytes, ${paths.join(", ")} ${paths.length === 1 ? "has" : "have"} ${total}.`,
    );
  }
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Where a file stands that another names. No way leads up or away. */
function beside(place: string | URL, path: string): string | URL {
  const plain = path.replace(/^\.\//, "");
  if (/^([a-z]+:|[\\/])|(^|[\\/])\.\.([\\/]|$)/i.test(plain)) {
    throw new FormatError(`${WHO}: model.json has weights in ${JSON.stringify(path)}, which is not beside it.`);
  }
  if (place instanceof URL || /^[a-z]+:\/\//i.test(place)) return new URL(plain, place);
  return place.replace(/[^\\/]*$/, "") + plain;
}
