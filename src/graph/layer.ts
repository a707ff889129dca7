import { ArgumentError, ShapeError, StateError } from "../errors";
import { emitAddedLoss, traceAddedLoss } from "./addedLoss";
import { BATCH, type Dimension, PROBES, productOf, showDimensions } from "./dimension";
import { Graph, type Value } from "./graph";
import type { IdLimit } from "./ids";
import { showShape, type Shape } from "../tensor/shape";
import {
  type CallOptions,
  checkFloat,
  describeNode,
  drawPath,
  type LayerCall,
  Node,
  sampleShape,
  shapeOf,
} from "./node";
import { type Fitted, fitOpen, listOf, openSizesOf } from "./openShapes";
import { type Regularizer, traceRegularizer } from "./regularizer";
import { SharedWeight } from "./sharedWeight";
import { type LayerTrace, TracedFunction } from "./traced";
import type { CanStep, Stepping } from "./steps";
import { boolean, checkOptions, show } from "../options";
import { checkCount, flag, type Option, type OptionsOf, readSettings } from "../optionTable";
import type { InitializerLike } from "../initializers/initializer";

/** A weight as its layer asks for it. */
export interface WeightSpec {
  /** Name within the layer: "kernel" becomes "dense_1/kernel". */
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: InitializerLike;
  readonly regularizer?: Regularizer;
  /** Elements that begin as 1, whatever the initializer gives. */
  readonly ones?: readonly [start: number, end: number];
  /** State that is kept and saved but never trained, such as a moving mean. */
  readonly isState?: boolean;
  /** State that every batch leaves to the next, also in evaluation and prediction, and of a layer that is not trained. */
  readonly isCarried?: boolean;
  /** For a layer made of others: those around the weight, from the outside, and its name in the innermost. */
  readonly within?: { readonly layers: readonly Layer[]; readonly name: string };
  /** @internal The values, for all models that use the layer. A layer made of others passes on that of the innermost. */
  readonly shared?: SharedWeight;
}

/** A weight of a layer that has been applied. */
export type BuiltWeight = WeightSpec & { readonly shared: SharedWeight };

const word: Option<string> = (given, who, option) => {
  if (typeof given === "string" && /^[^\s/\p{Surrogate}]+$/u.test(given)) return given;
  throw new ArgumentError(`${who}: ${option} must be a word without spaces and slashes, got ${show(given)}.`);
};

/** How options of every layer are read. */
const layerOptions = {
  /** Unique within a model. By default the kind of the layer, numbered: `dense`, `dense_1`, … */
  name: [word, undefined],
  /** Whether training changes the weights. Default true. */
  trainable: [flag, true],
  /** Shape of one sample, for the first layer of a sequential model; its first size may be open: `[null, 8]`. */
  inputShape: [sampleShape, undefined],
} as const;

/** Options that every layer has. */
export interface LayerOptions extends OptionsOf<typeof layerOptions> {}

/** What a layer returns when it is applied: a node, or of a layer with several outputs an array with one for each. */
export type LayerResult = Node | readonly Node[];

/** One of something, or of a layer with several outputs an array with one for each. */
export type PerOutput<Result extends LayerResult, T> = Result extends Node ? T : readonly T[];

/** The mask of the output, if it has any, or of each of several. */
export type OutputMask = Node | undefined | readonly (Node | undefined)[];

/** The mask of a layer whose output has the places of its first input. */
export function passMask({ inputs: [{ mask }] }: LayerCall): Node | undefined {
  return mask;
}

/** A copy in which no array is the caller's: one that is filled anew must not change what is saved. */
function copyOf(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze(value.map(copyOf)) : value;
}

/**
 * A layer turns options into shapes, weights and operations. It holds no numbers: those belong to a model.
 * Subclasses say what comes out (`outputShape`), what they learn (`weights`) and how it is computed (`emit`).
 *
 * The parameter is what `apply` returns: a node, or of a layer with several outputs, such as `Layer<readonly [Node, Node]>`, an
 * array of them.
 */
export abstract class Layer<out Result extends LayerResult = Node> {
  /** Shape of one sample, if it was given. */
  readonly inputShape?: readonly (number | null)[];
  /** What the user passed, kept for saving. */
  readonly options: Readonly<Record<string, unknown>> & LayerOptions;
  /** @internal The name was made by a model, not by a user. */
  isNamedByModel: boolean;
  #name: string;
  #trainable: boolean;
  #weights?: readonly BuiltWeight[];
  #output?: Result;
  #addedLosses: readonly TracedFunction[] = [];

