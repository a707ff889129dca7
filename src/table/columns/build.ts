import { DataError } from "../../errors";
import { didYouMean, show } from "../../options";
import { isAmbiguousPoint, type MissingTest } from "../raw/profile";
import { Kept, type RawTable } from "../raw/rawTable";
import { dateOfNumber, dateReader, numberReader } from "../rules/cellReader";
import { markEvidence, splitAmount } from "../rules/amounts";
import { otherMark } from "../rules/marks";
import { way } from "../rules/rule";
import type { ColumnReading } from "../schema";
import { BooleanColumn, CategoryColumn, type Column, DateColumn, NumberColumn, TextColumn } from "./column";

/** A column of a raw table, and how it is to be read. */
export interface ColumnSource {
  readonly raw: RawTable;
  readonly column: number;
  readonly reading: ColumnReading;
  readonly missing: MissingTest;
}

/** The category that stands for all unknown words under the policy "other". */
export const OTHER = "other";

/**
 * The values of a column under a reading.
 *
 * @throws DataError naming the place of a value that does not fit
 */
export function buildColumn(source: ColumnSource): Column {
  const { raw, column, reading } = source;
  const name = raw.names[column];
  if (reading.type === "number") return new NumberColumn(name, numbersOf(source), reading.unit);
  if (reading.type === "date") return new DateColumn(name, datesOf(source));
  if (reading.type === "boolean") return booleansOf(source);
  if (reading.type === "category") return categoriesOf(source);
  return new TextColumn(name, reading.type, textsOf(source));
}

/** The value of each word of a column's dictionary; NaN for gaps and for those that do not fit. */
function valuesOfWords(
  { raw, column, missing }: ColumnSource,
  read: (text: string) => number | undefined,
): Float64Array {
  const words = raw.dictionary(column)?.words ?? [];
  return Float64Array.from(words, (word) => (missing.isWord(word) ? Number.NaN : (read(word) ?? Number.NaN)));
}

/** A cell that does not fit its column. */
function misfit({ raw, column, reading }: ColumnSource, text: string, row: number, expected: string): DataError {
  const name = raw.names[column];
  const type = reading.type === "number" ? `a number${reading.unit ? ` in ${show(reading.unit)}` : ""}` : expected;
  const place = `${raw.placeOf(row)}, column ${show(name)}`;
  const { decimal = "." } = reading;
  const other = otherMark(decimal);
  if (reading.type === "number" && numberReader({ ...reading, decimal: other })(text) !== undefined) {
    const [mark, marks] = other === "," ? ["comma", "points"] : ["point", "commas"];
    return new DataError(
      `${place}: ${show(text)} has a decimal ${mark}, expected decimal ${marks}. ` +
        `Set ${way(name, { decimal: other })} if all of this column is written so.`,
    );
  }
  return new DataError(
    `${place}: expected ${type}, got ${show(text)}. ` +
      `Set ${way(name, { missing: [text.slice(0, 60)] })} if it stands for no value, or another type.`,
  );
}

function numbersOf(source: ColumnSource): Float64Array {
  const { raw, column, reading, missing } = source;
  const read = numberReader(reading);
  const ofWords = valuesOfWords(source, read);
  const words = raw.dictionary(column)?.words;
  refuseOpenMarks(source);
  const { numbers } = missing;
  const hasMissingNumbers = numbers.size > 0;
  const hasComma = reading.decimal === ",";
  const values = new Float64Array(raw.rowCount);
  raw.scan(column, (value, kept, row) => {
    if (kept === Kept.WORD) {
      values[row] = ofWords[value];
      if (Number.isNaN(ofWords[value]) && !missing.isWord(words![value])) throw misfit(source, words![value], row, "");
    } else if (kept === Kept.GAP || (hasMissingNumbers && numbers.has(value))) values[row] = Number.NaN;
    else if (kept === Kept.DATE) throw misfit(source, raw.textOf(column, value, kept), row, "");
    else if (hasComma && kept > 0 && kept < Kept.BOOLEAN) {
      if (!isAmbiguousPoint(value, kept)) throw misfit(source, raw.textOf(column, value, kept), row, "");
      values[row] = Math.round(value * 1000);
    } else values[row] = value;
  });
  return values;
}

