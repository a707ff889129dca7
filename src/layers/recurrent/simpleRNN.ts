import type { LayerResult } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { simpleRnn } from "../../ops/simpleRnn";
import { recurrentOptions } from "./options";
import { type Cell, Recurrent, type RecurrentLayer, type RecurrentOptions, type RecurrentResult } from "./recurrent";

class SimpleRNN extends Recurrent<LayerResult> {
  protected readonly cell: Cell = { op: simpleRnn, gates: 1, states: ["h"], kept: { gates: 1, hidden: 1 } };

  constructor(options: RecurrentOptions) {
    super("simpleRNN", options, recurrentOptions);
  }
}

/**
 * The simplest recurrent layer (Elman 1990), h = activation(x · kernel + bias + h · recurrent_kernel): input
 * `[batch, time, features]`, output h of the last step `[batch, units]`, with `returnSequences` of all steps `[batch, time, units]`,
 * with `returnState` `[output, h]`.
 *
 * Weights: `kernel` `[features, units]`, `recurrent_kernel` `[units, units]`, `bias` `[units]`.
 *
 * A step whose place does not count, by a mask `[batch, time]`, repeats output and state; before the first that counts outputs are 0.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function simpleRNN<const Options extends RecurrentOptions>(
  options: Options,
): RecurrentLayer<RecurrentResult<Options, [Node]>> {
  const layer: RecurrentLayer = new SimpleRNN(options);
  return layer as RecurrentLayer<RecurrentResult<Options, [Node]>>;
}
