import { ArgumentError, DataError } from "../errors";
import type { Model } from "../model/model";
import type { tableModel } from "../model/tableModel";
import { checkOptions, integer, show } from "../options";
import type { Pipeline, RawRows } from "../pipeline/pipeline";
import { breathe } from "../platform/breathe";
import { readTable } from "../table/read";
import type { Table } from "../table/table";
import type { Tensor } from "../tensor/tensor";
import { LINEAR_ROWS, lastValue, type Times, trainLinear, trivial } from "./baselines";
import type { ClassOutcome } from "./classScores";
import { importances } from "./importance";
import { learningOf } from "./learning";
import { isOfClasses, type Outcome, outcomes, type Truth, truthOf } from "./outcomes";
import type { QuantityOutcome } from "./quantityScores";
import { Report } from "./report";
import type {
  FoldScore,
  FoldSpread,
  FoldSummary,
  Importance,
  PredictorName,
  ReportData,
  TargetReport,
} from "./reportData";
import type { ReportOptions } from "./reportOptions";
import { reportOfClasses, reportOfQuantity } from "./targetReports";

const WHO = "report";

/** Looks at a model with the rows of a test. */
export async function makeReport(
  model: Model<Tensor | Tensor[]>,
  given: RawRows,
  options: ReportOptions,
  /** Handed in, so that layers are not loaded a second time. */
  makeModel: typeof tableModel,
): Promise<Report> {
  const settings = readOptions(options);
  const { pipeline } = model;
  if (!pipeline) {
    throw new ArgumentError(
      `${WHO}: the model has no pipeline, so that raw rows mean nothing to it. Make it with tableModel(pipeline), or set model.pipeline.`,
    );
  }
  const notes: string[] = [];
  const test = await rowsWithTargets(pipeline, given, "test", notes);
  const train = settings.train && (await rowsWithTargets(pipeline, settings.train, "train", notes));
  const learnt = train && pipeline.targets.map((target) => truthOf(target, train.column(target.column)));
  const truths = pipeline.targets.map((target, i) => {
    const known = learnt?.[i];
    return truthOf(target, test.column(target.column), known?.kind === "classes" ? known.classes : target.classes);
  });
  noteUnknown(truths, notes);
  const found = await outcomes(model, test, truths);
  await breathe();
  const others = await compare({ pipeline, test, train, truths, learnt, settings, notes, makeModel });
  const importance = await importances(model, test, truths, settings.seed);
  await breathe();
  noteImportance(importance, test.rowCount, notes);
  const targets: TargetReport[] = [];
  for (const [i, outcome] of found.entries()) {
    targets.push(
      reportOf({ test, truth: truths[i], outcome, others: others[i], importance: importance[i], settings }, notes),
    );
    await breathe();
  }
  const data: ReportData = {
    version: 1,
    title: settings.title ?? `How well ${pipeline.targets.map(({ column }) => column).join(", ")} can be predicted`,
    model: { name: model.name, layers: model.layers.length, features: pipeline.features },
    rows: test.rowCount,
    trainRows: train?.rowCount ?? null,
    learning: learningOf(settings.history),
    ...(settings.crossValidation ? { crossValidation: structuredClone(settings.crossValidation) } : {}),
    targets,
    notes,
  };
  return new Report(data);
}

type Settings = ReportOptions & { readonly seed: number; readonly mistakes: number };

function readOptions(options: ReportOptions): Settings {
  checkOptions(WHO, options, ["history", "train", "time", "seed", "mistakes", "title", "crossValidation"]);
  const { history, train, time, seed = 0, mistakes = 10, title, crossValidation } = options;
  integer(WHO, "seed", seed, { min: 0, max: 2 ** 32 - 1 });
  integer(WHO, "mistakes", mistakes, { min: 0, max: 1000 });
  if (title !== undefined && typeof title !== "string") {
    throw new ArgumentError(`${WHO}: title must be a text, got ${show(title)}.`);
  }
  if (history !== undefined && !(Array.isArray(history?.epoch) && typeof history.history === "object")) {
    throw new ArgumentError(`${WHO}: history must be what fit returns, got ${show(history)}.`);
  }
  checkFoldSummary(crossValidation);
  if (time !== undefined && train === undefined) {
    throw new ArgumentError(`${WHO}: time compares with the last value before each row: give train, too.`);
  }
  return { ...options, seed, mistakes };
}

function checkFoldSummary(given: ReportOptions["crossValidation"]): void {
  if (given === undefined) return;
  const isSpread = (one: unknown) =>
    [(one as FoldSpread)?.mean, (one as FoldSpread)?.deviation].every((n) => n === null || Number.isFinite(n));
  const isScore = (one: FoldScore) =>
    ["accuracy", "mae", "rmse", "r2"].includes(one?.name) &&
    isSpread(one) &&
    (one.guess === undefined || isSpread(one.guess));
  const isTarget = (one: FoldSummary["targets"][number]) =>
    typeof one?.column === "string" && Array.isArray(one.scores) && one.scores.every(isScore);
  if (Number.isInteger(given?.folds) && Array.isArray(given.targets) && given.targets.every(isTarget)) return;
  throw new ArgumentError(
    `${WHO}: crossValidation must be { folds, targets: [{ column, scores: [{ name, mean, deviation }] }] }, got ${show(given)}.`,
  );
}

