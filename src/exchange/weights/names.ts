import { ArgumentError } from "../../errors";
import { didYouMean, show } from "../../options";
import type { StoredTensor } from "./file";
import { type Module, partOf } from "./modules";
import { checkTarget, type WeightNames } from "./options";
import type { Place } from "./places";

/** Names of parameters of PyTorch, by those of weights here. */
const TORCH_NAMES: Readonly<Record<string, string>> = {
  ...{ kernel: "weight", gamma: "weight", embeddings: "weight", alpha: "weight", recurrent_kernel: "weight_hh" },
  ...{ beta: "bias", moving_mean: "running_mean", moving_variance: "running_var" },
  ...{ "attentionOutput/kernel": "out_weight", "attentionOutput/bias": "out_bias" },
  ...{ "query/kernel": "query/weight", "key/kernel": "key/weight", "value/kernel": "value/weight" },
};

/** What `names` says of a tensor: of itself, or of the module that it is in. */
function answerFor(
  names: WeightNames,
  tensor: StoredTensor,
  used: Set<string>,
  who: string,
): readonly string[] | null | undefined {
  if (typeof names === "function") {
    const answer = names(tensor.fileName ?? tensor.name);
    return answer === undefined ? undefined : checkTarget(who, tensor.name, answer);
  }
  for (const key of [
    tensor.fileName ?? tensor.name,
    tensor.name,
    ...pathsAround(tensor.fileName ?? tensor.name),
    ...pathsAround(tensor.name),
    ...(tensor.alias ? [tensor.alias] : []),
  ]) {
    if (!Object.hasOwn(names, key)) continue;
    used.add(key);
    return checkTarget(who, key, names[key]);
  }
  return undefined;
}

/** `rnn.l0` of `rnn.weight_ih_l0`, and all modules around, the closest first. */
function pathsAround(name: string): string[] {
  const paths = [partOf(name).path];
  for (let at = name.length; at > 0; ) {
    at = Math.max(name.lastIndexOf(".", at - 1), name.lastIndexOf("/", at - 1));
    if (at > 0) paths.push(name.slice(0, at));
  }
  return paths;
}

/** Tensors that go to one layer, under the names that rules look for. */
class NamedModule {
  readonly params = new Map<string, StoredTensor>();
  layout: Module["layout"] = "torch";

  constructor(readonly place: Place) {}

  /** @param weightName the weight it becomes, where that was said */
  add(who: string, tensor: StoredTensor, weightName: string | undefined): void {
    const { param, layout } = partOf(tensor.name);
    const isOwn = layout === "own" && param !== "bias";
    if (isOwn) this.layout = "own";
    const said = weightName && (isOwn ? weightName : torchName(this.place, weightName, param));
    const key = said ?? param;
    if (this.params.has(key)) {
      throw new ArgumentError(
        `${who}: names puts both ${this.params.get(key)!.name} and ${tensor.name} into ${this.place.path}.`,
      );
    }
    this.params.set(key, tensor);
  }
}

/** The parameter of PyTorch that a weight is. */
export function torchName({ kind }: Place, weightName: string, param: string): string {
  if (/^(weight|bias)_(ih|hh)$/.test(param)) return param;
  if (kind === "separableConv2d") return weightName;
  if (weightName === "kernel" && ["lstm", "gru", "simpleRNN"].includes(kind)) return "weight_ih";
  return TORCH_NAMES[weightName] ?? weightName;
}

/** A layer, or one of its weights, by its name. */
function targetOf(who: string, theirs: string, ours: string, places: readonly Place[]): [Place, string | undefined] {
  for (const place of places) {
    if (place.path === ours) return [place, undefined];
    if (!ours.startsWith(`${place.path}/`)) continue;
    const weightName = ours.slice(place.path.length + 1);
    if (place.weights.has(weightName)) return [place, weightName];
  }
  const known = places.flatMap(({ path, weights }) => [
    path,
    ...Array.from(weights.keys(), (name) => `${path}/${name}`),
  ]);
  throw new ArgumentError(
    `${who}: names puts ${show(theirs)} into ${show(ours)}, which the model does not have.${didYouMean(ours, known)}`,
  );
}

/** Pairs that `names` tells, the tensors that it says nothing of, and those that it leaves out. */
export function namedModules(
  who: string,
  tensors: readonly StoredTensor[],
  places: readonly Place[],
  names: WeightNames | undefined,
) {
  const modules = new Map<Place, NamedModule>();
  const rest: StoredTensor[] = [];
  const skipped: string[] = [];
  const used = new Set<string>();
  for (const tensor of tensors) {
    const answer = names && answerFor(names, tensor, used, who);
    if (answer === undefined) rest.push(tensor);
    else if (answer === null) skipped.push(`${tensor.name}: left out by names`);
    else if (/(^|[./])num_batches_tracked$/.test(tensor.name)) skipped.push(`${tensor.name}: no weight of a layer`);
    else {
      for (const ours of answer) {
        const [place, weightName] = targetOf(who, tensor.name, ours, places);
        const module = modules.get(place) ?? new NamedModule(place);
        modules.set(place, module);
        module.add(who, tensor, weightName);
      }
    }
  }
  const unknown = typeof names === "object" ? Object.keys(names).find((key) => !used.has(key)) : undefined;
  if (unknown !== undefined) {
    const known = tensors.flatMap(({ name, fileName = name }) => [fileName, name, partOf(name).path]);
    throw new ArgumentError(
      `${who}: names has ${show(unknown)}, which the file does not have.${didYouMean(unknown, known)}`,
    );
  }
  const pairs = new Map<Module, Place>();
  for (const [place, { params, layout }] of modules) {
    const [first] = params.values();
    const path = partOf(first.name).path;
    pairs.set({ path, alias: undefined, layout, params, index: 0, isAround: true, className: undefined }, place);
  }
  return { pairs, rest, skipped };
}
