import { show, shorten } from "../../options";
import type { Profile, Word } from "../raw/profile";
import type { ColumnReading } from "../schema";
import { type Amount, isKnownUnit, markEvidence, plainUnit, splitAmount } from "./amounts";
import { decideMarks, markPlaces, otherMark } from "./marks";
import { type Hints, numberOrWord, question, type Rule, type RuleContext, type Verdict, way } from "./rule";

const HEXADECIMAL = /^[+-]?0x[\da-f]+$/i;

/** The words of a column, sorted by whether they are numbers that somebody has written. */
export interface WordsOfNumbers {
  readonly amounts: ReadonlyMap<Word, Amount>;
  readonly hexadecimal: readonly Word[];
  /** What is no number at all. */
  readonly others: readonly Word[];
}

/** Looks at words as numbers. */
export function wordsOfNumbers({ words }: Profile): WordsOfNumbers {
  const amounts = new Map<Word, Amount>();
  const hexadecimal: Word[] = [];
  const others: Word[] = [];
  for (const word of words) {
    const amount = splitAmount(word.text);
    if (HEXADECIMAL.test(word.text)) hexadecimal.push(word);
    else if (amount && markEvidence(amount.digits)) amounts.set(word, amount);
    else others.push(word);
  }
  return { amounts, hexadecimal, others };
}

const cellsOf = (words: Iterable<Word>): number => {
  let sum = 0;
  for (const { count } of words) sum += count;
  return sum;
};

/** Numbers in any writing. With the hint `type: "number"` what does not fit is a question; else it may be words. */
export const numbers: Rule = {
  name: "numbers",
  decide(profile, hints, context) {
    if (profile.dates + profile.booleans > 0) return undefined;
    const sorted = wordsOfNumbers(profile);
    const { amounts, hexadecimal, others } = sorted;
    const numberCells = profile.numbers.count + cellsOf(amounts.keys()) + cellsOf(hexadecimal);
    if (numberCells === 0 && hints.type !== "number") return undefined;
    if (others.length > 0) return stranger(profile, sorted, numberCells, hints, context);
    if (hexadecimal.length > 0 && !hints.hexadecimal) {
      const [{ firstRow, text }] = hexadecimal;
      return question(context, profile, {
        row: firstRow,
        problem: `${show(text)} is a hexadecimal number or a word.`,
        ways: numberOrWord(profile.name, { hexadecimal: true }),
      });
    }
    const unit = decideUnit(profile, amounts, hints, context);
    if (unit === undefined || "question" in unit) return unit;
    const marks = decideMarks(profile, markPlaces(profile, amounts), hints, context);
    if ("question" in marks) return marks;
    const whys = [unit.why, marks.why && `decimal ${marks.decimal === "," ? "comma" : "point"}: ${marks.why}`];
    const isWritten = amounts.size > 0;
    const why = whys.filter(Boolean).join("; ");
    // What was set holds for later rows, too.
    const thousands = marks.thousands ?? hints.thousands ?? (hints.decimal && otherMark(hints.decimal));
    const reading: ColumnReading = {
      type: "number",
      ...(marks.decimal === "," ? { decimal: "," as const } : {}),
      ...(thousands ? { thousands } : {}),
      ...(unit.unit ? { unit: unit.unit } : {}),
      ...(hints.magnitudes ? { magnitudes: true } : {}),
      ...(hints.bounds ? { bounds: true } : {}),
      ...(hints.hexadecimal ? { hexadecimal: true } : {}),
    };
    return { reading, why: why || (isWritten ? "all are numbers in some writing" : "all are numbers") };
  },
};

/** At most so many different strangers among numbers are words for something special, not a column of words. */
const FEW = 3;

