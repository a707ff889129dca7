import type { Dtype } from "../data/tensor";
import { MAXIMUM_RANK, sizeOf } from "../data/tensor";
import { ArgumentError, FormatError, MemoryLimitError, StateError, WasmgradError } from "../errors";
import { parseJson, quoted } from "../formats/json";
import { JsonField } from "../formats/jsonField";
import { decodeSafetensors, type StoredTensor } from "../formats/safetensors";
import { input, type Node } from "../graph/node";
import { type Layer, showShape } from "../layers/layer";
import type { TrainingState } from "../training/fit";
import { reviveSchedule } from "../training/schedules";
import { type LearningRate, type Optimizer, optimizers, resolveOptimizer } from "../training/optimizers";
import { CUSTOM_RATE, FILE_VERSION, findUnfit, METADATA_NAME, type StoredRange, storedRanges } from "./encodeModel";
import type { EngineOptions } from "./engineOptions";
import { type CompileOptions, Model } from "./model";
import { countNodes, NestedModel } from "./nestedModel";
import { type Structure, structureOf } from "./structure";
import { WeightTable } from "./weightTable";

/** What makes a layer of the options in a file. */
export type LayerFactory = (options: Record<string, unknown>) => Layer;

/** Factories by the kind of their layers. */
type LayerFactories = Readonly<Record<string, LayerFactory>>;

/** What a file cannot keep. */
export interface RestoreOptions {
  /** Takes the place of the one in the file, which cannot keep a function. */
  learningRate?: LearningRate;
  /** Layers of your own by their kind, as `layers.dense` is for `"dense"`. */
  layers?: Readonly<Record<string, LayerFactory>>;
}

/**
 * Options of `loadModel`. By default `engine` and `math` are those the model was compiled for; `threads` is 1 and `worker`
 * false, as a file does not say what machine its reader has.
 */
export type LoadOptions = RestoreOptions & EngineOptions;

const WHO = "model file";

/** What a file may have at most. More is no model, but an attempt to keep the reader busy. */
const MAXIMUM = { layers: 10_000, nodes: 10_000, inputs: 1000, outputs: 1000, metrics: 1000 } as const;
/** float32 elements of the 4 GB that WebAssembly has. */
const MAXIMUM_SIZE = 2 ** 30;
/** Steps are counted in an int32. */
const MAXIMUM_STEP = 2 ** 31 - 1;

/**
 * Makes the model that a file describes, see encodeModel.ts. What the description promises is compared with the tensors
 * that are there before memory is taken for any.
 *
 * @throws FormatError, with the cause where a part of the model refuses what the file says; MemoryLimitError
 */
export async function decodeModel(bytes: Uint8Array, options: LoadOptions): Promise<Model> {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (!Object.hasOwn(metadata, METADATA_NAME)) {
    throw new FormatError(`${WHO}: has tensors but no model: there is no "${METADATA_NAME}" in its metadata.`);
  }
  const root = new JsonField(parseJson(metadata[METADATA_NAME], WHO), WHO);
  checkVersion(root);
  const needed = ["version", "name", "seed", "inputs", "layers", "nodes", "outputs"] as const;
  const description = root.members(needed, ["trainable", "training"]);
  const structure = readStructure(description, { ...(await loadFactories()), ...options.layers });
  const training = description.training && readTraining(description.training, options);
  const { learningRate, engine, math, threads, worker } = options;
  if (!training && (learningRate ?? engine ?? math ?? threads ?? worker) !== undefined) {
    throw new ArgumentError(
      "loadModel: the model in the file is not compiled: learningRate, engine, math, threads and worker mean nothing.",
    );
  }
  const trainable = description.trainable?.boolean() ?? true;
  const weights = new WeightTable(structure.layers, trainable);
  const ranges = storedRanges(weights, training?.optimizer.slots ?? []);
  checkTensors(tensors, ranges);

  const model = new Model(description.name.string(), description.seed.integer(2 ** 32 - 1), structure);
  model.trainable = trainable;
  model.begin(weights, new Float32Array(0));
  if (training) within(`${WHO}: training`, () => model.compile(training.compile));
  const { runtime, state } = model.internals("loadModel");
  for (const { name, start } of ranges) runtime.lasting.set(tensors.get(name)!.data, start);
  if (training) Object.assign(state, training.state);
  return model;
}

/** As a namespace of its own, from which bundles of other programs can leave out what they do not use. */
async function loadFactories(): Promise<LayerFactories> {
  return (await import("../layers/index")) as unknown as LayerFactories;
}

