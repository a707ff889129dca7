import type { CanStep, Stepping } from "../graph/steps";
import { ArgumentError, ShapeError, StateError } from "../errors";
import { checkAddedLoss } from "../graph/addedLoss";
import { BATCH, type Dimension, showDimensions } from "../graph/dimension";
import { type Graph, storageOf, type Value } from "../graph/graph";
import { Layer, type LayerOptions, type LayerResult, type OutputMask, type WeightSpec } from "../graph/layer";
import { checkFloat, type LayerCall, type Node, shapeOf } from "../graph/node";
import { type Fitted, weightsOfOpen } from "../graph/openShapes";
import {
  dimensionsOf,
  dtypeOf,
  emitTrace,
  fitsTrace,
  isMask,
  isPromise,
  keyOf,
  type LayerTrace,
  type Placeholder,
  placeholder,
  traceOf,
  withMasks,
} from "../graph/traced";
import { expandAxis } from "../ops/expandAxis";
import { checkOptions, show } from "../options";
import { checkCount, readSettings } from "../optionTable";
import { type CustomLayerOptions, readResult, readWeight } from "./customOptions";
import type { OutputsOf } from "./lambda";
import { maskingOptions, masksMade, masksOfCall } from "./masksOfFunctions";
import { type Shape, showShape, sizeOf } from "../tensor/shape";

/** A weight as a file has it: its values stand there, too, so that none are drawn. */
export type StoredWeight = Pick<WeightSpec, "name" | "shape" | "isState" | "regularizer">;

/** What a layer of functions over nodes is made of: the functions, or what a file keeps of them. */
type Parts =
  | Pick<CustomLayerOptions, "weights" | "call">
  | { readonly stored: readonly StoredWeight[]; readonly traces: readonly LayerTrace[] };

/** What an input of the layer is. */
interface Kind extends Pick<Node, "dimensions" | "isWhole"> {
  /** The sizes of its mask, if it has one. */
  readonly mask?: readonly Dimension[] | undefined;
}

function kindsOf(inputs: readonly Node[]): Kind[] {
  return inputs.map(({ dimensions, isWhole, mask }) => ({ dimensions, isWhole, mask: mask?.dimensions }));
}

/** A layer that is a function over nodes, with weights and states. What a file keeps are the graphs that the function leaves. */
export class Custom extends Layer<LayerResult> {
  /** By the kinds of inputs and weights: one for training and one for the rest, or one for both. */
  readonly #traces = new Map<string, readonly LayerTrace[]>();
  readonly #parts: Parts;
  /** The weights that were given as a record. */
  readonly #declared?: WeightSpec[];

  readonly #supportsMasking: boolean | undefined;

  constructor(options: LayerOptions, parts: Parts) {
    super("custom", options, Object.keys(maskingOptions));
    this.#parts = parts;
    this.#supportsMasking = readSettings(this.name, this.options, maskingOptions).supportsMasking;
    if (!("traces" in parts)) {
      // What the caller's record holds at the call counts, not what is in it when the layer is applied.
      if (typeof parts.weights !== "function") this.#declared = this.#read(parts.weights ?? {});
      return;
    }
    const specs = this.#checked(parts.stored.map((weight) => ({ ...weight, initializer: "zeros" })));
    for (const trace of parts.traces) {
      const key = keyOf(trace.inputs);
      this.#check(trace, specs);
      this.#traces.set(key, [...(this.#traces.get(key) ?? []), trace]);
    }
    for (const traces of this.#traces.values()) this.#checkPair(traces);
  }

  /** Refuses what `call` cannot have left: anything but one graph, or one for training and one for the rest, of like outputs. */
  #checkPair(traces: readonly LayerTrace[]): void {
    const kinds = traces.map(({ training }) => String(training)).sort();
    const masked = ({ mask }: Node) => (mask ? ` with a mask ${showDimensions(mask.dimensions)}` : "");
    const shapes = traces.map((trace) =>
      outputsOf(trace).map((node) => showDimensions(node.dimensions.slice(1)) + masked(node)),
    );
    if (/^(undefined|false,true)$/.test(kinds.join()) && shapes.every((each) => each.join() === shapes[0].join()))
      return;
    throw new ArgumentError(
      `${this.name}: call must return the same outputs for training and the rest, got ${shapes.map((each) => each.join(" and ")).join(" for one, for the other ")}.`,
    );
  }

