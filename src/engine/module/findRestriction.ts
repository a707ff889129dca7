/** One function that uses two vector instructions: `i8x16.popcnt(i8x16.splat(0))`. */
// biome-ignore format: bytes of a module, section by section
const SIMD = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 5, 1, 96, 0, 1, 123,
  3, 2, 1, 0,
  10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
);

/** Why this runtime can run no build of ours, as a sentence without its end; undefined when it can. */
export async function findRestriction(): Promise<string | undefined> {
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
