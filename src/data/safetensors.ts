import { ArgumentError } from "../errors";
import { allElementBytes, type AnyDtype, readElements } from "../formats/safetensors/dtypes";
import { readLayout } from "../formats/safetensors/decode";
import { encodeElements } from "../formats/safetensors/encode";
import { bytesAtHand, checkSize } from "../io/bytes";
import { type FileSource, readSource } from "../io/files";
import { checkOptions, oneOf, show } from "../options";
import type { Tensor } from "../tensor/tensor";
import { checkNames, type NamedFileOptions, readOptions } from "./numpy";
import { checkText, type NamedTensors, toStoredEntries } from "./storedArray";
import { elementsOf } from "./storedElements";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** Tensors by name, in the order of their bytes, as an object without prototype: any name is just a name. */
  readonly tensors: Record<string, Tensor>;
  /** Texts by name, as an object without prototype; empty when the file has none. */
  readonly metadata: Record<string, string>;
}

/** Options of `toSafetensors`. */
export interface SafetensorsOptions {
  /** Texts to keep beside the tensors. Default none. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Types for tensors by name, into which their numbers are converted: F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 or
   * BOOL. Default: the type of the array, a tensor's F32, I32 or U8.
   */
  dtypes?: Readonly<Record<string, SafetensorsType>> | undefined;
}

/** Types of numbers that are written. */
export type SafetensorsType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL";

const allTypes = Object.keys(allElementBytes) as AnyDtype[];
const writableTypes = allTypes.filter((type): type is SafetensorsType => !type.startsWith("F8"));

/**
 * Reads any safetensors file, such as weights of other projects; `loadModel` reads those that are models of this library.
 * F64, F32, F16, BF16, F8_E4M3 and F8_E5M2 become float32, of which F64 is rounded; I64, I32, I16, I8, U64, U32 and U16 int32; U8 and
 * BOOL uint8.
 *
 * @param source bytes, which are copied; a path, a URL, a Blob, a Response, a stream, a file handle
 * @throws FormatError, before anything is allocated, when the file breaks a rule of the format, or has a type of no tensor
 * @throws DataError with its value and place for a number that does not fit into int32 or float32
 * @throws ArgumentError for `names` that are not there
 */
export async function safetensors(source: FileSource, options: NamedFileOptions = {}): Promise<SafetensorsFile> {
  const who = "safetensors";
  const { maximumBytes, names } = readOptions(options, who);
  const atHand = bytesAtHand(source, who);
  if (atHand) checkSize(atHand.length, maximumBytes, who);
  const bytes = atHand ?? (await readSource(source, who, maximumBytes));
  const { entries, metadata, dataStart } = readLayout(bytes, allElementBytes);
  checkNames(
    names,
    entries.map(({ name }) => name),
    who,
  );
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const entry of entries) {
    if (names?.includes(entry.name) ?? true) tensors[entry.name] = readElements(bytes, dataStart, entry, who);
  }
  return { tensors, metadata };
}

/**
 * Writes tensors and texts by name into one safetensors file. The same content gives the same bytes, whatever its order.
 *
 * @returns the bytes of the file
 * @throws ArgumentError for a name or text that is none, or `__metadata__`, which the format keeps for itself
 * @throws DataError for a number that the type asked for does not have
 */
export function toSafetensors(tensors: NamedTensors, options: SafetensorsOptions = {}): Uint8Array<ArrayBuffer> {
  const who = "toSafetensors";
  checkOptions(who, options, ["metadata", "dtypes"]);
  const metadata = checkTexts(options.metadata ?? {}, who);
  const entries = toStoredEntries(tensors, who);
  const dtypes = new Map(Object.entries(options.dtypes ?? {}));
  checkNames(
    [...dtypes.keys()],
    entries.map(([name]) => name),
    `${who}: dtypes`,
  );
  const elements = entries.map(([name, stored]) => {
    if (name === "__metadata__") throw new ArgumentError(`${who}: the name "__metadata__" is kept for texts.`);
    const asked = dtypes.get(name);
    const dtype = asked && oneOf(who, `the dtype of ${show(name)}`, asked, writableTypes);
    return [name, elementsOf(stored, dtype, `${who}: ${show(name)}`)] as const;
  });
  return encodeElements(new Map(elements), metadata, allTypes);
}

function checkTexts(metadata: Readonly<Record<string, string>>, who: string): Record<string, string> {
  if (metadata === null || typeof metadata !== "object" || Array.isArray(metadata)) {
    throw new ArgumentError(`${who}: metadata must be texts by name, got ${show(metadata)}.`);
  }
  for (const [name, text] of Object.entries(metadata)) {
    checkText(name, "a name in metadata", who);
    checkText(text, `metadata[${show(name)}]`, who);
  }
  return metadata;
}
