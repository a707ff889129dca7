import type { FileSource } from "../io/files";
import { checkOptions } from "../options";
import { bytesOf } from "../platform/realm";
import type { LoadOptions } from "./decodeModel";
import type { Model } from "./model";

/** Most programs save models rather than load them. */
let decoder: Promise<typeof import("./decodeModel")> | undefined;

/**
 * The model that `save` or `toBytes` has written, with its weights, and when it was compiled with optimizer, loss, metrics
 * and the optimizer's state: `fit` goes on as if it had never stopped, bit for bit.
 *
 * A learning rate that was a function is not in the file. Without `options.learningRate` such a model does everything but
 * train, and keeps the optimizer's state when it is saved again.
 *
 * A file that another program has written anew may lack the optimizer's state, have tensors that the model has not, and weights
 * in F64, F16 or BF16: it is loaded, and `options.onWarning` is told what is not as it was.
 *
 * @param source a path or `file:` URL in Node; an address, as text or URL, which is fetched; bytes, a Blob, a Response or
 *   a file handle anywhere
 * @throws FormatError when the file is not a model or contradicts itself, before any memory is taken; LimitError when the
 *   model takes more than `options.limits` allow; MemoryLimitError; DataError when an address does not answer; in Node the
 *   file system's own errors
 */
export async function loadModel(source: FileSource, options: LoadOptions = {}): Promise<Model> {
  const known = ["learningRate", "engine", "math", "threads", "worker", "layers", "limits", "onWarning"];
  checkOptions("loadModel", options, known);
  decoder ??= import("./decodeModel");
  // Copied: their giver may fill that memory anew meanwhile.
  const bytes = bytesOf(source)?.slice() ?? (await read(source));
  return (await decoder).decodeModel(bytes, options);
}

/** What opens files and addresses is loaded for those. */
async function read(source: FileSource): Promise<Uint8Array> {
  const { readSource } = await import("../io/files");
  return readSource(source, "loadModel");
}
