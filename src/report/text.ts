import { integer } from "../options";
import { foldRows, foldsSentence } from "./foldText";
import type {
  ClassReport,
  FoldSummary,
  Importance,
  Mistake,
  QuantityReport,
  ReportData,
  TargetReport,
} from "./reportData";
import {
  cell,
  clean,
  count,
  measure,
  counted,
  number,
  percent,
  predictor,
  ratio,
  subject,
  verdict,
  withUnit,
} from "./wording";

/** Classes whose confusion is written out as a matrix. */
const MATRIX_CLASSES = 10;
/** Lines of a list. */
const LIST = 12;

/** A report as lines of at most `width` characters. */
export function reportText(data: ReportData, width: number): string {
  integer("report", "width", width, { min: 40 });
  const lines = [...wrapped(clean(data.title), width), ...wrapped(subject(data), width)];
  for (const target of data.targets) lines.push("", ...targetLines(target, width));
  if (data.crossValidation) lines.push("", ...foldLines(data.crossValidation, width));
  if (data.learning) lines.push("", ...learningLines(data.learning, width));
  if (data.notes.length > 0)
    lines.push("", "Notes", ...data.notes.flatMap((note) => wrapped(`- ${clean(note, 400)}`, width)));
  return `${lines.map((line) => cut(line, width)).join("\n")}\n`;
}

function foldLines(found: FoldSummary, width: number): string[] {
  return [
    "Cross-validation",
    ...wrapped(foldsSentence(found), width),
    ...found.targets.flatMap((target) => [
      ...(found.targets.length > 1 ? [cut(clean(target.column), width)] : []),
      ...table([["", "networks", "guess"], ...foldRows(target)], width),
    ]),
  ];
}

function targetLines(target: TargetReport, width: number): string[] {
  const name = clean(target.column);
  const head = [cut(name, width), "─".repeat(Math.min(width, widthOf(name))), ...wrapped(verdict(target), width), ""];
  const own = target.kind === "classes" ? classLines(target, width) : quantityLines(target, width);
  return [...head, ...own, "", ...importanceLines(target.importance, target, width), ...mistakeLines(target, width)];
}

function classLines({ scores, classes, confusion, calibration }: ClassReport, width: number): string[] {
  const shown = classes.slice(0, 50);
  const ranks = shown.map(({ name, support, precision, recall, f1, rocAuc, averagePrecision }) => [
    clean(name),
    count(support),
    ...[precision, recall, f1, rocAuc, averagePrecision].map(ratio),
  ]);
  const lines = [
    ...table(
      [
        ["", "accuracy", "F1", "log loss", "Brier"],
        ...scores.map((one) => [
          predictor(one.name),
          percent(one.accuracy),
          ratio(one.f1),
          ...[one.logLoss, one.brier].map(number),
        ]),
      ],
      width,
    ),
    "",
    ...table([["class", "rows", "precis.", "recall", "F1", "ROC", "PR"], ...ranks], width),
  ];
  if (classes.length > shown.length) lines.push(`… and ${count(classes.length - shown.length)} of the classes more`);
  lines.push(
    "",
    ...confusionLines(
      classes.map(({ name }) => clean(name)),
      confusion,
      width,
    ),
  );
  if (calibration) {
    const [low, high] = [calibration.bins[0], calibration.bins[calibration.bins.length - 1]];
    const ends = [low, high].map(({ predicted, observed }) => `${percent(predicted)} said, ${percent(observed)} true`);
    lines.push(
      "",
      ...wrapped(`Calibration: off by ${percent(calibration.error)} on average (${ends.join("; ")}).`, width),
    );
  }
  return lines;
}

/** The matrix, or of many classes the most frequent confusions. */
function confusionLines(names: readonly string[], confusion: readonly (readonly number[])[], width: number): string[] {
  if (names.length <= MATRIX_CLASSES) {
    const letters = names.map((_, k) => String.fromCharCode(97 + k));
    const rows = confusion.map((row, k) => [
      `${letters[k]} ${names[k]}`,
      ...row.map((n) => (n === 0 ? "." : count(n))),
    ]);
    const matrix = table([["true \\ said to be", ...letters], ...rows], width);
    if (matrix.every((line) => !line.endsWith("…"))) return matrix;
  }
  const pairs = confusion.flatMap((row, truth) => row.map((rows, said) => ({ truth, said, rows })));
  const wrong = pairs.filter(({ truth, said, rows }) => truth !== said && rows > 0).sort((a, b) => b.rows - a.rows);
  if (wrong.length === 0) return ["No class is taken for another."];
  const list = wrong.slice(0, LIST).map(({ truth, said, rows }) => [names[truth], names[said], count(rows)]);
  return table([["true", "said to be", "rows"], ...list], width, 2);
}

