import type { FileSource } from "../node/files";
import { checkOptions } from "../options";
import type { LoadOptions } from "./decodeModel";
import type { Model } from "./model";

/**
 * The model that `save` or `toBytes` has written, with its weights, and when it was compiled with optimizer, loss, metrics
 * and the optimizer's state: `fit` goes on as if it had never stopped, bit for bit.
 *
 * A learning rate that was a function is not in the file. Without `options.learningRate` such a model does everything but
 * train, and keeps the optimizer's state when it is saved again.
 *
 * @param source a path or `file:` URL in Node; an address, as text or URL, which is fetched; bytes, a Blob, a Response or
 *   a file handle anywhere
 * @throws FormatError when the file is not a model or contradicts itself, before any memory is taken; MemoryLimitError;
 *   DataError when an address does not answer; in Node the file system's own errors
 */
export async function loadModel(source: FileSource, options: LoadOptions = {}): Promise<Model> {
  checkOptions("loadModel", options, ["learningRate", "engine", "math", "threads", "worker", "layers"]);
  const [{ readSource }, { decodeModel }] = await Promise.all([import("../node/files"), import("./decodeModel")]);
  return decodeModel(await readSource(source, "loadModel"), options);
}
