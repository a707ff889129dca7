import { FormatError } from "../errors";
import { readZip } from "../formats/zip/directory";
import { PREFIX_BYTES } from "../formats/safetensors/layout";
import type { ImportFormat } from "./report";

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const NUMPY = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const GGUF = [0x47, 0x47, 0x55, 0x46];
const ZIP = [0x50, 0x4b];
/** A pickle of PyTorch before 1.6: protocol 2, LONG1 of ten bytes, the magic number. */
const LEGACY_TORCH = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

const beginsWith = (bytes: Uint8Array, start: readonly number[]) => start.every((byte, i) => bytes[i] === byte);

/** The first character of a text that is no space, behind the mark of UTF-8. */
function firstCharacter(bytes: Uint8Array): string {
  let at = beginsWith(bytes, [0xef, 0xbb, 0xbf]) ? 3 : 0;
  while (at < bytes.length && [0x20, 0x09, 0x0a, 0x0d].includes(bytes[at])) at++;
  return String.fromCharCode(bytes[at] ?? 0);
}

/** A length in 64 bits, and behind it the header of safetensors. */
function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length <= PREFIX_BYTES || bytes[PREFIX_BYTES] !== 0x7b) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
  return view.getUint32(4, true) === 0 && view.getUint32(0, true) <= bytes.length - PREFIX_BYTES;
}

/** Field 1, a number, then any field of a model of ONNX. */
function isOnnx(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x08 &&
    bytes[1] > 0 &&
    bytes[1] < 0x80 &&
    [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(bytes[2])
  );
}

function formatOfZip(who: string, bytes: Uint8Array): ImportFormat {
  const names = readZip(bytes, who).map(({ name }) => name);
  if (names.includes("config.json")) return "keras";
  if (names.some((name) => /(^|\/)data\.pkl$/.test(name))) return "torch";
  if (names.length > 0 && names.every((name) => name.endsWith(".npy"))) return "npz";
  const shown = names.slice(0, 5).join(", ");
  throw new FormatError(
    `${who}: the archive holds ${names.length ? shown : "nothing"}, which is no model of Keras (config.json), PyTorch (data.pkl) or NumPy (.npy).`,
  );
}

/**
 * Tells the format of a model by its bytes.
 *
 * @throws FormatError for bytes of no known format
 */
export function sniff(who: string, bytes: Uint8Array): ImportFormat {
  if (bytes.length === 0) throw new FormatError(`${who}: the file is empty: its download or writing has been cut off.`);
  if (beginsWith(bytes, HDF5)) return "h5";
  if (beginsWith(bytes, ZIP)) return formatOfZip(who, bytes);
  if (beginsWith(bytes, NUMPY)) return "npy";
  if (beginsWith(bytes, GGUF)) return "gguf";
  if (beginsWith(bytes, LEGACY_TORCH)) return "torch";
  if (isSafetensors(bytes)) return "safetensors";
  if (firstCharacter(bytes) === "{") return "tfjs";
  if (isOnnx(bytes)) return "onnx";
  if (bytes[0] === 0x80 && bytes[1] <= 5) return "torch";
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw new FormatError(
    `${who}: the file is no model of Keras, TensorFlow.js, ONNX, PyTorch, NumPy, safetensors or GGUF: it begins with the bytes ${first}.`,
  );
}
