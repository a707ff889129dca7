import { FormatError } from "../../errors";
import { float16ToFloat32 } from "../../formats/float16";

import { show } from "../../options";
import { isJson, type Json } from "../keras/config";
import type { StoredTensor } from "../keras/weights/source";

/** The list of weights in `model.json`, and their numbers in the shards. */

const WHO = "importModel";

/** Numbers that were rounded to whole ones, or to halves. */
interface Quantization {
  readonly dtype: "uint8" | "uint16" | "float16";
  readonly min: number;
  readonly scale: number;
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization: Quantization | undefined;
  readonly bytes: number;
}

/** Weights whose bytes stand one behind the other, over shards. */
export interface Group {
  readonly paths: readonly string[];
  readonly entries: readonly Entry[];
  readonly bytes: number;
}

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

function broken(what: string): FormatError {
  return new FormatError(`${WHO}: the list of weights in model.json is broken: ${what}.`);
}

function quantizationOf(name: string, given: unknown): Quantization | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isJson(given)) throw broken(`the quantization of ${name} is ${show(given)}`);
  const { dtype, min = 0, scale = 1 } = given;
  if (dtype !== "uint8" && dtype !== "uint16" && dtype !== "float16")
    throw broken(`${name} is quantized to ${show(dtype)}`);
  if (typeof min !== "number" || typeof scale !== "number") throw broken(`the quantization of ${name} has no numbers`);
  return { dtype, min, scale };
}

function entryOf(given: unknown): Entry {
  if (!isJson(given) || typeof given.name !== "string") throw broken("a weight has no name");
  const { name, shape, dtype } = given as Json & { name: string };
  if (!Array.isArray(shape) || !shape.every((size) => Number.isInteger(size) && (size as number) >= 0))
    throw broken(`the shape of ${name} is ${show(shape)}`);
  const quantization = quantizationOf(name, given.quantization);
  const width = BYTES[quantization?.dtype ?? String(dtype)];
  if (width === undefined) throw broken(`${name} has numbers of the type ${show(dtype)}`);
  const sizes = shape as number[];
  const bytes = sizes.reduce((product, size) => product * size, width);
  if (!Number.isSafeInteger(bytes)) throw broken(`${name} is too large: ${show(sizes)}`);
  return { name, shape: sizes, dtype: quantization?.dtype ?? String(dtype), quantization, bytes };
}

/** Reads the list. @throws FormatError */
export function readGroups(manifest: unknown): Group[] {
  if (!Array.isArray(manifest)) throw new FormatError(`${WHO}: model.json has no weightsManifest.`);
  const names = new Set<string>();
  return manifest.map((group) => {
    const { paths, weights } = isJson(group) ? group : ({} as Json);
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string")) throw broken("a group has no paths");
    if (!Array.isArray(weights)) throw broken("a group has no weights");
    const entries = weights.map(entryOf);
    for (const { name } of entries) {
      if (names.has(name)) throw broken(`two weights are named ${show(name)}`);
      names.add(name);
    }
    return { paths: paths as string[], entries, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
}

function decode(bytes: Uint8Array, { dtype, quantization }: Entry): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shorts = () => Uint16Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i, true));
  if (dtype === "float16") return float16ToFloat32(shorts());
  if (quantization) {
    const { min, scale } = quantization;
    const values = dtype === "uint8" ? bytes : shorts();
    return Float32Array.from(values, (value) => value * scale + min);
  }
  if (dtype === "float32") return new Float32Array(bytes.slice().buffer);
  if (dtype === "int32") return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true));
  return Float32Array.from(bytes);
}

/** The tensors of groups, which are read when they are asked for. */
export function tensorsOf(groups: readonly (readonly [Group, Uint8Array])[]): StoredTensor[] {
  return groups.flatMap(([{ entries }, bytes]) => {
    let at = 0;
    return entries.map((entry): StoredTensor => {
      const own = bytes.subarray(at, at + entry.bytes);
      at += entry.bytes;
      return { name: entry.name, shape: entry.shape, dtype: entry.dtype, read: () => decode(own, entry) };
    });
  });
}
