import type { FileSource, Model, Prediction } from "wasmgrad";
import { readSource } from "../io/files";
import { checkKey, MAXIMUM_BYTES } from "./readTensors";
import type { ImportReport } from "./report";
import { checkWeightOptions, type ImportWeightsOptions } from "./weights/options";

export type { ImportWeightsOptions, WeightNames } from "./weights/options";

/** What `importWeights` gives. */
export interface ImportWeightsResult {
  /** What was converted, renamed and left out. */
  readonly report: ImportReport;
}

const WHO = "importWeights";

/**
 * Puts the weights of a file into a model that was built here: `.pt` and `.pth` of PyTorch, safetensors of any project, `.npz`,
 * `.weights.h5` and `.h5` of Keras, GGUF. The bytes tell the format. Numbers are put into the order of here: matrices transposed,
 * convolutions from channels first to channels last, the features behind `flatten` with them, gates of recurrent layers, heads.
 *
 *     const { report } = await importWeights(network, "weights.pt");
 *
 * What belongs where is told by names, where the layers here have those of the file or `names` says so, else by shapes and the order of
 * layers. It is never guessed: what fits two places is an error that shows both lists. All is checked before a weight changes.
 *
 * @param source a path, URL, `File`, bytes
 * @throws FormatError for damaged and hostile files, and for whole pickled models; ArgumentError where it is not certain what belongs
 *   where, and for names and keys that are not there; DataError for numbers that are not finite; StateError while the model is trained
 */
export async function importWeights<Output extends Prediction>(
  model: Model<Output>,
  source: FileSource,
  options: ImportWeightsOptions = {},
): Promise<ImportWeightsResult> {
  checkWeightOptions(WHO, options);
  const key = checkKey(WHO, options.key);
  const bytes = await readSource(source, WHO, options.maximumBytes ?? MAXIMUM_BYTES);
  const { fillModel } = await import("./weights/fillModel");
  return { report: await fillModel(WHO, model, bytes, key, options) };
}
