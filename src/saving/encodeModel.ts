import type { Recipe } from "../compiler/compile";
import type { Objective } from "../compiler/objectives";
import { DataError, StateError } from "../errors";
import { encodeSafetensors } from "../formats/safetensors/encode";
import type { NodeList } from "../graph/emitNodes";
import { withoutMasks } from "../graph/structure";
import type { Shape } from "../tensor/shape";
import { INITIALIZER_NAMES } from "../initializers/initializer";
import { show } from "../options";
import { type Optimizer, optimizers } from "../optimizers/optimizers";
import { SCHEDULE_NAMES } from "../optimizers/schedule";
import type { TrainingState } from "../training/fit";
import { CUSTOM_RATE, FILE_VERSION, METADATA_NAME } from "./fileFormat";
import { findUnfit, storedRanges } from "./modelFile";
import type { LayerTrace, TracedFunction } from "../graph/traced";
import { Layer, type LayerResult } from "../graph/layer";
import { CustomLoss } from "../losses/custom";
import type { Loss } from "../losses/losses";
import type { Metric } from "../metrics/metrics";
import type { Pipeline } from "../pipeline/pipeline";
import type { DescribedTokenizer, Tokenizer } from "../text/tokenizer";
import { NestedModel } from "../layers/nestedModel";
import { describeOperation, describeTrace } from "./describeTrace";

/** A model as a file keeps it. */
export interface SavedModel {
  readonly name: string;
  readonly seed: number;
  readonly trainable: boolean;
  readonly tokenizer?: Tokenizer | undefined;
  readonly pipeline?: Pipeline | undefined;
  readonly recipe: Recipe;
  readonly engine: string;
  /** Weights, state and optimizer slots, one vector after the other. */
  readonly values: Float32Array;
  readonly state: TrainingState;
}

/** See `Model.toBytes`. */
export function encodeModel(saved: SavedModel): Uint8Array {
  const { recipe, values } = saved;
  const { model, optimizer } = recipe;
  const tensors = new Map<string, { shape: Shape; data: Float32Array }>();
  for (const range of storedRanges(model.weights, optimizer?.slots ?? [])) {
    const data = values.subarray(range.start, range.start + range.size);
    const unfit = findUnfit(data, range.isSlot);
    if (unfit !== undefined) throw new DataError(`save: ${range.name} holds ${unfit}: no model could be made of it.`);
    tensors.set(range.name, { shape: range.shape, data });
  }
  return encodeSafetensors(tensors, { [METADATA_NAME]: describeModel(saved) });
}

/** The JSON that a file has of everything but tensors. */
export function describeModel(saved: Omit<SavedModel, "values">): string {
  const { name, seed, trainable, tokenizer, pipeline, recipe, engine, state } = saved;
  const { model, objectives, optimizer, math, maxLength } = recipe;
  const training = optimizer && {
    ...describeTraining(optimizer, objectives),
    engine,
    math,
    ...(maxLength === undefined ? {} : { maxLength }),
    ...describeState(state),
  };
  const description = {
    version: FILE_VERSION,
    name: plain(name, "the model's name"),
    seed,
    ...(trainable ? {} : { trainable }),
    ...describeGraph(model),
    ...(tokenizer && { tokenizer: describeTokenizer(tokenizer) }),
    ...(pipeline && { pipeline }),
    training,
  };
  return JSON.stringify(description);
}

function describeTokenizer(tokenizer: Tokenizer): object {
  const { describe } = tokenizer as Partial<DescribedTokenizer>;
  if (typeof describe === "function") return describe.call(tokenizer);
  throw new StateError(
    "save: a tokenizer of your own cannot be kept in a file. Set model.tokenizer = undefined, and give it to generate().",
  );
}

function describeGraph(model: NodeList): object {
  const { inputs, outputs, losses } = model;
  const nodes = withoutMasks(model);
  const layers = [...new Set(nodes.flatMap(({ layer }) => layer ?? []))];
  const layerNumbers = new Map(layers.map((layer, i) => [layer, i]));
  const nodeNumbers = new Map([...inputs, ...nodes].map((node, i) => [node, i]));
  const firstOutputs = new Map(nodes.toReversed().map((node) => [node.call, node]));
  return {
    inputs: inputs.map(({ shape, dtype, name, batchSize }, i) => ({
      shape,
      dtype,
      name: plain(name ?? null, `name of input ${i}`),
      ...(batchSize === undefined ? {} : { batchSize }),
    })),
    layers: layers.map(describeLayer),
    nodes: nodes.map((node) => {
      const { layer, call, outputIndex } = node;
      if (!layer) return describeOperation(node, nodeNumbers);
      const first = firstOutputs.get(call!)!;
      if (first !== node) return { use: nodeNumbers.get(first), output: outputIndex };
      const inputs = node.inputs.map((from) => nodeNumbers.get(from));
      const options = Object.keys(call!.options).length ? { options: call!.options } : {};
      const use = { layer: layerNumbers.get(layer), inputs, ...options };
      return outputIndex === 0 ? use : { ...use, output: outputIndex };
    }),
    outputs: outputs.map((node) => nodeNumbers.get(node)),
    ...(losses && { losses: losses.map((node) => nodeNumbers.get(node)) }),
  };
}