  /**
   * @internal
   * @param kind the factory's name, as in `layers.dense`
   * @param options what the user passed
   * @param known the options that this layer has besides the common ones
   */
  constructor(
    /** The factory that made it, as in `layers.dense`. */
    readonly kind: string,
    options: LayerOptions,
    known: readonly string[] = [],
  ) {
    checkOptions(kind, options, [...Object.keys(layerOptions), ...known]);
    this.options = Object.fromEntries(Object.entries(options ?? {}).map(([name, value]) => [name, copyOf(value)]));
    const { name } = this.options;
    this.#name = name === undefined ? kind : word(name, kind, "name");
    this.isNamedByModel = name === undefined;
    const { trainable, inputShape } = readSettings(this.name, this.options, layerOptions);
    this.#trainable = trainable;
    if (inputShape !== undefined) this.inputShape = inputShape;
  }

  /** The name given by the user, or by the model that first holds the layer. */
  get name(): string {
    return this.#name;
  }

  /** @internal Gives a layer that has no name of the user's one that is free in its model. */
  nameInModel(name: string): void {
    this.#name = name;
  }

  /** Whether training changes the weights. Takes effect at the next `compile`. Setting what is no boolean is an ArgumentError. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(trainable: boolean) {
    this.#trainable = boolean(this.name, "trainable", trainable);
  }

  /**
   * @internal Shape of the output without the batch, from those of the inputs; an array of them from a layer with several outputs.
   * Throws ShapeError when they do not fit.
   */
  abstract outputShape(...inputs: Shape[]): PerOutput<Result, Shape>;

  /** @internal Whether `emit` takes whole numbers as they are, where an input of a model has them. Others get float32. */
  get takesWhole(): boolean {
    return false;
  }

  /** @internal The ids that it takes by an input, if it does: data is checked to have no others. */
  idLimit(_input: number, _options: CallOptions): IdLimit | undefined {
    return undefined;
  }

  /** @internal The longest sequences it takes. */
  get longest(): number {
    return Number.POSITIVE_INFINITY;
  }

  /**
   * @internal For layers that infer sizes of the open length themselves, as their graph must be made once for all lengths, and for
   * those to which masks of inputs matter.
   */
  fitNodes?(inputs: readonly Node[], options: CallOptions): Fitted | undefined;

  /** @internal The weights it needs for inputs of these shapes. */
  weights(..._inputs: Shape[]): WeightSpec[] {
    return [];
  }

  /**
   * @internal Adds its operations to the graph and returns the output, or of a layer with several an array, as `outputShape` does.
   * Shapes of values include the batch; `weights` are in the order of `weights()`, `masks` those of `usedMasks`.
   */
  abstract emit(
    graph: Graph,
    inputs: Value[],
    weights: Value[],
    masks: readonly (Value | undefined)[],
    options: CallOptions,
  ): PerOutput<Result, Value> | readonly Value[];

  /** @internal The masks that it computes with, for `emit`: by default none. A layer that does gives those of its inputs. */
  protected usedMasks(_inputs: readonly Node[], _options: CallOptions): readonly (Node | undefined)[] {
    return [];
  }

  /**
   * @internal Which places of the output count, or of each output: `passMask` for a layer whose output has the places of its input.
   * By default a layer cannot say, and refuses inputs with a mask rather than let what was left out count again. Keras stops
   * the mask there with a warning.
   */
  protected outputMask({ inputs }: LayerCall): OutputMask {
    const masked = inputs.find(({ mask }) => mask);
    if (!masked) return undefined;
    throw new ArgumentError(
      `${this.name}: cannot take a mask, as ${describeNode(masked)} has: its places would all count again. If they may, ` +
        "take it off: ops.withoutMask(node), in a sequential model layers.lambda((x) => x, { supportsMasking: false }).",
    );
  }

  /** @internal How a use of it goes step by step. By default it cannot: it may look at the whole sequence. */
  stepping(_call: LayerCall, _canStep: CanStep): Stepping {
    return undefined;
  }

