import { countOf, isFloating, type StoredTensor } from "./file";
import { type Group, joinAttention } from "./joinAttention";
import { splitNumber } from "./numbered";
import type { Place } from "./places";

/**
 * How numbers stand in a module: `torch`, outputs before inputs, as in PyTorch; `own`, as here and in Keras; `single`, a tensor by
 * itself.
 */
export type Layout = "torch" | "own" | "single";

/** Tensors of a file that belong to one layer. */
export interface Module {
  readonly path: string;
  /** Its path in names of layers, where the file has them. */
  readonly alias: string | undefined;
  readonly layout: Layout;
  /** By their names in the module: `"weight"`, `"query/kernel"`, or `"0"`, `"1"` where they have numbers only. */
  readonly params: ReadonlyMap<string, StoredTensor>;
  /** Where it stands among all. */
  readonly index: number;
  /** Whether its place says nothing of order: parameters of a module around others come first. */
  readonly isAround: boolean;
  /** Of Keras 3: the class of its layer, as `batch_normalization`. */
  readonly className: string | undefined;
}

const TORCH =
  /^(weight|bias|running_mean|running_var|num_batches_tracked|(weight|bias)_(ih|hh|hr)(_l\d+)?(_reverse)?|in_proj_(weight|bias)|[qkv]_proj_weight|bias_[kv])$/;
const OWN =
  /^(kernel|bias|gamma|beta|moving_mean|moving_variance|embeddings|recurrent_kernel|alpha|depthwise_kernel|pointwise_kernel|mean|variance|scale|\d+)$/;
/** Names of parts of attention of Keras. */
const ATTENTION = /\/(query|key|value|attention_output|output|attentionOutput)(_dense)?$/;

/** Counters and constants that layers here do not have. */
const isCounter = (name: string) => /(^|[./])(num_batches_tracked|position_ids|count)$/.test(name);

interface Part {
  readonly path: string;
  readonly param: string;
  readonly layout: Layout;
}

/** Torch: `rnn.weight_ih_l1_reverse` is `weight_ih` of the layer `rnn.l1_reverse`. */
function recurrentPart(path: string, param: string): Part {
  const [, name, layer, reverse = ""] = /^((?:weight|bias)_(?:ih|hh|hr))_l(\d+)(_reverse)?$/.exec(param) ?? [];
  if (name === undefined) return { path, param, layout: "torch" };
  return { path: `${path}${path && "."}l${layer}${reverse}`, param: name, layout: "torch" };
}

/** Of Keras: without the parts that its files put between a layer and its weights. */
function ownPart(path: string, param: string): Part {
  const plain = path.replace(/(^|\/)vars$/, "").replace(/\/(cell|(lstm|gru|simple_rnn)_cell(_\d+)?|layer)$/, "");
  const attention = ATTENTION.exec(plain);
  if (!attention) return { path: plain, param, layout: "own" };
  const name = ["output", "attentionOutput"].includes(attention[1]) ? "attention_output" : attention[1];
  const names: Readonly<Record<string, string>> = { 0: "kernel", 1: "bias" };
  return { path: plain.slice(0, attention.index), param: `${name}/${names[param] ?? param}`, layout: "own" };
}

/** The module that a tensor belongs to, and its name there. */
export function partOf(name: string): Part {
  const end = Math.max(name.lastIndexOf("."), name.lastIndexOf("/"));
  const path = name.slice(0, Math.max(end, 0));
  const param = name.slice(end + 1);
  if (name[end] === "/" && OWN.test(param)) return ownPart(path, param);
  // The names of biases are the same in both.
  if (TORCH.test(param)) return recurrentPart(path, param);
  if (OWN.test(param) && !/^\d+$/.test(param)) return ownPart(path, param);
  return { path: name, param: "", layout: "single" };
}

/** All modules that have others within. */
function pathsAround(paths: Iterable<string>): Set<string> {
  const around = new Set<string>();
  for (const path of paths) {
    if (path !== "") around.add("");
    for (let at = path.length - 1; at > 0; at--)
      if (path[at] === "." || path[at] === "/") around.add(path.slice(0, at));
  }
  return around;
}

/** The class that Keras 3 names a layer by: the last of `layers/functional/layers/dense_1`. */
function classNameOf(path: string): string | undefined {
  const [, last] = /(?:^|\/)layers\/([^/]+).*$/s.exec(path.slice(Math.max(0, path.lastIndexOf("layers/") - 1))) ?? [];
  return last === undefined ? undefined : splitNumber(last)[0];
}

/** Groups tensors by the layers that they are of, in the order of the file. Says which are left out. */
export function modulesOf(tensors: readonly StoredTensor[], isOfClasses: boolean, places: readonly Place[]) {
  const groups = new Map<string, Group & { layout: Layout; readonly alias: string | undefined }>();
  const skipped: string[] = [];
  for (const tensor of tensors) {
    const { path, param, layout } = partOf(tensor.name);
    if (isCounter(tensor.name) || !isFloating(tensor.dtype)) {
      skipped.push(`${tensor.name}: ${tensor.dtype}, no weight of a layer`);
      continue;
    }
    if (countOf(tensor.shape) === 0) {
      skipped.push(`${tensor.name}: empty`);
      continue;
    }
    const group = groups.get(path) ?? { parts: new Map<string, StoredTensor>(), layout, alias: tensor.alias };
    groups.set(path, group);
    // A bias alone says nothing of the layout.
    if (group.layout !== layout && [...group.parts.keys()].every((name) => name === "bias")) group.layout = layout;
    group.parts.set(param, tensor);
  }
  const hasAttention = places.some(({ weights }) => weights.has("query/kernel"));
  const whole = hasAttention ? joinAttention(groups) : groups;
  const around = pathsAround(whole.keys());
  const modules = Array.from(whole, ([path, { parts, layout, alias, isJoined = false }], index): Module => {
    const isAround = layout === "single" || (!isJoined && around.has(path));
    return {
      path,
      alias,
      layout,
      params: parts,
      index,
      isAround,
      className: isOfClasses ? classNameOf(path) : undefined,
    };
  });
  return { modules, skipped };
}

/** `l1_reverse` is the second direction of the second layer of a recurrent module. */
function directionOf(part: string): number | undefined {
  const [, layer, reverse] = /^l(\d+)(_reverse)?$/.exec(part) ?? [];
  return layer === undefined ? undefined : 2 * Number(layer) + (reverse ? 1 : 0);
}

/** The order that two parts of paths say by their numbers: `conv1` before `conv2`, `dense` before `dense_1`, `9` before `10`. */
function orderOfParts(one: string, other: string): number | undefined {
  const [direction, otherDirection] = [directionOf(one), directionOf(other)];
  if (direction !== undefined && otherDirection !== undefined) return direction - otherDirection;
  if (one === "forward_layer" && other === "backward_layer") return -1;
  if (one === "backward_layer" && other === "forward_layer") return 1;
  const [stem, number] = splitNumber(one);
  const [otherStem, otherNumber] = splitNumber(other);
  return stem === otherStem ? number - otherNumber : undefined;
}

/** Which of two modules was made first; undefined when the file does not say. */
export function orderOf(order: "made" | "names" | "classes", a: Module, b: Module): number | undefined {
  if (a.isAround || b.isAround) return undefined;
  if (order === "made") return a.index - b.index;
  const [one, other] = [a.path, b.path].map((path) => path.split(order === "classes" ? "/" : /[./]/));
  const at = one.findIndex((part, i) => part !== other[i]);
  return at < 0 || other[at] === undefined ? undefined : orderOfParts(one[at], other[at]);
}
