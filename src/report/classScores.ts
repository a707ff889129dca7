import { log } from "../numeric/elementary";
import type { Calibration, CalibrationBin, ClassScores, PredictorName } from "./reportData";

/** What is true of a target of classes, and what somebody says of it. */
export interface ClassOutcome {
  /** All classes: those of training, then others that the rows have. */
  readonly classes: readonly string[];
  /** The class of each row. */
  readonly truth: Int32Array;
  /** The class that each row is said to be of. */
  readonly guess: Int32Array;
  /** [rows, classes]: what is said of each class. */
  readonly scores: Float32Array;
  /** Whether scores are probabilities. */
  readonly areProbabilities: boolean;
}

/** Probabilities below this count as this, as scikit-learn has it for float64: one sure mistake shall not make a loss infinite. */
const LEAST_PROBABILITY = 2 ** -52;
/** Between minus and plus this lie 95 % of a normal distribution. */
export const CONFIDENCE = 1.959963984540054;
/** Parts of calibration. */
const DECILES = 10;

/** Rows of each class by what they are said to be: [truth, guess]. */
export function confusionOf({ classes, truth, guess }: ClassOutcome): number[][] {
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  for (let row = 0; row < truth.length; row++) counts[truth[row]][guess[row]]++;
  return counts;
}

/** What a class has of a confusion matrix. */
export interface Counts {
  readonly support: number;
  readonly predicted: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** Precision, recall and F1 of each class. */
export function countsOf(confusion: readonly (readonly number[])[]): Counts[] {
  const share = (part: number, all: number) => (all > 0 ? part / all : null);
  const predicted = confusion.map((_, k) => confusion.reduce((sum, row) => sum + row[k], 0));
  return confusion.map((row, k) => {
    const support = row.reduce((sum, count) => sum + count, 0);
    return {
      support,
      predicted: predicted[k],
      precision: share(row[k], predicted[k]),
      recall: share(row[k], support),
      f1: share(2 * row[k], predicted[k] + support),
    };
  });
}

/** The figures of one predictor. */
export function classScores(name: PredictorName, outcome: ClassOutcome): ClassScores {
  const confusion = confusionOf(outcome);
  const present = countsOf(confusion).filter(({ support, predicted }) => support + predicted > 0);
  const mean = (of: (counts: Counts) => number | null) =>
    present.reduce((sum, counts) => sum + (of(counts) ?? 0), 0) / present.length;
  const right = confusion.reduce((sum, row, k) => sum + row[k], 0);
  return {
    name,
    accuracy: right / outcome.truth.length,
    interval: wilson(right, outcome.truth.length),
    precision: mean(({ precision }) => precision),
    recall: mean(({ recall }) => recall),
    f1: mean(({ f1 }) => f1),
    logLoss: outcome.areProbabilities ? logLoss(outcome) : null,
    brier: outcome.areProbabilities ? brier(outcome) : null,
  };
}

/** The share that so many rows out of all make credible. */
function wilson(right: number, all: number): [number, number] {
  const share = right / all;
  const square = CONFIDENCE ** 2 / all;
  const middle = share + square / 2;
  const room = CONFIDENCE * Math.sqrt((share * (1 - share)) / all + square / (4 * all));
  return [right === 0 ? 0 : (middle - room) / (1 + square), right === all ? 1 : (middle + room) / (1 + square)];
}

/** The mean of −log p of the truth. */
export function logLoss({ classes, truth, scores }: ClassOutcome): number {
  let sum = 0;
  truth.forEach((of, row) => {
    sum -= log(Math.min(1, Math.max(LEAST_PROBABILITY, scores[row * classes.length + of])));
  });
  return sum / truth.length;
}

/** The share of rows that are wrong. */
export function errorRate({ truth, guess }: ClassOutcome): number {
  let wrong = 0;
  for (let row = 0; row < truth.length; row++) if (truth[row] !== guess[row]) wrong++;
  return wrong / truth.length;
}

function brier({ classes, truth, scores }: ClassOutcome): number {
  const count = classes.length;
  let sum = 0;
  truth.forEach((of, row) => {
    // Of two classes both have the same square: the usual score is that of one.
    for (let k = count === 2 ? 1 : 0; k < count; k++) sum += (scores[row * count + k] - (of === k ? 1 : 0)) ** 2;
  });
  return sum / truth.length;
}

/** Probabilities against what came: of the second of two classes, of more that of the class that is predicted. */
export function calibrate({ classes, truth, guess, scores }: ClassOutcome): Calibration {
  const isBinary = classes.length === 2;
  const of = (row: number) => (isBinary ? 1 : guess[row]);
  const chances = Float64Array.from(truth, (_, row) => scores[row * classes.length + of(row)]);
  const holds = Uint8Array.from(truth, (one, row) => (one === of(row) ? 1 : 0));
  const bins = decileBins(chances, holds);
  const error = bins.reduce((sum, { predicted, observed, rows }) => sum + rows * Math.abs(predicted - observed), 0);
  return { of: isBinary ? classes[1] : null, bins, error: error / truth.length };
}

function decileBins(chances: Float64Array, holds: Uint8Array): CalibrationBin[] {
  const order = Uint32Array.from(chances.keys()).sort((a, b) => chances[a] - chances[b]);
  const bins: CalibrationBin[] = [];
  for (let part = 1, from = 0; part <= DECILES; part++) {
    let to = Math.round((part * order.length) / DECILES);
    while (to > from && to < order.length && chances[order[to]] === chances[order[to - 1]]) to++;
    if (to <= from) continue;
    const rows = order.subarray(from, to);
    const mean = (of: ArrayLike<number>) => rows.reduce((sum, row) => sum + of[row], 0) / rows.length;
    bins.push({
      from: chances[rows[0]],
      to: chances[rows[rows.length - 1]],
      predicted: mean(chances),
      observed: mean(holds),
      rows: rows.length,
    });
    from = to;
  }
  return bins;
}
