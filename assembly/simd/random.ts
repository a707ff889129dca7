// The counter-based generator of src/numeric/random.ts, bit for bit, where its construction and source are explained.

const GOLDEN: u32 = 0x9e3779b9;

/** triple32 of x, whose second round starts from x + middle. */
// @ts-ignore: decorator
@inline
function hash(x: u32, middle: u32): u32 {
  x ^= x >> 17;
  x *= 0xed5ad4bb;
  x ^= x >> 11;
  x += middle;
  x *= 0xac4c1b51;
  x ^= x >> 15;
  x *= 0x31848bab;
  x ^= x >> 14;
  return x;
}

/** The key of one use of randomness: `deriveKey(seed, stream, step)` of TypeScript. */
// @ts-ignore: decorator
@inline
export function deriveKey(seed: u32, stream: u32, step: u32): u32 {
  const streamKey = hash(hash(seed, GOLDEN) ^ hash(stream, GOLDEN), GOLDEN);
  return hash(streamKey ^ hash(step, GOLDEN), GOLDEN);
}

/** The random bits of this key at this index. */
// @ts-ignore: decorator
@inline
export function randomBits(key: u32, index: u32): u32 {
  return hash(key + index, key ^ GOLDEN);
}

/** The random bits of this key at index, index + 1, index + 2, index + 3. */
// @ts-ignore: decorator
@inline
export function randomBits4(key: u32, index: u32): v128 {
  let x = i32x4.add(i32x4.splat(key + index), i32x4(0, 1, 2, 3));
  x = v128.xor(x, i32x4.shr_u(x, 17));
  x = i32x4.mul(x, i32x4.splat(0xed5ad4bb));
  x = v128.xor(x, i32x4.shr_u(x, 11));
  x = i32x4.add(x, i32x4.splat(key ^ GOLDEN));
  x = i32x4.mul(x, i32x4.splat(0xac4c1b51));
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.mul(x, i32x4.splat(0x31848bab));
  return v128.xor(x, i32x4.shr_u(x, 14));
}

/** Four random numbers in [0, 1), multiples of 2⁻²⁴: `uniform` of TypeScript at index … index + 3. */
// @ts-ignore: decorator
@inline
export function uniform4(key: u32, index: u32): v128 {
  // After the shift the sign bit is clear, so the signed conversion, one instruction on x86, is exact.
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(randomBits4(key, index), 8)), f32x4.splat(1 / 16777216));
}