  override get takesWhole(): boolean {
    return true;
  }

  override get graphs(): readonly LayerTrace[] {
    return [...this.#traces.values()].flat();
  }

  override fitNodes(inputs: readonly Node[]): Fitted {
    const weights = inputs.some(({ isOpen }) => isOpen)
      ? weightsOfOpen(this, inputs)
      : this.weights(...inputs.map((node) => shapeOf(node)));
    this.checkShared(inputs, weights);
    const outputs = outputsOf(this.#tracesOf(kindsOf(inputs), weights)[0]);
    return { outputs: outputs.map((node) => node.dimensions), areSeveral: outputs.length > 1, weights };
  }

  override stepping(call: LayerCall, canStep: CanStep): Stepping {
    const trace = this.#tracesOf(kindsOf(call.inputs), this.weightSpecs).find(({ training }) => !training)!;
    return canStep(trace) ? "each" : undefined;
  }

  outputShape(...shapes: Shape[]): Shape | readonly Shape[] {
    const specs = this.weights(...shapes);
    const inputs = shapes.map((shape) => ({ dimensions: [BATCH, ...shape], isWhole: false }));
    const made = outputsOf(this.#tracesOf(inputs, specs)[0]).map((output) => shapeOf(output));
    return made.length === 1 ? made[0] : made;
  }

  override weights(...shapes: Shape[]): WeightSpec[] {
    const parts = this.#parts;
    if ("stored" in parts) return parts.stored.map((weight) => ({ ...weight, initializer: "zeros" }));
    const { weights } = parts;
    const given = typeof weights === "function" && weights(...shapes.map((shape) => [...shape]));
    const specs = this.#declared ?? this.#read(given);
    const known = this.weightSpecs.map(({ name }) => name);
    if (known.length && known.join() !== specs.map(({ name }) => name).join()) {
      throw new ArgumentError(`${this.name}: its weights are ${known.join(", ")} since it was first applied.`);
    }
    return specs;
  }

  #read(given: unknown): WeightSpec[] {
    if (given === null || typeof given !== "object" || Array.isArray(given) || isPromise(given)) {
      throw new ArgumentError(
        `${this.name}: weights must be { name: { shape } } or a function that returns that, got ${show(given)}.`,
      );
    }
    return this.#checked(Object.entries(given).map(([name, weight]) => readWeight(this.name, name, weight)));
  }

  protected override usedMasks(inputs: readonly Node[]): readonly (Node | undefined)[] {
    return inputs.some(({ mask }) => mask) ? inputs.map(({ mask }) => mask) : [];
  }

  protected override outputMask(call: LayerCall): OutputMask {
    const [trace] = this.#tracesOf(kindsOf(call.inputs), this.weightSpecs);
    return masksOfCall(call, { inputs: trace.inputs, outputs: outputsOf(trace) }, this.#supportsMasking);
  }

  /** The outputs, behind them their masks. */
  emit(graph: Graph, inputs: Value[], weights: Value[], masks: readonly (Value | undefined)[]): readonly Value[] {
    const given = [...inputs, ...weights];
    // For lengths of a model that has been made, its graphs are there already.
    const known = [...this.#traces.values()].find(([trace]) => fitsTrace(graph, trace, given, masks));
    const kinds = inputs.map(
      (input, i): Kind => ({
        dimensions: dimensionsOf(graph, input),
        isWhole: input.isWhole,
        mask: masks[i] && dimensionsOf(graph, masks[i]),
      }),
    );
    const traces = known ?? this.#tracesOf(kinds, this.weightSpecs);
    const trace = traces.find(({ training = graph.training }) => training === graph.training)!;
    const all = { ...trace, outputs: [...trace.outputs, ...masksMade(trace.inputs, outputsOf(trace))] };
    const values = emitTrace(graph, all, [...given, ...masks.flatMap((mask) => mask ?? [])]);
    const outputs = values.slice(0, outputCountOf(trace));
    const others = values.slice(outputs.length, trace.outputs.length);
    const { states = [] } = trace;
    states.forEach((name, i) => {
      const state = weights[this.weightSpecs.findIndex((spec) => spec.name === name)];
      if (graph.training && !state.frozen) emitState(graph, this.name, others[i], state);
    });
    for (const value of others.slice(states.length)) graph.losses.push({ owner: this.name, value });
    return [...outputs, ...values.slice(trace.outputs.length)];
  }

  /** The graphs for inputs of these sizes. */
  #tracesOf(inputs: readonly Kind[], specs: readonly WeightSpec[]): readonly LayerTrace[] {
    const ofInputs = inputs.map(
      ({ isWhole, ...sizes }, i): Placeholder => ({ ...sizes, name: `x${i}`, dtype: dtypeOf(isWhole) }),
    );
    const ofWeights = specs.map(({ name, shape }): Placeholder => ({ name, dimensions: shape }));
    const placeholders = [...ofInputs, ...ofWeights];
    const key = keyOf(withMasks(placeholders));
    const known = this.#traces.get(key);
    if (known) return known;
    if (!("call" in this.#parts)) {
      const shown = inputs.map(({ dimensions }) => showDimensions(dimensions)).join(" and ");
      throw new StateError(`${this.name}: the file has no graph for inputs of ${shown}.`);
    }
    const { call } = this.#parts;
    const traceFor = (training: boolean) => this.#trace(call, placeholders, specs, training);
    const [predicting, training] = [traceFor(false), traceFor(true)];
    const traces = areSame(predicting, training) ? [{ ...training, training: undefined }] : [predicting, training];
    this.#checkPair(traces);
    this.#traces.set(key, traces);
    return traces;
  }

  /** Calls the function. */
  #trace(
    call: CustomLayerOptions["call"],
    placeholders: readonly Placeholder[],
    specs: readonly WeightSpec[],
    training: boolean,
  ): LayerTrace {
    const nodes = placeholders.map(placeholder);
    const inputCount = nodes.length - specs.length;
    const weights = Object.fromEntries(specs.map(({ name }, i) => [name, nodes[inputCount + i]]));
    const result: unknown = call(nodes.slice(0, inputCount) as [Node, ...Node[]], weights, { training });
    const { outputs, state, losses } = readResult(this.name, result);
    // States change in training only.
    const states = training ? Object.keys(state) : [];
    const all = [...outputs, ...states.map((name) => state[name]), ...losses];
    const counts = { states, lossCount: losses.length };
    const inputs = [...nodes, ...nodes.flatMap(({ mask }) => mask ?? [])];
    const trace: LayerTrace = { ...traceOf(this.name, inputs, all), training, ...counts };
    this.#check(trace, specs);
    return trace;
  }

  /** Refuses a graph that does not fit the weights, or puts out what a layer cannot. */
  #check(trace: LayerTrace, specs: readonly WeightSpec[]): void {
    const { outputs, states = [] } = trace;
    const inputs = trace.inputs.filter((node) => !isMask(node));
    const ofWeights = inputs.slice(inputs.length - specs.length);
    const fits = inputs.length > specs.length && specs.every(({ shape }, i) => isOfShape(ofWeights[i], shape));
    if (!fits || ofWeights.some(({ isWhole }) => isWhole)) {
      throw new ShapeError(`${this.name}: a graph does not take the inputs and weights of the layer.`);
    }
    const count = outputCountOf(trace);
    if (count < 1) throw new ShapeError(`${this.name}: a graph has no output.`);
    for (const output of outputsOf(trace)) {
      checkFloat(this.name, output);
      if (output.isBatched) continue;
      throw new ShapeError(
        `${this.name}: call must return a node whose first axis is the batch, got ${showDimensions(output.dimensions)}.`,
      );
    }
    states.forEach((name, i) => {
      this.#checkState(name, outputs[count + i], specs);
    });
    for (const loss of outputs.slice(count + states.length)) checkAddedLoss(this.name, loss);
  }

  #checkState(name: string, node: Node, specs: readonly WeightSpec[]): void {
    const spec = specs.find((each) => each.name === name);
    if (!spec?.isState) {
      const names = specs.flatMap((each) => (each.isState ? each.name : [])).join(", ") || "none";
      throw new ArgumentError(
        `${this.name}: there is no state ${show(name)}. States, which have isState: true: ${names}.`,
      );
    }
    checkFloat(`${this.name}: state ${name}`, node);
    if (isOfShape(node, spec.shape)) return;
    throw new ShapeError(
      `${this.name}: state ${name} has shape ${showShape(spec.shape)}, its new value ${showDimensions(node.dimensions)}.`,
    );
  }

  /** Checks what weights have in common, however they came. */
  #checked(specs: WeightSpec[]): WeightSpec[] {
    const names = new Set<string>();
    for (const { name, shape, isState, regularizer } of specs) {
      const who = `${this.name}: weight ${show(name)}`;
      if (!/^[A-Za-z]\w*$/.test(name) || names.has(name)) {
        throw new ArgumentError(`${who} must have a name of its own of letters, digits and underscores.`);
      }
      names.add(name);
      checkCount(sizeOf(shape), `${who} ${showShape(shape)} has ${sizeOf(shape)} numbers`);
      if (isState && regularizer) throw new ArgumentError(`${who} is a state, which no regularizer pulls.`);
    }
    return specs;
  }
}

