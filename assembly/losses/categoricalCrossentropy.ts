// Cross-entropy of predicted probabilities and target probabilities.
import { backwardFromProbabilities, forwardFromProbabilities } from "./crossentropyOfProbabilities";
import { DenseTarget } from "./crossentropyTargets";

export function categoricalCrossentropyForward(row: usize, step: usize): void {
  forwardFromProbabilities<DenseTarget>(row);
}

export function categoricalCrossentropyBackward(row: usize, step: usize): void {
  backwardFromProbabilities<DenseTarget>(row);
}