/** A table without the rows that miss a target. */
async function rowsWithTargets(pipeline: Pipeline, given: RawRows, which: "test" | "train", notes: string[]) {
  if (typeof given !== "object" || given === null) {
    throw new ArgumentError(`${WHO}: ${which} must be a table or rows as objects, got ${show(given)}.`);
  }
  const read = await asTable(pipeline, given, which);
  for (const { column } of pipeline.targets) {
    if (read.has(column)) continue;
    throw new DataError(
      `${WHO}: ${which} has no column ${show(column)}, without which nobody knows what is right. ` +
        `It has ${read.columnNames.slice(0, 20).map(show).join(", ")}.`,
    );
  }
  if (read.rowCount === 0) throw new DataError(`${WHO}: ${which} has no rows.`);
  const targets = pipeline.targets.map(({ column }) => read.column(column));
  const places = Array.from({ length: read.rowCount }, (_, row) => row);
  const kept = places.filter((row) => !targets.some((column) => column.isGap(row)));
  if (kept.length === 0) throw new DataError(`${WHO}: no row of ${which} has a value for the target.`);
  const left = read.rowCount - kept.length;
  if (left === 0) return read;
  notes.push(`${left} of ${read.rowCount} rows of ${which} have no value for the target and were left out.`);
  return read.take(kept);
}

async function asTable(pipeline: Pipeline, given: RawRows, which: string): Promise<Table> {
  if (typeof (given as Partial<Table>).column === "function" && "rowCount" in given) return given as Table;
  const rows = Array.isArray(given) ? given : [given];
  if (rows.length === 0) throw new DataError(`${WHO}: ${which} has no rows.`);
  return readTable(rows as never, { schema: pipeline.schema });
}

function noteUnknown(truths: readonly Truth[], notes: string[]): void {
  for (const truth of truths) {
    if (truth.kind !== "classes") continue;
    const known = truth.target.classes!.length;
    const rows = truth.of.filter((of) => of >= known).length;
    if (rows === 0) continue;
    const words = truth.classes
      .slice(known, known + 10)
      .map(show)
      .join(", ");
    notes.push(`${rows} rows are of classes that the model has not learnt (${words}): they count as mistakes.`);
  }
}

function noteImportance([{ rows, omitted, columns }]: readonly Importance[], all: number, notes: string[]): void {
  if (rows < all) notes.push(`Permutation importance was measured on ${rows} of the ${all} rows, drawn by the seed.`);
  if (omitted > 0) notes.push(`Permutation importance was measured for the first ${columns.length} columns only.`);
}

/** What is needed for a comparison with simple predictors. */
interface Comparison {
  readonly pipeline: Pipeline;
  readonly test: Table;
  readonly train: Table | undefined;
  readonly truths: readonly Truth[];
  readonly learnt: readonly Truth[] | undefined;
  readonly settings: Settings;
  readonly notes: string[];
  readonly makeModel: typeof tableModel;
}

/** Somebody and what they say. */
type Other = readonly [PredictorName, Outcome];

/** What simple predictors say of each target. */
async function compare({
  pipeline,
  test,
  train,
  truths,
  learnt,
  settings,
  notes,
  makeModel,
}: Comparison): Promise<Other[][]> {
  const others = truths.map((truth, i): Other[] => {
    const { name, outcome } = trivial(truth, learnt?.[i] ?? truth);
    return [[name, outcome]];
  });
  if (!train || !learnt) {
    notes.push("The trivial model knows the test rows, and there is no linear one: rows of training were not given.");
    return others;
  }
  if (settings.time !== undefined) {
    const times: Times = { train: timesOf(train, "train", settings.time), test: timesOf(test, "test", settings.time) };
    truths.forEach((truth, i) => {
      const last = lastValue(truth, learnt[i], times);
      if (last) others[i].push([last.name, last.outcome]);
      else if (i === 0)
        notes.push("Some rows have none before them in time: there is no comparison with the last value.");
    });
  }
  const linear = await trainLinear(makeModel, pipeline, train, settings.seed);
  if (train.rowCount > LINEAR_ROWS) {
    notes.push(`The linear model has learnt from ${LINEAR_ROWS} of the ${train.rowCount} rows, drawn by the seed.`);
  }
  const found = await outcomes(linear, test, truths);
  linear.dispose();
  for (const [i, outcome] of found.entries()) others[i].push(["linear", outcome]);
  return others;
}

function timesOf(table: Table, which: string, name: string): Float64Array {
  if (!table.has(name)) throw new ArgumentError(`${WHO}: time: ${which} has no column ${show(name)}.`);
  const column = table.column(name);
  if (column.type !== "date" && column.type !== "number") {
    throw new ArgumentError(
      `${WHO}: time: ${show(name)} is a column of type ${column.type}, expected dates or numbers.`,
    );
  }
  const gap = column.values.findIndex(Number.isNaN);
  if (gap >= 0) throw new DataError(`${WHO}: time: row ${gap + 1} of ${which} has no value in ${show(name)}.`);
  return column.values;
}

/** All that is known of one target. */
export interface Findings<Found extends Outcome = Outcome> {
  readonly test: Table;
  readonly truth: Truth;
  readonly outcome: Found;
  readonly others: readonly Other[];
  readonly importance: Importance;
  readonly settings: { readonly seed: number; readonly mistakes: number };
}

function reportOf(findings: Findings, notes: string[]): TargetReport {
  return isOfClasses(findings.outcome)
    ? reportOfClasses(findings as Findings<ClassOutcome>, notes)
    : reportOfQuantity(findings as Findings<QuantityOutcome>, notes);
}
