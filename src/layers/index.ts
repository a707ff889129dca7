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
} from "./core/activation";
export { type EmbeddingOptions, embedding } from "./embedding/embedding";
export { type PositionEmbeddingOptions, positionEmbedding } from "./embedding/positionEmbedding";
export {
  type ReversibleEmbeddingCall,
  type ReversibleEmbeddingLayer,
  reversibleEmbedding,
} from "./embedding/reversibleEmbedding";
export { type RotaryEmbeddingOptions, rotaryEmbedding } from "./embedding/rotaryEmbedding";
export { type AdditiveAttentionOptions, additiveAttention } from "./attention/additiveAttention";
export { type AttentionOptions, attention } from "./attention/attention";
export type { AttentionCall, AttentionLayer, WithScores } from "./attention/call";
export type { HeadsAttentionOptions } from "./attention/headsAttention";
export type { PairAttentionOptions } from "./attention/pairAttention";
export { type GroupQueryAttentionOptions, groupQueryAttention } from "./attention/groupQueryAttention";
export { type MultiHeadAttentionOptions, multiHeadAttention } from "./attention/multiHeadAttention";
export type { RotaryOptions } from "./attention/rotary";
export { type BatchNormalizationOptions, batchNormalization } from "./normalization/batchNormalization";
export { type ConcatenateOptions, concatenate } from "./merging/concatenate";
export { type DenseOptions, dense } from "./core/dense";
export { type DotOptions, dot } from "./merging/dot";
export { type DropoutOptions, dropout } from "./core/dropout";
export { type GaussianNoiseOptions, gaussianNoise } from "./core/gaussianNoise";
export { custom } from "./custom";
export type { CustomContext, CustomLayerOptions, CustomResult, CustomWeight } from "./customOptions";
export { type LambdaOptions, lambda, type OutputsOf } from "./lambda";
export { type MaskingOptions, masking } from "./core/masking";
export type { Layer, LayerOptions } from "../graph/layer";
export {
  type AffineOptions,
  type CenteredOptions,
  type GroupNormalizationOptions,
  groupNormalization,
  type LayerNormalizationOptions,
  layerNormalization,
  type RmsNormalizationOptions,
  rmsNormalization,
} from "./normalization/layerNormalization";
export { add, average, maximum, minimum, multiply, subtract } from "./merging/merge";
export {
  type AdaptedNormalizationOptions,
  type GivenNormalizationOptions,
  type Normalization,
  type NormalizationOptions,
  normalization,
} from "./normalization/normalization";
export { type PermuteOptions, permute } from "./shaping/permute";
export { type PreluOptions, prelu } from "./core/prelu";
export { type Conv1dOptions, type Conv2dOptions, conv1d, conv2d } from "./convolution/conv";
export { type ConvTransposeOptions, conv1dTranspose, conv2dTranspose } from "./convolution/convTranspose";
export {
  type DepthwiseConv2dOptions,
  depthwiseConv2d,
  type SeparableConv2dOptions,
  separableConv2d,
} from "./convolution/depthwiseConv";
export {
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
} from "./pooling/globalPooling";
export type { GlobalPoolingOptions } from "./pooling/globalPooling";
export { averagePooling1d, averagePooling2d, maxPooling1d, maxPooling2d, type PoolingOptions } from "./pooling/pooling";
export {
  type InnerLayer,
  type BidirectionalOptions,
  bidirectional,
  type MergeMode,
} from "./recurrent/bidirectional";
export { type TimeDistributedOptions, timeDistributed } from "./recurrent/timeDistributed";
export {
  type Cropping1dOptions,
  cropping1d,
  type RepeatVectorOptions,
  repeatVector,
  type UpSampling1dOptions,
  upSampling1d,
  type ZeroPadding1dOptions,
  zeroPadding1d,
} from "./shaping/sequences";
export { type SpatialDropout1dOptions, spatialDropout1d } from "./core/spatialDropout1d";
export { type GruOptions, gru } from "./recurrent/gru";
export { type LstmOptions, lstm } from "./recurrent/lstm";
export type {
  RecurrentApplyOptions,
  RecurrentLayer,
  RecurrentOptions,
  RecurrentResult,
  WithoutState,
  WithState,
} from "./recurrent/recurrent";
export { simpleRNN } from "./recurrent/simpleRNN";
export { type RescalingOptions, rescaling } from "./normalization/rescaling";
export { type UpSampling2dOptions, upSampling2d } from "./shaping/upSampling2d";
export type { ConvolutionOptions, FiltersOptions } from "./convolution/convolution";
export type { Ends, Padding, PairLike, Sides } from "./convolution/window";
export { type ZeroPadding2dOptions, zeroPadding2d } from "./shaping/zeroPadding2d";
export { flatten, type ReshapeOptions, reshape } from "./shaping/reshape";
