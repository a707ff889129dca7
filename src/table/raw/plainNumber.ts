/** What `read` gives for a cell that is not a plainly written number. */
export const NOT_PLAIN = -1;

const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/** Float64 tells all decimal numbers of so many digits apart. */
const EXACT_DIGITS = 15;

/** Powers of ten that float64 holds exactly. */
const TENS = /* @__PURE__ */ Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * Reads numbers in their plainest writing, `-?(0|[1-9]\d*)(\.\d+)?` of at most 15 digits, which nearly all are. Value and count
 * of decimals give the writing back, so that no text has to be kept of them; see `plainText`.
 */
export class PlainNumber {
  /** Of the last cell that was one. */
  value = 0;

  /** The count of decimals; `NOT_PLAIN` for everything else, such as +1, .5, 007, 1e3 and −0. */
  read(cell: string): number {
    const length = cell.length;
    const isNegative = cell.charCodeAt(0) === MINUS;
    const start = isNegative ? 1 : 0;
    if (length === start || length > EXACT_DIGITS + 2) return NOT_PLAIN;
    let digits = 0;
    let point = -1;
    for (let i = start; i < length; i++) {
      const code = cell.charCodeAt(i);
      const digit = code - ZERO;
      if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
      else if (code === POINT && point < 0 && i > start && i < length - 1) point = i;
      else return NOT_PLAIN;
    }
    if (cell.charCodeAt(start) === ZERO && length - start > 1 && point !== start + 1) return NOT_PLAIN;
    if (length - start - (point < 0 ? 0 : 1) > EXACT_DIGITS || (isNegative && digits === 0)) return NOT_PLAIN;
    const decimals = point < 0 ? 0 : length - point - 1;
    // Both are exact, so the quotient is the float64 nearest to what is written.
    const size = decimals === 0 ? digits : digits / TENS[decimals];
    this.value = isNegative ? -size : size;
    return decimals;
  }
}

/** The writing of a plain number. */
export const plainText = (value: number, decimals: number): string => value.toFixed(decimals);
