import { ArgumentError, StateError } from "../errors";
import type { JsonField } from "../formats/jsonField";
import type { TrainingState } from "../training/fit";
import { type LearningRate, type Optimizer, optimizers, resolveOptimizer } from "../optimizers/optimizers";
import { reviveSchedule } from "../optimizers/schedules";
import { type LayerFactory, loadMakers } from "../saving/decodeStructure";
import { TracedFunction } from "../graph/traced";
import { show } from "../options";
import { CustomLoss } from "../losses/custom";
import { CustomMetric } from "../metrics/custom";
import { type NodeMaker, readTrace } from "../saving/decodeTrace";
import { MAXIMUM, within } from "../saving/fileParts";
import type { EngineOptions } from "./engineOptions";
import type { CompileOptions } from "./compileOptions";
import { Model } from "./model";
import { copyInSlices } from "../platform/slices";
import { CUSTOM_RATE } from "../saving/fileFormat";
import { checkLimits, readLimits } from "../saving/limits";
import { checkListener, type ReadOptions } from "../saving/loadOptions";
import { matchTensors, reportWarnings, storedRanges, WHO } from "../saving/modelFile";
import { readModelFile } from "../saving/readModelFile";

/** What a file cannot keep. */
export interface RestoreOptions {
  /** Takes the place of the one in the file, which cannot keep a function. */
  learningRate?: LearningRate | undefined;
  /** Layers of your own by their kind, as `layers.dense` is for `"dense"`. */
  layers?: Readonly<Record<string, LayerFactory>> | undefined;
}

/**
 * Options of `loadModel`. By default `engine` and `math` are those the model was compiled for; `threads` is 1 and `worker`
 * false, as a file does not say what machine its reader has.
 */
export type LoadOptions = RestoreOptions & ReadOptions & EngineOptions;

/** Steps are counted in an int32. */
const MAXIMUM_STEP = 2 ** 31 - 1;

/**
 * Makes the model that a file describes, see encodeModel.ts. What the description promises is compared with the tensors
 * that are there before memory is taken for any.
 *
 * @throws FormatError, with the cause where a part of the model refuses what the file says; LimitError; MemoryLimitError
 */
export async function decodeModel(bytes: Uint8Array, options: LoadOptions): Promise<Model> {
  checkListener(options);
  const limits = readLimits(options.limits);
  const { factories, nodeOf } = await loadMakers();
  const file = readModelFile(bytes, { factories: { ...factories, ...options.layers }, nodeOf });
  const { name, seed, trainable, structure, weights } = file;
  const training = file.training && readTraining(file.training, options, nodeOf);
  const { learningRate, engine, math, threads, worker } = options;
  if (!training && (learningRate ?? engine ?? math ?? threads ?? worker) !== undefined) {
    throw new ArgumentError(
      "loadModel: the model in the file is not compiled: learningRate, engine, math, threads and worker mean nothing.",
    );
  }
  const ranges = storedRanges(weights, training?.optimizer.slots ?? []);
  const { values, warnings } = matchTensors(file.tensors, ranges);
  checkLimits({ ...structure, weights, seed }, limits);

  const model = new Model(name, seed, structure);
  model.trainable = trainable;
  if (file.tokenizer) model.tokenizer = (await import("../text/described")).readTokenizer(file.tokenizer);
  if (file.pipeline) {
    const { pipeline } = file;
    const { readPipeline } = await import("../pipeline/pipeline");
    within(`${WHO}: pipeline`, () => (model.pipeline = readPipeline(pipeline)));
  }
  const valuesOf = new Map([...values].map(([{ name }, data]) => [name, data]));
  for (const { name, spec } of weights.entries) {
    spec.shared.values = await copyOf(valuesOf.get(name)!);
    spec.shared.version = 1;
  }
  reportWarnings(warnings, options.onWarning);
  if (!training) return model;
  model.comesAfter(training.state.pastSteps);
  within(`${WHO}: training`, () => model.compile(training.compile));
  const { runtime, state } = model.internals("loadModel");
  for (const [{ start, isSlot }, data] of values) {
    if (isSlot) await copyInSlices(data, runtime.persistent.subarray(start, start + data.length));
  }
  runtime.writesSlots();
  Object.assign(state, training.state);
  // The optimizer begins anew when its state is not there: it counts the steps that its state has seen.
  if (warnings.some(({ kind }) => kind === "missing")) state.stepIndex = 0;
  return model;
}

