import { crossentropyExamples, crossentropyOps } from "./crossentropy";

/** Cross-entropy of the softmax of logits and target probabilities, one-hot or soft. */
export const categoricalCrossentropyFromLogits = crossentropyOps.denseFromLogits("categoricalCrossentropyFromLogits");

export const examples = crossentropyExamples(categoricalCrossentropyFromLogits, "denseFromLogits");
