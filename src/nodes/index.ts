/**
 * Functions over nodes, named as in `keras.ops`: they take nodes, numbers and tensors, and give nodes. Axes count from 0, which is
 * the batch where there is one; shapes are broadcast as by NumPy. What they make is compiled with the model, trains, and is
 * kept in its file.
 */
export { elu, gelu, hardSigmoid, leakyRelu, mish, relu, relu6, selu, silu, softplus, softsign } from "./activations";
export {
  broadcastTo,
  concatenate,
  expandDims,
  flip,
  pad,
  reshape,
  slice,
  split,
  squeeze,
  stack,
  tile,
  transpose,
} from "./axes";
export { argSort, oneHot, sort, take, takeAlongAxis, topK } from "./choosing";
export {
  abs,
  add,
  ceil,
  clip,
  cos,
  divide,
  equal,
  erf,
  exp,
  expm1,
  floor,
  greater,
  greaterEqual,
  isFinite,
  isNan,
  less,
  lessEqual,
  log,
  log1p,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  multiply,
  negative,
  notEqual,
  power,
  reciprocal,
  round,
  rsqrt,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  stopGradient,
  subtract,
  tanh,
  where,
} from "./elementwise";
export { withMask, withoutMask } from "./masking";
export { cast, constant } from "./operation";
export { einsum, matmul } from "./products";
export { randomBernoulli, randomNormal, randomUniform } from "./random";
export {
  argMax,
  argMin,
  cumSum,
  l2Normalize,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  moments,
  norm,
  prod,
  softmax,
  sum,
  variance,
} from "./reductions";
export type { AxesOption, AxisOption, NewSize, PadOptions } from "./axes";
export type { ArgSortOptions, SortOptions } from "./choosing";
export type { NodeLike } from "./operation";
export type { MatmulOptions } from "./products";
export type { RandomBernoulliOptions, RandomNormalOptions, RandomOptions, RandomUniformOptions } from "./random";
export type { CumSumOptions, L2NormalizeOptions, NormOptions, PlaceOptions, ReductionOptions } from "./reductions";
