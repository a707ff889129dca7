import { bfloat16ToFloat32, float16ToFloat32 } from "../../formats/float16";
import { float8ToFloat32 } from "../../formats/float8";

/** Bytes of an element of each type. */
export const elementBytes: Readonly<Record<string, number>> = {
  ...{ float64: 8, int64: 8, uint64: 8, float32: 4, int32: 4, uint32: 4 },
  ...{ float16: 2, bfloat16: 2, int16: 2, uint16: 2 },
  ...{ int8: 1, uint8: 1, bool: 1, float8_e4m3fn: 1, float8_e5m2: 1 },
};

/** Turns the bytes of each element around, in place. */
function swapBytes(bytes: Uint8Array, unit: number): void {
  for (let at = 0; at < bytes.length; at += unit) bytes.subarray(at, at + unit).reverse();
}

function fromInt64({ buffer }: Uint8Array<ArrayBuffer>, isSigned: boolean): Float32Array {
  const low = new Uint32Array(buffer);
  const high = isSigned ? new Int32Array(buffer) : low;
  return Float32Array.from({ length: low.length / 2 }, (_, i) => high[2 * i + 1] * 0x1_0000_0000 + low[2 * i]);
}

/**
 * Numbers of a file as float32; float64 and integers are rounded.
 *
 * @param bytes whole elements, which are copied
 */
export function toFloat32(dtype: string, bytes: Uint8Array, isLittleEndian = true): Float32Array {
  const own = bytes.slice() as Uint8Array<ArrayBuffer>;
  if (!isLittleEndian) swapBytes(own, elementBytes[dtype]);
  const { buffer } = own;
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return Float32Array.from(new Float64Array(buffer));
    case "float16":
      return float16ToFloat32(new Uint16Array(buffer));
    case "bfloat16":
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case "float8_e4m3fn":
    case "float8_e5m2":
      return float8ToFloat32(own, dtype === "float8_e4m3fn");
    case "int64":
    case "uint64":
      return fromInt64(own, dtype === "int64");
    case "int32":
      return Float32Array.from(new Int32Array(buffer));
    case "uint32":
      return Float32Array.from(new Uint32Array(buffer));
    case "int16":
      return Float32Array.from(new Int16Array(buffer));
    case "uint16":
      return Float32Array.from(new Uint16Array(buffer));
    case "int8":
      return Float32Array.from(new Int8Array(buffer));
    default:
      return Float32Array.from(own);
  }
}
