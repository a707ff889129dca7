import type { ClassReport, Importance, Mistake, QuantityReport, TargetReport } from "../reportData";
import {
  cell,
  clean,
  count,
  counted,
  measure,
  number,
  percent,
  predictor,
  ratio,
  shortened,
  verdict,
  withUnit,
} from "../wording";
import { calibrationHtml, confusionHtml, empty, precisionRecallHtml, rocHtml } from "./classCharts";
import { barHtml, escaped, nameHtml, tableHtml } from "./markup";
import { histogramHtml, residualsHtml, scatterHtml } from "./quantityCharts";

/** Columns of a raw row that are shown, at most. */
const ROW_COLUMNS = 12;
/** Columns whose importance is shown, at most. */
const IMPORTANT = 30;

/** A part of the page that can be gone to. */
export interface Section {
  readonly id: string;
  /** Markup. */
  readonly title: string;
  readonly html: string;
}

/** All that is said of one target. */
export function targetSections(target: TargetReport, place: number): Section[] {
  const id = (name: string) => `${name}-${place}`;
  const own = target.kind === "classes" ? classSections(target, id) : quantitySections(target, id);
  return [
    ...own,
    { id: id("columns"), title: "Which columns it needs", html: importanceHtml(target.importance, target) },
    { id: id("mistakes"), title: "Largest mistakes", html: mistakesHtml(target) },
  ];
}

/** How the model does beside simple ones. */
export function comparisonHtml(target: TargetReport): string {
  const caption = "Beside simple predictors";
  if (target.kind === "classes") {
    return tableHtml({
      caption: `${caption}: the longer, the more is right`,
      head: ["Predictor", "Accuracy", "", "F1", "Log loss", "Brier"],
      words: [0],
      bars: 2,
      className: "comparison",
      rows: target.scores.map(({ name, accuracy, f1, logLoss, brier }) => [
        predictor(name),
        percent(accuracy),
        barHtml(accuracy, 0, 1),
        ratio(f1),
        ...[logLoss, brier].map(number),
      ]),
    });
  }
  const { unit } = target;
  const most = Math.max(...target.scores.map(({ mae }) => mae));
  return tableHtml({
    caption: `${caption}: the shorter, the less off`,
    head: ["Predictor", "Mean error", "", "RMSE", "R²"],
    words: [0],
    bars: 2,
    className: "comparison",
    rows: target.scores.map(({ name, mae, rmse, r2 }) => [
      predictor(name),
      escaped(withUnit(mae, unit)),
      barHtml(mae, 0, most),
      escaped(withUnit(rmse, unit)),
      ratio(r2),
    ]),
  });
}

/** The first words of a target. */
export const leadHtml = (target: TargetReport): string => `<p class="lead">${escaped(verdict(target))}</p>`;

function classSections(target: ClassReport, id: (name: string) => string): Section[] {
  const { classes, calibration } = target;
  const figures = tableHtml({
    caption: "Each class against all others",
    head: ["Class", "Rows", "Precision", "Recall", "F1", "ROC area", "PR area"],
    rows: classes.map(({ name, support, precision, recall, f1, rocAuc, averagePrecision }) => [
      nameHtml(shortened(name, 40)),
      count(support),
      ...[precision, recall, f1, rocAuc, averagePrecision].map(ratio),
    ]),
  });
  const calibrated = calibration
    ? calibrationHtml(calibration, id("calibration-chart"))
    : empty("Calibration", "Not defined: what the model says are no probabilities.");
  const wide = classes.length > 8;
  return [
    {
      id: id("confusion"),
      title: "What is taken for what",
      html: `<div class="${wide ? "stacked" : "beside"}"><div>${confusionHtml(target)}</div><div>${figures}</div></div>`,
    },
    {
      id: id("curves"),
      title: "Curves and calibration",
      html: `<div class="figures">${rocHtml(target, id("roc"))}${precisionRecallHtml(target, id("pr"))}${calibrated}</div>`,
    },
  ];
}

