import { FormatError } from "../../errors";
import { decodeGguf } from "../../formats/gguf/decode";
import { quoted } from "../../formats/json";
import { npyLayout } from "../../formats/npy/decode";
import { toRowMajor } from "../../formats/npy/order";
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

/** Types of NumPy by their kinds: `f4` is float32. */
function dtypeOf(kind: string): string {
  if (kind === "b1") return "bool";
  const names: Readonly<Record<string, string>> = { f: "float", i: "int", u: "uint" };
  return `${names[kind[0]]}${8 * Number(kind.slice(1))}`;
}

function ofArray(name: string, bytes: Uint8Array, who: string): StoredTensor {
  const { shape, kind, headerBytes, isLittleEndian, isColumnMajor } = npyLayout(bytes, who);
  const dtype = dtypeOf(kind);
  const read = () => {
    const numbers = toFloat32(dtype, bytes.subarray(headerBytes), isLittleEndian);
    return isColumnMajor ? toRowMajor(numbers, shape) : numbers;
  };
  return { name, shape, dtype, read };
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
