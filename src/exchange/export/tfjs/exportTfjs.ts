import { textEncoder } from "../../../platform/text";
import { Problems } from "../../problems";
import type { Part } from "../keras/part";
import { type PlannedCall, type PlannedLayer, type PlannedModel, type PlannedTensor, planModel } from "../keras/plan";
import type { ModelParts, WeightTensor } from "../modelParts";

/** The version of Keras that wrote such topologies. */
const KERAS_VERSION = "2.15.0";
const WEIGHTS_FILE = "weights.bin";
const WAYS_OUT = 'Leave those layers out, or take ONNX or a module of JavaScript: exportModel(model, "javascript").';

/** Files of a model, by their names. */
export interface TfjsFiles {
  /** The topology, and where the weights stand. */
  readonly "model.json": Uint8Array<ArrayBuffer>;
  /** All weights, in float32, in the order of the manifest. */
  readonly "weights.bin": Uint8Array<ArrayBuffer>;
}

/** Calls count from 0; of a model within its own call, which is not written, is the first. */
const nodeIndex = ({ layer, call }: PlannedTensor) => (layer.nested ? call + 1 : call);

const historyOf = (tensor: PlannedTensor) => [tensor.layer.name, nodeIndex(tensor), tensor.output];
const inboundOf = ({ inputs, kwargs }: PlannedCall) => inputs.map((tensor) => [...historyOf(tensor), kwargs]);

function withinOf(within: NonNullable<Part["within"]>, trainable: boolean): object {
  const entries = Object.entries(within).map(([key, { className, config, name, within: inner = {} }]) => {
    const own = { name, trainable, dtype: "float32", ...config, ...withinOf(inner, trainable) };
    return [key, { class_name: className, config: own }] as const;
  });
  return Object.fromEntries(entries);
}

function layerOf({ name, className, config, trainable, within, calls, nested }: PlannedLayer): object {
  const nodes = { name, inbound_nodes: calls.map(inboundOf) };
  if (nested) return { class_name: "Functional", config: configOf(nested, trainable), ...nodes };
  if (className === "InputLayer") {
    const { batch_shape, dtype } = config;
    const own = { batch_input_shape: batch_shape, dtype, sparse: false, ragged: false, name };
    return { class_name: className, config: own, ...nodes };
  }
  const own = { name, trainable, dtype: "float32", ...config, ...withinOf(within, trainable) };
  return { class_name: className, config: own, ...nodes };
}

const configOf = ({ name, layers, inputs, outputs }: PlannedModel, trainable: boolean): object => ({
  name,
  trainable,
  layers: layers.map(layerOf),
  input_layers: inputs.map(historyOf),
  output_layers: outputs.map(historyOf),
});

/** A weight as the manifest names it: TensorFlow.js finds it by this. */
interface NamedWeight {
  readonly name: string;
  readonly tensor: WeightTensor;
}

/** The scope of weights: the layer, and of one in both directions the direction. */
function scopeOf({ name, within, className }: PlannedLayer, folder: string): string {
  const both =
    className === "Bidirectional" ? within : className === "TimeDistributed" ? within.layer.within : undefined;
  const direction = ["forward", "backward"].find((each) => folder.split("/").includes(`${each}_layer`));
  return both && direction ? `${name}/${direction}_${both.layer.name}` : name;
}

function weightsOf({ layers }: PlannedModel, { tensors }: ModelParts): NamedWeight[] {
  return layers.flatMap((layer) => {
    if (layer.nested) return weightsOf(layer.nested, { tensors } as ModelParts);
    return layer.weights.map(({ folder, variable, name, shape }) => {
      const tensor = tensors.get(name)!;
      return { name: `${scopeOf(layer, folder)}/${variable}`, tensor: shape ? { shape, data: tensor.data } : tensor };
    });
  });
}

/**
 * `model.json` and `weights.bin` of a layers model.
 *
 * @throws FormatError with all layers that TensorFlow.js has no equal of
 */
export function exportTfjs(parts: ModelParts): TfjsFiles {
  const problems = new Problems();
  const plan = planModel(parts.name, parts.structure, { dialect: "tfjs", problems, taken: new Set() });
  problems.check("exportModel", "this model for TensorFlow.js", WAYS_OUT);
  const weights = weightsOf(plan, parts);
  const topology = {
    keras_version: KERAS_VERSION,
    backend: "tensorflow",
    model_config: { class_name: "Functional", config: configOf(plan, true) },
  };
  const manifest = weights.map(({ name, tensor }) => ({ name, shape: tensor.shape, dtype: "float32" }));
  const file = {
    format: "layers-model",
    generatedBy: "wasmgrad",
    convertedBy: null,
    modelTopology: topology,
    weightsManifest: [{ paths: [WEIGHTS_FILE], weights: manifest }],
  };
  const size = weights.reduce((sum, { tensor }) => sum + tensor.data.byteLength, 0);
  const numbers = new Uint8Array(size);
  let at = 0;
  for (const { tensor } of weights) {
    const { buffer, byteOffset, byteLength } = tensor.data;
    numbers.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return {
    "model.json": textEncoder().encode(JSON.stringify(file)) as Uint8Array<ArrayBuffer>,
    "weights.bin": numbers,
  };
}
