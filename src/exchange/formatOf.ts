import type { FileSource } from "wasmgrad";
import { readFiles, type ImportSource } from "./files";
import type { ImportFormat } from "./report";
import { sniff } from "./sniff";

/**
 * Tells the format of a file by its bytes: whether it is one for `importModel` (`"keras"`, `"h5"`, `"tfjs"`, `"onnx"`) or for
 * `importWeights` (`"torch"`, `"safetensors"`, `"npz"`, `"npy"`, `"gguf"`; `"keras"` and `"h5"` as well). Whether it is whole shows
 * when it is read.
 *
 * @throws FormatError for bytes of no known format, and the errors of reading
 */
export async function formatOf(source: FileSource | ImportSource): Promise<ImportFormat> {
  const { main } = await readFiles("formatOf", source);
  return sniff("formatOf", main);
}
