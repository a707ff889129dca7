/** Where src/engine/kernels.ts writes 1 when the engine turns pairs of 128-bit vectors into one of 256 bits. */
const WIDE_VECTORS: usize = 64;

/**
 * Whether two neighbouring vectors that are treated alike count as one: then other loops are the fastest. Results have the
 * same bits.
 */
// @ts-ignore: decorator
@inline
export function hasWideVectors(): bool {
  return load<u8>(WIDE_VECTORS) != 0;
}
