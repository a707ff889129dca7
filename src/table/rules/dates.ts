import type { DateOrder } from "../schema";
import { LONG_MONTHS, MONTHS } from "./words";

const NAMES = `(?<name>${LONG_MONTHS.join("|")}|${MONTHS.join("|")})\\.?`;
const TIME =
  "(?:(?:[T ]|, ?| at )(?<hour>\\d{1,2}):(?<minute>\\d{2})(?::(?<second>\\d{2})(?:[.,](?<fraction>\\d{1,9}))?)?(?: ?(?<half>[AP]M))?)?";
const ZONE = " ?(?<zone>Z|UTC|GMT|[+\\-]\\d{2}:?\\d{2})?";

/** A way of writing dates. */
interface DatePattern {
  readonly name: string;
  readonly pattern: RegExp;
  /** The orders in which its numbers can be read; none where a name of a month or the year in front says it. */
  readonly orders: readonly DateOrder[];
}

const pattern = (date: string) => new RegExp(`^${date}${TIME}${ZONE}$`, "i");

/** All ways of writing dates that are known, as data. */
const PATTERNS: readonly DatePattern[] = /* @__PURE__ */ [
  { name: "year-month-day", pattern: pattern("(?<y>\\d{4})-(?<m>\\d{2})-(?<d>\\d{2})"), orders: [] },
  { name: "year/month/day", pattern: pattern("(?<y>\\d{4})[/.](?<m>\\d{1,2})[/.](?<d>\\d{1,2})"), orders: [] },
  { name: "year-month", pattern: /^(?<y>\d{4})-(?<m>0[1-9]|1[0-2])$/, orders: [] },
  { name: "month day year", pattern: pattern(`${NAMES}[ -](?<d>\\d{1,2}),?[ -](?<y>\\d{4})`), orders: [] },
  { name: "day month year", pattern: pattern(`(?<d>\\d{1,2})\\.?[ -]${NAMES}[ -](?<y>\\d{4})`), orders: [] },
  { name: "month year", pattern: new RegExp(`^${NAMES}[ -](?<y>\\d{4})$`, "i"), orders: [] },
  { name: "day.month.year", pattern: pattern("(?<d>\\d{1,2})\\.(?<m>\\d{1,2})\\.(?<y>\\d{4})"), orders: ["d/m/y"] },
  {
    name: "numbers",
    pattern: pattern("(?<a>\\d{1,2})([/-])(?<b>\\d{1,2})\\2(?<y>\\d{4})"),
    orders: ["d/m/y", "m/d/y"],
  },
  {
    name: "short",
    pattern: pattern("(?<a>\\d{1,2})([/.-])(?<b>\\d{1,2})\\2(?<c>\\d{2})"),
    orders: ["d/m/y", "m/d/y", "y/m/d"],
  },
];

/** A date that is written in some way. */
export interface WrittenDate {
  /** The orders in which it is a day of the calendar; empty where the writing itself says it. */
  readonly orders: readonly DateOrder[];
  /** Whether its year has two digits. */
  readonly isShort: boolean;
  /** Whether no reading gives a day of the calendar: 2019-02-30. */
  readonly isImpossible: boolean;
}

/** Longer texts are no dates. */
const MAXIMUM_CHARACTERS = 40;

/** What is said by a text that is written as a date; undefined for every other. */
export function writtenDate(text: string): WrittenDate | undefined {
  if (text.length > MAXIMUM_CHARACTERS || !/\d/.test(text)) return undefined;
  const found = PATTERNS.find((one) => one.pattern.test(text));
  if (!found) return undefined;
  const orders = found.orders.filter((order) => timeOf(text, order) !== undefined);
  const isImpossible = found.orders.length > 0 ? orders.length === 0 : timeOf(text) === undefined;
  return { orders, isShort: found.name === "short", isImpossible };
}

/** The milliseconds since 1970 of a date, which is UTC where it names no zone; undefined for what is none. */
export function timeOf(text: string, order: DateOrder = "d/m/y"): number | undefined {
  for (const { pattern } of PATTERNS) {
    const parts = pattern.exec(text)?.groups;
    if (!parts) continue;
    const day = dayOf(parts, order);
    const time = timeOfDay(parts);
    return day === undefined || time === undefined ? undefined : day + time;
  }
  return undefined;
}

type Parts = Record<string, string | undefined>;

function dayOf(parts: Parts, order: DateOrder): number | undefined {
  let { y, m = "1", d = "1", name } = parts;
  const { a, b, c } = parts;
  if (a !== undefined && b !== undefined) {
    if (c !== undefined) y = order === "y/m/d" ? a : c;
    if (order === "d/m/y") [d, m] = [a, b];
    else if (order === "m/d/y") [m, d] = [a, b];
    else if (c !== undefined) [m, d] = [b, c];
    else return undefined;
  }
  const month = name === undefined ? Number(m) : MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
  // Two digits are a year from 1970 to 2069.
  const year = y!.length === 2 ? Number(y) + (Number(y) < 70 ? 2000 : 1900) : Number(y);
  return calendarDay(year, month, Number(d));
}

/** The milliseconds since 1970 at the beginning of a day; undefined for one that no calendar has. */
export function calendarDay(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

/** Milliseconds since the beginning of the day, in UTC. */
function timeOfDay({ hour, minute, second = "0", fraction = "", half, zone }: Parts): number | undefined {
  if (hour === undefined) return zone === undefined ? 0 : undefined;
  let hours = Number(hour);
  if (half !== undefined) {
    if (hours < 1 || hours > 12) return undefined;
    hours = (hours % 12) + (half.toUpperCase() === "PM" ? 12 : 0);
  }
  const [minutes, seconds] = [Number(minute), Number(second)];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const milliseconds = Math.floor(Number(`0.${fraction || "0"}`) * 1000 + 1e-6);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds - offsetOf(zone);
}

function offsetOf(zone: string | undefined): number {
  const parts = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? "");
  if (!parts) return 0;
  const minutes = Number(parts[2]) * 60 + Number(parts[3]);
  return (parts[1] === "-" ? -minutes : minutes) * 60_000;
}

/** Times of day and durations, which are no dates: 12:30, 1:02:03. */
export const isTimeOfDay = (text: string): boolean => /^\d{1,3}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?$/i.test(text);
