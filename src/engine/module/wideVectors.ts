/**
 * Byte address of a flag in every memory: 1 where the engine turns pairs of 128-bit vectors into one of 256 bits, so that
 * assembly/simd/wideVectors.ts chooses other loops. Their results have the same bits.
 */
const WIDE_VECTORS = 64;

let areWide = false;

/** Says that kernels compiled from now on work on vectors of 256 bits. */
export function announceWideVectors(): void {
  areWide = true;
}

/** Whether the whole module is faster than a small one, which has no loops for them. */
export function hasWideVectors(): boolean {
  return areWide;
}

/** Tells the kernels that work over this memory. */
export function markWideVectors(memory: WebAssembly.Memory): void {
  if (areWide) new Uint8Array(memory.buffer)[WIDE_VECTORS] = 1;
}
