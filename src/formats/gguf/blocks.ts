import { float16ToFloat32 } from "../float16";

/** Elements that share a scale. */
const BLOCK = 32;

/** Bytes of a block, or of an element of types without blocks. */
export const blockBytes: Readonly<Record<string, number>> = {
  ...{ float32: 4, float16: 2, bfloat16: 2 },
  ...{ q4_0: 18, q4_1: 20, q5_0: 22, q5_1: 24, q8_0: 34 },
};

/** Elements of a block, 1 of types without blocks. */
export const blockElements = (dtype: string): number => (dtype.startsWith("q") ? BLOCK : 1);

/** A scale or minimum, in float16. */
function halfAt(bytes: Uint8Array, at: number): number {
  return float16ToFloat32(Uint16Array.of(bytes[at] | (bytes[at + 1] << 8)))[0];
}

/** Writes the 32 numbers of a block that begins at a byte. */
type BlockReader = (bytes: Uint8Array, at: number, result: Float32Array, to: number) => void;

/**
 * Four bits an element: the low halves of the bytes are the first 16, the high halves the last. A fifth bit, where there is one,
 * stands in 32 bits before them.
 */
function nibbles(hasMinimum: boolean, hasFifth: boolean): BlockReader {
  const zero = hasMinimum ? 0 : hasFifth ? 16 : 8;
  return (bytes, at, result, to) => {
    const scale = halfAt(bytes, at);
    const minimum = hasMinimum ? halfAt(bytes, at + 2) : 0;
    const bits = at + (hasMinimum ? 4 : 2);
    const from = bits + (hasFifth ? 4 : 0);
    const fifth = (i: number) => (hasFifth ? ((bytes[bits + (i >> 3)] >> (i & 7)) & 1) << 4 : 0);
    for (let i = 0; i < BLOCK / 2; i++) {
      result[to + i] = ((bytes[from + i] & 15) + fifth(i) - zero) * scale + minimum;
      result[to + i + 16] = ((bytes[from + i] >> 4) + fifth(i + 16) - zero) * scale + minimum;
    }
  };
}

const readers: Readonly<Record<string, BlockReader>> = {
  q4_0: nibbles(false, false),
  q4_1: nibbles(true, false),
  q5_0: nibbles(false, true),
  q5_1: nibbles(true, true),
  q8_0: (bytes, at, result, to) => {
    const scale = halfAt(bytes, at);
    for (let i = 0; i < BLOCK; i++) result[to + i] = ((bytes[at + 2 + i] << 24) >> 24) * scale;
  },
};

/** Reads whole blocks of a quantized type. */
export function readBlocks(dtype: string, bytes: Uint8Array, count: number): Float32Array {
  const result = new Float32Array(count);
  const read = readers[dtype];
  for (let to = 0, at = 0; to < count; to += BLOCK, at += blockBytes[dtype]) read(bytes, at, result, to);
  return result;
}
