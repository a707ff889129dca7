import type { Activation } from "../../activations/activations";
import { ArgumentError, ShapeError, StateError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import {
  Layer,
  type LayerOptions,
  type LayerResult,
  type OutputMask,
  type PerOutput,
  type WeightSpec,
} from "../../graph/layer";
import { type CallOptions, describeNode, type LayerCall, Node } from "../../graph/node";
import { batchSizeOfNode } from "../../graph/batches";
import type { Past, Stepping } from "../../graph/steps";
import { dense } from "../../ops/dense";
import { expandAxis } from "../../ops/expandAxis";
import type { Op } from "../../ops/op";
import { cellActivationNames } from "../../ops/recurrent/cellNames";
import { spatialDropout } from "../../ops/spatialDropout";
import { checkOptions } from "../../options";
import type { OptionsOf, OptionTable, SettingsOf } from "../../optionTable";
import { readSettings } from "../../optionTable";
import { type Shape, showShape, sizeOf } from "../../tensor/shape";
import { flip } from "../../nodes/axes";
import { add, multiply, where } from "../../nodes/elementwise";
import { broadcastMask, emitFunction } from "../masks";
import { weightSpec } from "../options";
import type { recurrentOptions } from "./options";

/** Options of all recurrent layers. */
export interface RecurrentOptions extends LayerOptions, OptionsOf<typeof recurrentOptions> {}

/** That the last states are put out, too. */
export interface WithState {
  /** The states come behind the output. */
  readonly returnState: true;
}

/** That they are not. */
export interface WithoutState {
  /** Size of the state. */
  readonly units: number;
  /** There is one output. */
  readonly returnState?: false | undefined;
}

/** A recurrent layer, or one in both directions. The parameter is what `apply` returns: a node, or with the last states several. */
export interface RecurrentLayer<Result extends LayerResult = LayerResult> extends Layer<Result> {
  /**
   * Uses the layer on a sequence. Using one layer twice shares its weights.
   *
   * @returns its output, with `returnState` an array of that and the last states
   * @throws ShapeError when the input or a state does not fit, ArgumentError when there are more or fewer states
   */
  apply(input: Node | readonly Node[], options?: RecurrentApplyOptions): Result;
  /**
   * Makes the states that are carried from batch to batch 0 again, in all models that use the layer: at the end of a sequence, or of
   * an epoch, in a callback.
   *
   * @throws StateError when the layer is not stateful
   */
  resetState(): void;
}

/**
 * What a recurrent layer of these options puts out: a node, with `returnState: true` an array of that and its last states; either where
 * that is not known to the compiler.
 */
export type RecurrentResult<Options, States extends readonly Node[]> = Options extends WithState
  ? readonly [Node, ...States]
  : Options extends WithoutState
    ? Node
    : LayerResult;

/** What `apply` of a recurrent layer takes besides the input. */
export interface RecurrentApplyOptions {
  /**
   * The state before the first step, `[batch, units]`: for `lstm` `[h, c]`, for the others h. Default zeros. With a mask, a step that
   * does not count leaves the state as it is, be it this one.
   */
  initialState?: Node | readonly Node[] | undefined;
}

/** What the kinds of recurrent layers differ in. */
export interface Cell {
  readonly op: Op;
  /** Vectors of the products with inputs and state: one for each gate. */
  readonly gates: number;
  /** Names of the states in the row: h, and c of `lstm`. */
  readonly states: readonly string[];
  /** What the row keeps of every step for the way back, in units. */
  readonly kept: Readonly<Record<string, number>>;
}

/** How a sequence is put out: with zeros at places that do not count, the other way round. */
interface RowOrder {
  readonly zeros: boolean;
  readonly turnsAround: boolean;
}

/**
 * A layer that goes through sequences step by step: input `[batch, time, features]`, output `[batch, units]`, or `[batch, time, units]`
 * with `returnSequences`.
 */
export abstract class Recurrent<Result extends LayerResult = LayerResult> extends Layer<Result> {
  /** @internal */
  protected readonly settings: SettingsOf<typeof recurrentOptions>;
  /** @internal */
  protected abstract readonly cell: Cell;
  /** Samples of each batch, where the states of one go into the next. */
  #batchSize?: number;

  /** @internal */
  constructor(kind: string, options: LayerOptions, table: OptionTable) {
    super(kind, options, Object.keys(table));
    this.settings = readSettings(this.name, this.options, table) as SettingsOf<typeof recurrentOptions>;
  }

  /**
   * Uses the layer on a sequence. Using one layer twice shares its weights.
   *
   * @returns its output, with `returnState` an array of that and the last states
   * @throws ShapeError when the input or a state does not fit, ArgumentError when there are more or fewer states
   */
  override apply(input: Node | readonly Node[], options: RecurrentApplyOptions = {}): Result {
    return super.apply(joinStates(this.name, input, options));
  }

  /** @internal */
  override applyAs(inputs: readonly Node[], options: CallOptions): Result {
    this.learnBatchSize(inputs[0]);
    return super.applyAs(inputs, options);
  }

  /** @internal Another layer of the same kind and options, but for these. */
  another(options: object): Recurrent {
    const { inputShape: _, ...own } = this.options;
    const Kind = this.constructor as new (options: object) => Recurrent;
    return new Kind({ ...own, trainable: this.trainable, ...options });
  }

  /** @internal Finds out how many samples a batch has, where states are carried to the next. */
  learnBatchSize(x: unknown): void {
    if (this.settings.stateful && x instanceof Node) this.#batchSize = this.#readBatchSize(x);
  }

  /** A model within another is applied to nodes that do not say it: there it is known already. */
  #readBatchSize(x: Node): number {
    const size = batchSizeOfNode(x) ?? this.#batchSize;
    if (size === undefined) {
      throw new ArgumentError(
        `${this.name}: stateful needs to know how many samples a batch has: input({ shape, batchSize }).`,
      );
    }
    if (this.#batchSize === undefined || size === this.#batchSize) return size;
    throw new ArgumentError(
      `${this.name}: its states are those of batches of ${this.#batchSize} since it was first applied, got batches of ${size}.`,
    );
  }

  /**
   * Makes the states that are carried from batch to batch 0 again, in all models that use the layer: at the end of a sequence, or of
   * an epoch, in a callback.
   *
   * @throws StateError when the layer is not stateful
   */
  resetState(): void {
    this.checkStateful(this.name);
    for (const { isCarried, shared } of this.weightSpecs) if (isCarried) shared.clear();
  }

  /** @internal */
  checkStateful(who: string): void {
    if (!this.settings.stateful) throw new StateError(`${who}: has no state to reset: it is not stateful.`);
  }

  outputShape(...inputs: Shape[]): PerOutput<Result, Shape> {
    const [shape, ...states] = inputs;
    const { units, returnSequences, returnState } = this.settings;
    if (shape.length !== 2) {
      throw new ShapeError(`${this.name}: expects [batch, time, features], got ${showShape(shape, true)}.`);
    }
    const { states: names } = this.cell;
    if (states.length && states.length !== names.length) {
      throw new ArgumentError(
        `${this.name}: has ${names.length === 1 ? "one state" : `${names.length} states`} (${names.join(", ")}), got ${states.length} as initialState.`,
      );
    }
    states.forEach((state, i) => {
      if (state.length === 1 && state[0] === units) return;
      throw new ShapeError(
        `${this.name}: its state ${names[i]} is [batch, ${units}], got ${showShape(state, true)} as initialState.`,
      );
    });
    const output = returnSequences ? [shape[0], units] : [units];
    return (returnState ? [output, ...names.map(() => [units])] : output) as unknown as PerOutput<Result, Shape>;
  }

  override weights(...[shape]: Shape[]): WeightSpec[] {
    const { units, useBias } = this.settings;
    const columns = this.cell.gates * units;
    const recurrent = { ...weightSpec("recurrent", [units, columns], this.settings), name: "recurrent_kernel" };
    const kernel = weightSpec("kernel", [shape[1], columns], this.settings);
    const states = this.settings.stateful ? this.cell.states : [];
    return [
      kernel,
      recurrent,
      ...(useBias ? [this.biasSpec(columns)] : []),
      ...states.map((name) => {
        const shape = [this.#batchSize!, units];
        return { name: `state_${name}`, shape, initializer: "zeros", isState: true, isCarried: true } as const;
      }),
    ];
  }

  /** @internal */
  protected biasSpec(columns: number): WeightSpec {
    return weightSpec("bias", [columns], this.settings);
  }

  protected override usedMasks([x]: readonly Node[]): readonly (Node | undefined)[] {
    return this.masksOf(x);
  }

  /** @internal */
  masksOf(x: Node): readonly Node[] {
    if (!x.mask) return [];
    const axes = x.mask.dimensions.length;
    if (axes <= 2) return [axes === 2 ? x.mask : broadcastMask(x.mask, x, 2)];
    throw new ShapeError(`${this.name}: takes a mask [batch, time], ${describeNode(x)} has one of ${axes} axes.`);
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return this.masksOfOutputs(call);
  }

  /**
   * @internal The places of the output are those of the input, if it has any; of outputs from the last step to the first the other way
   * round, which is a further result of `emit`. States have no mask.
   */
  masksOfOutputs(call: LayerCall): OutputMask {
    const { inputs, outputs } = call;
    const [mask] = this.masksOf(inputs[0]);
    const { returnSequences, goBackwards } = this.settings;
    const first = goBackwards && mask ? Node.ofCall(call, outputs.length, mask.dimensions) : mask;
    return outputs.map((_, i) => (i === 0 && returnSequences ? first : undefined));
  }

  /**
   * The state goes from step to step. What a step that does not count repeats is the state, too. What a stateful layer carries from
   * batch to batch is neither read nor written.
   */
  override stepping(): Stepping {
    const { goBackwards, returnSequences, returnState, units } = this.settings;
    if (goBackwards) return undefined;
    return (graph, [x, ...given], weights, masks, past) => {
      const [batch] = x.shape;
      const kept = this.cell.states.map(() => past.state(this.name, [batch, units]));
      const states = given.length ? this.#emitFirst(graph, given, kept, past) : kept;
      const asIs = { zeros: false, turnsAround: false };
      const { ends } = this.#emitRow(graph, [x, ...states], this.#own(weights), [], masks, asIs);
      kept.forEach((state, i) => {
        past.keep(state, ends[i]);
      });
      const last = given.length && masks[0] ? this.#emitShown(graph, ends[0], masks[0], past) : ends[0];
      const y = returnSequences ? graph.view(last, [batch, 1, units], this.name) : last;
      return returnState ? [y, ...ends] : y;
    };
  }

  /** Steps that do not count put out what was put out last, and before all that do 0, be the state what it is. */
  #emitShown(graph: Graph, end: Value, mask: Value, past: Past): Value {
    const shown = past.state(this.name, end.shape);
    const [y] = emitFunction(graph, this.name, [mask, end, shown], [], where);
    past.keep(shown, y);
    return y;
  }

  /** The states that a step begins with: before the first those given, then those that were kept. */
  #emitFirst(graph: Graph, given: readonly Value[], kept: readonly Value[], past: Past): Value[] {
    const hasBegun = past.state(this.name, [given[0].shape[0], 1]);
    const [begins, ...states] = emitFunction(graph, this.name, [hasBegun, ...kept, ...given], [], (begun, ...both) => [
      add(multiply(begun, 0), 1),
      ...kept.map((_, i) => where(begun, both[i], both[kept.length + i])),
    ]);
    past.keep(hasBegun, begins);
    return states;
  }

  /** The weights without the states that are carried. */
  #own(weights: readonly Value[]): Value[] {
    return weights.slice(0, weights.length - (this.settings.stateful ? this.cell.states.length : 0));
  }

  /** @internal What `masksOfOutputs` wants besides the outputs. */
  emitMask(graph: Graph, mask?: Value): Value[] {
    const { returnSequences, goBackwards } = this.settings;
    if (!mask || !returnSequences || !goBackwards) return [];
    return emitFunction(graph, this.name, [mask], [], (places) => flip(places, { axis: 1 }));
  }

  emit(graph: Graph, inputs: Value[], weights: Value[], masks: readonly (Value | undefined)[] = []): readonly Value[] {
    const made = this.emitRow(graph, inputs, weights, masks, { zeros: false, turnsAround: false });
    return [...made, ...this.emitMask(graph, masks[0])];
  }

  /**
   * @internal The output, with `returnState` behind it the last states. `zeros`: places of a sequence that do not count put out 0;
   * `turnsAround`: a sequence is put out the other way round.
   */
  emitRow(
    graph: Graph,
    inputs: readonly Value[],
    weights: Value[],
    masks: readonly (Value | undefined)[],
    order: RowOrder,
  ): readonly Value[] {
    const own = this.#own(weights);
    const { y, ends, areWritten } = this.#emitRow(graph, inputs, own, weights.slice(own.length), masks, order);
    if (!this.settings.returnState) return [y];
    // The layer may be used again, and change its states, before somebody reads these.
    const copy = (x: Value) => graph.emit(expandAxis, this.name, { x }, x.shape, copyOf(x));
    return [y, ...(areWritten ? ends.map(copy) : ends)];
  }

  #emitRow(
    graph: Graph,
    [x, ...states]: readonly Value[],
    weights: Value[],
    carried: readonly Value[],
    [mask]: readonly (Value | undefined)[],
    { zeros, turnsAround }: RowOrder,
  ): { y: Value; ends: readonly Value[]; areWritten: boolean } {
    const { units, returnSequences, goBackwards, recurrentDropout, seed = graph.seed } = this.settings;
    const { op, kept, states: names } = this.cell;
    const [batch, time] = x.shape;
    const dropped = this.#dropInputs(graph, x);
    const stream = graph.nextStream();
    const values: Record<string, Value> = { ...this.emitProducts(graph, dropped, weights), u: weights[1] };
    const before = states.length ? states : carried;
    before.forEach((state, i) => {
      values[`${names[i]}0`] = state;
    });
    if (mask) values.mask = mask;
    const y = graph.value(this.name, returnSequences ? [batch, time, units] : [batch, units]);
    // Training leaves its states when it has turned out well, the rest at once: a row may write states over those it has read.
    const areWritten = carried.length > 0 && !graph.training;
    const ends = names.map((_, i) => (areWritten ? carried[i] : graph.value(this.name, [batch, units])));
    values.y = y;
    names.forEach((name, i) => {
      values[name] = ends[i];
    });
    // Only training goes back.
    if (graph.training) {
      for (const [name, columns] of Object.entries(kept)) {
        values[name] = graph.value(this.name, [batch, time, columns * units]);
      }
    }
    const rate = graph.training ? recurrentDropout : 0;
    const { counts, numbers } = this.attributes();
    graph.emitSink(op, this.name, values, {
      counts: {
        ...counts,
        batch,
        time,
        units,
        backwards: Number(goBackwards),
        sequences: returnSequences ? (turnsAround ? 2 : 1) : 0,
        zeros: Number(zeros && returnSequences),
        seed: seed | 0,
        stream,
      },
      numbers: { ...numbers, rate },
    });
    if (graph.training) {
      carried.forEach((y, i) => {
        graph.emitUpdate(expandAxis, this.name, { x: ends[i], y }, copyOf(y));
      });
    }
    return { y, ends, areWritten };
  }

  /** @internal Adds the products of the inputs of all steps, by their names in the row. */
  protected emitProducts(graph: Graph, x: Value, [w, , b]: Value[]): Record<string, Value> {
    return { z: this.emitDense(graph, x, w, b) };
  }

  /** @internal x·w + b for all steps. */
  protected emitDense(graph: Graph, x: Value, w: Value, b?: Value): Value {
    const [inputs, units] = w.shape;
    const counts = { rows: sizeOf(x.shape) / inputs, inputs, units };
    return graph.emit(dense, this.name, b ? { x, w, b } : { x, w }, [...x.shape.slice(0, -1), units], { counts });
  }

  /** @internal Counts and numbers of the row that say which activations it has. */
  protected attributes(): { counts: Record<string, number>; numbers: Record<string, number> } {
    const { activation } = this.settings;
    return { counts: { activation: numberOf(activation) }, numbers: { option: optionOf(activation) } };
  }

  #dropInputs(graph: Graph, x: Value): Value {
    const { dropout: rate, seed = graph.seed } = this.settings;
    const stream = graph.nextStream();
    if (!graph.training || rate === 0) return x;
    const [samples, positions, channels] = x.shape;
    const counts = { samples, positions, channels, seed: seed | 0, stream };
    return graph.emit(spatialDropout, this.name, { x }, x.shape, { counts, numbers: { rate } });
  }
}

/** What a row copies. */
function copyOf({ shape }: Value): { counts: { outer: number; length: number; inner: number } } {
  return { counts: { outer: 1, length: 1, inner: sizeOf(shape) } };
}

/** The input of a recurrent layer and its states, as one list. */
export function joinStates(
  who: string,
  input: Node | readonly Node[],
  options: RecurrentApplyOptions,
): readonly Node[] {
  checkOptions(`${who}: apply`, options, ["initialState"]);
  return [input, options.initialState ?? []].flat() as Node[];
}

/** The number by which rows know an activation. */
export function numberOf({ name }: Activation): number {
  return (cellActivationNames as readonly string[]).indexOf(name);
}

/** The option of an activation, 0 where it has none. */
export function optionOf({ numbers }: Activation): number {
  return Object.values(numbers)[0] ?? 0;
}
