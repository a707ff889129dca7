/**
 * safetensors, the file format for tensors of github.com/huggingface/safetensors, between bytes and typed arrays:
 *
 *     8 bytes   length N of the header, unsigned, little-endian
 *     N bytes   header: JSON in UTF-8, padded with spaces (see header.ts)
 *     the rest  the elements of all tensors, row-major, little-endian
 *
 * Elements are moved as they lie in memory, as every engine that trains here is little-endian like WebAssembly.
 */

/** Bytes before the header. */
export const PREFIX_BYTES = 8;

/**
 * The bytes of one element of the types that files of models have, by the name the file uses. Others are in dtypes.ts, for
 * those who read any file.
 */
export const elementBytes = { F64: 8, F32: 4, I64: 8, I32: 4, F16: 2, BF16: 2, U8: 1 } as const;
export type SafetensorsDtype = keyof typeof elementBytes;

/** Texts by name. As decoded it has no prototype. */
export type SafetensorsMetadata = Record<string, string>;

/** The arrays a file is written from, and read into. */
export type StoredData = Float32Array | Float64Array | Int32Array | Uint8Array;

/** One tensor as the header describes it. */
export interface TensorEntry<Dtype extends string = SafetensorsDtype> {
  name: string;
  dtype: Dtype;
  shape: number[];
  /** First byte, counted from the end of the header. */
  begin: number;
  /** One past the last byte. */
  end: number;
}
