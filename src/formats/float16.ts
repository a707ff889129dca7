/**
 * The two 16-bit floating-point formats, widened to float32. Both conversions are exact: every 16-bit number is a
 * float32, and infinities, signed zeros and NaN payloads keep their bits.
 */

/**
 * IEEE 754 binary16: sign 1 bit, exponent 5 bits with bias 15, fraction 10 bits.
 * Moving to float32 (exponent 8 bits with bias 127, fraction 23 bits) adds 112 to the exponent and 13 zero bits.
 */
export function float16ToFloat32(source: Uint16Array): Float32Array {
  const result = new Float32Array(source.length);
  const bits = new Uint32Array(result.buffer);
  for (let i = 0; i < source.length; i++) {
    const sign = (source[i] & 0x8000) << 16;
    const exponent = (source[i] >> 10) & 31;
    const fraction = source[i] & 1023;
    if (exponent === 0) {
      // Subnormal: fraction × 2^-24, a normal float32.
      result[i] = fraction / 16777216;
      bits[i] |= sign;
    } else {
      const wideExponent = exponent === 31 ? 255 : exponent + 112;
      bits[i] = sign | (wideExponent << 23) | (fraction << 13);
    }
  }
  return result;
}

/** bfloat16: the upper half of a float32. */
export function bfloat16ToFloat32(source: Uint16Array): Float32Array {
  const bits = new Uint32Array(source.length);
  for (let i = 0; i < source.length; i++) bits[i] = source[i] << 16;
  return new Float32Array(bits.buffer);
}