  /** @internal What a file keeps of a layer made of functions over nodes. */
  get graphs(): readonly LayerTrace[] | undefined {
    return undefined;
  }

  /** @internal The weights as built at the first call. */
  get weightSpecs(): readonly BuiltWeight[] {
    return this.#weights ?? [];
  }

  /** @internal The weights that `graphs` take: a layer within another has them without having been called. */
  get graphWeights(): readonly WeightSpec[] {
    return this.weightSpecs;
  }

  /**
   * Uses the layer on the output of another. Using one layer twice shares its weights.
   *
   * @returns its output, or of a layer with several an array of them; one that nobody uses costs nothing where that is possible
   * @throws ShapeError when the input does not fit the layer or the weights it already has, ArgumentError when a sample of
   *   the output has more numbers than any memory holds
   */
  apply(input: Node | readonly Node[]): Result {
    return this.applyAs(Array.isArray(input) ? input : [input], {});
  }

  /** @internal The options of a use that it knows, for layers whose `apply` takes any: those that are true. */
  protected get callOptions(): readonly string[] {
    return [];
  }

  /** @internal `apply` in the form that files keep. */
  applyAs(inputs: readonly Node[], options: CallOptions): Result {
    checkOptions(`${this.name}: apply`, options, this.callOptions);
    for (const node of inputs) {
      if (!(node instanceof Node))
        throw new ArgumentError(`${this.name}: apply expects what input() or apply() returned.`);
      if (!this.takesWhole) checkFloat(this.name, node);
      if (!node.isBatched) {
        throw new ShapeError(
          `${this.name}: expects a node whose first axis is the batch, got ${showDimensions(node.dimensions)} of ${describeNode(node)}.`,
        );
      }
    }
    if (inputs.length === 0)
      throw new ArgumentError(`${this.name}: apply expects at least one input, got an empty array.`);
    const { outputs, areSeveral, weights } = this.#fit(inputs, options);
    const from = inputs.map((node) => showDimensions(node.dimensions)).join(" and ");
    for (const dimensions of outputs) {
      const size = productOf(dimensions.slice(1));
      const count = typeof size === "number" ? size : size.factor;
      checkCount(count, `${this.name}: makes ${showDimensions(dimensions)} of ${from}: ${count} numbers a sample`);
    }
    this.#trace(inputs, outputs, weights, options);
    this.#weights ??= weights.map((spec) => ({ ...spec, shared: spec.shared ?? new SharedWeight() }));
    // What its outputs are is known to those who apply it, not to those who find it at a node.
    const layer = this as Layer<LayerResult> as Layer;
    const masksUsed = this.usedMasks(inputs, options);
    const call = Object.freeze({
      layer,
      inputs: Object.freeze([...inputs]),
      outputs,
      masks: masksUsed,
      options: Object.freeze({ ...options }),
    });
    const mask = this.outputMask(call);
    const masks = mask instanceof Node || mask === undefined ? [mask] : mask;
    const nodes = Object.freeze(outputs.map((dimensions, i) => Node.ofCall(call, i, dimensions, masks[i])));
    const result = (areSeveral ? nodes : nodes[0]) as Result;
    this.#output ??= result;
    return result;
  }

  /**
   * Adds to the loss what a function makes of the layer's output, of several outputs in one call, wherever the layer is used, in
   * training and evaluation: a node `[batch, …]`, whose mean counts (Keras takes the sum), or `[]`. The function is called once
   * for each shape, when the layer is applied, and kept in model files as a graph.
   *
   *     layers.dense({ units: 64 }).addLoss((y) => ops.multiply(0.01, ops.sum(ops.abs(y), { axis: -1 })))
   *
   * @throws ArgumentError when it is no function, StateError when the layer has been applied: what is made of nodes that exist
   *   is given to `model({ inputs, outputs, losses })`
   */
  addLoss(call: (...outputs: Node[]) => Node): this {
    const traced = new TracedFunction(`${this.name}: addLoss`, call);
    if (!this.#output) return this.addTracedLosses([traced]);
    throw new StateError(
      `${traced.who} comes before the layer is applied. Give what is made of its output to model({ inputs, outputs, losses }).`,
    );
  }

  get #hasTracedOptions(): boolean {
    const isTraced = (option: unknown) => (option as { traced?: unknown } | null | undefined)?.traced !== undefined;
    return Object.values(this.options).some(isTraced);
  }

