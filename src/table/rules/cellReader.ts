import type { ColumnReading } from "../schema";
import { numberOf, plainUnit, splitAmount } from "./amounts";
import { calendarDay, timeOf, writtenDate } from "./dates";
import { MAGNITUDES } from "./words";

/** The number a text stands for under a reading; undefined for what does not fit. */
export function numberReader(reading: ColumnReading): (text: string) => number | undefined {
  const { decimal = ".", unit, magnitudes, bounds, hexadecimal } = reading;
  return (text) => {
    if (hexadecimal && /^[+-]?0x[\da-f]+$/i.test(text)) {
      const size = Number(text.replace(/^[+-]/, ""));
      return text.startsWith("-") ? -size : size;
    }
    const amount = splitAmount(text);
    if (!amount || (amount.bound && !bounds)) return undefined;
    const isUnit = amount.magnitude !== "" && amount.magnitude === unit;
    if (amount.magnitude && !isUnit && !magnitudes) return undefined;
    if (amount.unit !== "" && plainUnit(amount.unit) !== plainUnit(unit ?? "")) return undefined;
    const size = numberOf(amount.digits, decimal);
    if (size === undefined) return undefined;
    const factor = isUnit ? 1 : (MAGNITUDES.get(amount.magnitude) ?? 1);
    // 1.1 · 10⁶ is not 1100000 in float64: digits times a power of ten are rounded once.
    const scaled = factor === 1 ? size : Number((size * factor).toPrecision(15));
    return amount.isNegative ? -scaled : scaled;
  };
}

/** The milliseconds since 1970 a text stands for under a reading; undefined for what does not fit. */
export function dateReader({ order }: ColumnReading): (text: string) => number | undefined {
  return (text) => {
    const written = writtenDate(text);
    if (!written || (written.orders.length > 1 && !order) || (written.isShort && !order)) return undefined;
    return timeOf(text, order ?? written.orders[0]);
  };
}

/** The milliseconds since 1970 a plain number of a column of dates stands for; undefined for what does not fit. */
export function dateOfNumber(value: number, { epoch }: ColumnReading): number | undefined {
  const time = epoch === "s" ? value * 1000 : epoch === "ms" ? value : dayOfNumber(value);
  return time !== undefined && Math.abs(time) <= 8.64e15 ? time : undefined;
}

function dayOfNumber(value: number): number | undefined {
  if (!Number.isInteger(value)) return undefined;
  if (value >= 1000 && value < 3000) return calendarDay(value, 1, 1);
  return value >= 1000_00_00 && value < 3000_00_00
    ? calendarDay(Math.floor(value / 1e4), Math.floor(value / 100) % 100, value % 100)
    : undefined;
}
