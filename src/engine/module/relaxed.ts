/** One function that uses a relaxed vector instruction, `i8x16.relaxed_swizzle`. */
// biome-ignore format: bytes of a module, section by section
const RELAXED_SIMD = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 5, 1, 96, 0, 1, 123,
  3, 2, 1, 0,
  10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
);

/** Whether relaxed builds can be compiled; where there is no WebAssembly at all, that is for who compiles to say. */
export function hasRelaxedSimd(): boolean {
  return typeof WebAssembly === "undefined" || WebAssembly.validate(RELAXED_SIMD);
}
