import { show } from "../../options";
import type { Profile } from "../raw/profile";
import type { ColumnReading, DecimalMark } from "../schema";

/** What is known of how to read a column before it is looked at: what somebody has set, and nothing else. */
export interface Hints extends Partial<ColumnReading> {
  /** What of it was set for this column alone, not for the whole table. */
  readonly own?: Hints | undefined;
  /** The words for gaps that somebody has said, without those that are usual. */
  readonly saidMissing?: readonly string[] | undefined;
}

/** What a rule may ask about the table around a column. */
export interface RuleContext {
  /** `table: line 7`, of a row. */
  placeOf(row: number): string;
  /** `line 7` */
  lineOf(row: number): string;
  /** How many different values a column has, gaps not counted. */
  distinct(profile: Profile): number;
  /** The decimal mark of the other columns of the table, where they say it and agree. */
  readonly decimal?: { readonly mark: DecimalMark; readonly column: string } | undefined;
  /** The text of a cell, for messages; undefined for a gap. */
  textAt(column: number, row: number): string | undefined;
  /** What all questions end with, for who cannot set what the rules propose. */
  readonly waysOut?: string | undefined;
}

/** How a column is to be read, and why; or a question that only the owner of the table can answer. */
export type Verdict = { readonly reading: ColumnReading; readonly why: string } | { readonly question: string };

/** One way of telling what a column holds. */
export interface Rule {
  readonly name: string;
  /** Undefined: it is something else. */
  decide(profile: Profile, hints: Hints, context: RuleContext): Verdict | undefined;
}

/** A way out, as somebody writes it. */
export const way = (name: string, setting: Readonly<Record<string, unknown>>): string =>
  `columns: { ${JSON.stringify(name)}: ${settingText(setting)} }`;

function settingText(setting: object): string {
  const isPlain = (value: unknown): value is object =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const pairs = Object.entries(setting).map(
    ([key, value]) => `${key}: ${isPlain(value) ? settingText(value) : JSON.stringify(value)}`,
  );
  return `{ ${pairs.join(", ")} }`;
}

/** A question about a text in a column, with the ways out. */
export function question(
  context: RuleContext,
  profile: Profile,
  { row, problem, ways }: { row: number; problem: string; ways: string },
): { readonly question: string } {
  return { question: `${context.placeOf(row)}, column ${show(profile.name)}: ${problem} ${context.waysOut ?? ways}` };
}

/** Reads as what it is written as, or as a word: the two ways out of most questions. */
export const numberOrWord = (name: string, setting: Readonly<Record<string, unknown>>): string =>
  `Set ${way(name, { type: "number", ...setting })}, or type: "category" or "text" for words.`;
