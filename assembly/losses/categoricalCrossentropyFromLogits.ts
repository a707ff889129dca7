// Cross-entropy of the softmax of logits and target probabilities.
import { backwardFromLogits, forwardFromLogits } from "./crossentropyOfLogits";

export function categoricalCrossentropyFromLogitsForward(row: usize, step: usize): void {
  forwardFromLogits(row, false);
}

export function categoricalCrossentropyFromLogitsBackward(row: usize, step: usize): void {
  backwardFromLogits(row, false);
}
