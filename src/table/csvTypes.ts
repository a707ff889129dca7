import { DataError } from "../errors";
import { didYouMean, show, shorten } from "../options";
import { buildColumn } from "./columns/build";
import type { BooleanColumn, CategoryColumn, NumberColumn } from "./columns/column";
import { firstGap } from "./csvGaps";
import type { MissingTest, Profile } from "./raw/profile";
import type { RawTable } from "./raw/rawTable";
import { decide } from "./rules/decide";
import { question, type RuleContext } from "./rules/rule";
import type { ColumnReading } from "./schema";

/** What was said of a column. */
export interface DeclaredColumn {
  readonly isTarget: boolean;
  /** It is one of names, whatever it looks like. */
  readonly isCategorical: boolean;
  /** All names there are, in the order of their codes. */
  readonly categories?: readonly string[] | undefined;
}

/** A column of numbers, or of codes for the categories there are. */
export interface CsvColumn {
  readonly name: string;
  /** Its place among those that were wanted. */
  readonly place: number;
  readonly isTarget: boolean;
  /** Undefined for numbers. */
  readonly categories?: readonly string[] | undefined;
  /** Whether float32 makes one number of two of them, or has few steps between the smallest and the largest. */
  readonly needsFloat64: boolean;
  /** A number or a code for each row, NaN for a gap. Made anew at each call. */
  values(): Float64Array;
}

/** What a column is made of. */
export interface CsvSource {
  readonly raw: RawTable;
  readonly profile: Profile;
  readonly context: RuleContext;
  readonly missing: MissingTest;
  readonly missingWords: readonly string[] | undefined;
  /** Stands for a missing number; NaN marks it. */
  readonly substitute: number;
}

/** More different texts than this are no categories. */
const MAXIMUM_CATEGORIES = 2 ** 20;

/** From here on float32 has no room for every whole number. */
const EXACT_INTEGERS = 2 ** 24;

const WHOLE_NUMBER = /^[+-]?\d+$/;

const MAXIMUM_FLOAT32 = 3.4028235677973366e38;

/**
 * A column by the rules of tables, or the question that they have. Times, texts and keys are neither numbers nor categories, and
 * become codes only where somebody says so.
 */
export function csvColumn(source: CsvSource, declared: DeclaredColumn): CsvColumn | string {
  const { profile, context, missingWords } = source;
  const hints = { missing: missingWords };
  const isDeclared = declared.isCategorical || declared.categories !== undefined;
  const verdict = decide(profile, hints, context);
  if (isDeclared) {
    // Postal codes keep their zeros.
    const isCode = verdict !== undefined && "reading" in verdict && verdict.reading.asWritten === true;
    return categories(source, declared, { type: "category", asWritten: isCode || areWritten(declared.categories) });
  }
  if (verdict === undefined) return numbers(source, declared, { type: "number" });
  if ("question" in verdict) return verdict.question;
  const { type } = verdict.reading;
  const isNumbers = type === "number" || (type === "identifier" && areNumbers(profile, verdict.reading));
  if (isNumbers) return numbers(source, declared, { ...verdict.reading, type: "number" });
  if (type === "boolean") return truths(source, declared, verdict.reading);
  if (type === "category") {
    const isMixture = profile.numbers.count > 0 && verdict.reading.asWritten !== true;
    const mixture = isMixture ? decide(profile, { ...hints, type: "number" }, context) : undefined;
    if (mixture && "question" in mixture) return mixture.question;
    return categories(source, declared, verdict.reading);
  }
  return refusal(source, type, context);
}

/** Whether numbers among the given categories are written in more than one way: "01" is not what 1 is called. */
const areWritten = (words: readonly string[] | undefined): boolean =>
  words?.some((word) => word !== "" && Number.isFinite(Number(word)) && String(Number(word)) !== word) ?? false;

/** Whether keys are whole numbers that float64 tells apart: they may be learnt from, as any numbers. */
function areNumbers({ words }: Profile, { asWritten }: ColumnReading): boolean {
  if (asWritten || !words.every(({ text }) => WHOLE_NUMBER.test(text) && Math.abs(Number(text)) <= MAXIMUM_FLOAT32))
    return false;
  const digits = new Set(words.map(({ text }) => text.replace(/^(-?)\+?0+(?=\d)/, "$1")));
  return new Set([...digits].map(Number)).size === digits.size;
}

