import { FormatError } from "../../errors";
import { memberAt, readHdf5 } from "../../formats/hdf5/decode";
import { parseJson } from "../../formats/json";
import type { ModelReader } from "../importModel";
import { type Json, isJson } from "./config";
import { namedWeights } from "./hdf5Weights";
import { importConfig } from "./importConfig";

const WHO = "importModel";
/** Objects and lists of a configuration within each other. */
export const JSON_LIMITS = { depth: 256 };

/** A configuration from its text. */
export function readConfig(text: string, what: string): Json {
  const value = parseJson(text, `${WHO}: ${what}`, JSON_LIMITS);
  if (isJson(value)) return value;
  throw new FormatError(`${WHO}: ${what} is no object.`);
}

/** Models in HDF5: Keras 2, `tf_keras`, and the legacy format of Keras 3. */
export const readH5: ModelReader = async ({ main }, context) => {
  const root = readHdf5(main, WHO);
  const text = (name: string) => {
    const value = root.attributes.get(name);
    return typeof value === "string" ? value : undefined;
  };
  const config = text("model_config");
  if (config === undefined) {
    throw new FormatError(
      `${WHO}: the file has weights but no model: Keras wrote it by save_weights. Build the model here, then: importWeights(model, file).`,
    );
  }
  const version = text("keras_version");
  const backend = text("backend");
  context.report.producer = `Keras ${version ?? "2.0"}`;
  const training = text("training_config");
  const weights = memberAt(root, "model_weights");
  if (weights?.kind !== "group") throw new FormatError(`${WHO}: the file has a model but no weights (model_weights).`);
  if (root.members.has("optimizer_weights")) context.report.skip("the state of the optimizer");
  if (backend === "theano") {
    throw new FormatError(
      `${WHO}: the file was made with the Theano backend, which keeps kernels of convolutions turned around. Load it in Keras with TensorFlow and save it again.`,
    );
  }
  return importConfig(
    {
      config: readConfig(config, "model_config"),
      version,
      compile: training === undefined ? undefined : readConfig(training, "training_config"),
      weights: namedWeights(weights, WHO),
    },
    context,
  );
};
