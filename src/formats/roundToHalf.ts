/** A floating-point format of 16 bits as IEEE 754 describes one. */
interface HalfFormat {
  readonly fractionBits: number;
  readonly bias: number;
}

const float16: HalfFormat = { fractionBits: 10, bias: 15 };
const bfloat16: HalfFormat = { fractionBits: 7, bias: 127 };

/** The nearest numbers of binary16, of two as near the even one; beyond its range infinity. */
export const toFloat16 = (source: Float64Array): Uint16Array => Uint16Array.from(source, (v) => bitsOf(v, float16));

/** The nearest numbers of bfloat16, of two as near the even one; beyond its range infinity. */
export const toBfloat16 = (source: Float64Array): Uint16Array => Uint16Array.from(source, (v) => bitsOf(v, bfloat16));

const view = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

function bitsOf(value: number, { fractionBits, bias }: HalfFormat): number {
  const infinity = 0x8000 - 2 ** fractionBits;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  if (Number.isNaN(value)) return infinity | (2 ** fractionBits / 2);
  if (!Number.isFinite(value)) return sign | infinity;
  view.setFloat64(0, value);
  // Below the smallest normal number steps have the size they have there.
  const exponent = Math.max(((view.getUint16(0) >> 4) & 2047) - 1023, 1 - bias);
  // Powers of two are exact, whatever engine computes them.
  const steps = Math.abs(value) / 2 ** (exponent - fractionBits);
  const whole = Math.floor(steps);
  const isUp = steps - whole > 0.5 || (steps - whole === 0.5 && whole % 2 === 1);
  // A fraction that rounds up to 2 carries into the exponent by itself.
  const bits = (exponent + bias - 1) * 2 ** fractionBits + whole + (isUp ? 1 : 0);
  return sign | Math.min(bits, infinity);
}
