// Cross-entropy of the softmax of logits and class numbers.
import { backwardFromLogits, SparseTarget, forwardFromLogits } from "./crossentropy";

export function sparseCategoricalCrossentropyFromLogitsForward(row: usize, step: usize): void {
  forwardFromLogits<SparseTarget>(row);
}

export function sparseCategoricalCrossentropyFromLogitsBackward(row: usize, step: usize): void {
  backwardFromLogits<SparseTarget>(row);
}
