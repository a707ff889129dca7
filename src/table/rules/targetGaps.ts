import { MISSING_WORDS_OF_PEOPLE } from "./words";
import { type Hints, question, type RuleContext, way } from "./rule";
import type { Profile } from "../raw/profile";
import { show } from "../../options";
import type { ColumnReading } from "../schema";

/** In fewer rows a word for a gap is a gap: one or two of them are no class. */
const FEW_ROWS = 3;
/** A word for a gap may be a class from this share of the rows on, and when it comes as often as classes do on average. */
const SHARE_OF_A_CLASS = 1 / 20;

const MAY_BE_CLASSES: ReadonlySet<string> = /* @__PURE__ */ new Set(MISSING_WORDS_OF_PEOPLE);

/** Whether a usual word for a gap comes as often in a target of words as a class does. */
export function mayBeClass(
  text: string,
  count: number,
  { rows, classes, saidMissing }: { rows: number; classes: number; saidMissing: readonly string[] | undefined },
): boolean {
  const share = Math.min(SHARE_OF_A_CLASS, 1 / (classes + 1));
  return MAY_BE_CLASSES.has(text) && !saidMissing?.includes(text) && count >= FEW_ROWS && count >= share * rows;
}

/**
 * A question that a column of words raises when it is to be learnt: whether a usual word for a gap that comes as often as a class
 * ("None" of some damages, "-" of test results, "NA" of continents) is one, since rows without a target are left out. Undefined
 * where there is none, or somebody has said what the word is.
 */
export function questionOfTarget(
  profile: Profile,
  { type }: ColumnReading,
  { saidMissing }: Hints,
  context: RuleContext,
): string | undefined {
  if (type !== "category" && type !== "boolean") return undefined;
  const { gapWords, name } = profile;
  const rows = gapWords.reduce((sum, { count }) => sum + count, profile.rowCount - profile.gaps);
  const doubtful = gapWords.filter(({ text, count }) =>
    mayBeClass(text, count, { rows, classes: context.distinct(profile), saidMissing }),
  );
  if (doubtful.length === 0) return undefined;
  const most = doubtful.reduce((a, b) => (b.count > a.count ? b : a));
  const only = gapWords.filter((word) => !doubtful.includes(word)).map(({ text }) => text);
  const missing = doubtful.map(({ text }) => text);
  return question(context, profile, {
    row: most.firstRow,
    problem: `${show(most.text)} stands in ${most.count} of ${rows} rows of the target, where it may be a class or no value.`,
    ways: `Set ${way(name, { missing: { only } })} for a class, or ${way(name, { missing })} to leave its rows out.`,
  }).question;
}