function outputsOf(trace: LayerTrace): readonly Node[] {
  return trace.outputs.slice(0, outputCountOf(trace));
}

function outputCountOf({ outputs, states = [], lossCount = 0 }: LayerTrace): number {
  return outputs.length - states.length - lossCount;
}

function isOfShape({ dimensions }: Node, shape: Shape): boolean {
  return showDimensions(dimensions) === showDimensions(shape);
}

/** Whether two graphs compute the same from the same. */
function areSame(a: LayerTrace, b: LayerTrace): boolean {
  return describe(a) === describe(b);
}

function describe({ inputs, nodes, outputs, states, lossCount }: LayerTrace): string {
  const numbers = new Map([...inputs, ...nodes].map((node, i) => [node, i]));
  const isSpecial = (value: unknown) => typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0));
  const exact = (_: string, value: unknown) => (isSpecial(value) ? `number ${1 / (value as number)} ${value}` : value);
  const described = nodes.map(({ operation, inputs: from }) => [
    operation!.name,
    operation!.options,
    from.map((node) => numbers.get(node)),
  ]);
  return JSON.stringify([described, outputs.map((node) => numbers.get(node)), states, lossCount], exact);
}

/** Writes a new value into a state when the step has turned out well. Weights and states count as they were in the step. */
function emitState(graph: Graph, owner: string, value: Value, state: Value): void {
  const copied = { counts: { outer: 1, length: 1, inner: sizeOf(state.shape) } };
  const kept = storageOf(value).place ? graph.emit(expandAxis, owner, { x: value }, value.shape, copied) : value;
  graph.emitUpdate(expandAxis, owner, { x: kept, y: state }, copied);
}

