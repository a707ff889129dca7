import type { Shape } from "../../tensor/shape";
import { blocks, channelsLast, permuted, summed, transposed } from "./arrange";
import { Draft, type FitContext } from "./draft";
import type { StoredTensor } from "./file";
import type { Module } from "./modules";
import type { Place } from "./places";

const isSame = (a: Shape, b: Shape) => a.length === b.length && a.every((size, i) => size === b[i]);

/** Whether features are those of an image, in another order here. */
function reordered(image: Shape | undefined, { permutesFeatures }: FitContext): Shape | undefined {
  if (!permutesFeatures || !image || image.length < 2) return undefined;
  const places = image.slice(0, -1).reduce((product, size) => product * size, 1);
  return places === 1 || image[image.length - 1] === 1 ? undefined : image;
}

/** Which way round a matrix of a module fits [inputs, outputs]. */
function orientationFor(draft: Draft, tensor: StoredTensor, [inputs, outputs]: Shape): "torch" | "own" | undefined {
  const [rows, columns] = tensor.shape;
  const fits = { torch: rows === outputs && columns === inputs, own: rows === inputs && columns === outputs };
  const meant = draft.context.orientationOf(tensor);
  if (meant !== "unclear") return fits[meant] ? meant : undefined;
  if (fits.torch && fits.own) draft.unclear = tensor;
  return fits.torch ? "torch" : fits.own ? "own" : undefined;
}

/** A matrix as [inputs, outputs], in the order of features of here. */
function arrangeMatrix(draft: Draft, tensor: StoredTensor, way: "torch" | "own", shape: Shape) {
  const { place, context } = draft;
  const [before, behind] = [reordered(place.flattened, context), reordered(place.unfolded, context)];
  const notes = [way === "torch" ? "transposed" : ""];
  if (before)
    notes.push(`its inputs put from channels first to channels last, as ${before.join(" × ")} is flattened here`);
  if (behind)
    notes.push(`its outputs put from channels first to channels last, as they become ${behind.join(" × ")} here`);
  const make = () => {
    let data = tensor.read();
    if (way === "torch") data = transposed(data, [shape[1], shape[0]]);
    if (before) data = channelsLast(data, shape, before, 0);
    return behind ? channelsLast(data, shape, behind, 1) : data;
  };
  return { make, how: notes.filter(Boolean).join(", ") };
}

/** A vector of features. */
function feature(draft: Draft, weightName: string, paramName: string, image: Shape | undefined): undefined {
  const order = reordered(image, draft.context);
  if (!order) return draft.same(weightName, paramName);
  const pair = draft.both(weightName, paramName);
  if (!pair) return;
  const { weight, tensor } = pair;
  if (!isSame(weight.spec.shape, tensor.shape)) return draft.misfit(weight, tensor);
  const size = tensor.shape[0];
  draft.put(
    weight,
    [tensor],
    () => channelsLast(tensor.read(), [1, size], order, 1),
    "put from channels first to channels last",
  );
}

function dense(draft: Draft): undefined {
  const pair = draft.both("kernel", "weight");
  feature(draft, "bias", "bias", draft.place.unfolded);
  if (!pair) return;
  const { weight, tensor } = pair;
  const { shape } = weight.spec;
  const way = tensor.shape.length === 2 ? orientationFor(draft, tensor, shape) : undefined;
  if (!way) return draft.misfit(weight, tensor);
  if (draft.place.isOrderUnclear) {
    draft.warnings.push(
      `${draft.place.path}: its inputs may be features of an image, which PyTorch has in another order: what stands before it is not looked through. They were left as they are. Where that is wrong, put layers.flatten() right before the layer.`,
    );
  }
  const { make, how } = arrangeMatrix(draft, tensor, way, shape);
  draft.put(weight, [tensor], make, how);
}

/** [outputs, inputs, …places] as […places, inputs, outputs]; of transposed convolutions inputs and outputs the other way round. */
function convolution(draft: Draft): undefined {
  const pair = draft.both("kernel", "weight");
  draft.same("bias", "bias");
  if (!pair) return;
  const { weight, tensor } = pair;
  const axes = tensor.shape.map((_, i) => i);
  const order = [...axes.slice(2), 1, 0];
  if (
    !isSame(
      order.map((axis) => tensor.shape[axis]),
      weight.spec.shape,
    )
  )
    return draft.misfit(weight, tensor);
  draft.put(
    weight,
    [tensor],
    () => permuted(tensor.read(), tensor.shape, order),
    "its axes put from channels first to channels last",
  );
}

