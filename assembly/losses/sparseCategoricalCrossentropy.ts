// Cross-entropy of predicted probabilities and class numbers.
import { backwardFromProbabilities, forwardFromProbabilities } from "./crossentropyOfProbabilities";
import { SparseTarget } from "./crossentropyTargets";

export function sparseCategoricalCrossentropyForward(row: usize, step: usize): void {
  forwardFromProbabilities<SparseTarget>(row);
}

export function sparseCategoricalCrossentropyBackward(row: usize, step: usize): void {
  backwardFromProbabilities<SparseTarget>(row);
}
