/** How good a model of tables is: as data, as text and as a page. */
import { ArgumentError } from "../errors";
import { tableModel } from "../model/tableModel";
import type { Model, Prediction } from "../model/model";
import { checkArity, show } from "../options";
import type { RawRows } from "../pipeline/pipeline";
import type { Report } from "./report";
import type { ReportOptions } from "./reportOptions";

export type { Report } from "./report";
export type {
  Calibration,
  CalibrationBin,
  ClassCurves,
  ClassFigures,
  ClassReport,
  ClassScores,
  ColumnImportance,
  FoldScore,
  FoldSpread,
  FoldSummary,
  HistogramBin,
  Importance,
  LearningSeries,
  Mistake,
  PredictorName,
  QuantityReport,
  QuantityScores,
  RawValue,
  ReportData,
  TargetReport,
  Thinned,
} from "./reportData";
export type { ReportOptions } from "./reportOptions";

/**
 * Looks at a model with rows that it has not learnt from: how often it is right, where it is wrong, which columns it needs, and
 * whether something simple does as well.
 *
 *     const { train, test } = data.trainTest(table, { seed: 1 });
 *     …
 *     const found = await report(model, test, { history, train });
 *     console.log(String(found));
 *     await writeFile("report.html", found.html());
 *
 * For classes: confusion matrix, precision, recall and F1, ROC and precision–recall curves, calibration; for quantities: MAE, RMSE
 * and R², residuals; for both: permutation importance of raw columns, the largest mistakes, and the comparison with the trivial model
 * and, where the rows of training are given, with a linear one that is trained on them. Several targets have a section each.
 *
 * @param model one with a pipeline, as `tableModel` makes it
 * @param test a table with the target, or rows as objects; rows without a value for it are left out
 * @throws ArgumentError for a model without a pipeline and for unknown options; DataError where a column or all values of a target
 *   are missing, and where the model predicts NaN
 */
export async function report<Output extends Prediction>(
  model: Model<Output>,
  test: RawRows,
  options: ReportOptions = {},
  ...rest: unknown[]
): Promise<Report> {
  checkArity("report", rest, "report(model, test, { history, train })");
  if (typeof (model as Partial<Model> | undefined)?.predict !== "function") {
    throw new ArgumentError(`report: expects a model, as tableModel makes one, got ${show(model)}.`);
  }
  return (await import("./makeReport")).makeReport(model as never, test, options, tableModel);
}
