import { crossentropyExamples, crossentropyOps } from "./crossentropy";

/** Cross-entropy of the softmax of logits and class numbers, which are whole numbers stored as floats. */
export const sparseCategoricalCrossentropyFromLogits = crossentropyOps.sparseFromLogits(
  "sparseCategoricalCrossentropyFromLogits",
);

export const examples = crossentropyExamples(sparseCategoricalCrossentropyFromLogits, "sparseFromLogits");
