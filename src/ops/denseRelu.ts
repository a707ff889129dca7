import { activatedDenseExamples, denseThen } from "./activatedDense";
import { relu } from "./relu";

/** `dense`, then `relu`. */
export const denseRelu = denseThen("denseRelu", relu);

export const examples = activatedDenseExamples(denseRelu);
