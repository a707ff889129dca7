import { FormatError } from "../../errors";
import type { Model } from "../../model/model";
import type { ImportContext } from "../importModel";
import { build, CannotBuild } from "./build";
import { ConfigReader, type Json, isJson } from "./config";
import { compileAs } from "./compileConfig";
import type { ModelPlan } from "./modelPlan";
import type { Origin } from "./origin";
import { Planner } from "./plan";
import { storedAs } from "./translation";
import type { Leaf, StoredTensor, WeightSource } from "./weights/source";

/** From a configuration and weights to a model. */

/** What a file of any kind comes to. */
export interface KerasFile {
  /** `{ class_name, config, … }` */
  readonly config: Json;
  /** As written; undefined where the file does not say it. */
  readonly version: string | undefined;
  readonly isTfjs?: boolean;
  /** As Keras 3 or 2 wrote it. */
  readonly compile: Json | undefined;
  readonly weights: WeightSource;
}

const WHO = "importModel";
const WAYS_OUT =
  "Ways out: layers: { Name: (config, weights) => layer } makes a layer of your own for one of these; " +
  'outputs: ["name"] ends the model before them.';

/** Whether Keras 3 wrote it, where no version says so: it has modules, or calls with arguments and keywords. */
function majorOf({ version, config, isTfjs }: KerasFile): number {
  const [, major] = /^(\d+)\./.exec(version ?? "") ?? [];
  if (major !== undefined) return Number(major);
  return !isTfjs && typeof config.module === "string" ? 3 : 2;
}

/** The weights that a plan has made, in the order of its layers. */
function leavesOf(plan: ModelPlan, names: readonly string[] = [], isTrained = true): Leaf[] {
  return [...plan.layers.values()].flatMap(({ layer, translation, inner, folder }): Leaf[] => {
    const path = [...names, layer.name];
    const trained = isTrained && plan.trainable;
    if (inner) return leavesOf(inner, path, trained);
    const weights = translation?.layer?.weightSpecs ?? [];
    const stored = (translation?.stored ?? storedAs)(weights);
    if (stored.length === 0 || weights.length === 0) return [];
    const common = { names: path, folder, className: layer.className };
    return [{ ...common, isTrained: trained && layer.config.trainable !== false, stored }];
  });
}

/** Values of a weight, as float32. */
function numbersOf(tensor: StoredTensor, leaf: Leaf, { report }: ImportContext): Float32Array {
  const given = tensor.read();
  const values = given instanceof Float32Array ? given : Float32Array.from(given);
  if (tensor.dtype !== "float32") report.convert(`Weights of ${tensor.dtype} are float32.`);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return values;
  throw new FormatError(
    `${WHO}: ${leaf.names.join("/")} has ${values[bad]} among its weights (${tensor.name}): the training in which the file was made has failed.`,
  );
}

/**
 * Makes the model of a file: a plan first, then layers, then weights.
 *
 * @throws FormatError for broken configurations and weights, and with all that cannot be taken over
 */
export function importConfig(file: KerasFile, context: ImportContext): Model {
  const { options, report, problems } = context;
  const what = file.isTfjs ? "this TensorFlow.js model" : "this Keras model";
  const given = withinModel(file.config);
  const major = majorOf(file);
  const waysOut = () => problems.check(WHO, what, WAYS_OUT);
  if (!ConfigReader.isModel(given)) {
    const name = String(given.class_name ?? "unknown");
    problems.add(
      name,
      String((isJson(given.config) ? given.config.name : undefined) ?? name),
      "it is a class of somebody's own: its configuration holds no layers",
    );
    problems.check(
      WHO,
      what,
      "Ways out: build the model as a functional one in Keras and save that, or build it here.",
    );
  }
  if (major < 2) refuseOld(file.version ?? "1", given);
  const model = new ConfigReader(WHO, what).model(given);
  const origin: Origin = { version: file.version ?? "unknown", major, report };
  const planner = new Planner({ who: WHO, origin, problems, layers: options.layers ?? {}, weights: file.weights });
  const plan = planner.plan(model, options);
  waysOut();
  const built = buildOf(plan, context, waysOut);
  file.weights.fill(leavesOf(plan), (leaf, weight, tensor) => {
    const values = numbersOf(tensor, leaf, context);
    const { shared } = weight.target!;
    shared.values = weight.convert ? weight.convert(values) : values;
    shared.version = 1;
  });
  if (options.compile !== false && !options.outputs && isJson(file.compile)) compileAs(built, file.compile, report);
  return built;
}

function buildOf(plan: ModelPlan, { problems }: ImportContext, waysOut: () => void): Model {
  try {
    return build(plan);
  } catch (error) {
    if (!(error instanceof CannotBuild)) throw error;
    problems.add(error.layer.className, error.layer.name, error.message);
    waysOut();
    throw error;
  }
}

/** What TensorFlow.js and old files put around. */
function withinModel(config: Json): Json {
  return isJson(config.model_config) ? config.model_config : config;
}

/** Keras 1 has other names for everything. */
function refuseOld(version: string, config: Json): never {
  const inner = config.config;
  const layers = Array.isArray(inner) ? inner : isJson(inner) && Array.isArray(inner.layers) ? inner.layers : [];
  const names = [...new Set(layers.map((layer) => (isJson(layer) ? String(layer.class_name) : "?")))];
  throw new FormatError(
    `${WHO}: the file comes from Keras ${version}, of before 2.0 (${names.join(", ")}). Load it in Keras 2 and save it again.`,
  );
}
