import { timeDistributed } from "../../../layers/recurrent/timeDistributed";
import type { Layer } from "../../../graph/layer";
import { isJson } from "../config";
import { Unsupported } from "../origin";
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

/** How a class is translated. @throws Unsupported for a class that is not known */
export function translatorOf(className: string, registeredName?: string): Translator {
  // What somebody registered has a package before its name; those of Keras have none, or "keras" and the like.
  if (registeredName?.includes(">") && !/^(keras|Custom>?keras|builtins)/.test(registeredName)) {
    throw new Unsupported(`it is a class of somebody's own (${registeredName})`);
  }
  const name = Object.hasOwn(ALIASES, className) ? ALIASES[className] : className;
  if (Object.hasOwn(translators, name)) return translators[name];
  throw new Unsupported(Object.hasOwn(REASONS, className) ? REASONS[className] : "wasmgrad has no such layer");
}

/** A layer for every step of a sequence. */
function everyStep(settings: Settings): Translation {
  const given = settings.get("layer");
  if (!isJson(given) || typeof given.class_name !== "string") throw new Unsupported("it has no layer");
  const inner = settingsOf(given, settings);
  let made: Translation;
  try {
    made = translatorOf(given.class_name, given.registered_name as string | undefined)(inner);
  } catch (error) {
    if (error instanceof Unsupported) throw new Unsupported(`its layer ${given.class_name}: ${error.message}`);
    throw error;
  }
  inner.finish();
  if (!made.layer || (made.call && given.class_name !== "Embedding")) {
    throw new Unsupported(`its layer ${given.class_name} cannot be applied to every step with these options`);
  }
  const layer = timeDistributed({ ...settings.common, layer: made.layer as Layer });
  return { layer };
}
