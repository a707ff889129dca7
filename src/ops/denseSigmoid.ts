import { activatedDenseExamples, denseThen } from "./activatedDense";
import { sigmoid } from "./sigmoid";

/** `dense`, then `sigmoid`. */
export const denseSigmoid = denseThen("denseSigmoid", sigmoid);

export const examples = activatedDenseExamples(denseSigmoid);
