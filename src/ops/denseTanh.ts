import { activatedDenseExamples, denseThen } from "./activatedDense";
import { tanh } from "./tanh";

/** `dense`, then `tanh`. */
export const denseTanh = denseThen("denseTanh", tanh);

export const examples = activatedDenseExamples(denseTanh);