function checkVersion(root: JsonField): void {
  const { version } = root.record();
  if (version === FILE_VERSION) return;
  const known = `this version of wasmgrad reads ${FILE_VERSION}`;
  throw typeof version === "number" && version > FILE_VERSION
    ? root.error(`has format version ${version}, ${known}. Update wasmgrad.`)
    : root.error(`must have format version ${FILE_VERSION}.`);
}

/** What the parts of a model say against a description is an error of the file. */
function within<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const isOfFile = cause instanceof WasmgradError && !(cause instanceof MemoryLimitError);
    throw isOfFile ? new FormatError(`${path}: ${cause.message}`, { cause }) : cause;
  }
}

type GraphFields = Record<"inputs" | "layers" | "nodes" | "outputs", JsonField>;

function readStructure(fields: GraphFields, factories: LayerFactories): Structure {
  const inputs = fields.inputs.elements(MAXIMUM.inputs).map(readInput);
  const made = fields.layers.elements(MAXIMUM.layers).map((field) => readLayer(field, factories));
  const nodes = [...inputs];
  for (const field of fields.nodes.elements(MAXIMUM.nodes)) nodes.push(readNode(field, made, nodes));
  const outputs = fields.outputs.elements(MAXIMUM.outputs).map((field) => nodes[field.integer(nodes.length - 1)]);
  if (outputs.length === 0) throw fields.outputs.error("must not be empty.");
  const structure = within(fields.nodes.place, () => structureOf(inputs, outputs));
  if (structure.nodes.length !== nodes.length - inputs.length) throw fields.nodes.error("lead to no output in part.");
  if (structure.layers.length !== made.length) throw fields.layers.error("are not all used.");
  if (countNodes(structure) > MAXIMUM.nodes) {
    throw fields.nodes.error(`use more than ${MAXIMUM.nodes} layers, counting those in models within.`);
  }
  return structure;
}

function readInput(field: JsonField): Node {
  const { shape, dtype, name } = field.members(["shape", "dtype", "name"]);
  const options = {
    shape: shape.elements(MAXIMUM_RANK - 1).map((length) => length.number()),
    dtype: dtype.string() as Dtype,
    name: name.value === null ? undefined : name.string(),
  };
  return withSize(
    field,
    within(field.place, () => input(options)),
  );
}

function readLayer(field: JsonField, factories: LayerFactories): Layer {
  const { kind, options, isNamedByModel, graph } = field.members(["kind", "options", "isNamedByModel"], ["graph"]);
  const name = kind.string();
  if (graph) return readNestedModel(field, factories);
  if (!Object.hasOwn(factories, name)) {
    throw kind.error(
      `is ${quoted(name)}, which this version of wasmgrad does not know. ` +
        "If the layer is your own: loadModel(source, { layers: { kind: (options) => layer } }).",
    );
  }
  const layer = within(field.place, () => factories[name]({ ...options.record() }));
  layer.isNamedByModel = isNamedByModel.boolean();
  return layer;
}

function readNestedModel(field: JsonField, factories: LayerFactories): Layer {
  const { kind, options, isNamedByModel, graph } = field.members(["kind", "options", "isNamedByModel", "graph"]);
  const name = kind.string();
  if (name !== "model" && name !== "sequential") throw kind.error(`is ${quoted(name)}, which cannot have a graph.`);
  const structure = readStructure(graph.members(["inputs", "layers", "nodes", "outputs"]), factories);
  const layer = within(field.place, () => new NestedModel(name, { ...options.record() }, structure));
  layer.isNamedByModel = isNamedByModel.boolean();
  return layer;
}

function readNode(field: JsonField, made: readonly Layer[], nodes: readonly Node[]): Node {
  const { layer, inputs } = field.members(["layer", "inputs"]);
  const used = made[layer.integer(made.length - 1)];
  const from = inputs.elements(MAXIMUM.nodes).map((index) => nodes[index.integer(nodes.length - 1)]);
  if (from.length === 0) throw inputs.error("must not be empty.");
  return withSize(
    field,
    within(field.place, () => used.apply(from)),
  );
}

/** Sizes multiply from layer to layer: they must stay numbers that can be counted with. */
function withSize(field: JsonField, node: Node): Node {
  if (node.shape.length < MAXIMUM_RANK && sizeOf(node.shape) <= MAXIMUM_SIZE) return node;
  throw field.error(`has shape ${showShape(node.shape, true)}, more than any memory holds.`);
}