/**
 * Refuses a mark that may stand between thousands or before decimals, where neither the reading nor a number of the column says which:
 * 3,500 is 3500 in one country and 3.5 in another.
 */
function refuseOpenMarks({ raw, column, reading, missing }: ColumnSource): void {
  const { decimal = ".", thousands } = reading;
  const group = otherMark(decimal);
  if (thousands === group) return;
  const { words = [], firstRows = [] } = raw.dictionary(column) ?? {};
  const evidenceOf = (text: string) => markEvidence(splitAmount(text)?.digits ?? "");
  let open: { readonly text: string; readonly row: number } | undefined;
  for (const [i, text] of words.entries()) {
    if (missing.isWord(text)) continue;
    const evidence = evidenceOf(text);
    if (evidence?.decimal === decimal) return;
    if (evidence?.ambiguous === group) open ??= { text, row: firstRows[i] };
  }
  // With a decimal comma a plain number that has a point is refused elsewhere, unless three digits follow it.
  if (!open && decimal === ".") return;
  let hasDecimals = false;
  raw.scan(column, (value, kept, row) => {
    if (kept === 0 || kept >= Kept.BOOLEAN) return;
    if (!isAmbiguousPoint(value, kept)) hasDecimals = true;
    else if (decimal === ",") open ??= { text: raw.textOf(column, value, kept), row };
  });
  if (!open || hasDecimals) return;
  const name = raw.names[column];
  throw new DataError(
    `${raw.placeOf(open.row)}, column ${show(name)}: the ${group === "," ? "comma" : "point"} in ${show(open.text)} may stand between thousands or before decimals. ` +
      `Set ${way(name, { decimal })} for thousands, or ${way(name, { decimal: group })} for decimals.`,
  );
}

function datesOf(source: ColumnSource): Float64Array {
  const { raw, column, reading, missing } = source;
  const ofWords = valuesOfWords(source, dateReader(reading));
  const words = raw.dictionary(column)?.words;
  const values = new Float64Array(raw.rowCount);
  raw.scan(column, (value, kept, row) => {
    let time: number | undefined = Number.NaN;
    if (kept === Kept.WORD) {
      time = missing.isWord(words![value]) || !Number.isNaN(ofWords[value]) ? ofWords[value] : undefined;
    } else if (kept === Kept.DATE) time = value;
    else if (kept !== Kept.GAP && !missing.numbers.has(value)) {
      time = kept === Kept.BOOLEAN ? undefined : dateOfNumber(value, reading);
    }
    if (time === undefined) throw misfit(source, raw.textOf(column, value, kept), row, "a date");
    values[row] = time;
  });
  return values;
}

function booleansOf(source: ColumnSource): BooleanColumn {
  const { raw, column, reading, missing } = source;
  const names = reading.words ?? ["false", "true"];
  const [no, yes] = names.map((word) => word.toLowerCase());
  const truthOf = (text: string): number | undefined => {
    const word = text.toLowerCase();
    return word === yes ? 1 : word === no ? 0 : word === "true" ? 1 : word === "false" ? 0 : undefined;
  };
  const values = new Uint8Array(raw.rowCount).fill(255);
  raw.scan(column, (value, kept, row) => {
    if (kept === Kept.GAP) return;
    const text = raw.textOf(column, value, kept);
    if (kept === Kept.WORD ? missing.isWord(text) : missing.numbers.has(value)) return;
    const truth = truthOf(text);
    if (truth === undefined) throw misfit(source, text, row, `${show(names[0])} or ${show(names[1])}`);
    values[row] = truth;
  });
  return new BooleanColumn(raw.names[column], values, names);
}

