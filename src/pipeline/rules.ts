import { ArgumentError } from "../errors";
import { boolean, checkOptions, finiteNumber, integer, oneOf, show } from "../options";
import type { ColumnType, UnknownPolicy } from "../table/schema";
import type { DateFeature } from "./steps/dateParts";
import type { FillRule, ScaleRule } from "./steps/numbers";

/** How words become numbers. */
export type Encoding = "oneHot" | "ordinal" | "target" | "hash" | "embedding";

/** What is set of columns: of a single one, or of all that have no setting of their own. */
export interface ColumnRules {
  /** What stands for a gap in a column of numbers. Default `"median"`. */
  impute?: FillRule | undefined;
  /** Whether a number of its own says where gaps were. Default: where training has gaps. */
  indicator?: boolean | undefined;
  /** Takes sign(x)·log(1 + |x|) of numbers. Default: where that makes a long tail short; of targets false. */
  log?: boolean | undefined;
  /** How numbers are scaled. Default `"standard"`: mean 0, variance 1. */
  scale?: ScaleRule | undefined;
  /** How words become numbers. Default `"oneHot"`, and `"embedding"` for more than 256 words. */
  encode?: Encoding | undefined;
  /** The words from lowest to highest, for `encode: "ordinal"`. Default: as the table has them. */
  order?: readonly string[] | undefined;
  /** How many numbers words share, for `encode: "hash"`. Default 64. */
  buckets?: number | undefined;
  /** Words in fewer rows count as one, another. Default 5, and 2 in tables of fewer than 200 rows. */
  minCount?: number | undefined;
  /** What becomes of words that training did not have: an error, a gap, or another word. Default `"other"`. */
  unknown?: UnknownPolicy | undefined;
  /** What is taken of dates. Default: the time, and the place in year, week and day where the dates differ in it and stand for days. */
  parts?: readonly DateFeature[] | undefined;
  /** How words of texts are counted: weighed by how rare they are, or as often as they stand. Default `"tfidf"`. */
  words?: "tfidf" | "count" | undefined;
  /** The most words of texts. Default 1,000. */
  vocabulary?: number | undefined;
  /** Whether a target of numbers holds classes or a quantity. Default: classes when all are 0 and 1. */
  task?: "classification" | "regression" | undefined;
}

/** Options of `pipeline`. */
export interface PipelineOptions extends Omit<ColumnRules, "order" | "task"> {
  /** The columns to learn. Default: the targets of the table. */
  target?: string | readonly string[] | undefined;
  /** The columns to learn from. Default: the features of the table. */
  features?: readonly string[] | undefined;
  /** Columns to leave out. */
  drop?: readonly string[] | undefined;
  /** What is set of single columns, by name. */
  columns?: Readonly<Record<string, ColumnRules>> | ReadonlyMap<string, ColumnRules> | undefined;
}

const NUMBERS = ["impute", "indicator", "log", "scale"] as const;
const CATEGORIES = ["encode", "order", "buckets", "minCount", "unknown"] as const;
const TEXTS = ["words", "vocabulary"] as const;
const EVERYWHERE = [...NUMBERS, ...CATEGORIES.filter((name) => name !== "order"), "parts", ...TEXTS] as const;

/** What may be set of a feature of each type. */
const OF_TYPE: Readonly<Record<ColumnType, readonly (keyof ColumnRules)[]>> = {
  number: NUMBERS,
  boolean: NUMBERS,
  date: [...NUMBERS, "parts"],
  category: CATEGORIES,
  text: TEXTS,
  identifier: [],
};
const OF_TARGET: readonly (keyof ColumnRules)[] = ["task", "log", "scale"];

/** The rules of each column: its own, else those of all. */
export class Rules {
  readonly #own: ReadonlyMap<string, ColumnRules>;
  readonly #all: ColumnRules;

