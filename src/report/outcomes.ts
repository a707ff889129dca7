import { DataError } from "../errors";
import type { Model } from "../model/model";
import { show } from "../options";
import type { Pipeline } from "../pipeline/pipeline";
import type { Target } from "../pipeline/target";
import { quantities } from "../pipeline/steps/numbers";
import type { Column } from "../table/columns/column";
import type { Table } from "../table/table";
import type { Tensor } from "../tensor/tensor";
import type { ClassOutcome } from "./classScores";
import type { QuantityOutcome } from "./quantityScores";

/** Rows that are computed at once. */
const BATCH = 256;
/** How far the sum of probabilities may be from 1. */
const SUM_ERROR = 1e-3;

/** What is true of a target. */
export type Truth =
  | { readonly kind: "classes"; readonly target: Target; readonly classes: readonly string[]; readonly of: Int32Array }
  | { readonly kind: "quantity"; readonly target: Target; readonly values: Float64Array };

/** What is true of a target and what is predicted. */
export type Outcome = ClassOutcome | QuantityOutcome;

/** The true values of a target, in words or in its unit. Classes that are not among those given come behind them. */
export function truthOf(target: Target, column: Column, classes = target.classes ?? []): Truth {
  if (!target.classes) {
    if (column.type !== "number" && column.type !== "boolean") throw wrongType(target, column);
    return { kind: "quantity", target, values: Float64Array.from(quantities(column)) };
  }
  const places = new Map(classes.map((word, place) => [word, place]));
  const of = Int32Array.from({ length: column.length }, (_, row) => {
    const word = String(column.at(row));
    if (!places.has(word)) places.set(word, places.size);
    return places.get(word)!;
  });
  return { kind: "classes", target, classes: [...places.keys()], of };
}

const wrongType = ({ column: name }: Target, { type }: Column) =>
  new DataError(
    `report: the target ${show(name)} is a column of type ${type}, the model predicts numbers. ` +
      "Read the table with data.table(…, { schema: model.pipeline.schema }).",
  );

/** What a model says of rows, for each target. */
export async function outcomes(
  model: Model<Tensor | Tensor[]>,
  rows: Table,
  truths: readonly Truth[],
): Promise<Outcome[]> {
  const inputs = await (model.pipeline as Pipeline).inputs(rows);
  const predicted = (await model.predict(inputs as Tensor, { batchSize: BATCH })) as Tensor | Tensor[];
  const outputs = Array.isArray(predicted) ? predicted : [predicted];
  return truths.map((truth, i) => {
    const values = outputs[i].data as Float32Array;
    const width = values.length / rows.rowCount;
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const row = Math.floor(bad / width) + 1;
      throw new DataError(
        `report: the model predicts ${values[bad]} of ${show(truth.target.column)} for row ${row}. Were its weights still finite?`,
      );
    }
    return truth.kind === "classes" ? ofClasses(truth, values, width) : ofQuantity(truth, values);
  });
}

function ofQuantity({ target, values }: Truth & { kind: "quantity" }, outputs: Float32Array): QuantityOutcome {
  const guess = Float64Array.from(outputs, (_, row) => target.answer(outputs.subarray(row, row + 1)).value as number);
  return { truth: values, guess };
}

/** Classes that the model does not know have a score of 0. */
function ofClasses({ classes, of }: Truth & { kind: "classes" }, outputs: Float32Array, width: number): ClassOutcome {
  const count = classes.length;
  const scores = count === width ? outputs : new Float32Array(of.length * count);
  const guess = new Int32Array(of.length);
  let areProbabilities = true;
  for (let row = 0; row < of.length; row++) {
    const said = outputs.subarray(row * width, (row + 1) * width);
    if (scores !== outputs) scores.set(said, row * count);
    let [sum, best] = [0, 0];
    for (let k = 0; k < width; k++) {
      sum += said[k];
      if (said[k] < 0) areProbabilities = false;
      if (said[k] > said[best]) best = k;
    }
    guess[row] = best;
    if (Math.abs(sum - 1) > SUM_ERROR) areProbabilities = false;
  }
  return { classes, truth: of, guess, scores, areProbabilities };
}

/** Whether an outcome is of classes. */
export const isOfClasses = (outcome: Outcome): outcome is ClassOutcome => "classes" in outcome;
