import { cos, sin } from "../../numeric/elementary";

/**
 * A number of a date: `time` counts days since 1970; the others go round, as a pair of sine and cosine, so that the end of a
 * year, week or day is as close to its beginning as any two neighbours.
 */
export type DatePart = "time" | "year sine" | "year cosine" | "week sine" | "week cosine" | "day sine" | "day cosine";

/** All parts. */
export const PARTS: readonly DatePart[] = [
  "time",
  "year sine",
  "year cosine",
  "week sine",
  "week cosine",
  "day sine",
  "day cosine",
];

/** What may be asked of a date: `time`, or the place within a year, week or day. */
export type DateFeature = "time" | "year" | "week" | "day";

/** The parts of a feature. */
export const partsOf = (feature: DateFeature): readonly DatePart[] =>
  PARTS.filter((part) => part === feature || part.startsWith(`${feature} `));

const DAY = 86_400_000;
/** 1970 began on a Thursday; weeks begin on Monday. */
const FIRST_WEEKDAY = 3;

/** The part of a time in milliseconds since 1970, in UTC. */
export function partOf(part: DatePart): (time: number) => number {
  if (part === "time") return (time) => time / DAY;
  const [circle, wave] = part.split(" ") as ["year" | "week" | "day", "sine" | "cosine"];
  const share = { year: shareOfYear, week: shareOfWeek, day: shareOfDay }[circle];
  const of = wave === "sine" ? sin : cos;
  return (time) => (Number.isNaN(time) ? Number.NaN : of(2 * Math.PI * share(time)));
}

/**
 * What days since 1970 stand for when all are the same day of their months, or the last: for months, or for years when the month is
 * the same, too. On which days of the week these begin says nothing. Undefined for days.
 */
export function periodsOf(days: Float64Array): "months" | "years" | undefined {
  const dates = Array.from(days, (day) => new Date(Math.floor(day) * DAY));
  const areAlike = (part: (date: Date) => number) => dates.every((date) => part(date) === part(dates[0]));
  const areLast = dates.every((date) => new Date(date.getTime() + DAY).getUTCDate() === 1);
  if (!areLast && !areAlike((date) => date.getUTCDate())) return undefined;
  return areAlike((date) => date.getUTCMonth()) ? "years" : "months";
}

const shareOfDay = (time: number): number => time / DAY - Math.floor(time / DAY);

const shareOfWeek = (time: number): number => {
  const weeks = (time / DAY + FIRST_WEEKDAY) / 7;
  return weeks - Math.floor(weeks);
};

function shareOfYear(time: number): number {
  const year = new Date(time).getUTCFullYear();
  // Date.UTC takes the years 0 to 99 for those of the last century.
  const begin = (of: number) => new Date(0).setUTCFullYear(of, 0, 1);
  return (time - begin(year)) / (begin(year + 1) - begin(year));
}
