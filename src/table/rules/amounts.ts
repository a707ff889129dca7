import type { DecimalMark } from "../schema";
import { CURRENCIES, MAGNITUDES, UNITS } from "./words";

/** A number as people write it, in its parts. */
export interface Amount {
  readonly isNegative: boolean;
  /** Digits with the marks between them, and an exponent. */
  readonly digits: string;
  /** What is counted: "%", "$", "kg", or "". */
  readonly unit: string;
  /** k, M, bn, or "": what stands behind may also be a unit. */
  readonly magnitude: string;
  /** "<", ">", "~", "+": the value is only a bound of the number. */
  readonly bound: string;
}

const SIGN = "[+\\-\u2212\u2013]";
const BLANK = "[ \u00a0\u202f\u2009]*";
const DIGITS = "(?:\\d(?:[\\d.,'’ \u00a0\u202f\u2009]*\\d)?\\.?|[.,]\\d+)(?:[eE][+\\-]?\\d{1,4})?";
const BEFORE = "\\p{L}{0,3}\\p{Sc}|\\p{L}{2,3}\\.?";
const AFTER = "[%‰]|\\p{L}{0,3}\\p{Sc}|[\\p{L}°][\\p{L}\\d°²³/·^.*-]{0,11}";
const AMOUNT = /* @__PURE__ */ new RegExp(
  `^(?<open>\\()?(?<bound>[<>~≈≤≥]=?)?${BLANK}(?<sign>${SIGN})?${BLANK}(?<before>${BEFORE})?${BLANK}(?<late>${SIGN})?` +
    `(?<digits>${DIGITS})${BLANK}(?<after>${AFTER})?(?<plus>\\+)?(?<close>\\))?$`,
  "u",
);

/** Longer texts are no amounts. */
const MAXIMUM_CHARACTERS = 40;

/** Endings of ordinal numbers, which are names of places in an order. */
const ORDINAL = /^(?:st|nd|rd|th)$/i;

/** The parts of an amount; undefined for what is none. */
export function splitAmount(text: string): Amount | undefined {
  if (text.length > MAXIMUM_CHARACTERS || !/\d/.test(text)) return undefined;
  const parts = AMOUNT.exec(text)?.groups;
  if (!parts) return undefined;
  const { open, bound = "", sign, before = "", late, digits, after = "", plus = "", close } = parts;
  if ((open === undefined) !== (close === undefined) || (sign && late) || (open && (sign || late))) return undefined;
  if ((before && !CURRENCIES.has(before)) || ORDINAL.test(after)) return undefined;
  if (before && after && !MAGNITUDES.has(after)) return undefined;
  const isMagnitude = MAGNITUDES.has(after) && !UNITS.has(after);
  const mark = sign ?? late;
  return {
    isNegative: open !== undefined || (mark !== undefined && mark !== "+"),
    digits,
    unit: isMagnitude ? before : before || after,
    magnitude: isMagnitude ? after : "",
    bound: bound || plus,
  };
}

/** Units that say the same: "months" and "month", "KG" and "kg". */
export function plainUnit(unit: string): string {
  if (CURRENCIES.has(unit)) return unit;
  const lower = unit.toLowerCase();
  return lower.length > 3 && lower.endsWith("s") ? lower.slice(0, -1) : lower;
}

/** Whether a unit can be nothing else. */
export const isKnownUnit = (unit: string): boolean =>
  unit === "" || CURRENCIES.has(unit) || UNITS.has(unit.toLowerCase());

/** What a text of digits says of the marks in it. */
export interface MarkEvidence {
  /** The mark before the decimals, where only one reading is left. */
  readonly decimal?: DecimalMark | undefined;
  /** A mark that may be either: 25,649. */
  readonly ambiguous?: DecimalMark | undefined;
}

/** What the marks in some digits can be; undefined where they are not those of a number, as in 1.2.3. */
export function markEvidence(digits: string): MarkEvidence | undefined {
  const text = digits.replace(/[eE].*$/, "").replace(/\.$/, "");
  const marks = [...text.matchAll(/[.,]/g)];
  const groups = /['’ \u00a0\u202f\u2009]/;
  if (groups.test(text)) {
    // Blanks and apostrophes stand between thousands only.
    if (!/^\d{1,3}(?:(['’ \u00a0\u202f\u2009])\d{3})(?:\1\d{3})*(?:[.,]\d+)?$/.test(text)) return undefined;
    return marks.length === 0 ? {} : { decimal: marks[0][0] as DecimalMark };
  }
  if (marks.length === 0) return {};
  const last = marks[marks.length - 1];
  const mark = last[0] as DecimalMark;
  const other = mark === "." ? "," : ".";
  if (marks.length === 1) {
    const [whole, decimals] = text.split(mark);
    const isAmbiguous = decimals.length === 3 && /^[1-9]\d{0,2}$/.test(whole);
    return isAmbiguous ? { ambiguous: mark } : { decimal: mark };
  }
  const areGroups = (group: string, part: string) =>
    part.split(group).every((one, i) => (i === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(one));
  if (marks.every(([one]) => one === mark)) return areGroups(mark, text) ? { decimal: other } : undefined;
  const whole = text.slice(0, last.index);
  return !whole.includes(mark) && areGroups(other, whole) ? { decimal: mark } : undefined;
}

const GROUPED = {
  ".": /^(?:\d*|[1-9]\d{0,2}(?:,\d{3})+|\d{1,3}(?:(['’ \u00a0\u202f\u2009])\d{3})(?:\1\d{3})*)(?:\.\d*)?(?:[eE][+-]?\d+)?$/,
  ",": /^(?:\d*|[1-9]\d{0,2}(?:\.\d{3})+|\d{1,3}(?:(['’ \u00a0\u202f\u2009])\d{3})(?:\1\d{3})*)(?:,\d*)?(?:[eE][+-]?\d+)?$/,
} as const;

/** The number that digits stand for, of which the first group is none that begins with 0; undefined where their marks do not fit. */
export function numberOf(digits: string, decimal: DecimalMark): number | undefined {
  if (!GROUPED[decimal].test(digits) || !/\d/.test(digits)) return undefined;
  const plain =
    decimal === "." ? digits.replace(/[^\d.eE+-]/g, "") : digits.replace(/[^\d,eE+-]/g, "").replace(",", ".");
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}
