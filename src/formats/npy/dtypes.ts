import type { TensorData } from "../../tensor/tensor";
import { float16ToFloat32 } from "../float16";
import { booleansToUint8, int64ToInt32, uint32ToInt32 } from "../integers64";
import type { StoredNumbers } from "../readNumbers";

/** Numbers of one type of NumPy: how many bytes each takes, and how they become numbers of a tensor. */
export interface NpyType {
  readonly bytes: number;
  readonly read: (bytes: Uint8Array, isLittleEndian: boolean) => StoredNumbers;
}

/** One number after the other, by a method of DataView: any place in memory will do. */
function each(
  bytes: number,
  make: (count: number) => TensorData | Float64Array,
  get: (view: DataView, at: number, isLittleEndian: boolean) => number,
): NpyType {
  const read: NpyType["read"] = (source, isLittleEndian) => {
    const view = viewOf(source);
    const data = make(source.length / bytes);
    for (let i = 0; i < data.length; i++) data[i] = get(view, i * bytes, isLittleEndian);
    return data;
  };
  return { bytes, read };
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength);

/** As DataView reads them, but at the speed of a copy where the order of bytes is that of the machine. */
function copied(type: NpyType, copy: (buffer: ArrayBuffer) => TensorData | Float64Array): NpyType {
  const read: NpyType["read"] = (source, isLittleEndian) =>
    isLittleEndian ? copy(source.slice().buffer as ArrayBuffer) : type.read(source, isLittleEndian);
  return { bytes: type.bytes, read };
}

const int32 = (count: number) => new Int32Array(count);

/** By kind and bytes, as NumPy writes them behind the order of bytes. */
export const npyTypes: ReadonlyMap<string, NpyType> = new Map<string, NpyType>([
  ["b1", { bytes: 1, read: booleansToUint8 }],
  ["u1", { bytes: 1, read: (source) => source.slice() }],
  ["i1", each(1, int32, (view, at) => view.getInt8(at))],
  ["u2", each(2, int32, (view, at, little) => view.getUint16(at, little))],
  ["i2", each(2, int32, (view, at, little) => view.getInt16(at, little))],
  ["u4", { bytes: 4, read: (source, little) => uint32ToInt32(viewOf(source), little) }],
  [
    "i4",
    copied(
      each(4, int32, (view, at, little) => view.getInt32(at, little)),
      (buffer) => new Int32Array(buffer),
    ),
  ],
  ["u8", { bytes: 8, read: (source, little) => int64ToInt32(viewOf(source), false, little) }],
  ["i8", { bytes: 8, read: (source, little) => int64ToInt32(viewOf(source), true, little) }],
  [
    "f2",
    {
      bytes: 2,
      read: (source, little) => {
        const view = viewOf(source);
        return float16ToFloat32(
          Uint16Array.from({ length: source.length / 2 }, (_, i) => view.getUint16(2 * i, little)),
        );
      },
    },
  ],
  [
    "f4",
    copied(
      each(
        4,
        (count) => new Float32Array(count),
        (view, at, little) => view.getFloat32(at, little),
      ),
      (buffer) => new Float32Array(buffer),
    ),
  ],
  [
    "f8",
    copied(
      each(
        8,
        (count) => new Float64Array(count),
        (view, at, little) => view.getFloat64(at, little),
      ),
      (buffer) => new Float64Array(buffer),
    ),
  ],
]);

/** What the other types of NumPy hold, by their first letter behind the order of bytes. */
const otherKinds: Readonly<Record<string, string>> = {
  O: "objects of Python, which a file keeps as a program (pickle) that is never run. Save numbers: array.astype(numpy.float32)",
  V: "records of raw bytes. Save their fields one by one",
  c: "complex numbers. Save array.real and array.imag",
  S: "texts of bytes. Give them numbers first, such as numpy.unique(array, return_inverse=True)[1]",
  a: "texts of bytes. Give them numbers first, such as numpy.unique(array, return_inverse=True)[1]",
  U: "texts. Give them numbers first, such as numpy.unique(array, return_inverse=True)[1]",
  M: "dates. Save them as numbers: array.astype(numpy.int64), less the first of them",
  m: "spans of time. Save them as numbers: array / numpy.timedelta64(1, 's')",
  f: "floating-point numbers of a width that no tensor has. Save array.astype(numpy.float32)",
};

/** What a type holds that cannot be read, and what to do. */
export function describeOther(kind: string): string {
  return Object.hasOwn(otherKinds, kind[0] ?? "") ? otherKinds[kind[0]] : "numbers of a type that NumPy does not have";
}
