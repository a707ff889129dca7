import { type CellActivationName, cellActivationNames } from "./cellNames";
import { exp, expm1, log1p, tanh } from "../../numeric/elementary";

/** What a recurrent row may use as activation: the slope must follow from the value alone, because nothing else is kept. */
export interface CellActivation {
  /** The function of x and, where it has one, of its option. */
  readonly value: (x: number, option: number) => number;
  /** Its slope where its value is y. */
  readonly slope: (y: number, option: number) => number;
}

/** 1.0507 and 1.0507·1.6733 of `selu`. */
const SELU_SCALE = 1.0507009873554805;
const SELU_LIMIT = 1.7580993408473766;

const cellActivations: Readonly<Record<CellActivationName, CellActivation>> = {
  linear: { value: (x) => x, slope: () => 1 },
  tanh: { value: tanh, slope: (y) => 1 - y * y },
  sigmoid: { value: (x) => 1 / (1 + exp(-x)), slope: (y) => y * (1 - y) },
  relu: { value: (x) => (x > 0 || Number.isNaN(x) ? x : 0), slope: (y) => (y > 0 ? 1 : 0) },
  hardSigmoid: {
    value: (x, slope) => Math.min(Math.max(6 * slope * x + 3, 0), 6) / 6,
    slope: (y, slope) => (y > 0 && y < 1 ? slope : 0),
  },
  relu6: { value: (x) => Math.min(Math.max(x, 0), 6), slope: (y) => (y > 0 && y < 6 ? 1 : 0) },
  elu: { value: (x, alpha) => (x > 0 ? x : alpha * expm1(x)), slope: (y, alpha) => (y > 0 ? 1 : y + alpha) },
  selu: {
    value: (x) => (x > 0 ? SELU_SCALE * x : SELU_LIMIT * expm1(x)),
    slope: (y) => (y > 0 ? SELU_SCALE : y + SELU_LIMIT),
  },
  leakyRelu: { value: (x, slope) => (x > 0 ? x : slope * x), slope: (y, slope) => (y > 0 ? 1 : slope) },
  softplus: { value: (x) => Math.max(x, 0) + log1p(exp(-Math.abs(x))), slope: (y) => -expm1(-y) },
  softsign: { value: (x) => x / (1 + Math.abs(x)), slope: (y) => (1 - Math.abs(y)) * (1 - Math.abs(y)) },
  exponential: { value: exp, slope: (y) => y },
};

/** The activations that a row names by their numbers, with its options. */
export function cellsOf({
  activation,
  option,
  recurrentActivation,
  recurrentOption,
}: {
  readonly activation: number;
  readonly option: number;
  readonly recurrentActivation?: number;
  readonly recurrentOption?: number;
}) {
  const bind = (number: number, ofIt: number) => {
    const { value, slope } = cellActivations[cellActivationNames[number]];
    return { value: (x: number) => value(x, ofIt), slope: (y: number) => slope(y, ofIt) };
  };
  return {
    inner: bind(activation, option),
    recurrent: bind(recurrentActivation ?? activation, recurrentOption ?? option),
  };
}
