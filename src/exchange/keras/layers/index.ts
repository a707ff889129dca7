import { timeDistributed } from "../../../layers/recurrent/timeDistributed";
import type { Layer } from "../../../graph/layer";
import { isJson } from "../config";
import { Unsupported, unsupported } from "../origin";
import type { Settings } from "../settings";
import type { Translation, Translator } from "../translation";
import { attentions } from "./attention";
import { convolutions } from "./convolution";
import { core } from "./core";
import { mergings } from "./merging";
import { normalizations } from "./normalization";
import { poolings } from "./pooling";
import { recurrents, settingsOf } from "./recurrent";
import { shapings } from "./shaping";

/** Layers of Keras by their classes. */
const translators: Readonly<Record<string, Translator>> = {
  ...core,
  ...convolutions,
  ...poolings,
  ...normalizations,
  ...recurrents,
  ...attentions,
  ...mergings,
  ...shapings,
  TimeDistributed: everyStep,
};

/** Other names of classes, of older versions. */
const ALIASES: Readonly<Record<string, string>> = {
  Convolution1D: "Conv1D",
  Convolution2D: "Conv2D",
  SeparableConvolution2D: "SeparableConv2D",
  Convolution2DTranspose: "Conv2DTranspose",
  Convolution1DTranspose: "Conv1DTranspose",
  MaxPool1D: "MaxPooling1D",
  MaxPool2D: "MaxPooling2D",
  AvgPool1D: "AveragePooling1D",
  AvgPool2D: "AveragePooling2D",
  GlobalMaxPool1D: "GlobalMaxPooling1D",
  GlobalMaxPool2D: "GlobalMaxPooling2D",
  GlobalAvgPool1D: "GlobalAveragePooling1D",
  GlobalAvgPool2D: "GlobalAveragePooling2D",
  BatchNormalizationV1: "BatchNormalization",
  BatchNormalizationV2: "BatchNormalization",
  SyncBatchNormalization: "BatchNormalization",
};

const REASONS: Readonly<Record<string, string>> = {
  Lambda: "its function is Python code in the file, which nothing here runs",
  TensorFlowOpLayer: "it is an operation of a TensorFlow graph, kept as its bytes",
  TFSMLayer: "it is a saved model of TensorFlow",
};

/** Whether Keras itself has the class: what somebody made has a package before its name, or comes from a module of its own. */
function isOfKeras(registeredName: string | undefined, module: string | undefined): boolean {
  const [, owner] = /^(.*)>/.exec(registeredName ?? "") ?? [];
  if (owner !== undefined && owner.toLowerCase() !== "keras") return false;
  return module === undefined || /^(keras|tf_keras|tensorflow|builtins)(\.|$)/.test(module);
}

/** How a class is translated. @throws Unsupported for a class that is not known */
export function translatorOf(className: string, registeredName?: string, module?: string): Translator {
  if (!isOfKeras(registeredName, module)) {
    throw unsupported(`it is a class of somebody's own (${registeredName ?? `${module}.${className}`})`);
  }
  const name = Object.hasOwn(ALIASES, className) ? ALIASES[className] : className;
  if (Object.hasOwn(translators, name)) return translators[name];
  throw unsupported(Object.hasOwn(REASONS, className) ? REASONS[className] : "wasmgrad has no such layer");
}

/** A layer for every step of a sequence. */
function everyStep(settings: Settings): Translation {
  const given = settings.get("layer");
  if (!isJson(given) || typeof given.class_name !== "string") throw unsupported("it has no layer");
  const inner = settingsOf(given, settings);
  let made: Translation;
  try {
    const [registered, module] = [given.registered_name, given.module].map((name) =>
      typeof name === "string" ? name : undefined,
    );
    made = translatorOf(given.class_name, registered, module)(inner);
  } catch (error) {
    if (error instanceof Unsupported) throw unsupported(`its layer ${given.class_name}: ${error.message}`);
    throw error;
  }
  inner.finish();
  // Those of recurrent layers only bring states.
  const isPlain = !made.call || (Object.hasOwn(recurrents, given.class_name) && !inner.has("zero_output_for_mask"));
  if (!made.layer || !isPlain) {
    throw unsupported(`its layer ${given.class_name} cannot be applied to every step with these options`);
  }
  const layer = timeDistributed({ ...settings.common, layer: made.layer as Layer });
  return { layer, ...(made.stored && { stored: made.stored }) };
}
