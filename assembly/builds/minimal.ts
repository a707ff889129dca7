// The kernels of basic.ts that the simplest nets take: layers of neurons for classes or numbers, trained by sgd or Adam. What
// one downloads unless a model needs more, see src/engine/module/modules.ts.
export { rowBytes, run } from "../executor/program";

export { denseBackward, denseForward } from "../ops/dense";
export { denseReluBackward, denseReluForward } from "../ops/denseRelu";
export { denseSigmoidBackward, denseSigmoidForward } from "../ops/denseSigmoid";
export { denseTanhBackward, denseTanhForward } from "../ops/denseTanh";
export { gatherBytesForward } from "../ops/gatherBytes";
export { gatherFloatsForward } from "../ops/gatherFloats";
export { gatherIntegersForward } from "../ops/gatherIntegers";
export { reluBackward, reluForward } from "../ops/relu";
export { sigmoidBackward, sigmoidForward } from "../ops/sigmoid";
export { softmaxBackward, softmaxForward } from "../ops/softmax";
export { tanhBackward, tanhForward } from "../ops/tanh";

export { binaryCrossentropyFromLogitsBackward, binaryCrossentropyFromLogitsForward } from "../losses/binaryCrossentropyFromLogits";
export { categoricalCrossentropyFromLogitsBackward, categoricalCrossentropyFromLogitsForward } from "../losses/categoricalCrossentropyFromLogits";
export { meanSquaredErrorBackward, meanSquaredErrorForward } from "../losses/meanSquaredError";
export { reduceLossBackward, reduceLossForward } from "../losses/reduceLoss";
export { sparseCategoricalCrossentropyFromLogitsBackward, sparseCategoricalCrossentropyFromLogitsForward } from "../losses/sparseCategoricalCrossentropyFromLogits";

export { adamForward } from "../optimizers/adam";
export { sgdForward } from "../optimizers/sgd";

export { binaryAccuracyForward } from "../metrics/binaryAccuracy";
export { classAccuracyForward } from "../metrics/classAccuracy";
export { squaredErrorsForward } from "../metrics/squaredErrors";
