/** What models are made of. Sub-path of the public API: `layers.dense({ units: 10 })`. */
export {
  type ActivationOptions,
  activation,
  type EluLayerOptions,
  elu,
  type LeakyReluLayerOptions,
  leakyRelu,
  relu,
  softmax,
} from "./activation";
export { type BatchNormalizationOptions, batchNormalization } from "./batchNormalization";
export { type ConcatenateOptions, concatenate } from "./concatenate";
export { type DenseOptions, dense } from "./dense";
export { type DotOptions, dot } from "./dot";
export { type DropoutOptions, dropout } from "./dropout";
export { type GaussianNoiseOptions, gaussianNoise } from "./gaussianNoise";
export type { Layer, LayerOptions } from "./layer";
export {
  type AffineOptions,
  type CenteredOptions,
  type GroupNormalizationOptions,
  groupNormalization,
  type LayerNormalizationOptions,
  layerNormalization,
  type RmsNormalizationOptions,
  rmsNormalization,
} from "./layerNormalization";
export { add, average, maximum, minimum, multiply, subtract } from "./merge";
export {
  type AdaptedNormalizationOptions,
  type GivenNormalizationOptions,
  type Normalization,
  type NormalizationOptions,
  normalization,
} from "./normalization";
export { type PermuteOptions, permute } from "./permute";
export { type PreluOptions, prelu } from "./prelu";
export { type Conv1dOptions, type Conv2dOptions, conv1d, conv2d } from "./conv";
export { type ConvTransposeOptions, conv1dTranspose, conv2dTranspose } from "./convTranspose";
export {
  type DepthwiseConv2dOptions,
  depthwiseConv2d,
  type SeparableConv2dOptions,
  separableConv2d,
} from "./depthwiseConv";
export {
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
} from "./globalPooling";
export type { GlobalPoolingOptions } from "./globalPooling";
export { averagePooling1d, averagePooling2d, maxPooling1d, maxPooling2d, type PoolingOptions } from "./pooling";
export { type RescalingOptions, rescaling } from "./rescaling";
export { type UpSampling2dOptions, upSampling2d } from "./upSampling2d";
export type { ConvolutionOptions, FiltersOptions } from "./convolution";
export type { Padding, PairLike } from "./window";
export { type Sides, type ZeroPadding2dOptions, zeroPadding2d } from "./zeroPadding2d";
export { flatten, type ReshapeOptions, reshape } from "./reshape";
