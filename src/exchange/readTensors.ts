import { ArgumentError } from "../errors";
import type { FileSource } from "wasmgrad";
import { readSource } from "../io/files";
import { checkOptions, show } from "../options";
import type { ForeignTensors } from "./tensors";

/** Options of `readTensors`. */
export interface ReadTensorsOptions {
  /**
   * Of a checkpoint of PyTorch: the dictionary to read, by its path of keys, such as `"model_state_dict"`. Default: the whole file.
   */
  key?: string | undefined;
  /** Bytes that the file has at most. Default 2³¹. */
  maximumBytes?: number | undefined;
}

export const MAXIMUM_BYTES = 2 ** 31;

/** Checks the `key` of a file of PyTorch. */
export function checkKey(who: string, key: unknown): string | undefined {
  if (key === undefined || typeof key === "string") return key;
  throw new ArgumentError(`${who}: key must be a text such as "model_state_dict", got ${show(key)}.`);
}

/**
 * Reads all tensors of a file of weights, for who wants to look at them: `.pt` and `.pth` of PyTorch, safetensors, `.npz` and `.npy`,
 * `.weights.h5`, `.h5` and `.keras`, GGUF. The bytes tell the format, names do not. Nothing in a file is ever run.
 *
 *     for (const [name, { shape, dtype }] of await readTensors("weights.pt")) console.log(name, shape, dtype);
 *
 * @param source a path, URL, `File`, bytes
 * @returns tensors in float32 by name, in the order of the file; float64 and integers are rounded
 * @throws FormatError for damaged and hostile files, and for whole pickled models; ArgumentError for a key that is not there; and the
 *   errors of reading
 */
export async function readTensors(source: FileSource, options: ReadTensorsOptions = {}): Promise<ForeignTensors> {
  const who = "readTensors";
  checkOptions(who, options, ["key", "maximumBytes"]);
  const key = checkKey(who, options.key);
  const bytes = await readSource(source, who, options.maximumBytes ?? MAXIMUM_BYTES);
  const { readWeightFile } = await import("./weights/readFile");
  // Without a key, all of a file of PyTorch; other formats have no keys.
  const { tensors } = await readWeightFile(bytes, who, key, true);
  const read = new Map<string, Float32Array>();
  return new Map(
    tensors.map((tensor) => {
      const { name, shape, dtype, identity } = tensor;
      const data = (identity !== undefined && read.get(identity)) || tensor.read();
      if (identity !== undefined) read.set(identity, data);
      return [name, { shape, dtype, data }];
    }),
  );
}
