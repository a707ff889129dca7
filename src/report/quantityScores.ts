import { CONFIDENCE } from "./classScores";
import type { HistogramBin, PredictorName, QuantityScores, Thinned } from "./reportData";
import { niceStep } from "./ticks";

/** What is true of a quantity, and what somebody says of it, in its unit. */
export interface QuantityOutcome {
  readonly truth: Float64Array;
  readonly guess: Float64Array;
}

/** Points of a scatter plot, at most. */
const SCATTER_POINTS = 2000;
/** Bins of a histogram, about. */
const BINS = 24;

/** The figures of one predictor. */
export function quantityScores(name: PredictorName, { truth, guess }: QuantityOutcome): QuantityScores {
  const count = truth.length;
  let [mean, absolute, square, spread] = [0, 0, 0, 0];
  for (const y of truth) mean += y / count;
  truth.forEach((y, row) => {
    absolute += Math.abs(y - guess[row]) / count;
    square += (y - guess[row]) ** 2 / count;
    spread += (y - mean) ** 2 / count;
  });
  let variance = 0;
  for (let row = 0; row < count; row++) variance += (Math.abs(truth[row] - guess[row]) - absolute) ** 2 / (count - 1);
  const maeMargin = count < 2 ? null : CONFIDENCE * Math.sqrt(variance / count);
  const isConstant = truth.every((y) => y === truth[0]);
  return { name, mae: absolute, maeMargin, rmse: Math.sqrt(square), r2: isConstant ? null : 1 - square / spread };
}

/** The root of the mean squared error. */
export const rmse = (outcome: QuantityOutcome): number => quantityScores("model", outcome).rmse;

/** True and predicted values; of many rows each so-manieth. */
export function scatter({ truth, guess }: QuantityOutcome, order: ArrayLike<number>): Thinned {
  const shown = Array.from({ length: Math.min(SCATTER_POINTS, truth.length) }, (_, i) => order[i]);
  return { points: shown.map((row) => [truth[row], guess[row]] as const), of: truth.length };
}

/** Residuals, true − predicted, in bins between round values; the utmost two hundredths may lie beyond. */
export function histogram({ truth, guess }: QuantityOutcome) {
  const residuals = truth.map((y, row) => y - guess[row]).sort();
  const at = (share: number) => residuals[Math.round(share * (residuals.length - 1))];
  const [low, high] = residuals.length > 200 ? [at(0.005), at(0.995)] : [residuals[0], residuals[residuals.length - 1]];
  const size = Math.max(Math.abs(low), Math.abs(high));
  // Where all are the same, a bin around them.
  const step = niceStep((high - low > size * 1e-9 ? high - low : size || 1) / BINS);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.floor(high / step) + 1);
  const counts = new Array<number>(last - first).fill(0);
  let [below, above] = [0, 0];
  for (const residual of residuals) {
    const place = Math.floor(residual / step) - first;
    if (place < 0) below++;
    else if (place >= counts.length) above++;
    else counts[place]++;
  }
  const bins: HistogramBin[] = counts.map((rows, i) => ({
    from: round((first + i) * step),
    to: round((first + i + 1) * step),
    rows,
  }));
  return { bins, below, above };
}

/** Without the last digits, which sums of steps leave behind. */
const round = (value: number) => Number(value.toPrecision(12));
