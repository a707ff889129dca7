import { FormatError } from "../../errors";
import { readHdf5 } from "../../formats/hdf5/decode";
import { readZip, type ZipEntry } from "../../formats/zip/directory";
import { inflateRaw } from "../../io/deflate";
import { textDecoder } from "../../platform/text";
import type { ModelReader } from "../importModel";
import { isJson } from "./config";
import { pathWeights } from "./hdf5Weights";
import { importConfig } from "./importConfig";
import { readConfig } from "./readH5";

const WHO = "importModel";

/** Models in `.keras`: an archive of two texts and the weights in HDF5. */
export const readKeras: ModelReader = async ({ main }, context) => {
  const entries = new Map(readZip(main, WHO).map((entry) => [entry.name, entry]));
  const content = async (name: string): Promise<Uint8Array> => {
    const entry = entries.get(name);
    if (!entry) {
      const shown = [...entries.keys()].slice(0, 5).join(", ");
      throw new FormatError(`${WHO}: the archive has no ${name}, which every .keras file has. It has ${shown}.`);
    }
    return unpacked(entry);
  };
  const text = async (name: string) => textDecoder().decode(await content(name));
  const metadata = entries.has("metadata.json") ? readConfig(await text("metadata.json"), "metadata.json") : {};
  const version = typeof metadata.keras_version === "string" ? metadata.keras_version : undefined;
  context.report.producer = `Keras ${version ?? "(version unknown)"}`;
  const config = readConfig(await text("config.json"), "config.json");
  if (!entries.has("model.weights.h5") && entries.has("model.weights.npz")) {
    throw new FormatError(
      `${WHO}: the weights of the archive are pickled (model.weights.npz), which can run code. Save the model again.`,
    );
  }
  const root = readHdf5(await content("model.weights.h5"), WHO);
  if (root.members.has("optimizer")) context.report.skip("the state of the optimizer");
  const compile = isJson(config.compile_config) ? config.compile_config : undefined;
  return importConfig({ config, version, compile, weights: pathWeights(root, WHO) }, context);
};

async function unpacked({ name, packed, size, isDeflated }: ZipEntry): Promise<Uint8Array> {
  return isDeflated ? inflateRaw(packed, size, `${WHO}: ${name}`) : packed;
}
