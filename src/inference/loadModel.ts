import type { FileSource } from "../io/files";
import { bytesOf } from "../platform/realm";
import { checkOptions } from "../options";
import { checkListener, type ReadOptions } from "../saving/loadOptions";
import { readChain } from "./chain";
import type { Network } from "./network";
import { Predictor } from "./predictor";

/**
 * The model in a file that the `save` or `toBytes` of a wasmgrad model has written, to predict with. All layers of the
 * library can be in it; what it remembers of its training is passed over. The outputs are those of the model's own
 * `predict`, to the last bit.
 *
 * @param source a path or `file:` URL in Node; an address, as text or URL, which is fetched; bytes, a Blob, a Response or
 *   a file handle anywhere
 * @throws ArgumentError; FormatError when the file is not a model or contradicts itself; LimitError when it takes more than
 *   `limits` allow; DataError when an address does not answer; in Node the file system's own errors
 */
export async function loadModel(source: FileSource, options: ReadOptions = {}): Promise<Predictor> {
  // As Array.map calls it, the second argument is a number.
  const given = typeof options === "number" ? {} : options;
  checkOptions("loadModel", given, ["limits", "onWarning"]);
  checkListener(given);
  // A Buffer's methods are not those of other arrays.
  const atHand = bytesOf(source);
  const bytes = atHand ?? (await read(source));
  const chain = given.limits ? undefined : tryChain(bytes);
  if (chain) return new Predictor(chain);
  // What is read later is copied: its giver may fill that memory anew meanwhile.
  const own = atHand ? bytes.slice() : bytes;
  return new Predictor(await (await import("./graph")).readGraph(own, given));
}

/** A chain of layers is computed by the little code that is at hand, any other model by what is loaded for it. */
function tryChain(bytes: Uint8Array): Network | undefined {
  try {
    return readChain(bytes);
  } catch {
    return undefined;
  }
}

/** What opens files and addresses is loaded for those. */
async function read(source: FileSource): Promise<Uint8Array> {
  const { readSource } = await import("../io/files");
  return readSource(source, "loadModel");
}