async function copyOf(values: Float32Array): Promise<Float32Array> {
  const copy = new Float32Array(values.length);
  await copyInSlices(values, copy);
  return copy;
}

interface Training {
  readonly optimizer: Optimizer;
  readonly compile: CompileOptions;
  readonly state: TrainingState;
}

function readTraining(
  field: JsonField,
  { learningRate, engine, math, threads, worker }: LoadOptions,
  nodeOf: NodeMaker,
): Training {
  const needed = ["optimizer", "loss", "lossWeights", "metrics", "engine", "math", "step", "epoch"] as const;
  const fields = field.members(needed, ["learningRate", "maxLength", "pastSteps", "weightedMetrics"]);
  const readMetrics = (lists: JsonField) =>
    lists
      .elements(MAXIMUM.outputs)
      .map((list) =>
        list.elements(MAXIMUM.metrics).map((metric) => readMetric(metric, nodeOf)),
      ) as CompileOptions["metrics"];
  const optimizer = readOptimizer(fields.optimizer, learningRate);
  const storedEngine = fields.engine.string();
  const rate = learningRate === undefined ? fields.learningRate?.number() : undefined;
  if (rate !== undefined && rate < 0) throw field.error(`has the learning rate ${rate}, which must not be below 0.`);
  return {
    optimizer,
    compile: {
      optimizer,
      loss: fields.loss
        .elements(MAXIMUM.outputs)
        .map((loss) => readLoss(loss, nodeOf)) as unknown as CompileOptions["loss"],
      lossWeights: fields.lossWeights.elements(MAXIMUM.outputs).map((weight) => weight.number()),
      metrics: readMetrics(fields.metrics),
      ...(fields.weightedMetrics && { weightedMetrics: readMetrics(fields.weightedMetrics) }),
      // A file tells what its writer had. Its reader, who may have no WebAssembly, has not asked for it by name.
      engine: engine ?? (storedEngine === "wasm" ? undefined : (storedEngine as CompileOptions["engine"])),
      math: math ?? (fields.math.string() as CompileOptions["math"]),
      threads,
      worker,
      maxLength: fields.maxLength?.integer(MAXIMUM_STEP),
      // `compile` checks what goes together: the file and the options may contradict each other.
    } as CompileOptions,
    state: {
      stepIndex: fields.step.integer(MAXIMUM_STEP),
      pastSteps: fields.pastSteps?.integer(MAXIMUM_STEP) ?? 0,
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

/** The graphs of a function over nodes that a file describes beside a name and options; undefined where there are none. */
function readGraphs(field: JsonField, who: string, nodeOf: NodeMaker) {
  if (!Object.hasOwn(field.record(), "graphs")) return undefined;
  const { name, options, graphs } = field.members(["name", "options", "graphs"]);
  if (name.string() !== "custom") throw name.error(`is ${show(name.string())}, which has no graphs.`);
  const traces = graphs.elements(MAXIMUM.nodes).map((graph) => readTrace(graph, nodeOf));
  return { traced: new TracedFunction(who, undefined, traces), options: { ...options.record() } };
}

function readLoss(field: JsonField, nodeOf: NodeMaker): unknown {
  const custom = readGraphs(field, "losses.custom", nodeOf);
  return custom ? within(field.place, () => new CustomLoss(custom.traced, custom.options)) : readDescribed(field);
}

function readMetric(field: JsonField, nodeOf: NodeMaker): unknown {
  const custom = readGraphs(field, "metrics.custom", nodeOf);
  return custom ? within(field.place, () => new CustomMetric(custom.traced, custom.options)) : readDescribed(field);
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
