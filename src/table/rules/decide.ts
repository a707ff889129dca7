import { show } from "../../options";
import type { Profile } from "../raw/profile";
import type { ColumnType } from "../schema";
import { wordsOfNumbers, numbers } from "./numbers";
import { markPlaces } from "./marks";
import { booleans, dates } from "./otherTypes";
import { RULES } from "./index";
import { type Hints, question, type RuleContext, type Verdict, way } from "./rule";

/** What a column holds: by what was set, else by the first rule that says something. Undefined: there is no value in it. */
export function decide(profile: Profile, hints: Hints, context: RuleContext): Verdict | undefined {
  const verdict =
    hints.type === undefined ? byRules(profile, hints, context) : BY_TYPE[hints.type](profile, hints, context);
  if (verdict === undefined || "question" in verdict) return verdict;
  const { words, unknown, missing } = hints;
  const given = { ...(words ? { words } : {}), ...(unknown ? { unknown } : {}), ...(missing ? { missing } : {}) };
  return { why: verdict.why, reading: { ...verdict.reading, ...given } };
}

function byRules(profile: Profile, hints: Hints, context: RuleContext): Verdict | undefined {
  // What is set of a column alone says what it holds. For the whole table it is said of the columns that it fits.
  const own = hints.own ?? {};
  if (own.words || own.unknown) return { reading: { type: "category" }, why: "its words were set" };
  if (own.order || own.epoch) return BY_TYPE.date(profile, hints, context);
  const { decimal, thousands, unit, magnitudes, bounds, hexadecimal } = own;
  const isNumber = [decimal, thousands, unit, magnitudes, bounds, hexadecimal].some((one) => one !== undefined);
  if (isNumber) return BY_TYPE.number(profile, hints, context);
  for (const rule of RULES) {
    const verdict = rule.decide(profile, hints, context);
    if (verdict) return verdict;
  }
  return undefined;
}

const asSet = (type: ColumnType) => (): Verdict => ({ reading: { type }, why: "it was set" });

/** How a column is read whose type was set. */
const BY_TYPE: Readonly<
  Record<ColumnType, (profile: Profile, hints: Hints, context: RuleContext) => Verdict | undefined>
> = {
  text: asSet("text"),
  identifier: asSet("identifier"),
  category: (_profile, hints) => ({ reading: { type: "category", asWritten: hints.asWritten }, why: "it was set" }),
  number: (profile, hints, context) =>
    numbers.decide(profile, { ...hints, type: "number" }, context) ?? misfit(profile, "numbers", context),
  date(profile, hints, context) {
    if (profile.words.length === 0 && profile.numbers.count > 0) return datesOfNumbers(profile, hints, context);
    return dates.decide(profile, { ...hints, type: "date" }, context) ?? misfit(profile, "dates", context);
  },
  boolean(profile, hints, context) {
    if (hints.words) return { reading: { type: "boolean", words: hints.words }, why: "its words were set" };
    const { words, numbers: plain, booleans: count, dates: dateCount } = profile;
    const areBits = words.length + count + dateCount === 0 && plain.areIntegers && plain.min >= 0 && plain.max <= 1;
    if (areBits && plain.count > 0) return { reading: { type: "boolean", words: ["0", "1"] }, why: "it was set" };
    return booleans.decide(profile, hints, context) ?? misfit(profile, "words for true and false", context);
  },
};

/** What was set cannot be. */
function misfit(profile: Profile, expected: string, context: RuleContext): Verdict {
  const { words, numbers: plain, name } = profile;
  const row = words[0]?.firstRow ?? Math.max(0, plain.firstRow);
  const got = words.length > 0 ? show(words[0].text) : plain.count > 0 ? "a number" : "another kind of value";
  if (words.length + plain.count + profile.dates + profile.booleans === 0) {
    return {
      reading: { type: expected === "numbers" ? "number" : expected === "dates" ? "date" : "boolean" },
      why: "it was set",
    };
  }
  return question(context, profile, {
    row,
    problem: `expected ${expected}, got ${got}.`,
    ways: `Set ${way(name, { missing: [words[0]?.text ?? ""] })} if it stands for no value, or another type.`,
  });
}

/** Plain numbers as dates: seconds or milliseconds since 1970, else years or days such as 20190131. */
function datesOfNumbers(profile: Profile, hints: Hints, context: RuleContext): Verdict {
  const { min, max, areIntegers, firstRow } = profile.numbers;
  if (hints.epoch) return { reading: { type: "date", epoch: hints.epoch }, why: "it was set" };
  const areYears = areIntegers && min >= 1000 && max < 3000;
  const areDays = areIntegers && min >= 1000_01_01 && max <= 2999_12_31;
  if (areYears || areDays) return { reading: { type: "date" }, why: areYears ? "all are years" : "all are days" };
  return question(context, profile, {
    row: firstRow,
    problem: "a number is no date by itself.",
    ways: `Set ${way(profile.name, { type: "date", epoch: "ms" })} or epoch: "s" for the time since 1970.`,
  });
}

/** Finds the decimal mark that the columns of a table agree on. */
export class DecimalSurvey {
  #found: RuleContext["decimal"];
  #isContradictory = false;

  /** Undefined when no column says one, or two contradict each other. */
  get result(): RuleContext["decimal"] {
    return this.#isContradictory ? undefined : this.#found;
  }

  add(profile: Profile): void {
    if (profile.words.length === 0 && profile.numbers.firstDecimalRow < 0) return;
    const { amounts, others } = wordsOfNumbers(profile);
    if (others.length > 0) return;
    const { decimal } = markPlaces(profile, amounts);
    if ((decimal["."] && decimal[","]) || (!decimal["."] && !decimal[","])) return;
    const mark = decimal[","] ? "," : ".";
    if (this.#found && this.#found.mark !== mark) this.#isContradictory = true;
    this.#found ??= { mark, column: profile.name };
  }
}
