import { ArgumentError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import {
  Layer,
  type LayerOptions,
  type LayerResult,
  type OutputMask,
  type PerOutput,
  type WeightSpec,
} from "../../graph/layer";
import type { CallOptions, LayerCall, Node } from "../../graph/node";
import { concatenate } from "../../nodes/axes";
import { add, divide, multiply } from "../../nodes/elementwise";
import { oneOf, show } from "../../options";
import { type Option, type OptionsOf, readSettings, type SettingsOf } from "../../optionTable";
import type { Shape } from "../../tensor/shape";
import { emitFunction } from "../masks";
import { joinStates, Recurrent, type RecurrentApplyOptions } from "./recurrent";
import { checkInner, weightsWithin } from "./timeDistributed";

/** How the outputs of both directions become one: one behind the other, their sum, product or average. */
export type MergeMode = "concat" | "sum" | "mul" | "ave";

const recurrent: Option<Recurrent> = (given, who, option) => {
  if (!(given instanceof Recurrent)) {
    throw new ArgumentError(
      `${who}: ${option} must be layers.lstm, layers.gru or layers.simpleRNN, got ${show(given)}.`,
    );
  }
  return checkInner(given, who, option);
};

const mergeMode: Option<MergeMode> = (given, who, option) => oneOf(who, option, given, ["concat", "sum", "mul", "ave"]);

const mergers: Readonly<Record<MergeMode, (a: Node, b: Node) => Node>> = {
  concat: (a, b) => concatenate([a, b], { axis: -1 }),
  sum: add,
  mul: multiply,
  ave: (a, b) => divide(add(a, b), 2),
};

/** How options of `bidirectional` are read. */
const bidirectionalOptions = {
  /** A recurrent layer, of which two are made: one that goes as it does, and one that goes the other way. */
  layer: recurrent,
  /** How their outputs become one. Default `"concat"`. */
  mergeMode: [mergeMode, "concat"],
} as const;

/** Options of `bidirectional`. */
export interface BidirectionalOptions extends LayerOptions, OptionsOf<typeof bidirectionalOptions> {}

/** A recurrent layer in both directions. */
export class Bidirectional<Result extends LayerResult = LayerResult> extends Layer<Result> {
  readonly #settings: SettingsOf<typeof bidirectionalOptions>;
  /** The one that goes as the given layer does, and the other. */
  readonly #directions: readonly [Recurrent, Recurrent];

  /** @internal */
  constructor(options: BidirectionalOptions) {
    super("bidirectional", options, Object.keys(bidirectionalOptions));
    this.#settings = readSettings(this.name, this.options, bidirectionalOptions);
    const { layer } = this.#settings;
    this.#directions = [
      layer.another({ name: `forward_${layer.name}` }),
      layer.another({ name: `backward_${layer.name}`, goBackwards: !layer.options.goBackwards }),
    ];
  }

  /**
   * Uses the layer on a sequence, as that of a recurrent layer: `initialState` has the states of one direction, then of the other.
   *
   * @returns its output, with `returnState` of the layer an array of that and the last states of both directions
   */
  override apply(input: Node | readonly Node[], options: RecurrentApplyOptions = {}): Result {
    return super.apply(joinStates(this.name, input, options));
  }

  /** @internal */
  override applyAs(inputs: readonly Node[], options: CallOptions): Result {
    for (const direction of this.#directions) direction.learnBatchSize(inputs[0]);
    return super.applyAs(inputs, options);
  }

  /**
   * Makes the states that both directions carry from batch to batch 0 again.
   *
   * @throws StateError when the layer is not stateful
   */
  resetState(): void {
    this.#directions[0].checkStateful(this.name);
    for (const { isCarried, shared } of this.weightSpecs) if (isCarried) shared.clear();
  }

  /** The inputs of each direction: both have the sequence, and states of their own. */
  #inputsOf<T>([x, ...states]: readonly T[]): readonly [T[], T[]] {
    const half = Math.ceil(states.length / 2);
    return [
      [x, ...states.slice(0, half)],
      [x, ...states.slice(half)],
    ];
  }

  outputShape(...inputs: Shape[]): PerOutput<Result, Shape> {
    const states = (inputs.length - 1) / 2;
    if (!Number.isInteger(states))
      throw new ArgumentError(`${this.name}: expects as many states for both directions, got ${inputs.length - 1}.`);
    const [one, other] = this.#inputsOf(inputs).map((own, i) => this.#directions[i].outputShape(...own));
    const [first, ...ends] = (typeof one[0] === "number" ? [one] : one) as Shape[];
    const width = first[first.length - 1] * (this.#settings.mergeMode === "concat" ? 2 : 1);
    const output = [...first.slice(0, -1), width];
    const others = (typeof other[0] === "number" ? [] : other.slice(1)) as Shape[];
    return (ends.length ? [output, ...ends, ...others] : output) as unknown as PerOutput<Result, Shape>;
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    return this.#directions.flatMap((direction) => weightsWithin(direction, direction.weights(inputs[0])));
  }

  protected override usedMasks([x]: readonly Node[]): readonly (Node | undefined)[] {
    return this.#directions[0].masksOf(x);
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return this.#directions[0].masksOfOutputs(call);
  }

  emit(graph: Graph, inputs: Value[], weights: Value[], masks: readonly (Value | undefined)[] = []): readonly Value[] {
    const half = weights.length / 2;
    const own = this.#inputsOf(inputs);
    const made = this.#directions.map((direction, i) =>
      direction.emitRow(graph, own[i], weights.slice(i * half, (i + 1) * half), masks, {
        zeros: true,
        turnsAround: i === 1,
      }),
    );
    const [[first, ...ends], [second, ...others]] = made;
    const [y] = emitFunction(graph, this.name, [first, second], [], mergers[this.#settings.mergeMode]);
    return [y, ...ends, ...others, ...this.#directions[0].emitMask(graph, masks[0])];
  }
}

/**
 * A recurrent layer in both directions: two layers of the same options, one of which goes from the last step to the first. Their
 * outputs are merged, sequences step by step; with `returnState` the states come behind, of `lstm` `[output, h, c, h, c]`. Its weights are
 * called `bidirectional/forward_lstm/kernel` and `bidirectional/backward_lstm/kernel`, as in Keras.
 *
 * Where places do not count, by a mask `[batch, time]`, sequences are 0, and the mask is passed on.
 *
 *     layers.bidirectional({ layer: layers.lstm({ units: 32, returnSequences: true }), mergeMode: "sum" })
 *
 * @throws ArgumentError when `layer` is no recurrent layer, or has been applied already
 */
export function bidirectional<Inner extends Recurrent<LayerResult>>(
  options: Omit<BidirectionalOptions, "layer"> & { layer: Inner },
): Bidirectional<Inner extends Recurrent<Node> ? Node : LayerResult> {
  const layer: Bidirectional = new Bidirectional(options as BidirectionalOptions);
  return layer as Bidirectional<Inner extends Recurrent<Node> ? Node : LayerResult>;
}
