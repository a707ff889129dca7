import type { Model } from "../model/model";
import { deriveKey, shuffle } from "../numeric/random";
import { Table } from "../table/table";
import type { Tensor } from "../tensor/tensor";
import { type ClassOutcome, errorRate, logLoss } from "./classScores";
import { isOfClasses, type Outcome, outcomes, type Truth } from "./outcomes";
import { rmse } from "./quantityScores";
import type { ColumnImportance, Importance } from "./reportData";

/** Streams of random numbers. */
const SAMPLE = 81;
const PLACES = 82;

/** Rows that are looked at, at most. */
const MOST_ROWS = 4000;
const FEWEST_ROWS = 200;
const MOST_REPEATS = 5;
/** Rows that are predicted in all, about: more would take minutes. */
const BUDGET = 400_000;

/** Some rows in their order, the same for a seed: all where there are no more. */
export function sampleRows(count: number, most: number, seed: number): Int32Array {
  const all = Int32Array.from({ length: count }, (_, row) => row);
  return count <= most ? all : shuffle(all, deriveKey(seed, SAMPLE)).slice(0, most).sort();
}

/**
 * How much worse a model gets when the values of one raw column change places among the rows: for each target its columns. The
 * same for a seed, and for a column whatever the others are.
 */
export async function importances(
  model: Model<Tensor | Tensor[]>,
  table: Table,
  truths: readonly Truth[],
  seed: number,
): Promise<Importance[]> {
  const names = model.pipeline!.features;
  const most = Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, Math.floor(BUDGET / names.length)));
  const sample = sampleRows(table.rowCount, most, seed);
  const count = sample.length;
  const rows = table.select(names).take(sample);
  const known = truths.map((truth) => someOf(truth, sample));
  const repeats = Math.max(1, Math.min(MOST_REPEATS, Math.floor(BUDGET / (count * names.length))));
  const looked = names.slice(0, Math.max(1, Math.floor(BUDGET / (count * repeats))));
  const before = await outcomes(model, rows, known);
  const found = truths.map((): ColumnImportance[] => []);
  for (const column of looked) {
    const after: Outcome[][] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const key = deriveKey(seed, PLACES, repeat, ...Array.from(column.slice(0, 64), (one) => one.codePointAt(0)!));
      const places = shuffle(Int32Array.from(sample.keys()), key);
      const columns = rows.columns.map((one) => (one.name === column ? one.take(places) : one));
      after.push(await outcomes(model, new Table(columns, rows.schema, count), known));
    }
    truths.forEach((_, i) => {
      found[i].push(
        grown(
          column,
          before[i],
          after.map((one) => one[i]),
        ),
      );
    });
  }
  return before.map((outcome, i) => ({
    measure: measureOf(outcome),
    baseline: measured(outcome),
    rows: count,
    repeats,
    columns: found[i].sort((a, b) => b.increase - a.increase),
    omitted: names.length - looked.length,
  }));
}

function someOf(truth: Truth, rows: Int32Array): Truth {
  if (truth.kind === "classes") return { ...truth, of: rows.map((row) => truth.of[row]) };
  return { ...truth, values: Float64Array.from(rows, (row) => truth.values[row]) };
}

const measureOf = (outcome: Outcome): Importance["measure"] =>
  !isOfClasses(outcome) ? "rmse" : outcome.areProbabilities ? "logLoss" : "errorRate";

function measured(outcome: Outcome): number {
  if (!isOfClasses(outcome)) return rmse(outcome);
  return outcome.areProbabilities ? logLoss(outcome) : errorRate(outcome);
}

function grown(column: string, before: Outcome, after: readonly Outcome[]): ColumnImportance {
  const baseline = measured(before);
  const increases = after.map((outcome) => measured(outcome) - baseline);
  const increase = mean(increases);
  const deviation = Math.sqrt(mean(increases.map((one) => (one - increase) ** 2)));
  if (!isOfClasses(before)) return { column, increase, deviation };
  const rates = after.map((outcome) => errorRate(outcome as ClassOutcome));
  return { column, increase, deviation, accuracyDrop: mean(rates) - errorRate(before) };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
