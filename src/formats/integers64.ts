/** A number that a tensor has no room for. */
export interface Unfit {
  /** How many numbers come before it. */
  readonly index: number;
  /** The number in full, which a `number` may not hold. */
  readonly value: string;
  /** What it has no room in. */
  readonly room: string;
}

const INT32 = "int32, which goes from -2147483648 to 2147483647";

/** 64-bit integers of a file as int32, or the first that is none. */
export function int64ToInt32(view: DataView, isSigned: boolean, isLittleEndian: boolean): Int32Array | Unfit {
  const result = new Int32Array(view.byteLength / 8);
  for (let i = 0; i < result.length; i++) {
    const low = view.getInt32(8 * i + (isLittleEndian ? 0 : 4), isLittleEndian);
    const high = view.getInt32(8 * i + (isLittleEndian ? 4 : 0), isLittleEndian);
    // The upper half only repeats the sign of the lower one, which without a sign is not set.
    if (high !== low >> 31 || (!isSigned && high !== 0)) {
      const value = isSigned ? view.getBigInt64(8 * i, isLittleEndian) : view.getBigUint64(8 * i, isLittleEndian);
      return { index: i, value: String(value), room: INT32 };
    }
    result[i] = low;
  }
  return result;
}

/** Unsigned 32-bit integers of a file as int32, or the first that is none. */
export function uint32ToInt32(view: DataView, isLittleEndian: boolean): Int32Array | Unfit {
  const result = new Int32Array(view.byteLength / 4);
  for (let i = 0; i < result.length; i++) {
    result[i] = view.getInt32(4 * i, isLittleEndian);
    if (result[i] < 0) return { index: i, value: String(view.getUint32(4 * i, isLittleEndian)), room: INT32 };
  }
  return result;
}

/** Bytes of which each is 0 or 1, copied, or the first that is neither. */
export function booleansToUint8(bytes: Uint8Array): Uint8Array | Unfit {
  const index = bytes.findIndex((byte) => byte > 1);
  return index < 0 ? bytes.slice() : { index, value: String(bytes[index]), room: "a boolean, which is 0 or 1" };
}
