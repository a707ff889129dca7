/** What models are made of. Sub-path of the public API: `layers.dense({ units: 10 })`. */
export { activation, elu, leakyRelu, relu, softmax } from "./activation";
export { type BatchNormalizationOptions, batchNormalization } from "./batchNormalization";
export { type ConcatenateOptions, concatenate } from "./concatenate";
export { type DenseOptions, dense } from "./dense";
export { type DotOptions, dot } from "./dot";
export { type DropoutOptions, dropout } from "./dropout";
export { type GaussianNoiseOptions, gaussianNoise } from "./gaussianNoise";
export { Layer, type LayerOptions } from "./layer";
export {
  type GroupNormalizationOptions,
  groupNormalization,
  type LayerNormalizationOptions,
  layerNormalization,
  type RmsNormalizationOptions,
  rmsNormalization,
} from "./layerNormalization";
export { add, average, maximum, minimum, multiply, subtract } from "./merge";
export { type Normalization, type NormalizationOptions, normalization } from "./normalization";
export { type PermuteOptions, permute } from "./permute";
export { type PreluOptions, prelu } from "./prelu";
export { type RescalingOptions, rescaling } from "./rescaling";
export { flatten, type ReshapeOptions, reshape } from "./reshape";