/** [channels · multiplier, 1, …places] as […places, channels, multiplier] */
function depthwise(draft: Draft, paramName = "weight", weightName = "kernel"): undefined {
  const pair = draft.both(weightName, paramName);
  draft.same("bias", "bias");
  if (!pair) return;
  const { weight, tensor } = pair;
  const { shape } = weight.spec;
  const [channels, multiplier] = shape.slice(-2);
  const places = shape.slice(0, -2);
  if (!isSame(tensor.shape, [channels * multiplier, 1, ...places])) return draft.misfit(weight, tensor);
  const from = [channels, multiplier, ...places];
  const order = [...places.map((_, i) => i + 2), 0, 1];
  draft.put(
    weight,
    [tensor],
    () => permuted(tensor.read(), from, order),
    "its axes put from channels first to channels last",
  );
}

/** Two convolutions of PyTorch, told by `names`. */
function separable(draft: Draft): undefined {
  depthwise(draft, "depthwise_kernel", "depthwise_kernel");
  const pair = draft.both("pointwise_kernel", "pointwise_kernel");
  if (!pair) return;
  const { weight, tensor } = pair;
  const order = [...tensor.shape.map((_, i) => i).slice(2), 1, 0];
  if (
    !isSame(
      order.map((axis) => tensor.shape[axis]),
      weight.spec.shape,
    )
  )
    return draft.misfit(weight, tensor);
  draft.put(
    weight,
    [tensor],
    () => permuted(tensor.read(), tensor.shape, order),
    "its axes put from channels first to channels last",
  );
}

/** What PyTorch begins with, where here another number stands: a file of weights has neither. */
function compareOption(draft: Draft, name: string, own: number, torch: number): undefined {
  const value = draft.place.options[name] ?? own;
  if (value === torch) return;
  draft.warnings.push(
    `${draft.place.path}: ${name} is ${String(value)}, PyTorch's default is ${torch}; the file does not say which its layer had.`,
  );
}

function batchNormalization(draft: Draft): undefined {
  const { flattened, unfolded } = draft.place;
  const image = flattened ?? unfolded;
  feature(draft, "gamma", "weight", image);
  feature(draft, "beta", "bias", image);
  feature(draft, "moving_mean", "running_mean", image);
  feature(draft, "moving_variance", "running_var", image);
  compareOption(draft, "epsilon", 1e-3, 1e-5);
  compareOption(draft, "momentum", 0.99, 0.9);
}

function normalization(draft: Draft): undefined {
  const { flattened, unfolded } = draft.place;
  feature(draft, "gamma", "weight", flattened ?? unfolded);
  feature(draft, "beta", "bias", flattened ?? unfolded);
  if (draft.place.kind !== "rmsNormalization") compareOption(draft, "epsilon", 1e-3, 1e-5);
}

/** One slope, or one for each channel. */
function prelu(draft: Draft): undefined {
  const pair = draft.both("alpha", "weight");
  if (!pair) return;
  const { weight, tensor } = pair;
  if (tensor.shape.length === 1 && tensor.shape[0] === 1 && weight.size > 1) {
    draft.put(weight, [tensor], () => new Float32Array(weight.size).fill(tensor.read()[0]), "its one slope repeated");
    draft.warnings.push(
      `${draft.place.path}: had one slope for all channels; here each has its own, which training will change.`,
    );
    return;
  }
  const order = reordered(draft.place.flattened, draft.context);
  if (order) feature(draft, "alpha", "weight", draft.place.flattened);
  else draft.same("alpha", "weight");
}

/** Places of the gates of here among those of PyTorch: of gru update, reset, new of reset, update, new. */
const GATES: Readonly<Record<string, readonly number[]>> = { lstm: [0, 1, 2, 3], gru: [1, 0, 2], simpleRNN: [0] };

function recurrent(draft: Draft): undefined {
  const { kind, options } = draft.place;
  const gates = GATES[kind];
  if (draft.module.params.has("weight_hr"))
    draft.fail("has a projection of its state (proj_size), which layers here do not have");
  if (kind === "gru" && options.resetAfter === false)
    draft.fail("PyTorch resets behind the product: resetAfter must be true");
  const order = kind === "gru" ? ", its gates in the order of here" : "";
  for (const [weightName, paramName] of [
    ["kernel", "weight_ih"],
    ["recurrent_kernel", "weight_hh"],
  ]) {
    const pair = draft.both(weightName, paramName);
    if (!pair) continue;
    const { weight, tensor } = pair;
    const { shape } = weight.spec;
    if (!isSame(tensor.shape, [shape[1], shape[0]])) {
      draft.misfit(weight, tensor);
      continue;
    }
    draft.put(weight, [tensor], () => transposed(blocks(tensor.read(), gates), tensor.shape), `transposed${order}`);
  }
  recurrentBias(draft, gates, order);
}