function describeLayer(layer: Layer<LayerResult>): object {
  const { kind, name, trainable, options, isNamedByModel, graphs, addedLosses } = layer;
  const added = addedLosses.length ? { addedLosses: addedLosses.map(describeGraphs) } : {};
  if (layer instanceof NestedModel) {
    return { kind, options: { name, trainable }, isNamedByModel, graph: describeGraph(layer.structure), ...added };
  }
  const described = { kind, options: plainMembers({ ...options, name, trainable }, name), isNamedByModel };
  return { ...described, ...(graphs && describeFunctions(layer, graphs)), ...added };
}

/** What makes a layer of functions over nodes again. */
function describeFunctions({ name, graphWeights }: Layer<LayerResult>, graphs: readonly LayerTrace[]): object {
  const weights = graphWeights.map(({ name: weight, shape, isState, regularizer }) =>
    plainMembers({ name: weight, shape, isState, regularizer }, `${name}: ${weight}`),
  );
  return { graphs: graphs.map(describeTrace), ...(weights.length ? { weights } : {}) };
}

/** The graphs of a function over nodes. */
function describeGraphs({ traces }: TracedFunction): object[] {
  return traces.map(describeTrace);
}

function describeTraining(optimizer: Optimizer, objectives: readonly Objective[]): object {
  const describe = (isWeighted: boolean) =>
    objectives.map(({ metrics }) =>
      metrics.filter((metric) => (metric.isWeighted ?? false) === isWeighted).map(describeMetric),
    );
  const weightedMetrics = describe(true);
  return {
    optimizer: describeOptimizer(optimizer),
    loss: objectives.map(({ loss }) => describeLoss(loss)),
    lossWeights: objectives.map(({ lossWeight }) => lossWeight),
    metrics: describe(false),
    ...(weightedMetrics.some(({ length }) => length > 0) ? { weightedMetrics } : {}),
  };
}

/** With the graphs of a function over nodes, if it is one. */
function withGraphs(described: unknown, { traced }: { readonly traced?: TracedFunction }): unknown {
  return traced ? { ...(described as object), graphs: describeGraphs(traced) } : described;
}

function describeLoss(loss: Loss): unknown {
  const { name, options } = loss;
  return withGraphs(plain({ name, options }, name), loss instanceof CustomLoss ? loss : {});
}

function describeMetric(metric: Metric): unknown {
  const { source, options, name } = metric;
  return source ? withGraphs(plain({ name: "custom", options }, name), source) : plain(metric, name);
}

function describeState({ stepIndex, pastSteps, epochIndex, learningRate }: TrainingState): object {
  return { step: stepIndex, epoch: epochIndex, learningRate, ...(pastSteps ? { pastSteps } : {}) };
}

function describeOptimizer({ name, options, learningRate }: Optimizer): object {
  const who = `optimizers.${name}`;
  if (!Object.hasOwn(optimizers, name)) {
    throw new StateError(`save: the optimizer ${show(name)} is of your own, a file cannot describe it.`);
  }
  const isCustom =
    typeof learningRate === "function" ||
    (typeof learningRate === "object" && !(SCHEDULE_NAMES as readonly string[]).includes(learningRate.name));
  const kept = isCustom ? { ...options, learningRate: { name: CUSTOM_RATE } } : options;
  return { name, options: plainMembers(kept, who) };
}

/** An object's members as plain JSON values, without those that are undefined. */
function plainMembers(record: object, who: string): Record<string, unknown> {
  const members = Object.entries(record).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member, `${who}: ${name}`)]));
}

/** A value as plain JSON: of what has a name and options, such as an activation, only these, which make it again. */
function plain(value: unknown, who: string): unknown {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "string" && !/\p{Surrogate}/u.test(value)) return value;
  if (Array.isArray(value)) return value.map((element, i) => plain(element, `${who}[${i}]`));
  // Of a layer that is made of another.
  if (value instanceof Layer) return describeLayer(value);
  if (!isRecord(value)) throw new StateError(`save: ${who} cannot be kept in a file, got ${show(value)}.`);
  const { name, options, fill, traced } = value;
  // Initial values stand in the file, so an initializer of the user's own is never asked again.
  if (typeof fill === "function" && !(INITIALIZER_NAMES as readonly unknown[]).includes(name)) return { name: "zeros" };
  const isDescribed = typeof name === "string" && isRecord(options);
  const described = plainMembers(isDescribed ? { name, options } : value, who);
  return isDescribed ? (withGraphs(described, { traced: traced as TracedFunction }) as object) : described;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
