import { ArgumentError, FormatError } from "../../errors";
import type { ImportFormat } from "../report";
import { sniff } from "../sniff";
import type { WeightFile } from "./file";

/** A file of weights and what it is. */
export interface ReadWeights extends WeightFile {
  readonly format: ImportFormat;
}

async function readAs(
  format: ImportFormat,
  bytes: Uint8Array,
  who: string,
  key: string | undefined,
): Promise<WeightFile> {
  switch (format) {
    case "torch":
      return (await import("./torch")).readTorch(bytes, who, key);
    case "h5":
      return (await import("./keras")).readKerasWeights(bytes, who);
    case "keras":
      return (await import("./keras")).readKerasArchive(bytes, who);
    case "safetensors":
      return (await import("./readers")).readSafetensors(bytes);
    case "npz":
      return (await import("./readers")).readNpz(bytes, who);
    case "npy":
      return (await import("./readers")).readNpy(bytes, who);
    case "gguf":
      return (await import("./readers")).readGguf(bytes, who);
    default:
      throw new FormatError(
        `${who}: weights are not taken out of a file of ${format}. Make a model of it: importModel(file).`,
      );
  }
}

/**
 * Reads what a file of weights holds; its numbers are read when they are asked for.
 *
 * @param key of a file of PyTorch: the dictionary to take
 * @param isWhole without a key: whether to take all dictionaries, or the only one
 * @throws FormatError for damaged and hostile files; ArgumentError for a key of another format than PyTorch's
 */
export async function readWeightFile(
  bytes: Uint8Array,
  who: string,
  key?: string,
  isWhole = false,
): Promise<ReadWeights> {
  const format = sniff(who, bytes);
  if (key !== undefined && format !== "torch") {
    throw new ArgumentError(`${who}: key is of files of PyTorch, this one is of ${format}.`);
  }
  const file = await readAs(format, bytes, who, key ?? (isWhole ? "" : undefined));
  return { format, ...file };
}
