import { ArgumentError } from "../errors";
import type { LayerOptions, LayerResult, WeightSpec } from "../graph/layer";
import { Node } from "../graph/node";
import { isPromise, readNodes } from "../graph/traced";
import { type InitializerLike, readInitializer } from "../initializers/initializer";
import { boolean, checkOptions, show } from "../options";
import { checkSize, type OptionsOf } from "../optionTable";
import type { maskingOptions } from "./masksOfFunctions";
import { type RegularizerLike, resolveRegularizer } from "../regularizers/regularizers";

/** A weight or a state of `layers.custom`. */
export interface CustomWeight {
  /** All sizes, `[]` for one number. */
  shape: readonly number[];
  /** How the first values are drawn. Default `"glorotUniform"`, of a state `"zeros"`. */
  initializer?: InitializerLike | undefined;
  /** A penalty that is added to the loss. Default: none. */
  regularizer?: RegularizerLike;
  /** Whether it is kept and saved, but never trained: it changes by what `call` returns as `state`. Default false. */
  isState?: boolean | undefined;
}

/** What `call` of `layers.custom` is told. */
export interface CustomContext {
  /** Whether the graph is that of training: `call` is called once for training and once for everything else. */
  readonly training: boolean;
}

/** What `call` of `layers.custom` may return in place of a node. */
export interface CustomResult<Name extends string = string, Outputs extends LayerResult = LayerResult> {
  /** What the layer puts out: a node `[batch, …]`, or an array of several. */
  outputs: Outputs;
  /** New values of states by name, which count once a training step has turned out well. Others stay as they are. */
  state?: { readonly [State in Name]?: Node } | undefined;
  /** Added to the loss in training and evaluation: nodes `[batch, …]`, whose mean counts, or `[]`. */
  losses?: readonly Node[] | undefined;
}

/** Options of `layers.custom`. */
export interface CustomLayerOptions<Name extends string = string, Outputs extends LayerResult = LayerResult>
  extends LayerOptions,
    OptionsOf<typeof maskingOptions> {
  /**
   * Weights and states by name, or a function of the shapes of the inputs (without the batch) that returns them. Of inputs of an
   * open length it is called with two large numbers in its place: weights must not depend on it. Default: none.
   */
  weights?:
    | Readonly<Record<Name, CustomWeight>>
    | ((...inputShapes: (readonly number[])[]) => Readonly<Record<Name, CustomWeight>>)
    | undefined;
  /** What the layer computes, of its inputs and weights as nodes. */
  call: (
    inputs: [Node, ...Node[]],
    weights: Readonly<Record<Name, Node>>,
    context: CustomContext,
  ) => Outputs | CustomResult<Name, Outputs>;
}

/** A weight of `layers.custom` as the layer asks for it. */
export function readWeight(who: string, name: string, given: unknown): WeightSpec {
  const weight = `${who}: weight ${show(name)}`;
  checkOptions(weight, given, ["shape", "initializer", "regularizer", "isState"]);
  const { shape, initializer, regularizer, isState = false } = (given ?? {}) as Partial<CustomWeight>;
  if (!Array.isArray(shape)) throw new ArgumentError(`${weight}: shape must be an array of sizes, got ${show(shape)}.`);
  const sizes = shape.map((size, axis) => checkSize(weight, `shape[${axis}]`, size));
  const penalty = resolveRegularizer(regularizer, weight);
  return {
    name,
    shape: sizes,
    initializer: readInitializer(initializer ?? (isState ? "zeros" : "glorotUniform"), weight),
    isState: boolean(weight, "isState", isState),
    ...(penalty && { regularizer: penalty }),
  };
}

/** What `call` returned, in one form. */
export interface ReadResult {
  readonly outputs: readonly Node[];
  readonly state: Readonly<Record<string, Node>>;
  readonly losses: readonly Node[];
}

/** Reads what `call` returned, but for its shapes. */
export function readResult(who: string, result: unknown): ReadResult {
  const isRecord = result !== null && typeof result === "object" && !Array.isArray(result) && !isPromise(result);
  if (result instanceof Node || !isRecord) return { outputs: readNodes(who, result), state: {}, losses: [] };
  checkOptions(`${who}: what call returns`, result, ["outputs", "state", "losses"]);
  const { outputs, state = {}, losses = [] } = result as Partial<CustomResult>;
  if (state === null || typeof state !== "object" || Array.isArray(state)) {
    throw new ArgumentError(`${who}: state must be an object of nodes by name, got ${show(state)}.`);
  }
  if (!Array.isArray(losses)) throw new ArgumentError(`${who}: losses must be an array of nodes, got ${show(losses)}.`);
  const changed = Object.entries(state).filter(([, node]) => node !== undefined);
  const states = changed.map(([name, node]) => {
    if (node instanceof Node) return [name, node] as const;
    throw new ArgumentError(`${who}: state ${name} must be a node, got ${show(node)}.`);
  });
  return {
    outputs: readNodes(who, outputs),
    state: Object.fromEntries(states),
    losses: losses.length ? readNodes(`${who}: losses`, losses) : [],
  };
}
