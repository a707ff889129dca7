import { ArgumentError } from "../../errors";
import type { InputOptions, Node } from "../../graph/node";
import type { LayerResult } from "../../graph/layer";
import type { Model } from "../../model/model";
import { show } from "../../options";
import type { LayerMaker } from "../importModel";
import type { Problems } from "../problems";
import { type KerasLayer, type KerasModel, shapeBehindBatch, TensorOf } from "./config";
import { translatorOf } from "./layers/index";
import { isOperation, operationOf } from "./operations";
import { type Origin, Unsupported } from "./origin";
import { Settings, wordOf } from "./settings";
import type { InputPlan, LayerPlan, ModelPlan } from "./modelPlan";
import type { Translation, Use } from "./translation";
import { build, tensorsIn, useLayer } from "./build";
import type { WeightSource } from "./weights/source";

/** Decides what becomes of every layer before anything is built. */

/** Ends of a model, by names of layers. */
export interface Ends {
  readonly inputs?: readonly string[] | undefined;
  readonly outputs?: readonly string[] | undefined;
  readonly shapes?: Readonly<Record<string, readonly (number | null)[]>> | undefined;
}

export interface PlanContext {
  readonly who: string;
  readonly origin: Origin;
  readonly problems: Problems;
  readonly layers: Readonly<Record<string, LayerMaker>>;
  readonly weights: WeightSource;
}

const DTYPES: Readonly<Record<string, InputOptions["dtype"]>> = {
  uint8: "uint8",
  int8: "int32",
  int16: "int32",
  int32: "int32",
  int64: "int32",
  uint16: "int32",
  uint32: "int32",
};

/** Snake case as Keras 3 makes folders of classes. */
export function folderOf(className: string): string {
  return className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

export class Planner {
  constructor(readonly context: PlanContext) {}

  /** @param place names of the models around it, and where its weights stand */
  plan(model: KerasModel, ends: Ends = {}, folder = "", depth = 0): ModelPlan {
    const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
    const outputs = ends.outputs?.map((name) => this.#end(byName, name, "outputs")) ?? [...model.outputs];
    const cut = ends.inputs?.map((name) => this.#end(byName, name, "inputs"));
    const inputs = cut ?? [...model.inputs];
    const needed = needs(byName, outputs, cut ?? []);
    const isStateful = JSON.stringify(
      model.layers.map(({ config }) => config.stateful ?? config.layer ?? null),
    ).includes("true");
    const used = firstCalls(model);
    const layers = new Map<string, LayerPlan>();
    const counts = new Map<string, number>();
    for (const layer of model.layers) {
      const isOp = isOperation(layer);
      const name = folderOf(layer.className);
      const count = counts.get(name) ?? 0;
      if (!isOp) counts.set(name, count + 1);
      if (!needed.has(layer.name) || layer.className === "InputLayer") continue;
      const own = `${folder}layers/${name}${count ? `_${count}` : ""}`;
      const planned = this.#layer(layer, isOp, own, used.get(layer.name) ?? 0, depth);
      if (planned) layers.set(layer.name, planned);
    }
    const kept = cut ? inputs : inputs.filter((tensor) => needed.has(tensor.layer) || depth > 0);
    for (const tensor of inputs) {
      if (kept.includes(tensor)) continue;
      this.context.origin.report.skip(`the input ${tensor.layer}, which no output needs`);
    }
    return {
      who: this.context.who,
      name: wordOf(model.name),
      trainable: model.trainable,
      layers,
      inputs: kept.map((tensor) => this.#input(tensor, byName, ends, isStateful, cut !== undefined)),
      outputs,
    };
  }

  #end(byName: ReadonlyMap<string, KerasLayer>, name: string, option: string): TensorOf {
    if (byName.has(name)) return new TensorOf(name, firstCallOf(byName, name), 0);
    const [, layer, output] = /^(.*):(\d+)$/.exec(name) ?? [];
    if (layer !== undefined && byName.has(layer))
      return new TensorOf(layer, firstCallOf(byName, layer), Number(output));
    const known = [...byName.keys()];
    const shown = known.slice(-20).join(", ");
    throw new ArgumentError(
      `${this.context.who}: ${option} has ${show(name)}, which is no layer of the model. Its layers are ${known.length > 20 ? "…, " : ""}${shown}.`,
    );
  }

  #input(
    tensor: TensorOf,
    byName: ReadonlyMap<string, KerasLayer>,
    { shapes }: Ends,
    isStateful: boolean,
    isCut: boolean,
  ): InputPlan {
    const { problems } = this.context;
    const layer = byName.get(tensor.layer);
    const config = layer?.className === "InputLayer" ? layer.config : {};
    const batchShape = (config.batch_input_shape ?? config.batch_shape) as unknown[] | undefined;
    const shape = shapes?.[tensor.layer] ?? shapeBehindBatch(batchShape) ?? tensor.shape;
    const dtype = typeof config.dtype === "string" ? config.dtype : "float32";
    const add = (reason: string) => problems.add(layer?.className ?? "InputLayer", tensor.layer, reason);
    const example = `shapes: { ${JSON.stringify(tensor.layer)}: [${(shape ?? [8]).map((size) => size ?? 8).join(", ")}] }`;
    if (!shape) add(`the file does not say its shape${isCut ? " there" : ""}. Give it as ${example}`);
    else if (shape.slice(1).includes(null)) {
      add(
        `it leaves the sizes [${shape.map(String).join(", ")}] open, of which only the first may be. Give them as ${example}`,
      );
    } else if (shape.length === 0) add("it is one number a sample, without axes");
    if (dtype === "string") add("it takes texts");
    const batch = batchShape?.[0];
    const options: InputOptions = {
      shape: shape && shape.length > 0 && !shape.slice(1).includes(null) ? shape : [1],
      dtype: DTYPES[dtype] ?? "float32",
      name: wordOf(tensor.layer),
      ...(isStateful && typeof batch === "number" && { batchSize: batch }),
    };
    return { tensor, options };
  }

  #layer(layer: KerasLayer, isOp: boolean, folder: string, firstCall: number, depth: number): LayerPlan | undefined {
    const { problems, origin } = this.context;
    try {
      const common = { layer, firstCall, isOperation: isOp, folder };
      if (layer.name !== wordOf(layer.name)) origin.report.rename(layer.name, wordOf(layer.name));
      const maker = this.#makerOf(layer);
      if (maker) return { ...common, ...this.#made(layer, maker, folder) };
      if (layer.model) {
        const inner = this.plan({ ...layer.model, name: layer.name }, {}, `${folder}/`, depth + 1);
        let built: Model | undefined;
        const apply = ({ inputs }: Use) => {
          built ??= build(inner);
          return built.apply(inputs.length === 1 ? inputs[0] : (inputs as Node[])) as LayerResult;
        };
        return { ...common, inner, apply };
      }
      if (isOp) return { ...common, apply: operationOf(layer, origin) };
      const settings = new Settings(layer, origin);
      const translation = translatorOf(layer.className, layer.registeredName)(settings);
      settings.finish();
      const drops = () => origin.report.warn(`${layer.name}: it takes no mask: behind it all places count.`);
      return { ...common, translation, apply: (use) => useLayer(translation, use, drops) };
    } catch (error) {
      if (!(error instanceof Unsupported) && !(error instanceof ArgumentError)) throw error;
      const type = layer.registeredName?.includes(">") ? layer.registeredName : layer.className;
      problems.add(type, layer.name, error.message);
      return undefined;
    }
  }

  #makerOf({ className, registeredName, name }: KerasLayer): LayerMaker | undefined {
    const { layers } = this.context;
    const key = [name, registeredName, className].find((one) => one !== undefined && Object.hasOwn(layers, one));
    return key === undefined ? undefined : layers[key];
  }

  /** A layer that the user makes. */
  #made(layer: KerasLayer, maker: LayerMaker, folder: string): Pick<LayerPlan, "apply" | "translation"> {
    const weights = this.context.weights.of(layer.name, folder);
    const own = maker({ ...layer.config, name: wordOf(layer.name) }, weights) as unknown as Translation["layer"];
    const translation: Translation = { layer: own!, stored: () => [] };
    return { translation, apply: (use) => useLayer(translation, use, () => {}) };
  }
}

