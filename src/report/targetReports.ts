import type { CellValue } from "../table/columns/column";
import type { Table } from "../table/table";
import { type ClassOutcome, calibrate, classScores, confusionOf, countsOf, errorRate } from "./classScores";
import { sampleRows } from "./importance";
import type { Findings } from "./makeReport";
import { histogram, type QuantityOutcome, quantityScores, scatter } from "./quantityScores";
import { type Ranking, rank } from "./ranking";
import type { ClassReport, Mistake, QuantityReport, RawValue } from "./reportData";

/** Classes that have curves, at most: each is a sort of all rows. */
const MOST_CURVES = 100;
/** Points of a scatter plot. */
const SCATTER_POINTS = 2000;
const NO_RANKING: Ranking = { rocAuc: null, averagePrecision: null, roc: null, precisionRecall: null };

/** What is said of a target of classes. */
export function reportOfClasses(findings: Findings<ClassOutcome>, notes: string[]): ClassReport {
  const { truth, outcome, others, importance, settings, test } = findings;
  const { classes } = outcome;
  const confusion = confusionOf(outcome);
  const counts = countsOf(confusion);
  const ranked = rankings(outcome, counts);
  const { column } = truth.target;
  if (ranked.size < classes.length) {
    notes.push(
      `Curves and areas are those of the ${ranked.size} most frequent of ${classes.length} classes of ${column}.`,
    );
  }
  if (!outcome.areProbabilities) {
    notes.push(
      `What the model says of ${column} are no probabilities: calibration, log loss and Brier score are left out.`,
    );
  }
  const { areProbabilities } = outcome;
  return {
    kind: "classes",
    column,
    rows: outcome.truth.length,
    scores: [classScores("model", outcome), ...others.map(([name, other]) => classScores(name, other as ClassOutcome))],
    classes: classes.map((name, k) => {
      const { rocAuc, averagePrecision } = ranked.get(k) ?? NO_RANKING;
      return { name, ...counts[k], rocAuc, averagePrecision };
    }),
    confusion,
    curves: [...ranked].map(([k, { roc, precisionRecall }]) => ({ name: classes[k], roc, precisionRecall })),
    calibration: areProbabilities ? calibrate(outcome) : null,
    importance,
    mistakes: mistakenClasses(outcome, test, settings.mistakes),
    wrong: Math.round(errorRate(outcome) * outcome.truth.length),
  };
}

/** Curves of the most frequent classes, in the order of classes. */
function rankings(
  { classes, truth, scores }: ClassOutcome,
  counts: readonly { support: number }[],
): Map<number, Ranking> {
  const frequent = [...classes.keys()].sort((a, b) => counts[b].support - counts[a].support || a - b);
  const looked = frequent.slice(0, MOST_CURVES).sort((a, b) => a - b);
  const count = classes.length;
  // Many curves are thin lines of one picture.
  const points = looked.length > 8 ? 100 : 400;
  return new Map(
    looked.map((k) => {
      const ofClass = Float32Array.from(truth, (_, row) => scores[row * count + k]);
      const isOf = Uint8Array.from(truth, (of) => (of === k ? 1 : 0));
      return [k, rank(ofClass, isOf, points)];
    }),
  );
}

/** The rows that are wrong whose truth the model thought least of, before those where it was surest of something else. */
function mistakenClasses({ classes, truth, guess, scores }: ClassOutcome, test: Table, most: number): Mistake[] {
  const count = classes.length;
  const scoreOf = (row: number, k: number) => scores[row * count + k];
  const wrong = Array.from(truth.keys()).filter((row) => truth[row] !== guess[row]);
  wrong.sort(
    (a, b) => scoreOf(a, truth[a]) - scoreOf(b, truth[b]) || scoreOf(b, guess[b]) - scoreOf(a, guess[a]) || a - b,
  );
  return wrong.slice(0, most).map((row) => ({
    row: row + 1,
    truth: classes[truth[row]],
    predicted: classes[guess[row]],
    probability: scoreOf(row, guess[row]),
    probabilityOfTruth: scoreOf(row, truth[row]),
    values: rawRow(test, row),
  }));
}

/** What is said of a quantity. */
export function reportOfQuantity(findings: Findings<QuantityOutcome>, notes: string[]): QuantityReport {
  const { truth, outcome, others, importance, settings, test } = findings;
  const { column } = truth.target;
  const { truth: values, guess } = outcome;
  const rows = values.length;
  const known = test.column(column);
  const unit = known.type === "number" ? known.unit : undefined;
  const scores = [
    quantityScores("model", outcome),
    ...others.map(([name, other]) => quantityScores(name, other as QuantityOutcome)),
  ];
  if (scores[0].r2 === null) notes.push(`${column} is the same in all rows of the test: R² is not defined.`);
  let bias = 0;
  for (let row = 0; row < rows; row++) bias += (values[row] - guess[row]) / rows;
  const worst = Array.from(values.keys()).sort(
    (a, b) => Math.abs(values[b] - guess[b]) - Math.abs(values[a] - guess[a]) || a - b,
  );
  return {
    kind: "quantity",
    column,
    ...(unit === undefined ? {} : { unit }),
    rows,
    scores,
    bias,
    points: scatter(outcome, sampleRows(rows, SCATTER_POINTS, settings.seed)),
    histogram: histogram(outcome),
    importance,
    mistakes: worst.slice(0, settings.mistakes).map((row) => ({
      row: row + 1,
      truth: values[row],
      predicted: guess[row],
      values: rawRow(test, row),
    })),
  };
}

/** A row as plain JSON. */
function rawRow(table: Table, row: number): Record<string, RawValue> {
  const entries = table.columns.map((column) => [column.name, plain(column.at(row))] as const);
  // Object.fromEntries defines, so that "__proto__" is a name like others.
  return Object.fromEntries(entries);
}

const plain = (value: CellValue): RawValue => (value instanceof Date ? value.toISOString() : value);
