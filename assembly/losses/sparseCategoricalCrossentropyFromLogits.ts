// Cross-entropy of the softmax of logits and class numbers.
import { backwardFromLogits, forwardFromLogits } from "./crossentropyOfLogits";

export function sparseCategoricalCrossentropyFromLogitsForward(row: usize, step: usize): void {
  forwardFromLogits(row, true);
}

export function sparseCategoricalCrossentropyFromLogitsBackward(row: usize, step: usize): void {
  backwardFromLogits(row, true);
}