  /** @internal Whether applying it to other sizes would call functions of the user, of which a file has the graphs for these sizes. */
  get callsFunctions(): boolean {
    return this.graphs !== undefined || this.#addedLosses.length > 0 || this.#hasTracedOptions;
  }

  /** @internal The functions that `addLoss` was given. */
  get addedLosses(): readonly TracedFunction[] {
    return this.#addedLosses;
  }

  /** @internal */
  addTracedLosses(added: readonly TracedFunction[]): this {
    this.#addedLosses = [...this.#addedLosses, ...added];
    return this;
  }

  /** @internal Adds what the functions make of these outputs to the losses of a graph. */
  emitLosses(graph: Graph, outputs: readonly Value[]): void {
    for (const traced of this.#addedLosses) emitAddedLoss(graph, this.name, traced, outputs);
  }

  /** Calls the functions over nodes among the layer's options, so that what is wrong with them shows here and files have their graphs. */
  #trace(
    inputs: readonly Node[],
    outputs: readonly (readonly Dimension[])[],
    weights: readonly WeightSpec[],
    options: CallOptions,
  ): void {
    for (const { regularizer, shape } of weights) if (regularizer?.traced) traceRegularizer(regularizer.traced, shape);
    for (const traced of this.#addedLosses) traceAddedLoss(traced, outputs);
    if (!this.#hasTracedOptions) return;
    const length = inputs.some(({ isOpen }) => isOpen) ? PROBES[0] : undefined;
    for (const training of [false, true]) {
      const graph = new Graph(1, training, 0, 0, length);
      graph.openSizes = openSizesOf([...inputs.map(({ dimensions }) => dimensions), ...outputs]);
      const given = inputs.map((node) => graph.value(this.name, [1, ...shapeOf(node, length)]));
      const weightValues = weights.map(({ shape }) => graph.value(this.name, shape));
      this.emit(graph, given, weightValues, [], options);
    }
  }

  /** What the layer makes of its inputs. Errors show the ways on which what does not fit came here. */
  #fit(inputs: readonly Node[], options: CallOptions): Fitted {
    try {
      const isOpen = inputs.some((node) => node.isOpen);
      const fitted = this.fitNodes?.(inputs, options) ?? (isOpen ? fitOpen(this, inputs) : this.#fitFixed(inputs));
      this.checkShared(inputs, fitted.weights);
      return fitted;
    } catch (cause) {
      const isOnTheWay = inputs.length > 1 || inputs[0].layer !== undefined;
      if (!(cause instanceof ShapeError) || !isOnTheWay) throw cause;
      const paths = inputs.map((node) => `\n  ${drawPath(node)} → ${this.name}`);
      throw new ShapeError(cause.message + paths.join(""), { cause });
    }
  }

  #fitFixed(inputs: readonly Node[]): Fitted {
    const shapes = inputs.map(({ shape }) => shape as Shape);
    const made: Shape | readonly Shape[] = this.outputShape(...shapes);
    const outputs = listOf(made).map((shape) => [BATCH, ...shape]);
    return { outputs, areSeveral: Array.isArray(made[0]), weights: this.weights(...shapes) };
  }

  /** @internal Refuses inputs that need other weights than those there are. */
  protected checkShared(inputs: readonly Pick<Node, "dimensions">[], weights: readonly WeightSpec[]): void {
    this.#weights?.forEach((known, i) => {
      if (showShape(known.shape) !== showShape(weights[i].shape)) {
        throw new ShapeError(
          `${this.name}: its ${known.name} is ${showShape(known.shape)} since it was first applied, ` +
            `an input of ${showDimensions(inputs[0].dimensions)} needs ${showShape(weights[i].shape)}.`,
        );
      }
    });
  }

  /**
   * What came out at the layer's first use: the output of a new model, or the input of further layers.
   *
   * @throws StateError when it has not been applied yet
   */
  get output(): Result {
    if (this.#output) return this.#output;
    throw new StateError(`${this.name}: has no output before it is applied to something.`);
  }

  /** @internal For the one-input layers: refuses several. */
  protected single(inputs: readonly Shape[]): Shape {
    if (inputs.length === 1) return inputs[0];
    throw new ShapeError(`${this.name}: expects one input, got ${inputs.length}.`);
  }
}
