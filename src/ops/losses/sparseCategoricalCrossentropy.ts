import { crossentropyExamples, crossentropyOps } from "./crossentropy";

/** Cross-entropy of predicted probabilities and class numbers, which are whole numbers stored as floats. */
export const sparseCategoricalCrossentropy = crossentropyOps.sparse("sparseCategoricalCrossentropy");

export const examples = crossentropyExamples(sparseCategoricalCrossentropy, "sparse");
