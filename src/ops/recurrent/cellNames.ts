/**
 * The activations that recurrent rows may have, by their names in `activations`: their slope follows from their value. Rows have the
 * position of one in this list, as assembly/recurrent/activate.ts has it.
 */
export const cellActivationNames = [
  "linear",
  "tanh",
  "sigmoid",
  "relu",
  "hardSigmoid",
  "relu6",
  "elu",
  "selu",
  "leakyRelu",
  "softplus",
  "softsign",
  "exponential",
] as const;

export type CellActivationName = (typeof cellActivationNames)[number];