function recurrentBias(draft: Draft, gates: readonly number[], order: string): undefined {
  const weight = draft.weight("bias");
  const [input, hidden] = [draft.param("bias_ih"), draft.param("bias_hh")];
  if (!weight && !input && !hidden) return;
  if (!weight || !input || !hidden) return draft.fail("only one of both has biases");
  const columns = weight.spec.shape.at(-1)!;
  if (!isSame(input.shape, [columns]) || !isSame(hidden.shape, [columns])) return draft.misfit(weight, input);
  const isApart = weight.spec.shape.length === 2;
  const make = () => {
    const [a, b] = [input, hidden].map((tensor) => blocks(tensor.read(), gates));
    return isApart ? Float32Array.of(...a, ...b) : summed(a, b);
  };
  draft.put(weight, [input, hidden], make, isApart ? `side by side${order}` : "added");
}

/** A projection of attention: [heads · size, features] as [features, heads, size]. */
function projection(
  draft: Draft,
  name: string,
  weightTensor: StoredTensor,
  bias: StoredTensor | undefined,
  part?: readonly [number, number],
): undefined {
  const kernel = draft.weight(`${name}/kernel`);
  const vector = draft.weight(`${name}/bias`);
  if (!kernel) return draft.fail(`the layer has no ${name}`);
  const { shape } = kernel.spec;
  const isOut = name === "attentionOutput";
  const rank = isOut ? shape.length - 1 : 1;
  const product = (sizes: Shape) => sizes.reduce((all, size) => all * size, 1);
  const [inputs, outputs] = isOut ? [product(shape.slice(0, -1)), shape[rank]] : [shape[0], product(shape.slice(1))];
  const [rows, columns] = weightTensor.shape;
  const [start, total] = part ?? [0, 1];
  const way = orientationFor(draft, weightTensor, [inputs, outputs * total]);
  if (weightTensor.shape.length !== 2 || !way) return draft.misfit(kernel, weightTensor);
  const make = () => {
    const matrix = way === "torch" ? transposed(weightTensor.read(), [rows, columns]) : weightTensor.read();
    return part ? columnsOf(matrix, inputs, outputs * total, start * outputs, outputs) : matrix;
  };
  draft.put(
    kernel,
    [weightTensor],
    make,
    `${part ? "its part of the joint projection, " : ""}${way === "torch" ? "transposed, " : ""}split into heads`,
  );
  if (!vector !== !bias) return draft.fail(`only one of both has a bias of ${name}`);
  if (!vector || !bias) return;
  if (product(bias.shape) !== vector.size * total) return draft.misfit(vector, bias);
  draft.put(
    vector,
    [bias],
    () => bias.read().slice(start * vector.size, (start + 1) * vector.size),
    part ? "its part of the joint projection" : "",
  );
}

/** Some columns of a matrix. */
function columnsOf(data: Float32Array, rows: number, columns: number, start: number, count: number): Float32Array {
  const result = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    result.set(data.subarray(row * columns + start, row * columns + start + count), row * count);
  }
  return result;
}

const PARTS = ["query", "key", "value"] as const;

/** PyTorch keeps the biases of queries, keys and values together where the matrices are apart. */
function thirdOf(bias: StoredTensor, part: number): StoredTensor {
  const size = bias.shape[0] / PARTS.length;
  return { ...bias, shape: [size], read: () => bias.read().slice(part * size, (part + 1) * size) };
}

function attention(draft: Draft): undefined {
  if (draft.module.params.has("bias_k") || draft.module.params.has("bias_v"))
    draft.fail("adds biases to keys and values (add_bias_kv)");
  const joint = draft.param("in_proj_weight");
  const bias = draft.param("in_proj_bias");
  const out = draft.param("out_weight");
  for (const [i, name] of PARTS.entries()) {
    const own = joint ?? draft.param(`${name[0]}_proj_weight`) ?? draft.param(`${name}/weight`);
    const ownBias = draft.param(`${name}/bias`);
    if (!own) draft.fail(`has no ${name}`);
    else if (joint) projection(draft, name, joint, bias, [i, PARTS.length]);
    else projection(draft, name, own, bias ? thirdOf(bias, i) : ownBias);
  }
  if (!out) return draft.fail("has no projection of the output");
  return projection(draft, "attentionOutput", out, draft.param("out_bias"));
}

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