/** The texts of a column by the codes of their first appearance; −1 for gaps. */
function textCodes(source: ColumnSource): { readonly texts: readonly string[]; readonly codes: Int32Array } {
  const { raw, column, reading, missing } = source;
  const texts: string[] = [];
  const known = new Map<string, number>();
  const codeOf = (text: string): number => {
    const code = known.get(text);
    if (code !== undefined) return code;
    known.set(text, texts.length);
    return texts.push(text) - 1;
  };
  // Numbers as categories are one category however they are written: 1, 1.0 and 01.
  const isCanonical = reading.type === "category" && !reading.asWritten;
  const read = numberReader({ type: "number" });
  const ofWords = (raw.dictionary(column)?.words ?? []).map((word) => {
    if (missing.isWord(word)) return -1;
    const value = isCanonical && /^[+-]?[\d.]+(?:e[+-]?\d+)?$/i.test(word) ? read(word) : undefined;
    return codeOf(value === undefined || !isExact(word) ? word : String(value));
  });
  const ofNumbers = new Map<number, number>();
  const codes = new Int32Array(raw.rowCount).fill(-1);
  raw.scan(column, (value, kept, row) => {
    if (kept === Kept.GAP) return;
    if (kept === Kept.WORD) codes[row] = ofWords[value];
    else if (!missing.numbers.has(value)) {
      const isNumber = isCanonical && kept !== Kept.DATE && kept !== Kept.BOOLEAN;
      if (!isNumber) codes[row] = codeOf(raw.textOf(column, value, kept));
      else {
        let code = ofNumbers.get(value);
        if (code === undefined) {
          code = codeOf(String(value));
          ofNumbers.set(value, code);
        }
        codes[row] = code;
      }
    }
  });
  return { texts, codes };
}

/** Whether a number of many digits is told from its neighbours by float64. */
const isExact = (text: string): boolean => text.replace(/\D/g, "").length <= 15;

function textsOf(source: ColumnSource): (string | null)[] {
  const { texts, codes } = textCodes(source);
  return Array.from(codes, (code) => (code < 0 ? null : texts[code]));
}

function categoriesOf(source: ColumnSource): CategoryColumn {
  const { raw, column, reading } = source;
  const { texts, codes } = textCodes(source);
  const words = reading.words ?? withOther(sortedWords(texts), reading);
  const places = new Map(words.map((word, code) => [word, code]));
  const final = Int32Array.from(texts, (text) => places.get(text) ?? unknownCode(reading, places));
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row];
    if (code < 0) continue;
    codes[row] = final[code];
    if (final[code] === UNKNOWN) throw unknownWord(raw, row, raw.names[column], texts[code], words);
  }
  return new CategoryColumn(raw.names[column], codes, words);
}

const UNKNOWN = -2;

function unknownCode({ unknown = "error" }: ColumnReading, places: ReadonlyMap<string, number>): number {
  return unknown === "error" ? UNKNOWN : unknown === "gap" ? -1 : (places.get(OTHER) ?? UNKNOWN);
}

const withOther = (words: readonly string[], { unknown }: ColumnReading): readonly string[] =>
  unknown === "other" && !words.includes(OTHER) ? [...words, OTHER] : words;

function unknownWord(raw: RawTable, row: number, name: string, text: string, words: readonly string[]): DataError {
  return new DataError(
    `${raw.placeOf(row)}, column ${show(name)}: ${show(text)} is none of its ${words.length} categories.` +
      `${didYouMean(text, words.slice(0, 1000)).replace(/ Known: .*$/s, "")} ` +
      `Set ${way(name, { unknown: "gap" })} to read it as a gap, or unknown: "other" when the first table is read.`,
  );
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;

/** By value when all are numbers, else by character code: the same on every machine, whatever its language. */
export function sortedWords(words: readonly string[]): readonly string[] {
  const sorted = [...words].sort();
  return sorted.every((word) => NUMBER.test(word)) ? sorted.sort((a, b) => Number(a) - Number(b)) : sorted;
}
