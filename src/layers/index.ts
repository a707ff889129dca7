/** What models are made of. Sub-path of the public API: `layers.dense({ units: 10 })`. */
export { activation, elu, leakyRelu, relu, softmax } from "./activation";
export { type DenseOptions, dense } from "./dense";
export { type DropoutOptions, dropout } from "./dropout";
export { Layer, type LayerOptions } from "./layer";
export { type RescalingOptions, rescaling } from "./rescaling";
export { flatten, type ReshapeOptions, reshape } from "./reshape";
