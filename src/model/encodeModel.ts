import type { Objective } from "../compiler/lower";
import { DataError, StateError } from "../errors";
import { encodeSafetensors } from "../formats/safetensors";
import type { NodeList } from "../graph/emitNodes";
import type { Shape } from "../graph/graph";
import { initializers } from "../layers/initializers";
import { show } from "../options";
import { type Optimizer, optimizers, type Slot } from "../training/optimizers";
import { SCHEDULE_NAMES } from "../training/schedule";
import type { Compiled, Model } from "./model";
import { NestedModel } from "./nestedModel";
import type { WeightTable } from "./weightTable";

/**
 * A model file is a safetensors file, so any reader of those finds
 *
 *     "dense_1/kernel"                      every weight and state, without padding
 *     "optimizer/momentum/dense_1/kernel"   for every weight what the optimizer keeps, by the name of its slot
 *
 * and under `wasmgrad` in its metadata a JSON text with everything else:
 *
 *     { version, name, seed, trainable?,                          the last only when it is false
 *       inputs:  [{ shape, dtype, name? }],
 *       layers:  [{ kind, options, isNamedByModel,         what layers[kind](options) takes
 *                   graph? }],                               inputs, layers, nodes, outputs of a model within
 *       nodes:   [{ layer, inputs }],                      uses of layers; inputs count first, then these
 *       outputs: [number],
 *       training?: { optimizer, loss, lossWeights, metrics, engine, math,  what compile takes
 *                    step, epoch, learningRate? } }                      updates and epochs done, rate that a callback has set
 */
export const METADATA_NAME = "wasmgrad";

/** Rises when a file can mean something that older versions would read wrongly. */
export const FILE_VERSION = 1;

/** Stands as the name of a learning rate that is a function of the user's. */
export const CUSTOM_RATE = "custom";

/** A tensor of the file and where its numbers are kept. */
export interface StoredRange {
  readonly name: string;
  readonly shape: Shape;
  /** Elements from the beginning of what lasts: weights, state, then every slot. */
  readonly start: number;
  readonly size: number;
  readonly isSlot: boolean;
}

/** All tensors of a model with such an optimizer. */
export function storedRanges(table: WeightTable, slots: readonly Slot[]): StoredRange[] {
  const parameters = table.entries.map((weight): StoredRange => {
    const { name, spec, size } = weight;
    return { name, shape: spec.shape, start: table.indexOf(weight), size, isSlot: false };
  });
  const firstSlot = (table.bytes.weights + table.bytes.state) / 4;
  const trained = table.entries.filter(({ region }) => region === "weights");
  const kept = slots.flatMap((slot, i) =>
    trained.map(({ name, spec, size, offset }): StoredRange => {
      const start = firstSlot + (i * table.bytes.weights + offset) / 4;
      return { name: `optimizer/${slot.name}/${name}`, shape: spec.shape, start, size, isSlot: true };
    }),
  );
  return [...parameters, ...kept];
}

/** The first number that may not be in a file. A slot may overflow to infinity, after which training still goes on. */
export function findUnfit(values: Float32Array, isSlot: boolean): number | undefined {
  return values.find((value) => Number.isNaN(value) || (!isSlot && !Number.isFinite(value)));
}

/** See `Model.toBytes`. */
export function encodeModel({ name, seed, trainable }: Model, compiled: Compiled): Uint8Array {
  const { recipe, engine, runtime, state } = compiled;
  const { model, objectives, optimizer, math } = recipe;
  const { lasting } = runtime;
  const tensors = new Map<string, { shape: Shape; data: Float32Array }>();
  for (const range of storedRanges(model.weights, optimizer?.slots ?? [])) {
    const data = lasting.subarray(range.start, range.start + range.size);
    const unfit = findUnfit(data, range.isSlot);
    if (unfit !== undefined) throw new DataError(`save: ${range.name} holds ${unfit}: no model could be made of it.`);
    tensors.set(range.name, { shape: range.shape, data });
  }
  const training = optimizer && { ...describeTraining(optimizer, objectives), engine, math, ...describeState(state) };
  const description = {
    version: FILE_VERSION,
    name: plain(name, "the model's name"),
    seed,
    ...(trainable ? {} : { trainable }),
    ...describeGraph(model),
    training,
  };
  return encodeSafetensors(tensors, { [METADATA_NAME]: JSON.stringify(description) });
}

function describeGraph({ inputs, nodes, outputs }: NodeList): object {
  const layers = [...new Set(nodes.map(({ layer }) => layer!))];
  const layerNumbers = new Map(layers.map((layer, i) => [layer, i]));
  const nodeNumbers = new Map([...inputs, ...nodes].map((node, i) => [node, i]));
  return {
    inputs: inputs.map(({ shape, dtype, name }, i) => ({
      shape,
      dtype,
      name: plain(name ?? null, `name of input ${i}`),
    })),
    layers: layers.map((layer) => {
      const { kind, name, trainable, options, isNamedByModel } = layer;
      if (layer instanceof NestedModel) {
        return { kind, options: { name, trainable }, isNamedByModel, graph: describeGraph(layer.structure) };
      }
      return { kind, options: plainMembers({ ...options, name, trainable }, name), isNamedByModel };
    }),
    nodes: nodes.map((node) => ({
      layer: layerNumbers.get(node.layer!),
      inputs: node.inputs.map((from) => nodeNumbers.get(from)),
    })),
    outputs: outputs.map((node) => nodeNumbers.get(node)),
  };
}

function describeTraining(optimizer: Optimizer, objectives: readonly Objective[]): object {
  return {
    optimizer: describeOptimizer(optimizer),
    loss: objectives.map(({ loss }) => plain(loss, loss.name)),
    lossWeights: objectives.map(({ lossWeight }) => lossWeight),
    metrics: objectives.map(({ metrics }) => metrics.map((metric) => plain(metric, metric.name))),
  };
}

function describeState({ stepIndex, epochIndex, learningRate }: Compiled["state"]): object {
  return { step: stepIndex, epoch: epochIndex, learningRate };
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
  if (!isRecord(value)) throw new StateError(`save: ${who} cannot be kept in a file, got ${show(value)}.`);
  const { name, options, fill } = value;
  // Initial values stand in the file, so an initializer of the user's own is never asked again.
  if (typeof fill === "function" && !Object.hasOwn(initializers, String(name))) return { name: "zeros" };
  const isDescribed = typeof name === "string" && isRecord(options);
  return plainMembers(isDescribed ? { name, options } : value, who);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
