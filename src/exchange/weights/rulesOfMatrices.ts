import type { Shape } from "../../tensor/shape";
import { channelsLast, permuted, transposed } from "./arrange";
import type { Draft, FitContext } from "./draft";
import type { StoredTensor } from "./file";

export const isSame = (a: Shape, b: Shape) => a.length === b.length && a.every((size, i) => size === b[i]);

/** Whether features are those of an image, in another order here. */
export function reordered(image: Shape | undefined, { permutesFeatures }: FitContext): Shape | undefined {
  if (!permutesFeatures || !image || image.length < 2) return undefined;
  const places = image.slice(0, -1).reduce((product, size) => product * size, 1);
  return places === 1 || image[image.length - 1] === 1 ? undefined : image;
}

/** Which way round a matrix of a module fits [inputs, outputs]. */
export function orientationFor(
  draft: Draft,
  tensor: StoredTensor,
  [inputs, outputs]: Shape,
): "torch" | "own" | undefined {
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
export function feature(draft: Draft, weightName: string, paramName: string, image: Shape | undefined): undefined {
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

export function dense(draft: Draft): undefined {
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
export function convolution(draft: Draft): undefined {
  const pair = draft.both("kernel", "weight");
  draft.same("bias", "bias");
  if (!pair) return;
  return putChannelsLast(draft, pair);
}

/** The first two axes put behind the others, the other way round. */
function putChannelsLast(draft: Draft, { weight, tensor }: NonNullable<ReturnType<Draft["both"]>>): undefined {
  const order = [...tensor.shape.map((_, i) => i).slice(2), 1, 0];
  const shape = order.map((axis) => tensor.shape[axis]);
  if (!isSame(shape, weight.spec.shape)) return draft.misfit(weight, tensor);
  draft.put(
    weight,
    [tensor],
    () => permuted(tensor.read(), tensor.shape, order),
    "its axes put from channels first to channels last",
  );
}

/** [channels · multiplier, 1, …places] as […places, channels, multiplier] */
export function depthwise(draft: Draft, paramName = "weight", weightName = "kernel"): undefined {
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
export function separable(draft: Draft): undefined {
  depthwise(draft, "depthwise_kernel", "depthwise_kernel");
  const pair = draft.both("pointwise_kernel", "pointwise_kernel");
  if (!pair) return;
  return putChannelsLast(draft, pair);
}
