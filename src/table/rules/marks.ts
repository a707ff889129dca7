import { show } from "../../options";
import type { Profile, Word } from "../raw/profile";
import type { DecimalMark } from "../schema";
import { type Amount, markEvidence } from "./amounts";
import { type Hints, question, type RuleContext, type Verdict, way } from "./rule";

/** How the marks in the numbers of a column are read. */
export interface Marks {
  readonly decimal: DecimalMark;
  /** The mark between thousands, where there is one of points and commas. */
  readonly thousands?: DecimalMark | undefined;
  readonly why: string;
}

/** The first places in a column that say something of its marks. */
export interface MarkPlaces {
  readonly decimal: Readonly<Record<DecimalMark, Place | undefined>>;
  readonly ambiguous: Readonly<Record<DecimalMark, Place | undefined>>;
  /** Whether a mark stands between thousands where it can be nothing else. */
  readonly grouped: Readonly<Record<DecimalMark, boolean>>;
}

/** Said of a plain number, whose text is not at hand. */
const POINT = "a number with a point";

interface Place {
  readonly row: number;
  readonly text: string;
}

/** The mark that stands between thousands where this one stands before decimals. */
export const otherMark = (mark: DecimalMark): DecimalMark => (mark === "." ? "," : ".");

/** Where the numbers of a column say which mark stands before decimals. */
export function markPlaces(profile: Profile, amounts: ReadonlyMap<Word, Amount>): MarkPlaces {
  const { firstDecimalRow, firstAmbiguousRow } = profile.numbers;
  const plain = (row: number): Place | undefined => (row < 0 ? undefined : { row, text: POINT });
  const decimal: Record<DecimalMark, Place | undefined> = { ".": plain(firstDecimalRow), ",": undefined };
  const ambiguous: Record<DecimalMark, Place | undefined> = { ".": plain(firstAmbiguousRow), ",": undefined };
  const grouped: Record<DecimalMark, boolean> = { ".": false, ",": false };
  for (const [word, { digits }] of amounts) {
    const evidence = markEvidence(digits);
    const place = { row: word.firstRow, text: show(word.text) };
    if (evidence?.decimal) decimal[evidence.decimal] ??= place;
    if (evidence?.ambiguous) ambiguous[evidence.ambiguous] ??= place;
    if (evidence?.decimal && digits.includes(otherMark(evidence.decimal))) grouped[otherMark(evidence.decimal)] = true;
  }
  return { decimal, ambiguous, grouped };
}

/** Which mark stands before decimals, by all cells of a column, else by the rest of the table. */
export function decideMarks(
  profile: Profile,
  { decimal, ambiguous, grouped }: MarkPlaces,
  hints: Hints,
  context: RuleContext,
): Marks | Exclude<Verdict, { reading: unknown }> {
  const given = hints.decimal ?? (hints.thousands === "," ? "." : hints.thousands === "." ? "," : undefined);
  const read = (mark: DecimalMark, why: string): Marks => {
    const group = otherMark(mark);
    return { decimal: mark, thousands: ambiguous[group] || grouped[group] ? group : undefined, why };
  };
  if (given) return read(given, "it was set");
  const [point, comma] = [decimal["."], decimal[","]];
  if (point && comma) {
    return question(context, profile, {
      row: comma.row,
      problem: `${comma.text} has a decimal comma, but ${context.lineOf(point.row)} has ${point.text} before decimals.`,
      ways: `Write all in one way, or set ${way(profile.name, { type: "text" })}.`,
    }) as { question: string };
  }
  const reason = (mark: "point" | "comma", other: "points" | "commas", { row, text }: Place) => {
    const hasMark = text.includes(mark === "comma" ? "," : ".") || text === POINT;
    return `${context.lineOf(row)} has ${text}, ${hasMark ? `where a ${mark} can only stand before decimals` : `whose ${other} stand between thousands`}`;
  };
  if (comma) return read(",", reason("comma", "points", comma));
  if (point && !ambiguous[","] && (point.text === POINT || point.text.includes("."))) return read(".", "");
  if (point) return read(".", reason("point", "commas", point));
  if (!ambiguous[","]) {
    const isOfTable = ambiguous["."] && context.decimal?.mark === ",";
    return isOfTable ? read(",", `column ${show(context.decimal!.column)} has decimal commas`) : read(".", "");
  }
  const { numbers } = profile;
  const isShort = numbers.count > 0 && numbers.areIntegers && numbers.max < 1000 && numbers.min > -1000;
  if (!ambiguous["."] && isShort) return read(".", "numbers below 1000 have no comma, those above have one");
  if (!ambiguous["."] && context.decimal) {
    const { mark, column } = context.decimal;
    return read(mark, `column ${show(column)} has decimal ${mark === "," ? "commas" : "points"}`);
  }
  const { row, text } = ambiguous[","];
  return question(context, profile, {
    row,
    problem: `the comma in ${text} may stand between thousands or before decimals.`,
    ways: `Set ${way(profile.name, { decimal: "." })} for thousands, decimal: "," for decimals; either for the whole table, too.`,
  }) as { question: string };
}