interface Training {
  readonly optimizer: Optimizer;
  readonly compile: CompileOptions;
  readonly state: TrainingState;
}

function readTraining(field: JsonField, { learningRate, engine, math, threads, worker }: LoadOptions): Training {
  const needed = ["optimizer", "loss", "lossWeights", "metrics", "engine", "math", "step", "epoch"] as const;
  const fields = field.members(needed, ["learningRate"]);
  const optimizer = readOptimizer(fields.optimizer, learningRate);
  const storedEngine = fields.engine.string();
  const rate = learningRate === undefined ? fields.learningRate?.number() : undefined;
  if (rate !== undefined && rate < 0) throw field.error(`has the learning rate ${rate}, which must not be below 0.`);
  return {
    optimizer,
    compile: {
      optimizer,
      loss: fields.loss.elements(MAXIMUM.outputs).map(readDescribed) as unknown as CompileOptions["loss"],
      lossWeights: fields.lossWeights.elements(MAXIMUM.outputs).map((weight) => weight.number()),
      metrics: fields.metrics
        .elements(MAXIMUM.outputs)
        .map((list) => list.elements(MAXIMUM.metrics).map(readDescribed)) as CompileOptions["metrics"],
      // A file tells what its writer had. Its reader, who may have no WebAssembly, has not asked for it by name.
      engine: engine ?? (storedEngine === "wasm" ? undefined : (storedEngine as CompileOptions["engine"])),
      math: math ?? (fields.math.string() as CompileOptions["math"]),
      threads,
      worker,
      // `compile` checks what goes together: the file and the options may contradict each other.
    } as CompileOptions,
    state: {
      stepIndex: fields.step.integer(MAXIMUM_STEP),
      epochIndex: fields.epoch.integer(MAXIMUM_STEP),
      learningRate: rate,
    },
  };
}

/** Exactly a name and options, so that nothing in a file can pass for something already made. */
function readDescribed(field: JsonField): { name: string; options: Record<string, unknown> } {
  const { name, options } = field.members(["name", "options"]);
  return { name: name.string(), options: { ...options.record() } };
}

function readOptimizer(field: JsonField, given: LearningRate | undefined): Optimizer {
  const { name, options } = readDescribed(field);
  const optimizer = within(field.place, () => {
    const learningRate = readRate(options.learningRate, `optimizers.${name}: learningRate`);
    return resolveOptimizer({ name, options: { ...options, learningRate } }, "compile");
  });
  if (given === undefined) return optimizer;
  return optimizers[optimizer.name as keyof typeof optimizers]({ ...optimizer.options, learningRate: given });
}

/** A number as it is, a schedule as it was. */
function readRate(rate: unknown, who: string): unknown {
  if (rate === null || typeof rate !== "object" || Array.isArray(rate)) return rate;
  return (rate as { name?: unknown }).name === CUSTOM_RATE ? askForRate : reviveSchedule(rate, who);
}

/** Stands for a learning rate that the file could not keep: everything but a training step works. */
function askForRate(): number {
  throw new StateError(
    "the model's learning rate was a function of your own, which a file cannot keep. " +
      "Give it to loadModel(source, { learningRate }); the optimizer's state is kept.",
  );
}

/** Every tensor that the model needs and no other, of the right shape, with values to compute with. */
function checkTensors(found: ReadonlyMap<string, StoredTensor>, ranges: readonly StoredRange[]): void {
  for (const { name, shape, isSlot } of ranges) {
    const tensor = found.get(name);
    if (!tensor) throw new FormatError(`${WHO}: tensor ${quoted(name)} is missing.`);
    const who = `${WHO}: tensor ${quoted(name)}`;
    if (showShape(tensor.shape) !== showShape(shape)) {
      throw new FormatError(`${who} must have shape ${showShape(shape)}, got ${showShape(tensor.shape)}.`);
    }
    if (!(tensor.data instanceof Float32Array)) throw new FormatError(`${who} must be F32, got ${tensor.dtype}.`);
    const unfit = findUnfit(tensor.data, isSlot);
    if (unfit !== undefined) throw new FormatError(`${who} holds ${unfit}.`);
  }
  if (found.size === ranges.length) return;
  const known = new Set(ranges.map(({ name }) => name));
  const extra = [...found.keys()].find((name) => !known.has(name))!;
  throw new FormatError(`${WHO}: tensor ${quoted(extra)} belongs to no part of the model.`);
}
