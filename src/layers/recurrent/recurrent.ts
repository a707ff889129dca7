import type { Activation } from "../../activations/activations";
import { ArgumentError, ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import {
  Layer,
  type LayerOptions,
  type LayerResult,
  type OutputMask,
  type PerOutput,
  type WeightSpec,
} from "../../graph/layer";
import { describeNode, type LayerCall, type Node } from "../../graph/node";
import type { Stepping } from "../../graph/steps";
import { dense } from "../../ops/dense";
import type { Op } from "../../ops/op";
import { cellActivationNames } from "../../ops/recurrent/cellNames";
import { spatialDropout } from "../../ops/spatialDropout";
import { checkOptions } from "../../options";
import type { OptionsOf, OptionTable, SettingsOf } from "../../optionTable";
import { readSettings } from "../../optionTable";
import { type Shape, showShape, sizeOf } from "../../tensor/shape";
import { spreadMask } from "../masks";
import { weightSpec } from "../options";
import type { recurrentOptions } from "./options";

/** Options of all recurrent layers. */
export interface RecurrentOptions extends LayerOptions, OptionsOf<typeof recurrentOptions> {}

/**
 * What a recurrent layer of these options puts out: a node, with `returnState: true` an array of that and its last states; either where
 * that is not known to the compiler.
 */
export type RecurrentResult<Options, States extends readonly Node[]> = Options extends { returnState: true }
  ? readonly [Node, ...States]
  : Options extends { units: number; returnState?: false | undefined }
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

/**
 * A layer that goes through sequences step by step: input `[batch, time, features]`, output `[batch, units]`, or `[batch, time, units]`
 * with `returnSequences`.
 */
export abstract class Recurrent<Result extends LayerResult = LayerResult> extends Layer<Result> {
  /** @internal */
  protected readonly settings: SettingsOf<typeof recurrentOptions>;
  /** @internal */
  protected abstract readonly cell: Cell;

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
    checkOptions(`${this.name}: apply`, options, ["initialState"]);
    const { initialState = [] } = options;
    const states: readonly Node[] = Array.isArray(initialState) ? initialState : [initialState as Node];
    return super.apply(states.length ? ([input, states].flat() as Node[]) : input);
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
    return useBias ? [kernel, recurrent, this.biasSpec(columns)] : [kernel, recurrent];
  }

  /** @internal */
  protected biasSpec(columns: number): WeightSpec {
    return weightSpec("bias", [columns], this.settings);
  }

  protected override usedMasks([x]: readonly Node[]): readonly (Node | undefined)[] {
    if (!x.mask) return [];
    if (x.mask.dimensions.length <= 2) return [spreadMask(x.mask, x, 2)];
    throw new ShapeError(
      `${this.name}: takes a mask [batch, time], ${describeNode(x)} has one of ${x.mask.dimensions.length} axes.`,
    );
  }

  /** The places of the output are those of the input, if it has any. States have no mask. */
  protected override outputMask({ inputs: [{ mask }], outputs }: LayerCall): OutputMask {
    const first = this.settings.returnSequences ? mask : undefined;
    return outputs.map((_, i) => (i === 0 ? first : undefined));
  }

  /** The state goes from step to step. What a step that does not count repeats is the state, too. */
  override stepping({ inputs }: LayerCall): Stepping {
    const { goBackwards, returnSequences, returnState, units } = this.settings;
    if (goBackwards || inputs.length > 1) return undefined;
    return (graph, [x], weights, masks, past) => {
      const [batch] = x.shape;
      const states = this.cell.states.map(() => past.state(this.name, [batch, units]));
      const { ends } = this.#emit(graph, [x, ...states], weights, masks);
      states.forEach((state, i) => {
        past.keep(state, ends[i]);
      });
      const y = returnSequences ? graph.view(ends[0], [batch, 1, units], this.name) : ends[0];
      return returnState ? [y, ...ends] : y;
    };
  }

  emit(
    graph: Graph,
    inputs: Value[],
    weights: Value[],
    masks: readonly (Value | undefined)[] = [],
  ): PerOutput<Result, Value> {
    const { y, ends } = this.#emit(graph, inputs, weights, masks);
    return (this.settings.returnState ? [y, ...ends] : y) as PerOutput<Result, Value>;
  }

  #emit(
    graph: Graph,
    [x, ...states]: Value[],
    weights: Value[],
    [mask]: readonly (Value | undefined)[],
  ): { y: Value; ends: readonly Value[] } {
    const { units, returnSequences, goBackwards, recurrentDropout, seed = graph.seed } = this.settings;
    const { op, kept, states: names } = this.cell;
    const [batch, time] = x.shape;
    const dropped = this.#dropInputs(graph, x);
    const stream = graph.nextStream();
    const values: Record<string, Value> = { ...this.emitProducts(graph, dropped, weights), u: weights[1] };
    states.forEach((state, i) => {
      values[`${names[i]}0`] = state;
    });
    if (mask) values.mask = mask;
    const y = graph.value(this.name, returnSequences ? [batch, time, units] : [batch, units]);
    const ends = names.map(() => graph.value(this.name, [batch, units]));
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
        sequences: Number(returnSequences),
        zeros: 0,
        seed: seed | 0,
        stream,
      },
      numbers: { ...numbers, rate },
    });
    return { y, ends };
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

/** The number by which rows know an activation. */
export function numberOf({ name }: Activation): number {
  return (cellActivationNames as readonly string[]).indexOf(name);
}

/** The option of an activation, 0 where it has none. */
export function optionOf({ numbers }: Activation): number {
  return Object.values(numbers)[0] ?? 0;
}