/** The layers that outputs need, up to where inputs cut them off. */
function needs(
  byName: ReadonlyMap<string, KerasLayer>,
  outputs: readonly TensorOf[],
  cut: readonly TensorOf[],
): ReadonlySet<string> {
  const stops = new Set(cut.map(({ layer }) => layer));
  const found = new Set<string>();
  const left = outputs.map(({ layer }) => layer);
  while (left.length) {
    const name = left.pop()!;
    if (found.has(name)) continue;
    if (stops.has(name)) continue;
    found.add(name);
    for (const { args, kwargs } of byName.get(name)?.calls ?? []) {
      for (const tensor of [...tensorsIn(args), ...tensorsIn(kwargs)]) left.push(tensor.layer);
    }
  }
  return found;
}

/** Where calls of models within the model begin to count: at 0, or at 1 where nobody refers to 0. */
function firstCalls(model: KerasModel): ReadonlyMap<string, number> {
  const least = new Map<string, number>();
  const see = ({ layer, call }: TensorOf) => least.set(layer, Math.min(call, least.get(layer) ?? call));
  model.outputs.forEach(see);
  for (const { calls } of model.layers)
    for (const call of calls) [...tensorsIn(call.args), ...tensorsIn(call.kwargs)].forEach(see);
  const inner = model.layers.filter((layer) => layer.model);
  return new Map(inner.map(({ name }) => [name, (least.get(name) ?? 0) > 0 ? 1 : 0]));
}

function firstCallOf(byName: ReadonlyMap<string, KerasLayer>, name: string): number {
  const layer = byName.get(name)!;
  if (!layer.model) return 0;
  const all = { layers: [...byName.values()], outputs: [] } as unknown as KerasModel;
  return firstCalls(all).get(name) ?? 0;
}
