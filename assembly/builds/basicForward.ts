// Of basic.ts what predicting takes: the kernels that come with `wasmgrad/inference`.
export { rowBytes, run } from "../executor/program";

export { denseForward } from "../ops/dense";
export { denseReluForward } from "../ops/denseRelu";
export { denseSigmoidForward } from "../ops/denseSigmoid";
export { denseTanhForward } from "../ops/denseTanh";
export { gatherBytesForward } from "../ops/gatherBytes";
export { gatherFloatsForward } from "../ops/gatherFloats";
export { gatherIntegersForward } from "../ops/gatherIntegers";
export { leakyReluForward } from "../ops/leakyRelu";
export { reluForward } from "../ops/relu";
export { rescalingForward } from "../ops/rescaling";
export { sigmoidForward } from "../ops/sigmoid";
export { softmaxForward } from "../ops/softmax";
export { tanhForward } from "../ops/tanh";
