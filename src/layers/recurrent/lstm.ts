import type { WeightSpec } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { lstm as lstmOp } from "../../ops/lstm";
import { flag, type OptionsOf, type SettingsOf } from "../../optionTable";
import type { LayerOptions, LayerResult } from "../../graph/layer";
import { gatedOptions } from "./options";
import { type Cell, numberOf, optionOf, Recurrent, type RecurrentResult } from "./recurrent";

/** How options of `lstm` are read. */
const lstmOptions = {
  ...gatedOptions,
  /** Whether the bias of the forget gate begins as 1 (Jozefowicz et al. 2015). Default true. */
  unitForgetBias: [flag, true],
} as const;

/** Options of `lstm`. */
export interface LstmOptions extends LayerOptions, OptionsOf<typeof lstmOptions> {}

class Lstm extends Recurrent<LayerResult> {
  protected readonly cell: Cell = {
    op: lstmOp,
    gates: 4,
    states: ["h", "c"],
    kept: { gates: 4, hidden: 1, cells: 1, squashed: 1 },
  };

  constructor(options: LstmOptions) {
    super("lstm", options, lstmOptions);
  }

  get #settings(): SettingsOf<typeof lstmOptions> {
    return this.settings as SettingsOf<typeof lstmOptions>;
  }

  protected override biasSpec(columns: number): WeightSpec {
    const { units, unitForgetBias } = this.#settings;
    const bias = super.biasSpec(columns);
    return unitForgetBias ? { ...bias, ones: [units, 2 * units] } : bias;
  }

  protected override attributes() {
    const { recurrentActivation } = this.#settings;
    const { counts, numbers } = super.attributes();
    return {
      counts: { ...counts, recurrentActivation: numberOf(recurrentActivation) },
      numbers: { ...numbers, recurrentOption: optionOf(recurrentActivation) },
    };
  }
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997): input `[batch, time, features]`, output h of the last step `[batch, units]`,
 * with `returnSequences` of all steps `[batch, time, units]`, with `returnState` `[output, h, c]`.
 *
 * Weights: `kernel` `[features, 4 · units]`, `recurrent_kernel` `[units, 4 · units]`, `bias` `[4 · units]`, each the input gate, the
 * forget gate, the cell and the output gate one after the other, as in Keras.
 *
 * A step whose place does not count, by a mask `[batch, time]`, repeats output and state; before the first that counts outputs are 0.
 * Sequences of outputs have the mask of the input, with `goBackwards` turned around as they are, which Keras forgets.
 *
 *     const [sequence, h, c] = layers.lstm({ units: 64, returnSequences: true, returnState: true }).apply(x)
 *     const y = layers.lstm({ units: 64 }).apply(other, { initialState: [h, c] })
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function lstm<const Options extends LstmOptions>(
  options: Options,
): Recurrent<RecurrentResult<Options, [Node, Node]>> {
  const layer: Recurrent = new Lstm(options);
  return layer as Recurrent<RecurrentResult<Options, [Node, Node]>>;
}
