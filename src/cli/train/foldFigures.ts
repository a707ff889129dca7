import type { FoldSummary } from "wasmgrad";
import type { Judgement } from "../judge";
import { amount, percent } from "../numbers";
import { grid, type Screen } from "../screen";

/** What the folds say of one measure. */
export interface Spread {
  /** Over folds; null where one of them has none, as R² of rows that are all the same. */
  readonly mean: number | null;
  /** The root of the mean square of differences from the mean. */
  readonly deviation: number | null;
  readonly folds: readonly (number | null)[];
}

/** A measure of a target, that of the model and that of a guess that does not look at rows. */
export interface FoldMeasure {
  /** As in `Judgement`. */
  readonly measure: "accuracy" | "meanAbsoluteError" | "rootMeanSquaredError" | "r2";
  readonly model: Spread;
  /** Undefined where the guess is not measured by it. */
  readonly guess: Spread | undefined;
}

/** What the folds say of one target. */
export interface FoldFigures {
  readonly target: string;
  readonly unit?: string;
  readonly measures: readonly FoldMeasure[];
}

/** The mean of folds, and how far they are from it. */
export function spreadOf(values: readonly number[]): Spread {
  const folds = values.map((value) => (Number.isFinite(value) ? value : null));
  if (folds.includes(null)) return { mean: null, deviation: null, folds };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance), folds };
}

/** Figures of each target, from the judgements of each fold. */
export function figuresOf(folds: readonly (readonly Judgement[])[]): FoldFigures[] {
  return folds[0].map((first, place) => {
    const { target } = first;
    const valuesOf = (name: string) => folds.map((fold) => (fold[place] as unknown as Record<string, number>)[name]);
    const measure = (name: FoldMeasure["measure"], trivial?: string): FoldMeasure => ({
      measure: name,
      model: spreadOf(valuesOf(name)),
      guess: trivial === undefined ? undefined : spreadOf(valuesOf(trivial)),
    });
    if ("accuracy" in first) return { target, measures: [measure("accuracy", "trivialAccuracy")] };
    const { unit } = first;
    return {
      target,
      ...(unit === undefined ? {} : { unit }),
      measures: [
        measure("meanAbsoluteError", "trivialMeanAbsoluteError"),
        measure("rootMeanSquaredError"),
        measure("r2", "trivialR2"),
      ],
    };
  });
}

const WORDS: Readonly<Record<FoldMeasure["measure"], string>> = {
  accuracy: "right",
  meanAbsoluteError: "mean error",
  rootMeanSquaredError: "RMSE",
  r2: "R²",
};

/** `96.5 % ± 1.2 %` */
function spreadText({ mean, deviation }: Spread, textOf: (value: number) => string): string {
  return mean === null ? "–" : `${textOf(mean)} ± ${textOf(deviation!)}`;
}

/** Measures in words, a row for each: what is measured, what the model reaches, what a guess reaches. */
export function figureRows({ measures, unit }: FoldFigures): string[][] {
  return measures.map(({ measure, model, guess }) => {
    const textOf = (value: number) =>
      measure === "accuracy" ? percent(value) : measure === "r2" ? value.toFixed(3) : amount(value, unit);
    return [WORDS[measure], spreadText(model, textOf), guess ? spreadText(guess, textOf) : ""];
  });
}

/** What a guess is that does not look at rows. */
export const guessOf = ({ measures }: FoldFigures): string =>
  measures[0].measure === "accuracy" ? "always the most frequent class" : "always the mean";

/** Says what the folds say. */
export function printFigures(screen: Screen, figures: readonly FoldFigures[], folds: number, how: string): void {
  for (const one of figures) {
    screen.section(`${one.target}, mean ± deviation over ${folds} folds`);
    if (how !== "") screen.paragraph(`  ${how.replace(/^, /, "")}`);
    const rows = figureRows(one).map(([name, ...rest]) => [`  ${name}`, ...rest]);
    screen.print(...grid([["", "this network", guessOf(one)], ...rows], screen.columns - 1));
  }
}

/** The same for a report. */
export function forReport(figures: readonly FoldFigures[], folds: number, how: string): FoldSummary {
  const names = { accuracy: "accuracy", meanAbsoluteError: "mae", rootMeanSquaredError: "rmse", r2: "r2" } as const;
  const plain = ({ mean, deviation }: Spread) => ({ mean, deviation });
  return {
    folds,
    ...(how === "" ? {} : { how: how.replace(/^, /, "") }),
    targets: figures.map(({ target, unit, measures }) => ({
      column: target,
      ...(unit === undefined ? {} : { unit }),
      scores: measures.map(({ measure, model, guess }) => ({
        name: names[measure],
        ...plain(model),
        ...(guess ? { guess: plain(guess) } : {}),
      })),
    })),
  };
}