function quantitySections(target: QuantityReport, id: (name: string) => string): Section[] {
  const html = `<div class="figures">${scatterHtml(target, id("scatter"))}${residualsHtml(target, id("residuals"))}${histogramHtml(target, id("histogram"))}</div>`;
  return [{ id: id("residual-section"), title: "How far off", html }];
}

function importanceHtml(
  { columns, measure: name, rows, repeats, baseline, omitted }: Importance,
  target: TargetReport,
): string {
  const unit = target.kind === "quantity" ? target.unit : undefined;
  const shown = columns.slice(0, IMPORTANT);
  const increases = shown.map(({ increase }) => increase);
  const [low, high] = [Math.min(0, ...increases), Math.max(0, ...increases)];
  const isOfClasses = target.kind === "classes";
  const table = tableHtml({
    caption: `Growth of ${measure(name)} from ${withUnit(baseline, unit)} when a column's values change places among the rows`,
    head: ["Column", "", "Growth", "±", ...(isOfClasses ? ["Accuracy lost"] : [])],
    words: [0],
    bars: 1,
    rows: shown.map(({ column, increase, deviation, accuracyDrop }) => [
      nameHtml(shortened(column, 40)),
      barHtml(increase, low, high),
      escaped(withUnit(increase, unit)),
      number(deviation),
      ...(isOfClasses ? [percent(accuracyDrop ?? null)] : []),
    ]),
  });
  const rest = columns.length - shown.length + omitted;
  const more = rest > 0 ? ` ${counted(rest, "further column")} not shown.` : "";
  return `${table}<p class="note">Mean and deviation of ${counted(repeats, "draw")} over ${counted(rows, "row")}.${more} Columns that say the same stand in for each other: both look less needed.</p>`;
}

function mistakesHtml({ mistakes, importance, ...target }: TargetReport): string {
  if (mistakes.length === 0) return "<p>No row is wrong.</p>";
  const unit = target.kind === "quantity" ? target.unit : undefined;
  const said = (value: Mistake["truth"]) =>
    typeof value === "number" ? escaped(withUnit(value, unit)) : nameHtml(shortened(value, 30));
  // The columns that count most come first.
  const ranked = importance.columns.map(({ column }) => column);
  const all = [...new Set([...ranked, ...Object.keys(mistakes[0].values)])].filter(
    (name) => name !== target.column && Object.hasOwn(mistakes[0].values, name),
  );
  const names = all.slice(0, ROW_COLUMNS);
  const isOfWords = (name: string) => mistakes.some(({ values }) => typeof values[name] === "string");
  const isOfClasses = target.kind === "classes";
  const off = ({ truth, predicted }: Mistake) => escaped(withUnit((truth as number) - (predicted as number), unit));
  const table = tableHtml({
    caption: isOfClasses
      ? "Wrong rows whose truth the model thought least likely"
      : "Rows furthest from what was predicted",
    head: [
      "Row",
      "True",
      "Predicted",
      isOfClasses ? "Sure" : "Off by",
      ...names.map((name) => nameHtml(shortened(name, 30))),
    ],
    words: [0, ...(isOfClasses ? [1, 2] : []), ...names.flatMap((name, i) => (isOfWords(name) ? [i + 4] : []))],
    rows: mistakes.map((mistake) => [
      count(mistake.row),
      said(mistake.truth),
      said(mistake.predicted),
      isOfClasses ? percent(mistake.probability ?? null) : off(mistake),
      ...names.map((name) => valueHtml(mistake.values[name])),
    ]),
  });
  const parts = [
    all.length > names.length ? `${counted(all.length - names.length, "further column")} not shown.` : "",
    isOfClasses && target.wrong > mistakes.length ? `${count(target.wrong)} rows are wrong in all.` : "",
    "Rows count from 1 in the table of the test.",
  ];
  return `${table}<p class="note">${parts.filter(Boolean).join(" ")}</p>`;
}

const valueHtml = (value: Mistake["values"][string]): string =>
  value === null
    ? '<span class="note">missing</span>'
    : typeof value === "string"
      ? `<bdi>${escaped(clean(cell(value), 40))}</bdi>`
      : cell(value);