/**
 * A layer of your own: a function over its inputs and weights as nodes. `call` is called when the layer is applied, once for
 * training and once for everything else, and never again: model files keep the graphs it leaves.
 *
 *     const scale = layers.custom({
 *       weights: (shape) => ({ gamma: { shape, initializer: "ones" }, seen: { shape: [], isState: true } }),
 *       call: ([x], { gamma, seen }, { training }) => ({
 *         outputs: ops.multiply(training ? ops.multiply(x, ops.randomUniform([null, 1])) : x, gamma),
 *         state: { seen: ops.add(seen, 1) },
 *       }),
 *     });
 *
 * States change when a training step has turned out well, to what their new values were in that step; with
 * `trainable: false` they stay as they are, while `training` is still that of the model. Of a layer that is applied several times
 * the last use counts.
 *
 * @throws ArgumentError, ShapeError when an option or what `call` returns is not of that kind
 */
export function custom<const Name extends string = never, const Outputs extends LayerResult = Node>(
  options: CustomLayerOptions<Name, Outputs>,
): Layer<OutputsOf<Outputs>> {
  const who = "layers.custom";
  checkOptions(who, options, ["weights", "call", "supportsMasking", "name", "trainable", "inputShape"]);
  const { weights, call, ...others } = options ?? {};
  if (typeof call !== "function")
    throw new ArgumentError(`${who}: call must be a function over nodes, got ${show(call)}.`);
  const layer: Layer<LayerResult> = new Custom(others, { weights, call } as Pick<
    CustomLayerOptions,
    "weights" | "call"
  >);
  return layer as Layer<OutputsOf<Outputs>>;
}
