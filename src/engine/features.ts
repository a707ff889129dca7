/** What a runtime can do with WebAssembly, found out by modules of a few bytes. */

/** One function that uses two vector instructions: `i8x16.popcnt(i8x16.splat(0))`. */
// biome-ignore format: bytes of a module, section by section
const SIMD = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 5, 1, 96, 0, 1, 123,
  3, 2, 1, 0,
  10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
);

/** The same with `i8x16.relaxed_swizzle`. */
// biome-ignore format: bytes of a module, section by section
const RELAXED_SIMD = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 5, 1, 96, 0, 1, 123,
  3, 2, 1, 0,
  10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
);

export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_SIMD);
}

/** Why this runtime can run no build of ours, as the end of a sentence; undefined when it can. */
export async function findObstacle(): Promise<string | undefined> {
  if (typeof WebAssembly === "undefined") return "this runtime has no WebAssembly";
  if (!WebAssembly.validate(SIMD)) return "this runtime's WebAssembly has no vector instructions";
  try {
    await WebAssembly.compile(SIMD);
    return undefined;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return `compiling WebAssembly is forbidden here (${message}). A content security policy allows it with 'wasm-unsafe-eval'`;
  }
}
