/** Functions of TensorFlow that Keras 2 keeps in models, by operations of Keras 3. */
export const TENSORFLOW: Readonly<Record<string, string>> = {
  ...Object.fromEntries([
    ["__operators__.add", "Add"],
    ["__operators__.getitem", "GetItem"],
    ["concat", "Concatenate"],
    ["stack", "Stack"],
    ["unstack", "Unstack"],
    ["split", "Split"],
    ["reshape", "Reshape"],
    ["transpose", "Transpose"],
    ["expand_dims", "ExpandDims"],
    ["squeeze", "Squeeze"],
    ["tile", "Tile"],
    ["repeat", "Repeat"],
    ["reverse", "Flip"],
    ["broadcast_to", "BroadcastTo"],
    ["cast", "Cast"],
    ["identity", "Identity"],
    ["convert_to_tensor", "Identity"],
    ["stop_gradient", "StopGradient"],
    ["clip_by_value", "Clip"],
    ["where", "Where"],
    ["gather", "Take"],
    ["one_hot", "OneHot"],
    ["ones_like", "OnesLike"],
    ["zeros_like", "ZerosLike"],
    ["slice", "TensorflowSlice"],
    ["matmul", "Matmul"],
    ["linalg.matmul", "Matmul"],
    ["einsum", "Einsum"],
    ["norm", "Norm"],
    ["linalg.norm", "Norm"],
    ["cumsum", "Cumsum"],
    ["math.cumsum", "Cumsum"],
    ["math.top_k", "TopK"],
    ["math.argmax", "Argmax"],
    ["argmax", "Argmax"],
    ["math.argmin", "Argmin"],
    ["nn.gelu", "TensorflowGelu"],
    ["nn.leaky_relu", "LeakyRelu"],
    ["nn.log_softmax", "LogSoftmax"],
    ["math.log_softmax", "LogSoftmax"],
    ["math.log_sigmoid", "LogSigmoid"],
    ["nn.bias_add", "Add"],
    ["math.truediv", "Divide"],
    ["math.pow", "Power"],
    ["pow", "Power"],
    ["math.floordiv", "FloorDivide"],
    ["math.squared_difference", "SquaredDifference"],
  ] as const),
  ...inBoth([
    "square",
    "sqrt",
    "exp",
    "abs",
    "sign",
    "round",
    "floor",
    "tanh",
    "sin",
    "cos",
    "add",
    "subtract",
    "multiply",
    "divide",
  ]),
  ...inBoth([
    "maximum",
    "minimum",
    "equal",
    "not_equal",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "sigmoid",
    "negative",
  ]),
  ...inBoth([
    "expm1",
    "log",
    "log1p",
    "rsqrt",
    "reciprocal",
    "erf",
    "ceil",
    "softplus",
    "logical_and",
    "logical_or",
    "logical_not",
  ]),
  ...inBoth(["relu", "relu6", "elu", "selu", "silu", "swish", "softmax", "softsign", "l2_normalize"]),
  ...reductions(["sum", "mean", "max", "min", "prod", "std", "variance", "logsumexp", "any", "all"]),
};

function inBoth(names: readonly string[]): Record<string, string> {
  const special: Readonly<Record<string, string>> = { abs: "Absolute", swish: "Silu", l2_normalize: "L2Normalize" };
  const own = (name: string) =>
    special[name] ?? name.replace(/(^|_)(.)/g, (_, __, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    names.flatMap((name) => ["", "math.", "nn.", "linalg."].map((prefix) => [prefix + name, own(name)])),
  );
}

function reductions(names: readonly string[]): Record<string, string> {
  const special: Readonly<Record<string, string>> = { variance: "Var" };
  return Object.fromEntries(
    names.flatMap((name) => {
      const own = special[name] ?? name[0].toUpperCase() + name.slice(1);
      return ["", "math."].map((prefix) => [`${prefix}reduce_${name}`, own]);
    }),
  );
}
