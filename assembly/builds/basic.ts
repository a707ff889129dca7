// The kernels that most nets of dense layers are made of: what one downloads when those of minimal.ts are too few, see
// src/engine/module/modules.ts. Large kernels that few models use are not worth their place here.
export { rowBytes, run } from "../executor/program";

export { denseBackward, denseForward } from "../ops/dense";
export { denseReluBackward, denseReluForward } from "../ops/denseRelu";
export { denseSigmoidBackward, denseSigmoidForward } from "../ops/denseSigmoid";
export { denseTanhBackward, denseTanhForward } from "../ops/denseTanh";
export { dropoutBackward, dropoutForward } from "../ops/dropout";
export { gatherBytesForward } from "../ops/gatherBytes";
export { gatherFloatsForward } from "../ops/gatherFloats";
export { gatherIntegersForward } from "../ops/gatherIntegers";
export { leakyReluBackward, leakyReluForward } from "../ops/leakyRelu";
export { penaltyBackward, penaltyForward } from "../ops/penalty";
export { reluBackward, reluForward } from "../ops/relu";
export { rescalingBackward, rescalingForward } from "../ops/rescaling";
export { sigmoidBackward, sigmoidForward } from "../ops/sigmoid";
export { softmaxBackward, softmaxForward } from "../ops/softmax";
export { tanhBackward, tanhForward } from "../ops/tanh";

export { binaryCrossentropyFromLogitsBackward, binaryCrossentropyFromLogitsForward } from "../losses/binaryCrossentropyFromLogits";
export { categoricalCrossentropyFromLogitsBackward, categoricalCrossentropyFromLogitsForward } from "../losses/categoricalCrossentropyFromLogits";
export { meanAbsoluteErrorBackward, meanAbsoluteErrorForward } from "../losses/meanAbsoluteError";
export { meanSquaredErrorBackward, meanSquaredErrorForward } from "../losses/meanSquaredError";
export { reduceLossBackward, reduceLossForward } from "../losses/reduceLoss";
export { sparseCategoricalCrossentropyFromLogitsBackward, sparseCategoricalCrossentropyFromLogitsForward } from "../losses/sparseCategoricalCrossentropyFromLogits";

export { adamForward } from "../optimizers/adam";
export { clipByNormForward } from "../optimizers/clipByNorm";
export { decayWeightsForward } from "../optimizers/decayWeights";
export { rmspropForward } from "../optimizers/rmsprop";
export { sgdForward } from "../optimizers/sgd";
export { sgdMomentumForward } from "../optimizers/sgdMomentum";

export { absoluteErrorsForward } from "../metrics/absoluteErrors";
export { binaryAccuracyForward } from "../metrics/binaryAccuracy";
export { classAccuracyForward } from "../metrics/classAccuracy";
export { squaredErrorsForward } from "../metrics/squaredErrors";
