import { ArgumentError, DataError } from "../errors";
import { show } from "../options";
import { OTHER } from "../table/columns/build";
import type { CategoryColumn, Column } from "../table/columns/column";
import type { ColumnSchema } from "../table/schema";
import type { Table } from "../table/table";
import { nearest } from "../table/tableOptions";
import { Pipeline } from "./pipeline";
import { type ColumnRules, type PipelineOptions, Rules } from "./rules";
import { type DateFeature, partsOf, periodsOf } from "./steps/dateParts";
import { EmbeddingStep } from "./steps/embedding";
import { learnNumbers, type NumberRules, quantities } from "./steps/numbers";
import type { Step } from "./steps/step";
import { learnTexts } from "./steps/texts";
import { countWords, HashStep, learnRanks, learnTargetMeans, OneHotStep } from "./steps/words";
import { learnTarget, type Target } from "./target";

/** More words than these have numbers that are learnt, instead of one each. */
const MOST_ONE_HOT = 256;
/** Tables of fewer rows keep words that occur twice. */
const FEW_ROWS = 200;

/** What a column becomes. */
interface Learnt {
  readonly steps?: readonly Step[];
  readonly embedding?: EmbeddingStep;
  /** Why nothing is made of it. */
  readonly note?: string;
}

/** Learns from a table how rows become numbers, and outputs answers. */
export function learnPipeline(given: Table, options: PipelineOptions): Pipeline {
  const who = "pipeline";
  const rules = new Rules(who, options);
  const { target, features, drop } = options;
  const table = given.select({
    ...(target === undefined ? {} : { target }),
    ...(features && { features }),
    ...(drop && { drop }),
  });
  if (table.targets.length === 0) {
    throw new ArgumentError(
      `${who}: nothing says what to learn. Set target to the name of a column: ${table.columnNames.slice(0, 20).join(", ")}.`,
    );
  }
  const names = new Map(table.columnNames.map((name) => [name, 0]));
  for (const name of rules.names) {
    if (!names.has(name))
      throw new ArgumentError(`${who}: columns: there is no column ${show(name)}.${nearest(name, names)}`);
  }
  const targets = table.targets.map((name) => targetOf(who, table.column(name), rules.ofTarget(name)));
  const notes: string[] = [];
  const steps: Step[] = [];
  const embeddings: EmbeddingStep[] = [];
  for (const name of table.features) {
    const column = table.column(name);
    const learnt = learnColumn(column, rules.ofFeature(name, column.type), { table, targets });
    if (learnt.note) notes.push(`column ${show(name)} ${learnt.note}`);
    steps.push(...(learnt.steps ?? []));
    if (learnt.embedding) embeddings.push(learnt.embedding);
  }
  if (steps.length + embeddings.length === 0) {
    throw new DataError(
      `${who}: no column says anything of the target. ${notes.join(" ") || "Set features, or types of columns."}`,
    );
  }
  return new Pipeline(schemaOf(table, rules, steps, embeddings), steps, embeddings, targets, notes);
}

function targetOf(who: string, column: Column, { task, log, scale }: ColumnRules): Target {
  return learnTarget(who, column, { task, log: log ?? false, scale: scale ?? "standard" });
}

/** Where the target of a column of words with numbers by target comes from. */
interface Around {
  readonly table: Table;
  readonly targets: readonly Target[];
}

function learnColumn(column: Column, rules: ColumnRules, around: Around): Learnt {
  if (column.type === "category") return learnWords(column, rules, around);
  if (column.type === "text") {
    const weighing = rules.words ?? "tfidf";
    const step = learnTexts(column, { weighing, size: rules.vocabulary ?? 1000, minTexts: minCountOf(rules, column) });
    return step.names.length > 0 ? { steps: [step] } : { note: "has no word that occurs often enough." };
  }
  if (column.type === "identifier") {
    throw new ArgumentError(
      `pipeline: column ${show(column.name)} tells rows apart and says nothing of them. ` +
        `Leave it out, or read it with data.table(…, { columns: { ${JSON.stringify(column.name)}: "category" } }).`,
    );
  }
  const numbers: NumberRules = {
    fill: rules.impute ?? "median",
    indicator: rules.indicator,
    log: rules.log,
    scale: rules.scale ?? "standard",
  };
  const steps = column.type === "date" ? learnDates(column, rules, numbers) : [learnNumbers(column, numbers)];
  const found = steps.filter((step) => step !== undefined);
  return found.length > 0 ? { steps: found } : { note: "is the same in every row and was left out." };
}

