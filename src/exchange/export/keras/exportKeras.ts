import { encodeHdf5, type Hdf5Dataset, type Hdf5Group } from "../../../formats/hdf5/encode";
import { encodeZip } from "../../../formats/zip/encode";
import { textEncoder } from "../../../platform/text";
import { Problems } from "../../problems";
import type { ModelParts } from "../modelParts";
import { compileConfigOf } from "./compileConfig";
import { MOMENTS } from "./layerTable";
import type { Part } from "./part";
import { type PlannedCall, type PlannedLayer, type PlannedModel, type PlannedTensor, planModel } from "./plan";

/** The version of Keras whose files these are like. */
const KERAS_VERSION = "3.15.1";
/** Says nothing of when it was written: the same model gives the same bytes. */
const DATE_SAVED = "1980-01-01@00:00:00";
const WAYS_OUT =
  'Leave those layers out, or take ONNX, which has forms for operations, too: exportModel(model, "onnx").';

const POLICY = { module: "keras", class_name: "DTypePolicy", config: { name: "float32" }, registered_name: null };

function tensorOf({ layer, call, output, shape, dtype }: PlannedTensor): object {
  const config = { shape: [null, ...shape], dtype, keras_history: [layer.name, call, output] };
  return { class_name: "__keras_tensor__", config };
}

function nodeOf({ form, inputs, kwargs }: PlannedCall): object {
  const tensors = inputs.map(tensorOf);
  if (form === "one") return { args: tensors, kwargs };
  if (form === "several") return { args: tensors.length === 1 ? [tensors[0], tensors[0]] : tensors, kwargs };
  if (form === "states") return { args: tensors.slice(0, 1), kwargs: { ...kwargs, initial_state: tensors.slice(1) } };
  return { args: [tensors], kwargs };
}

/** The shapes that a layer is built for. */
function buildConfigOf({ className, calls }: PlannedLayer): object | undefined {
  const [call] = calls;
  if (!call) return undefined;
  const shapes = call.inputs.map(({ shape }) => [null, ...shape]);
  if (call.form === "several") return { shapes_dict: { query_shape: shapes[0], value_shape: shapes[1] ?? shapes[0] } };
  if (call.form === "states") return { input_shape: shapes[0] };
  if (className === "Activation" || className === "ReLU" || className === "Softmax") return undefined;
  return { input_shape: call.form === "list" ? shapes : shapes[0] };
}

/** The numbers of a state that a configuration has, as a list. */
function withMoments(config: Readonly<Record<string, unknown>>, prefix: string, parts: ModelParts): object {
  const entries = Object.entries(config).map(([key, value]) => {
    return [key, value === MOMENTS ? Array.from(parts.tensors.get(`${prefix}/${key}`)!.data) : value] as const;
  });
  return Object.fromEntries(entries);
}

function withinOf(within: NonNullable<Part["within"]>, trainable: boolean): object {
  const entries = Object.entries(within).map(([key, { className, config, name, within: inner = {} }]) => {
    const own = { name, trainable, dtype: POLICY, ...config, ...withinOf(inner, trainable) };
    return [key, { module: "keras.layers", class_name: className, config: own, registered_name: null }] as const;
  });
  return Object.fromEntries(entries);
}

/** Prefixes are names of models within, as names of weights have them. */
function layerOf(layer: PlannedLayer, prefix: string, parts: ModelParts): object {
  const { name, className, config, trainable, within, calls, nested } = layer;
  const nodes = { name, inbound_nodes: calls.map(nodeOf) };
  if (nested) return { ...modelOf(nested, trainable, `${prefix}${name}/`, parts), ...nodes };
  if (className === "InputLayer") {
    const own = { ...config, sparse: false, ragged: false, name, optional: false };
    return { module: "keras.layers", class_name: className, config: own, registered_name: null, ...nodes };
  }
  const own = {
    name,
    trainable,
    dtype: POLICY,
    ...withMoments(config, prefix + name, parts),
    ...withinOf(within, trainable),
  };
  const build = buildConfigOf(layer);
  return {
    module: "keras.layers",
    class_name: className,
    config: own,
    registered_name: null,
    ...(build && { build_config: build }),
    ...nodes,
  };
}

/** One is written without a list around it, as Keras does. */
function historyOf(tensors: readonly PlannedTensor[]): unknown {
  const histories = tensors.map(({ layer, call, output }) => [layer.name, call, output]);
  return histories.length === 1 ? histories[0] : histories;
}

function modelOf(
  { name, layers, inputs, outputs }: PlannedModel,
  trainable: boolean,
  prefix: string,
  parts: ModelParts,
) {
  const config = {
    name,
    trainable,
    layers: layers.map((layer) => layerOf(layer, prefix, parts)),
    input_layers: historyOf(inputs),
    output_layers: historyOf(outputs),
  };
  return {
    module: "keras.src.models.functional",
    class_name: "Functional",
    config,
    registered_name: "Functional",
    build_config: { input_shape: null },
  };
}

const snakeOf = (className: string) =>
  className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

/** Folders that are being filled. */
interface Folder {
  readonly attributes: Record<string, string>;
  readonly members: Map<string, Folder | Hdf5Dataset>;
}

function folderIn(folder: Folder, path: string): Folder {
  return path.split("/").reduce<Folder>((so, name) => {
    const known = so.members.get(name);
    if (known) return known as Folder;
    const made: Folder = { attributes: {}, members: new Map() };
    so.members.set(name, made);
    return made;
  }, folder);
}

/** Weights by folders that are called after classes, and numbered. */
function fillFolder(folder: Folder, { name, layers }: PlannedModel, parts: ModelParts): void {
  folderIn(folder, "vars").attributes.name = name;
  const counts = new Map<string, number>();
  for (const layer of layers) {
    const kind = snakeOf(layer.className);
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    const own = folderIn(folder, `layers/${count ? `${kind}_${count}` : kind}`);
    if (layer.nested) {
      fillFolder(own, layer.nested, parts);
      continue;
    }
    folderIn(own, "vars").attributes.name = layer.name;
    for (const { folder: place, name: weight } of layer.weights) {
      const vars = folderIn(own, place ? `${place}/vars` : "vars");
      vars.attributes.name ??= place.split("/").pop()!;
      vars.members.set(String(vars.members.size), parts.tensors.get(weight)!);
    }
  }
}

/**
 * The bytes of a `.keras` file.
 *
 * @throws FormatError with all layers that Keras 3 has no equal of
 */
export function exportKeras(parts: ModelParts): Uint8Array<ArrayBuffer> {
  const problems = new Problems();
  const plan = planModel(parts.name, parts.structure, { dialect: "keras", problems });
  problems.check("exportModel", "this model for Keras", WAYS_OUT);
  const root: Folder = { attributes: {}, members: new Map() };
  fillFolder(root, plan, parts);
  const config = { ...modelOf(plan, true, "", parts), compile_config: compileConfigOf(parts, plan.outputs.length) };
  const text = (value: object) => textEncoder().encode(JSON.stringify(value));
  return encodeZip([
    { name: "metadata.json", content: text({ keras_version: KERAS_VERSION, date_saved: DATE_SAVED }) },
    { name: "config.json", content: text(config) },
    { name: "model.weights.h5", content: encodeHdf5(root as Hdf5Group) },
  ]);
}
