import type { Activation, ActivationLike } from "../../activations/activations";
import { resolveActivation } from "../../activations/activations";
import { ArgumentError } from "../../errors";
import { cellActivationNames } from "../../ops/recurrent/cellNames";
import { finiteNumber } from "../../options";
import { flag, type Option, seed, size } from "../../optionTable";
import { initializer, regularizer } from "../options";

/** An activation whose slope follows from its value: nothing else of a step is kept for the way back. */
const cellActivation: Option<ActivationLike, Activation> = (given, who, option) => {
  const activation = resolveActivation(given, who);
  if ((cellActivationNames as readonly string[]).includes(activation.name)) return activation;
  throw new ArgumentError(
    `${who}: ${option} must be one whose slope follows from its value (${cellActivationNames.join(", ")}), got ${activation.name}.`,
  );
};

const rate: Option<number> = (given, who, option) => finiteNumber(who, option, given, { min: 0, below: 1 });

/** How options of all recurrent layers are read. */
export const recurrentOptions = {
  /** Size of the state, and of the output's last axis. */
  units: size,
  /** Applied to what goes into the state: one whose slope follows from its value. Default `"tanh"`. */
  activation: [cellActivation, "tanh"],
  /** Whether a bias is added. Default true. */
  useBias: [flag, true],
  /** Default `"glorotUniform"`. */
  kernelInitializer: [initializer, "glorotUniform"],
  /** Default `"orthogonal"`. */
  recurrentInitializer: [initializer, "orthogonal"],
  /** Default `"zeros"`. */
  biasInitializer: [initializer, "zeros"],
  /** Default: none. */
  kernelRegularizer: regularizer,
  /** Default: none. */
  recurrentRegularizer: regularizer,
  /** Default: none. */
  biasRegularizer: regularizer,
  /** Share of the inputs that training sets to 0, the same at all steps of a sample, in [0, 1). Default 0. */
  dropout: [rate, 0],
  /** Share of the state that training sets to 0 before it meets the recurrent kernel, the same at all steps of a sample, in [0, 1). Default 0. */
  recurrentDropout: [rate, 0],
  /** Of the dropouts. By default the model's seed. */
  seed: [seed, undefined],
  /** Whether the output of every step is put out, or that of the last one. Default false. */
  returnSequences: [flag, false],
  /** Whether the last states are put out, too: the layer has several outputs then. Default false. */
  returnState: [flag, false],
  /** Whether it goes from the last step to the first; outputs are in the order in which they are made. Default false. */
  goBackwards: [flag, false],
  /**
   * Whether the states at the end of a batch are those at the beginning of the next, sample by sample, until `layer.resetState()`:
   * needs `input({ batchSize })`. Default false.
   */
  stateful: [flag, false],
} as const;

/** How options of layers with gates are read besides. */
export const gatedOptions = {
  /** Applied to the gates. Default `"sigmoid"`. */
  recurrentActivation: [cellActivation, "sigmoid"],
} as const;
