/** Where src/engine/kernels.ts writes 1 when the engine turns pairs of 128-bit vectors into one of 256 bits. */
const WIDE_VECTORS: usize = 64;

/**
 * Whether two neighbouring vectors that are treated alike count as one: then other loops are the fastest. Results have the
 * same bits. Builds that are made to be small have no such loops; see moduleFor in src/engine/module/modules.ts.
 */
// @ts-ignore: decorator
@inline
export function hasWideVectors(): bool {
  return ASC_SHRINK_LEVEL == 0 && load<u8>(WIDE_VECTORS) != 0;
}
