import { ArgumentError } from "../errors";
import { readSource } from "../io/files";
import { isA } from "../platform/realm";
import { show } from "../options";
import type { FileSource } from "wasmgrad";

/**
 * A model's file, or several that belong together: a list of `File`s, or sources by their names, as `model.json` of TensorFlow.js and
 * its shards.
 */
export type ImportSource = FileSource | readonly File[] | FileList | Readonly<Record<string, FileSource>>;

/** The bytes of a model. */
export interface ImportFiles {
  /** Those that say what the model is. */
  readonly main: Uint8Array<ArrayBuffer>;
  /** All that were given under names, without folders; among them the main one. */
  readonly named: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Where the main one came from, for those that name others beside it; undefined for bytes. */
  readonly place?: string | URL;
}

const baseName = (path: string) => path.split(/[\\/]/).pop()!;

/** The one of several files that says what the model is: the only JSON with a topology or shards, else the only one. */
function mainOf(who: string, named: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Uint8Array<ArrayBuffer> {
  if (named.size === 1) return named.values().next().value!;
  const names = [...named.keys()];
  const main =
    names.filter((name) => name.endsWith(".json")).length === 1
      ? names.find((name) => name.endsWith(".json"))
      : names.find((name) => name === "model.json");
  const onnx = names.filter((name) => name.endsWith(".onnx"));
  const chosen = main ?? (onnx.length === 1 ? onnx[0] : undefined);
  if (chosen !== undefined) return named.get(chosen)!;
  throw new ArgumentError(
    `${who}: which of ${names.join(", ")} is the model? Give one file, or one .json or .onnx with its parts.`,
  );
}

async function readNamed(
  who: string,
  sources: readonly (readonly [string, unknown])[],
  maximumBytes: number | undefined,
) {
  if (sources.length === 0) throw new ArgumentError(`${who}: expects a file, got none.`);
  const names = sources.map(([path]) => baseName(path));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ArgumentError(`${who}: there are two files named ${show(twice)}.`);
  // All at the call: bytes in memory are copied then.
  const read = await Promise.all(sources.map(([, source]) => readSource(source as FileSource, who, maximumBytes)));
  return new Map(names.map((name, i) => [name, read[i] as Uint8Array<ArrayBuffer>]));
}

const isList = (source: unknown): source is readonly File[] =>
  Array.isArray(source) || (isA("FileList", source) as boolean);

const isRecord = (source: unknown): source is Readonly<Record<string, FileSource>> =>
  source !== null && typeof source === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(source));

/**
 * Reads what was given.
 *
 * @throws ArgumentError for what is no source, or names no main file; and what reading throws
 */
export async function readFiles(who: string, source: ImportSource, maximumBytes?: number): Promise<ImportFiles> {
  if (isList(source)) {
    const files = Array.from(source);
    const named = await readNamed(
      who,
      files.map((file) => [file.name, file] as const),
      maximumBytes,
    );
    return { main: mainOf(who, named), named };
  }
  if (isRecord(source)) {
    const named = await readNamed(who, Object.entries(source), maximumBytes);
    return { main: mainOf(who, named), named };
  }
  const place = typeof source === "string" || isA("URL", source) ? (source as string | URL) : undefined;
  const main = (await readSource(source as FileSource, who, maximumBytes)) as Uint8Array<ArrayBuffer>;
  const name = place === undefined ? ((source as { name?: unknown }).name ?? "model") : baseName(String(place));
  return { main, named: new Map([[String(name), main]]), ...(place !== undefined && { place }) };
}
