import type { Judgement } from "./judge";
import { amount, counted, percent } from "./numbers";
import { grid, type Screen } from "./screen";

/** More classes are not listed. */
const MOST_CLASSES = 12;

/** Says how good a model is on rows, beside a guess that does not look at them. */
export function printJudgement(screen: Screen, where: string, judgement: Judgement): void {
  const { target, rows } = judgement;
  screen.section(`${target}, on ${counted(rows, "row")} ${where}`);
  if ("accuracy" in judgement) {
    const { accuracy, trivialAccuracy, trivial, classes } = judgement;
    const lines = [
      ["  right", percent(accuracy)],
      [`  always ${trivial}`, percent(trivialAccuracy)],
    ];
    screen.print(...grid(lines, screen.columns - 1));
    if (classes.length > MOST_CLASSES) return;
    const table = classes.map((one) => [`  ${one.name}`, String(one.rows), String(one.right)]);
    screen.print("", ...grid([["  class", "rows", "right"], ...table], screen.columns - 1));
    return;
  }
  const { r2, meanAbsoluteError, rootMeanSquaredError, trivial, trivialR2, trivialMeanAbsoluteError, unit } = judgement;
  const lines = [
    ["", "this model", `always ${amount(trivial, unit)}`],
    ["  mean error", amount(meanAbsoluteError, unit), amount(trivialMeanAbsoluteError, unit)],
    ["  root mean squared error", amount(rootMeanSquaredError, unit), ""],
    ["  R²", coefficient(r2), coefficient(trivialR2)],
  ];
  screen.print(...grid(lines, screen.columns - 1));
}

/** There is none where all rows are the same. */
const coefficient = (r2: number): string => (Number.isNaN(r2) ? "–" : r2.toFixed(3));
