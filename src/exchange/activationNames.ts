import type { ActivationName } from "../activations/activations";

/** Activations by their names in Keras; those that are named last are what Keras writes, where two names mean one. */
export const activationsOfKeras: Readonly<Record<string, ActivationName>> = {
  identity: "linear",
  linear: "linear",
  relu: "relu",
  relu6: "relu6",
  leaky_relu: "leakyRelu",
  elu: "elu",
  selu: "selu",
  gelu: "gelu",
  swish: "silu",
  silu: "silu",
  mish: "mish",
  sigmoid: "sigmoid",
  tanh: "tanh",
  softplus: "softplus",
  softsign: "softsign",
  softmax: "softmax",
  log_softmax: "logSoftmax",
  exponential: "exponential",
};
