import { show } from "../../options";
import type { Profile } from "../raw/profile";
import { question, type Rule, type Verdict, way } from "./rule";

/** Names of columns that tell rows apart and say nothing of them. */
const NAME_OF_IDENTIFIER = /(?:^|[_\s.-])(?:id|ids|uuid|guid|uid|index|rowid|row id)$|[a-z]I[dD]$|^unnamed/i;

/** Fewer rows than this, all different, say nothing. */
const FEW_ROWS = 8;

/** How often the words of a category come on average, at least, by how many there are. */
const REPETITIONS: readonly { readonly words: number; readonly times: number }[] = [
  { words: 10, times: 1 },
  { words: 100, times: 2 },
  { words: 1000, times: 5 },
  { words: Number.POSITIVE_INFINITY, times: 10 },
];

/** Sentences are longer on average. */
const LONG_TEXT = 60;

/** Numbers that tell rows apart: all different, in a column that is called so. */
export const identifiers: Rule = {
  name: "identifiers",
  decide(profile, _hints, context) {
    const { name, numbers, words, wordCells, booleans, dates } = profile;
    const cells = numbers.count + wordCells;
    if (booleans + dates > 0 || cells < 2 || !NAME_OF_IDENTIFIER.test(name) || !numbers.areIntegers) return undefined;
    if (words.some(({ text }) => /\s/.test(text)) || context.distinct(profile) < cells) return undefined;
    return { reading: { type: "identifier" }, why: "it is called so, and all values are different" };
  },
};

/** Whole numbers that are written as codes: 00501 and 10001, or more digits than numbers have. */
export const codes: Rule = {
  name: "codes",
  decide(profile, hints, context) {
    const { words, numbers, booleans, dates } = profile;
    if (words.length === 0 || booleans + dates > 0 || !words.every(({ text }) => /^-?\d+$/.test(text)))
      return undefined;
    if (numbers.count > 0 && (!numbers.areIntegers || numbers.firstDecimalRow >= 0)) return undefined;
    const [{ text, firstRow }] = words;
    if (words.some((word) => isInexact(word.text))) {
      return {
        reading: { type: "identifier" },
        why: `${context.lineOf(firstRow)} has ${show(text)}, of more digits than float64 keeps`,
      };
    }
    const { length } = text;
    const isFixed =
      length >= 3 &&
      words.every((word) => word.text.length === length && word.text.startsWith("0")) &&
      (numbers.count === 0 || (numbers.min >= 10 ** (length - 1) && numbers.max < 10 ** length));
    if (!isFixed) return undefined;
    const why = `${context.lineOf(firstRow)} has ${show(text)}, and all have ${length} digits`;
    const verdict = wordType(profile, context.distinct(profile));
    return { reading: { ...hints, type: verdict.type === "text" ? "identifier" : verdict.type, asWritten: true }, why };
  },
};

/** Of longer ones float64 keeps the beginning only; comparing digits is for those that end in zeros. */
const MOST_EXACT_DIGITS = 40;

const isInexact = (text: string): boolean =>
  text.length > MOST_EXACT_DIGITS || (text.length > 15 && BigInt(Number(text)) !== BigInt(text));

/** Words: categories where they come again and again, else text, or identifiers where they tell rows apart. */
export const words: Rule = {
  name: "words",
  decide(profile, _hints, context): Verdict | undefined {
    const { words, booleans, dates, numbers } = profile;
    if (booleans + dates > 0) {
      const [first] = words;
      return question(context, profile, {
        row: first?.firstRow ?? Math.max(0, numbers.firstRow),
        problem: `values of several kinds are mixed${first ? `, such as ${show(first.text)}` : ""}.`,
        ways: `Give values of one kind, or set ${way(profile.name, { type: "category" })} or type: "text" for words.`,
      });
    }
    if (words.length === 0) return undefined;
    const { type, why } = wordType(profile, context.distinct(profile));
    return { reading: { type }, why };
  },
};

function wordType(
  profile: Profile,
  distinct: number,
): { readonly type: "category" | "text" | "identifier"; readonly why: string } {
  const { words, wordCells, numbers, name } = profile;
  const cells = wordCells + numbers.count;
  const areAllDifferent = distinct === cells;
  if (
    areAllDifferent &&
    cells > 1 &&
    (NAME_OF_IDENTIFIER.test(name) || (cells >= FEW_ROWS && words.every(({ text }) => isCode(text))))
  ) {
    return { type: "identifier", why: "all are different codes" };
  }
  if (areAllDifferent && cells >= FEW_ROWS) return { type: "text", why: "all are different" };
  const length = words.reduce((sum, { text, count }) => sum + text.length * count, 0) / Math.max(1, wordCells);
  if (length > LONG_TEXT && distinct > 10) return { type: "text", why: "they are long" };
  const { times } = REPETITIONS.find((one) => distinct <= one.words)!;
  if (cells < times * distinct) return { type: "text", why: `${distinct} of ${cells} are different` };
  return { type: "category", why: `${distinct === 1 ? "one word" : `${distinct} words`} for ${cells} cells` };
}

/** Letters and digits together without blanks, as keys of other tables are: 58fa3f0be4b0b7ea54524859. */
const isCode = (text: string): boolean => /^[\w:-]{6,}$/.test(text) && /\d/.test(text) && /[a-z]/i.test(text);