/** What to make of a column that holds numbers, and texts that are none. */
function stranger(
  profile: Profile,
  { amounts, hexadecimal, others }: WordsOfNumbers,
  numberCells: number,
  hints: Hints,
  context: RuleContext,
): Verdict | undefined {
  const differentNumbers = context.distinct(profile) - profile.words.length + amounts.size + hexadecimal.length;
  const isMostlyNumbers = numberCells >= cellsOf(others) || (others.length <= FEW && differentNumbers > others.length);
  if (hints.type !== "number" && !isMostlyNumbers) return undefined;
  const [{ text, firstRow }] = others;
  const [firstAmount] = [...amounts.keys(), ...hexadecimal];
  const { firstRow: firstNumber } = profile.numbers;
  const row = firstNumber >= 0 ? firstNumber : firstAmount?.firstRow;
  const number = firstNumber >= 0 ? context.textAt(profile.column, firstNumber)! : firstAmount?.text;
  const but = row === undefined ? "" : `, but ${context.lineOf(row)} has ${shorten(number)}`;
  return question(context, profile, {
    row: firstRow,
    problem: `${show(text)} is not a number${but}.`,
    ways: `Set ${way(profile.name, { missing: [text.slice(0, 60)] })} if it stands for no value, or type: "category" or "text" if all are words.`,
  });
}

/** The one unit of a column. Undefined: there are so many that they are words. */
function decideUnit(
  profile: Profile,
  amounts: ReadonlyMap<Word, Amount>,
  hints: Hints,
  context: RuleContext,
): { readonly unit: string; readonly why: string } | Exclude<Verdict, { reading: unknown }> | undefined {
  const ask = (row: number, problem: string, ways: string) =>
    question(context, profile, { row, problem, ways }) as { question: string };
  const units = new Map<string, { readonly unit: string; readonly word: Word }>();
  let without: Word | undefined;
  for (const [word, amount] of amounts) {
    const isGivenUnit = hints.unit !== undefined && amount.magnitude === hints.unit;
    const unit = isGivenUnit ? amount.magnitude : amount.unit;
    if (amount.magnitude && !isGivenUnit && !hints.magnitudes) {
      const ways = `${way(profile.name, { magnitudes: true })} for ${amount.digits} times a thousand, a million or a billion, unit: ${JSON.stringify(amount.magnitude)} for a unit`;
      return ask(
        word.firstRow,
        `${show(word.text)} is not a plain number.`,
        `Set ${ways}, or type: "category" or "text" for words.`,
      );
    }
    if (amount.bound && !hints.bounds) {
      const ways = numberOrWord(profile.name, { bounds: true });
      return ask(
        word.firstRow,
        `${show(word.text)} is only a bound of a number, or a word.`,
        `${ways} bounds: true takes the bound for the number.`,
      );
    }
    if (unit === "") {
      if (/[1-9]/.test(amount.digits)) without ??= word;
    } else if (!units.has(plainUnit(unit))) units.set(plainUnit(unit), { unit, word });
  }
  const [first, second] = units.values();
  if (first === undefined) return { unit: hints.unit ?? "", why: "" };
  if (second) {
    if (hints.type !== "number" && ![...units.values()].some(({ unit }) => isKnownUnit(unit)) && units.size > FEW)
      return undefined;
    return ask(
      second.word.firstRow,
      `${show(second.word.text)} has another unit than ${show(first.word.text)} of ${context.lineOf(first.word.firstRow)}.`,
      `Write all in one unit, or set ${way(profile.name, { type: "category" })} or type: "text" if they are words.`,
    );
  }
  const { unit, word } = first;
  if (hints.unit !== undefined && plainUnit(hints.unit) === plainUnit(unit))
    return { unit: hints.unit, why: "it was set" };
  const row = without?.firstRow ?? profile.numbers.firstNonZeroRow;
  if (row >= 0) {
    return ask(
      word.firstRow,
      `${show(word.text)} has the unit ${show(unit)}, but ${context.lineOf(row)} has a number without.`,
      `Set ${way(profile.name, { unit })} if all are in ${show(unit)}, or type: "category" or "text" if they are words.`,
    );
  }
  if (!isKnownUnit(unit)) {
    return ask(
      word.firstRow,
      `${show(word.text)} may be a number with the unit ${show(unit)}, or a word.`,
      numberOrWord(profile.name, { unit }),
    );
  }
  return { unit, why: `every value is in ${show(unit)}` };
}
