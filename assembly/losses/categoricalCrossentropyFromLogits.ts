// Cross-entropy of the softmax of logits and target probabilities.
import { backwardFromLogits, forwardFromLogits } from "./crossentropyOfLogits";
import { DenseTarget } from "./crossentropyTargets";

export function categoricalCrossentropyFromLogitsForward(row: usize, step: usize): void {
  forwardFromLogits<DenseTarget>(row);
}

export function categoricalCrossentropyFromLogitsBackward(row: usize, step: usize): void {
  backwardFromLogits<DenseTarget>(row);
}