/** Why a column of dates, texts or keys is none that can be learnt from. */
function refusal({ profile }: CsvSource, type: string, context: RuleContext): string {
  const [word] = profile.words;
  const row = word?.firstRow ?? Math.max(0, profile.numbers.firstRow);
  const isNumber = word !== undefined && WHOLE_NUMBER.test(word.text);
  const cells = profile.wordCells + profile.numbers.count;
  const problems: Readonly<Record<string, string>> = {
    date: `${show(word?.text ?? "")} is a date, no number and no category.`,
    identifier: `${show(word?.text ?? "")} is a key that tells rows apart, no category.`,
    text: `${context.distinct(profile)} different texts in ${cells} rows are no categories.`,
  };
  const tooMany = `${shorten(word?.text ?? "")} has more digits than numbers keep.`;
  const tooLarge = `${shorten(word?.text ?? "")} is too large for float32.`;
  const ofNumber = isNumber && Math.abs(Number(word.text)) > MAXIMUM_FLOAT32 ? tooLarge : tooMany;
  const verdict = question(context, profile, { row, problem: isNumber ? ofNumber : problems[type], ways: "" });
  return (verdict as { question: string }).question;
}

function numbers(source: CsvSource, { isTarget }: DeclaredColumn, reading: ColumnReading): CsvColumn {
  const { raw, profile, missing, substitute } = source;
  const { column, name, gaps } = profile;
  const values = (): Float64Array => {
    const found = (buildColumn({ raw, column, reading, missing }) as NumberColumn).values;
    if (gaps === 0 || Number.isNaN(substitute)) return found;
    return found.map((value) => (Number.isNaN(value) ? substitute : value));
  };
  return { name, place: column, isTarget, needsFloat64: needsFloat64(source, values), values };
}

/** @throws DataError for a number that is too large for float32 */
function needsFloat64({ raw, profile }: CsvSource, values: () => Float64Array): boolean {
  const { numbers, words, column, name } = profile;
  let { min, max } = numbers;
  let hasLost = false;
  // Plain numbers of few digits are known already.
  if (words.length > 0 || max >= EXACT_INTEGERS || min <= -EXACT_INTEGERS) {
    for (const [row, value] of values().entries()) {
      if (Number.isNaN(value)) continue;
      const rounded = Math.fround(value);
      if (!Number.isFinite(rounded)) {
        const text = shorten(raw.textAt(column, row) ?? "");
        throw new DataError(`${raw.placeOf(row)}, column ${show(name)}: ${text} is too large for float32.`);
      }
      if (value < min) min = value;
      if (value > max) max = value;
      if (rounded !== value && Math.abs(value) >= EXACT_INTEGERS && Number.isInteger(value)) hasLost = true;
    }
  }
  const range = max - min;
  return hasLost || (range > 0 && range < 2 ** -8 * Math.max(max, -min));
}

/** True and false are two categories, false the first. */
function truths(source: CsvSource, { isTarget }: DeclaredColumn, reading: ColumnReading): CsvColumn {
  refuseSubstitute(source);
  const { raw, profile, missing } = source;
  const { column, name } = profile;
  const truth = buildColumn({ raw, column, reading, missing }) as BooleanColumn;
  const values = () => Float64Array.from(truth.values, (value, row) => (truth.isGap(row) ? Number.NaN : value));
  return { name, place: column, isTarget, categories: truth.words, needsFloat64: false, values };
}

function categories(source: CsvSource, declared: DeclaredColumn, reading: ColumnReading): CsvColumn {
  refuseSubstitute(source);
  const { raw, profile, missing } = source;
  const { column, name } = profile;
  const found = buildColumn({ raw, column, reading: { ...reading, words: undefined }, missing }) as CategoryColumn;
  if (found.words.length > MAXIMUM_CATEGORIES) {
    throw new DataError(
      `${raw.placeOf(0)}, column ${show(name)}: more than ${MAXIMUM_CATEGORIES} different texts are no categories. Leave the column out with columns.`,
    );
  }
  const words = declared.categories ?? found.words;
  const places = new Map(words.map((word, code) => [word, code]));
  const final = found.words.map((word) => places.get(word) ?? -1);
  const unknown = found.codes.findIndex((code) => code >= 0 && final[code] < 0);
  if (unknown >= 0) {
    const word = found.words[found.codes[unknown]];
    throw new DataError(
      `${raw.placeOf(unknown)}, column ${show(name)}: ${show(word)} is not in categories.${didYouMean(word, words.slice(0, 20))}`,
    );
  }
  const values = () => Float64Array.from(found.codes, (code) => (code < 0 ? Number.NaN : final[code]));
  return { name, place: column, isTarget: declared.isTarget, categories: words, needsFloat64: false, values };
}

function refuseSubstitute({ raw, profile, missing, substitute }: CsvSource): void {
  if (profile.gaps === 0 || Number.isNaN(substitute)) return;
  const { column, name } = profile;
  throw new DataError(
    `${raw.placeOf(firstGap(raw, column, missing))}, column ${show(name)}: a number cannot stand for a missing category. Use "drop" or "keep".`,
  );
}
