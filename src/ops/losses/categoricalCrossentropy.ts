import { crossentropyExamples, crossentropyOps } from "./crossentropy";

/** Cross-entropy of predicted probabilities and target probabilities, one-hot or soft. */
export const categoricalCrossentropy = crossentropyOps.dense("categoricalCrossentropy");

export const examples = crossentropyExamples(categoricalCrossentropy, "dense");
