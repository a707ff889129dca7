// Cross-entropy of the softmax of logits and class numbers.
import { backwardFromLogits, forwardFromLogits } from "./crossentropyOfLogits";
import { SparseTarget } from "./crossentropyTargets";

export function sparseCategoricalCrossentropyFromLogitsForward(row: usize, step: usize): void {
  forwardFromLogits<SparseTarget>(row);
}

export function sparseCategoricalCrossentropyFromLogitsBackward(row: usize, step: usize): void {
  backwardFromLogits<SparseTarget>(row);
}