function quantityLines({ scores, unit, bias }: QuantityReport, width: number): string[] {
  const rows = scores.map(({ name, mae, rmse, r2 }) => [
    predictor(name),
    withUnit(mae, unit),
    withUnit(rmse, unit),
    number(r2),
  ]);
  return [
    ...table([["", "MAE", "RMSE", "R²"], ...rows], width),
    ...wrapped(`True − predicted is ${withUnit(bias, unit)} on average.`, width),
  ];
}

function importanceLines({ measure: name, columns }: Importance, target: TargetReport, width: number): string[] {
  const unit = target.kind === "quantity" ? target.unit : undefined;
  const most = Math.max(1e-300, ...columns.map(({ increase }) => increase));
  const bar = Math.max(4, Math.floor(width / 4));
  const rows = columns
    .slice(0, LIST)
    .map(({ column, increase }) => [
      clean(column),
      withUnit(increase, unit),
      "█".repeat(Math.max(0, Math.round((bar * increase) / most))),
    ]);
  const rest = columns.length > LIST ? [`… and ${counted(columns.length - LIST, "further column")}`] : [];
  const head = `How much ${measure(name)} grows when a column changes places:`;
  return [...wrapped(head, width), ...table(rows, width, 1, 1), ...rest];
}

function mistakeLines({ mistakes, importance, ...target }: TargetReport, width: number): string[] {
  if (mistakes.length === 0)
    return ["", target.kind === "classes" && target.wrong === 0 ? "No row is wrong." : "No mistake is told."];
  const said = (value: Mistake["truth"]) => (typeof value === "number" ? number(value) : clean(value, 20));
  // The columns that count most come first.
  const ranked = importance.columns.map(({ column }) => column);
  const { values: first } = mistakes[0];
  const names = [...new Set([...ranked, ...Object.keys(first)])].filter(
    (name) => name !== target.column && Object.hasOwn(first, name),
  );
  const rows = mistakes.map(({ row, truth, predicted, probability, values }) => [
    count(row),
    said(truth),
    probability === undefined ? said(predicted) : `${said(predicted)} ${percent(probability)}`,
    ...names.slice(0, 8).map((name) => cell(values[name])),
  ]);
  const head = ["row", "true", "predicted", ...names.slice(0, 8).map((name) => clean(name, 20))];
  return ["", "Largest mistakes", ...fitting([head, ...rows], width)];
}

function learningLines({ epoch, series }: NonNullable<ReportData["learning"]>, width: number): string[] {
  const rows = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    const last = values[values.length - 1] ?? null;
    const range = known.length > 0 ? [Math.min(...known), Math.max(...known)].map(number) : ["–", "–"];
    return [clean(name), number(values[0] ?? null), number(last), ...range];
  });
  return [
    `Learning: ${epoch.length} epoch${epoch.length === 1 ? "" : "s"}`,
    ...table([["", "first", "last", "least", "most"], ...rows], width),
  ];
}

/** Wide characters take two places in terminals. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const widthOfOne = (character: string) => (/\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1);
const widthOf = (text: string) => [...text].reduce((sum, one) => sum + widthOfOne(one), 0);

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let [kept, used] = ["", 0];
  for (const one of text) {
    if (used + widthOfOne(one) > width - 1) break;
    kept += one;
    used += widthOfOne(one);
  }
  return `${kept}…`;
}

const padded = (text: string, width: number) => text + " ".repeat(Math.max(0, width - widthOf(text)));
const padLeft = (text: string, width: number) => " ".repeat(Math.max(0, width - widthOf(text))) + text;

/** Cells below each other, the first ones to the left, numbers to the right; the first are cut until all fit. */
function table(rows: readonly (readonly string[])[], width: number, words = 1, after = 0): string[] {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => widthOf(row[i] ?? ""))));
  const total = () => widths.reduce((sum, one) => sum + one, 0) + 2 * (columns - 1);
  for (let i = 0; i < words; i++)
    widths[i] = Math.max(8, Math.min(widths[i], widths[i] - Math.ceil((total() - width) / (words - i))));
  return rows.map((row) =>
    row
      .map((text, i) =>
        i < words || i >= columns - after ? padded(cut(text, widths[i]), widths[i]) : padLeft(text, widths[i]),
      )
      .join("  ")
      .trimEnd(),
  );
}

/** As many columns as there is room for. */
function fitting(rows: readonly (readonly string[])[], width: number): string[] {
  let [used, kept] = [0, 0];
  const widths: number[] = [];
  for (; kept < rows[0].length; kept++) {
    const wide = Math.max(...rows.map((row) => widthOf(row[kept])));
    if (used + wide > width - 3) break;
    widths.push(wide);
    used += wide + 2;
  }
  const rest = kept < rows[0].length ? "  …" : "";
  return rows.map(
    (row) =>
      row
        .slice(0, kept)
        .map((text, i) => padded(text, widths[i]))
        .join("  ")
        .trimEnd() + rest,
  );
}

/** Lines broken between words, further ones indented by two. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ +/)) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = " ";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
