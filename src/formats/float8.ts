/**
 * The two 8-bit floating-point formats of the Open Compute Project (OCP 8-bit Floating Point Specification, 2023), widened to
 * float32, which holds each of their numbers.
 *
 * E4M3: exponent 4 bits with bias 7, fraction 3 bits; no infinity, all ones is NaN. E5M2: exponent 5 bits with bias 15,
 * fraction 2 bits; infinity and NaN as in IEEE 754.
 */
export function float8ToFloat32(source: Uint8Array, isE4M3: boolean): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, bits) => value(bits, isE4M3));
  return Float32Array.from(source, (bits) => table[bits]);
}

function value(bits: number, isE4M3: boolean): number {
  const [fractionBits, bias] = isE4M3 ? [3, 7] : [2, 15];
  const sign = bits < 128 ? 1 : -1;
  const exponent = (bits & 127) >> fractionBits;
  const steps = 2 ** fractionBits;
  const fraction = bits & (steps - 1);
  if (isE4M3 && (bits & 127) === 127) return Number.NaN;
  if (!isE4M3 && exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  // Powers of two are exact, whatever engine computes them.
  const scale = 2 ** (Math.max(exponent, 1) - bias) / steps;
  return sign * scale * (exponent === 0 ? fraction : steps + fraction);
}
