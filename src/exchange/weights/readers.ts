import { FormatError } from "../../errors";
import { decodeGguf } from "../../formats/gguf/decode";
import { quoted } from "../../formats/json";
import { decodeNpy } from "../../formats/npy/decode";
import { allElementBytes, type AnyDtype } from "../../formats/safetensors/dtypes";
import { readLayout } from "../../formats/safetensors/decode";
import { crc32 } from "../../formats/zip/crc32";
import { readZip } from "../../formats/zip/directory";
import { inflateRaw } from "../../io/deflate";
import type { StoredTensor, WeightFile } from "./file";
import { toFloat32 } from "./numbers";

const safetensorsDtypes: Readonly<Record<AnyDtype, string>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  F8_E4M3: "float8_e4m3fn",
  F8_E5M2: "float8_e5m2",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
};

/** Tensors stand there by type and name: in which order their layers were made is lost. */
export function readSafetensors(bytes: Uint8Array): WeightFile {
  const { entries, metadata, dataStart } = readLayout(bytes, allElementBytes);
  const tensors = entries.map(({ name, dtype, shape, begin, end }): StoredTensor => {
    const type = safetensorsDtypes[dtype];
    const read = () => toFloat32(type, bytes.subarray(dataStart + begin, dataStart + end));
    return { name, shape, dtype: type, read };
  });
  const isOwn = "wasmgrad" in metadata;
  const producer = isOwn ? "wasmgrad" : metadata.format === "pt" ? "PyTorch" : "unknown";
  return { producer, tensors, order: "names", skipped: [] };
}

/** The type of an array, which its header tells: `{'descr': '<f4'`. */
function descriptionOf(bytes: Uint8Array): string {
  const header = String.fromCharCode(...bytes.subarray(0, Math.min(bytes.length, 400)));
  const [, kind = "f", size = "4"] = /'descr': *'[<>|=]?([a-z])(\d+)'/.exec(header) ?? [];
  const names: Readonly<Record<string, string>> = { f: "float", i: "int", u: "uint", b: "bool" };
  return kind === "b" ? "bool" : `${names[kind] ?? kind}${8 * Number(size)}`;
}

function ofArray(name: string, bytes: Uint8Array, who: string): StoredTensor {
  const tensor = decodeNpy(bytes, who);
  const { shape, data } = tensor;
  return { name, shape, dtype: descriptionOf(bytes), read: () => Float32Array.from(data as Float32Array) };
}

export function readNpy(bytes: Uint8Array, who: string): WeightFile {
  return { producer: "NumPy", tensors: [ofArray("", bytes, who)], order: "made", skipped: [] };
}

/** Arrays stand there in the order in which they were given. */
export async function readNpz(bytes: Uint8Array, who: string): Promise<WeightFile> {
  const tensors: StoredTensor[] = [];
  for (const { name, isDeflated, packed, size, crc } of readZip(bytes, who)) {
    if (!name.endsWith(".npy")) continue;
    const file = `${who}: ${quoted(name)}`;
    const content = isDeflated ? await inflateRaw(packed, size, file) : packed;
    if (crc32(content) !== crc) throw new FormatError(`${file} is damaged: its checksum is another.`);
    tensors.push(ofArray(name.slice(0, -".npy".length), content, file));
  }
  return { producer: "NumPy", tensors, order: "made", skipped: [] };
}

export function readGguf(bytes: Uint8Array, who: string): WeightFile {
  const { tensors, metadata } = decodeGguf(bytes, who);
  const architecture = metadata.get("general.architecture");
  const producer = architecture === undefined ? "GGUF" : `GGUF (${architecture})`;
  return { producer, tensors, order: "made", skipped: [] };
}
