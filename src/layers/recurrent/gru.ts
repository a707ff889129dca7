import type { Graph, Value } from "../../graph/graph";
import type { LayerResult, WeightSpec } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { gru as gruOp } from "../../ops/gru";
import { flag, type OptionsOf, type SettingsOf } from "../../optionTable";
import { weightSpec } from "../options";
import { gatedOptions, recurrentOptions } from "./options";
import {
  type Cell,
  numberOf,
  optionOf,
  Recurrent,
  type RecurrentLayer,
  type RecurrentOptions,
  type RecurrentResult,
} from "./recurrent";

/** How options of `gru` are read. */
const gruOptions = {
  /**
   * Whether the reset gate multiplies the state behind its product with the recurrent kernel, which has a bias of its own then, or
   * before it (Cho et al. 2014). Default true.
   */
  resetAfter: [flag, true],
} as const;

/** Options of `gru`. */
export interface GruOptions extends RecurrentOptions, OptionsOf<typeof gatedOptions>, OptionsOf<typeof gruOptions> {}

const all = { ...recurrentOptions, ...gatedOptions, ...gruOptions } as const;

class Gru extends Recurrent<LayerResult> {
  protected readonly cell: Cell = { op: gruOp, gates: 3, states: ["h"], kept: { gates: 4, hidden: 1 } };

  constructor(options: GruOptions) {
    super("gru", options, all);
  }

  get #settings(): SettingsOf<typeof all> {
    return this.settings as SettingsOf<typeof all>;
  }

  protected override biasSpec(columns: number): WeightSpec {
    const { resetAfter } = this.#settings;
    return weightSpec("bias", resetAfter ? [2, columns] : [columns], this.settings);
  }

  protected override emitProducts(graph: Graph, x: Value, [w, , bias]: Value[]): Record<string, Value> {
    if (!bias || !this.#settings.resetAfter) return { x: this.emitDense(graph, x, w, bias) };
    return { x: this.emitDense(graph, x, w), b: bias };
  }

  protected override attributes() {
    const { recurrentActivation, resetAfter } = this.#settings;
    const { counts, numbers } = super.attributes();
    return {
      counts: { ...counts, recurrentActivation: numberOf(recurrentActivation), resetAfter: Number(resetAfter) },
      numbers: { ...numbers, recurrentOption: optionOf(recurrentActivation) },
    };
  }
}

/**
 * Gated recurrent units (Cho et al. 2014): input `[batch, time, features]`, output h of the last step `[batch, units]`, with
 * `returnSequences` of all steps `[batch, time, units]`, with `returnState` `[output, h]`.
 *
 * Weights: `kernel` `[features, 3 · units]`, `recurrent_kernel` `[units, 3 · units]`, each the update gate, the reset gate and the
 * state one after the other, as in Keras; `bias` `[2, 3 · units]`, of the inputs and of the state, or `[3 · units]` without
 * `resetAfter`.
 *
 * A step whose place does not count, by a mask `[batch, time]`, repeats output and state; before the first that counts outputs are 0.
 * `recurrentDropout` drops the same of the state for all gates; what is mixed with the new state is not dropped.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function gru<const Options extends GruOptions>(
  options: Options,
): RecurrentLayer<RecurrentResult<Options, [Node]>> {
  const layer: RecurrentLayer = new Gru(options);
  return layer as RecurrentLayer<RecurrentResult<Options, [Node]>>;
}