/** Parts of dates. That one is missing is said once, beside the first. */
function learnDates(column: Column, { parts }: ColumnRules, numbers: NumberRules) {
  const steps = (parts ?? usefulParts(column)).flatMap(partsOf);
  return steps.map((part, i) =>
    learnNumbers(
      column,
      { ...numbers, log: numbers.log ?? false, indicator: i === 0 ? numbers.indicator : false },
      part,
    ),
  );
}

/** The time, and the circles in which the dates go round at least once. */
function usefulParts(column: Column): DateFeature[] {
  const times = quantities(column, "time")
    .filter((day) => !Number.isNaN(day))
    .sort();
  const days = times[times.length - 1] - times[0];
  const hasHours = times.some((day) => day !== Math.floor(day));
  const periods = periodsOf(times);
  return [
    "time",
    ...(days >= 365 && periods !== "years" ? ["year" as const] : []),
    ...(days >= 7 && periods === undefined ? ["week" as const] : []),
    ...(hasHours && days >= 1 ? ["day" as const] : []),
  ];
}

const minCountOf = ({ minCount }: ColumnRules, { length }: Column): number => minCount ?? (length < FEW_ROWS ? 2 : 5);

function learnWords(column: CategoryColumn, rules: ColumnRules, { table, targets }: Around): Learnt {
  const { name } = column;
  const unknown = rules.unknown ?? "other";
  const { words, counts, hasGaps } = countWords(column);
  if (words.length + (hasGaps ? 1 : 0) < 2) return { note: "is the same in every row and was left out." };
  const minCount = minCountOf(rules, column);
  const kept = words.filter((_, i) => counts[i] >= minCount);
  const encode = rules.encode ?? (kept.length > MOST_ONE_HOT ? "embedding" : "oneHot");
  if (encode === "embedding") return { embedding: new EmbeddingStep(name, kept, unknown) };
  if (encode === "hash") return { steps: [new HashStep(name, rules.buckets ?? 64)] };
  if (encode === "ordinal") return { steps: [learnRanks(column, orderOf(name, words, rules), unknown)] };
  if (encode === "target") {
    const [target] = targets;
    return { steps: [learnTargetMeans(column, numbersOfTarget(name, target, table.column(target.column)), unknown)] };
  }
  const hasOther = kept.length < words.length;
  if (kept.length === 0 && !hasGaps) return { note: "has no word that occurs often enough, and was left out." };
  return { steps: [new OneHotStep(name, kept, hasOther, hasGaps, unknown)] };
}

/** All words from lowest to highest. */
function orderOf(name: string, words: readonly string[], { order }: ColumnRules): readonly string[] {
  const missing = order && words.find((word) => !order.includes(word));
  if (missing === undefined) return order ?? words;
  throw new ArgumentError(`pipeline: column ${show(name)}: order lacks ${show(missing)}.`);
}

/** What words are averaged over: the quantity, or whether the second of two classes stands there. */
function numbersOfTarget(name: string, target: Target, column: Column): Float64Array {
  if (!target.classes) return quantities(column);
  if (target.classes.length === 2) return Float64Array.from(target.values(column));
  throw new ArgumentError(
    `pipeline: column ${show(name)}: encode "target" needs a quantity or two classes, ${show(target.column)} has ${target.classes.length}.`,
  );
}

/** How later rows are read: what was learnt from, and the targets, where they are there. */
function schemaOf(table: Table, rules: Rules, steps: readonly Step[], embeddings: readonly EmbeddingStep[]) {
  const used = new Set([...steps, ...embeddings].map(({ column }) => column));
  const columns = table.schema.columns.filter(({ name, role }) => role === "target" || used.has(name));
  const withPolicy = (column: ColumnSchema): ColumnSchema => {
    if (column.role !== "feature" || column.type !== "category") return column;
    const { unknown = "other" } = rules.ofFeature(column.name, "category");
    const { words = [] } = column;
    // The table's own word for those that it does not know.
    return { ...column, unknown, words: unknown === "other" && !words.includes(OTHER) ? [...words, OTHER] : words };
  };
  return { version: 1 as const, columns: columns.map(withPolicy) };
}