  /** @throws ArgumentError */
  constructor(
    private readonly who: string,
    options: PipelineOptions,
  ) {
    checkOptions(who, options, [...EVERYWHERE, "target", "features", "drop", "columns"]);
    const { target, features, drop, columns = {}, ...all } = options;
    checkValues(who, all);
    if (columns === null || typeof columns !== "object" || Array.isArray(columns)) {
      throw new ArgumentError(`${who}: columns must be an object of settings by name, got ${show(columns)}.`);
    }
    this.#all = all;
    this.#own = new Map(columns instanceof Map ? columns : Object.entries(columns));
  }

  /** The names of columns that something was set of. */
  get names(): readonly string[] {
    return [...this.#own.keys()];
  }

  /**
   * The rules of a feature.
   *
   * @throws ArgumentError for what means nothing for a column of its type
   */
  ofFeature(column: string, type: ColumnType): ColumnRules {
    return { ...this.#all, ...this.#ownOf(column, OF_TYPE[type], `a column of type ${type}`) };
  }

  /** The rules of a target. */
  ofTarget(column: string): ColumnRules {
    return this.#ownOf(column, OF_TARGET, "a target");
  }

  #ownOf(column: string, known: readonly string[], what: string): ColumnRules {
    const of = `${this.who}: column ${show(column)}`;
    const own = this.#own.get(column);
    if (own === undefined) return {};
    checkOptions(of, own, [...EVERYWHERE, "order", "task"]);
    checkValues(of, own);
    const wrong = Object.entries(own).find(([name, value]) => value !== undefined && !known.includes(name));
    if (!wrong) return own;
    throw new ArgumentError(
      `${of}: ${wrong[0]} means nothing for ${what}. Known: ${known.join(", ") || "nothing"}. What a column holds is said to data.table.`,
    );
  }
}

function checkValues(of: string, rules: ColumnRules): void {
  const { impute, indicator, log, scale, encode, order, buckets, minCount, unknown, parts, words, vocabulary, task } =
    rules;
  if (typeof impute === "number") finiteNumber(of, "impute", impute);
  else if (impute !== undefined) oneOf(of, "impute", impute, ["mean", "median", "mostFrequent"]);
  if (indicator !== undefined) boolean(of, "indicator", indicator);
  if (log !== undefined) boolean(of, "log", log);
  if (scale !== undefined) oneOf(of, "scale", scale, ["standard", "robust", "minMax", "none"]);
  if (encode !== undefined) oneOf(of, "encode", encode, ["oneHot", "ordinal", "target", "hash", "embedding"]);
  if (order !== undefined) checkOrder(of, order, encode);
  if (buckets !== undefined) integer(of, "buckets", buckets, { min: 1, max: 2 ** 20 });
  if (minCount !== undefined) integer(of, "minCount", minCount);
  if (unknown !== undefined) oneOf(of, "unknown", unknown, ["error", "gap", "other"]);
  if (parts !== undefined) checkParts(of, parts);
  if (words !== undefined) oneOf(of, "words", words, ["tfidf", "count"]);
  if (vocabulary !== undefined) integer(of, "vocabulary", vocabulary, { min: 1, max: 2 ** 20 });
  if (task !== undefined) oneOf(of, "task", task, ["classification", "regression"]);
}

function checkOrder(of: string, order: unknown, encode: unknown): void {
  if (encode !== "ordinal") throw new ArgumentError(`${of}: order means nothing without encode: "ordinal".`);
  if (Array.isArray(order) && order.every((word) => typeof word === "string") && new Set(order).size === order.length)
    return;
  throw new ArgumentError(`${of}: order must be words, each once, got ${show(order)}.`);
}

function checkParts(of: string, parts: unknown): void {
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new ArgumentError(`${of}: parts must be some of time, year, week, day, got ${show(parts)}.`);
  }
  for (const part of parts) oneOf(of, "parts", part, ["time", "year", "week", "day"]);
}
