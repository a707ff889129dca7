import type { FoldScore, FoldSpread, FoldSummary } from "./reportData";
import { counted, number, percent, ratio, withUnit } from "./wording";

/** A measure over folds in words: what it is, what the model reaches, what a guess reaches. */
export type FoldRow = readonly [measure: string, model: string, guess: string];

const WORDS = { accuracy: "Accuracy", mae: "Mean error", rmse: "RMSE", r2: "R²" } as const;

/** `96.5 % ± 1.2 %` for each measure of a target. */
export function foldRows({ unit, scores }: FoldSummary["targets"][number]): FoldRow[] {
  const textOf = ({ name }: FoldScore, value: number | null) =>
    name === "accuracy" ? percent(value) : name === "r2" ? ratio(value) : withUnit(value, unit);
  const spread = (score: FoldScore, { mean, deviation }: FoldSpread) =>
    mean === null ? number(null) : `${textOf(score, mean)} ± ${textOf(score, deviation)}`;
  return scores.map((score) => [
    WORDS[score.name],
    spread(score, score),
    score.guess ? spread(score, score.guess) : number(null),
  ]);
}

/** How the folds were cut. */
export const foldsSentence = ({ folds, how }: FoldSummary): string =>
  `Mean ± standard deviation over ${counted(folds, "fold")}${how === undefined ? "" : `, ${how}`}. Each fold is judged by a network that has not seen it; the guess is that of its own rows of training.`;
