/**
 * Exponents of float64 numbers: JavaScript has neither `frexp` nor `ldexp`.
 * A float64 is 1 sign bit, 11 bits of exponent biased by 1023, 52 bits of fraction; typed arrays are little endian on
 * every machine that runs WebAssembly, so word 1 holds sign and exponent.
 */
const buffer = /* @__PURE__ */ new ArrayBuffer(8);
const float64 = /* @__PURE__ */ new Float64Array(buffer);
const words = /* @__PURE__ */ new Int32Array(buffer);

const TWO_54 = 18014398509481984;

/** 2^−1022 … 2^1023. A table, because writing the exponent's word and reading the number back stalls the processor. */
const powers = /* @__PURE__ */ powersOfTwo();

function powersOfTwo(): Float64Array {
  const table = new Float64Array(2046);
  table[0] = 2.2250738585072014e-308;
  for (let i = 1; i < table.length; i++) table[i] = 2 * table[i - 1];
  return table;
}

/** 2^k for −1022 ≤ k ≤ 1023. */
export function powerOfTwo(k: number): number {
  return powers[k + 1022];
}

/** x · 2^k, rounded once, for |k| ≤ 2044. Two factors, because 2^k itself may be out of range when the product is not. */
export function scaleByPowerOfTwo(x: number, k: number): number {
  if (k >= -1021 && k <= 1023) return x * powerOfTwo(k);
  const half = k >> 1;
  return x * powerOfTwo(half) * powerOfTwo(k - half);
}

/** The k for which x = 2^k · m with √½ ≤ m < √2 (the ends to within 2⁻²⁰), for finite x > 0, subnormal or not. */
export function balancedExponent(x: number): number {
  float64[0] = x;
  let bias = 1023;
  if (words[1] < 0x00100000) {
    float64[0] = x * TWO_54;
    bias += 54;
  }
  // The fraction of √2 begins with 0x6a09e, which is 0x95f62 short of the next exponent: the addition carries from √2 on.
  return ((words[1] + 0x95f62) >> 20) - bias;
}
