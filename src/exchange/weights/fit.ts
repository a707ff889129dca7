import { Draft, type FitContext } from "./draft";
import type { Module } from "./modules";
import type { Place } from "./places";
import { attention } from "./rulesOfAttention";
import { convolution, dense, depthwise, isSame, separable } from "./rulesOfMatrices";
import { batchNormalization, normalization, prelu } from "./rulesOfNormalization";
import { recurrent } from "./rulesOfRecurrence";

const embedding = (draft: Draft) => draft.same("embeddings", "weight");

const rules: Readonly<Record<string, (draft: Draft) => undefined>> = {
  dense,
  embedding,
  reversibleEmbedding: embedding,
  positionEmbedding: embedding,
  conv1d: convolution,
  conv2d: convolution,
  conv1dTranspose: convolution,
  conv2dTranspose: convolution,
  depthwiseConv2d: (draft) => depthwise(draft),
  separableConv2d: separable,
  batchNormalization,
  layerNormalization: normalization,
  groupNormalization: normalization,
  rmsNormalization: normalization,
  prelu,
  lstm: recurrent,
  gru: recurrent,
  simpleRNN: recurrent,
  multiHeadAttention: attention,
  groupQueryAttention: attention,
};

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The names that a weight has elsewhere, where numbers stand as here. */
function ownNames(name: string): string[] {
  const names = [name, snake(name)];
  if (name === "kernel") names.push("depthwise_kernel");
  if (name === "gamma") names.push("scale");
  return names;
}

/** Weights that stand in the file as they do here: by name, or in the order of here where they have numbers. */
function asTheyAre(draft: Draft): undefined {
  const { params } = draft.module;
  const areNumbered = [...params.keys()].every((name) => /^\d+$/.test(name));
  let i = 0;
  for (const [name, weight] of draft.place.weights) {
    const found = areNumbered ? `${i++}` : ownNames(name).find((other) => params.has(other));
    const tensor = found === undefined ? undefined : draft.param(found);
    if (!tensor) return draft.fail(`${name} has no counterpart`);
    if (!isSame(tensor.shape, weight.spec.shape)) return draft.misfit(weight, tensor);
    draft.put(weight, [tensor], tensor.read);
  }
}

/** A tensor by itself, for a layer that has one weight. */
function single(draft: Draft): undefined {
  const [name] = draft.place.weights.keys();
  if (draft.place.weights.size !== 1 || ["dense", "conv1d", "conv2d"].includes(draft.place.kind))
    return draft.fail("is a tensor by itself");
  draft.same(name, "");
}

/** Classes of Keras whose layers are made of those of other classes. */
const AROUND = ["bidirectional", "time_distributed"];

/** Makes the weights of a layer of a module, or says why not. Reads no numbers. */
export function fitModule(place: Place, module: Module, context: FitContext, isPartial = false): Draft {
  const draft = new Draft(place, module, context, isPartial);
  const { className, layout } = module;
  if (className !== undefined && className !== classNameFor(place.kind) && !AROUND.includes(className)) {
    draft.fail(`is of the class ${className}`);
    return draft;
  }
  if (layout === "single") single(draft);
  else if (layout === "own") asTheyAre(draft);
  else if (rules[place.kind]) rules[place.kind](draft);
  else asTheyAre(draft);
  return draft.finish();
}

/** The class of Keras that a kind of layer is, as its files name it. */
function classNameFor(kind: string): string {
  if (kind === "simpleRNN") return "simple_rnn";
  if (kind === "prelu") return "p_re_lu";
  return kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/_(\d)d/, "$1d");
}
