/**
 * Functions of each number as JavaScript has them: expressions of a, of b and c where they take more, and of the numbers of an
 * operation by their names. Computed in float64.
 */

/** Activations and what else makes one number of one, by the names of operations. */
export const unary: Readonly<Record<string, string>> = {
  relu: "a > 0 || a !== a ? a : 0",
  relu6: "Math.min(Math.max(a, 0), 6)",
  leakyRelu: "a > 0 ? a : negativeSlope * a",
  elu: "a > 0 ? a : alpha * Math.expm1(a)",
  selu: "a > 0 ? 1.0507009873554805 * a : 1.7580993408473766 * Math.expm1(a)",
  gelu: "0.5 * a * (1 + erf(a * Math.SQRT1_2))",
  geluApproximate: "a / (1 + Math.exp(-1.5957691216057308 * a * (1 + 0.044715 * a * a)))",
  sigmoid: "1 / (1 + Math.exp(-a))",
  hardSigmoid: "Math.min(Math.max(6 * slope * a + 3, 0), 6) / 6",
  tanh: "Math.tanh(a)",
  softplus: "Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)))",
  softsign: "a / (1 + Math.abs(a))",
  silu: "a / (1 + Math.exp(-a))",
  mish: "a * Math.tanh(Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))))",
  exponential: "Math.exp(a)",
  rescaling: "scale * a + offset",
  castToFloat: "a",
  castToInteger: "a",
};

/** What makes one number of two. */
export const binary: Readonly<Record<string, string>> = {
  add: "a + b",
  subtract: "a - b",
  multiply: "a * b",
  maximum: "a >= b || a !== a ? a : b",
  minimum: "a <= b || a !== a ? a : b",
};

/** The steps of formulas. */
export const instructions: Readonly<Record<string, string>> = {
  copy: "a",
  stopGradient: "a",
  negative: "-a",
  abs: "Math.abs(a)",
  sign: "Math.sign(a)",
  square: "a * a",
  sqrt: "Math.sqrt(a)",
  rsqrt: "1 / Math.sqrt(a)",
  reciprocal: "1 / a",
  exp: "Math.exp(a)",
  expm1: "Math.expm1(a)",
  log: "Math.log(a)",
  log1p: "Math.log1p(a)",
  sin: "Math.sin(a)",
  cos: "Math.cos(a)",
  tanh: "Math.tanh(a)",
  sigmoid: "1 / (1 + Math.exp(-a))",
  erf: "erf(a)",
  floor: "Math.floor(a)",
  ceil: "Math.ceil(a)",
  round: "roundToEven(a)",
  logicalNot: "a === 0 ? 1 : 0",
  isNan: "a !== a ? 1 : 0",
  isFinite: "Number.isFinite(a) ? 1 : 0",
  ...binary,
  divide: "a / b",
  power: "a ** b",
  equal: "a === b ? 1 : 0",
  notEqual: "a !== b ? 1 : 0",
  greater: "a > b ? 1 : 0",
  greaterEqual: "a >= b ? 1 : 0",
  logicalAnd: "a !== 0 && b !== 0 ? 1 : 0",
  logicalOr: "a !== 0 || b !== 0 ? 1 : 0",
  where: "a !== 0 ? b : c",
  passOn: "a === 0 ? 0 : a * b",
};
