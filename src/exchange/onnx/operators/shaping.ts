import { BATCH, type Dimension, isSame, productOf, showDimensions } from "../../../graph/dimension";
import type { Node } from "../../../graph/node";
import * as layers from "../../../layers/index";
import { type NewSize, newSizes } from "../../../nodes/axes";
import * as ops from "../../../nodes/index";
import { MOST_AXES } from "../../../nodes/operation";
import { orderOf, withoutBatch } from "../broadcast";
import type { Call, Operator } from "../call";
import { inOrder, nodeOfConstant, placesOf, plainly, settled, shaped, stridesOf, upTo, reordered } from "../layout";
import { Refusal } from "../refusal";
import { newSizesOf } from "../reshaping";
import { Constant, Held } from "../values";
import { isWeight } from "./elementwise";

/** Axes that count from the end below 0. */
export const axisIn = (axis: number, rank: number): number => {
  const at = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(at) && at >= 0 && at < rank) return at;
  throw new Refusal(`has axis ${axis}, where there are ${rank}`);
};

/** Operators behind which the order of a flattened image may stay as it is, since they work number by number. */
const NUMBER_BY_NUMBER = new Set([
  ...["Relu", "LeakyRelu", "Elu", "Selu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Gelu", "Softplus"],
  ...["Softsign", "Mish", "Swish", "Identity", "Dropout", "Cast", "Clip"],
]);

/** Whether all that take a tensor are fully connected layers with constant weights, perhaps behind activations. */
function meetsDense(call: Call, tensor: string, depth = 0): boolean {
  const users = call.importing.usersOf(tensor);
  return (
    users.length > 0 &&
    depth < 8 &&
    users.every((user) => {
      if (user === "" || user.domain !== "") return false;
      if (NUMBER_BY_NUMBER.has(user.type))
        return user.inputs[0] === tensor && meetsDense(call, user.outputs[0], depth + 1);
      if (user.type !== "Gemm" && user.type !== "MatMul") return false;
      const [a, b] = user.inputs;
      const kernel = call.importing.valueOf(b);
      const isPlain = user.type === "MatMul" || !user.attributes.get("transA")?.integer;
      return a === tensor && isPlain && kernel instanceof Constant && kernel.shape.length === 2;
    })
  );
}

/** Where the numbers of a sample stand in the file's order, in the order of the node. */
function placesIn(held: Held): Int32Array | undefined {
  const sizes = held.sizes;
  if (held.isSample || held.axes[0] !== 0 || !held.node.isBatched || held.node.isOpen) return undefined;
  const own = sizes.slice(1) as number[];
  const strides = stridesOf(own);
  const order = orderOf(held)
    .slice(1)
    .map((axis) => axis - 1);
  return placesOf(
    order.map((axis) => own[axis]),
    order.map((axis) => strides[axis]),
  );
}

/** In another shape. Behind an image that is channels-last, the next weights are put in its order where that can be. */
export function reshaped(call: Call, given: Held, sizes: readonly Dimension[]): Held {
  const held = settled(given);
  const longer = orderOf(held).filter((axis) => !isSame(held.sizes[axis], 1));
  const isInOrder = longer.every((axis, i) => i === 0 || axis > longer[i - 1]);
  const isFlat = sizes.length === 2 && isSame(sizes[0], BATCH);
  if (!isInOrder && isFlat && meetsDense(call, call.proto.outputs[0])) {
    const places = placesIn(held);
    if (places) {
      const node = call.layer({ kind: "flatten", make: (name) => layers.flatten(name) }, held.node);
      return new Held(node, [0, 1], held.meaning, places);
    }
  }
  if (!isInOrder) call.convert(`${call.title}: axes are brought into the file's order before it.`);
  const node = inOrder(held);
  const wanted = held.isSample ? [BATCH, ...sizes] : sizes;
  if (isFlat && !held.isSample && node.isBatched && node.dimensions.length > 2 && !node.isWhole) {
    const flat = call.layer({ kind: "flatten", make: (name) => layers.flatten(name) }, node);
    return plainly(flat, false, held.meaning);
  }
  return plainly(shaped(node, wanted), held.isSample, held.meaning);
}

const reshape: Operator = (call) => {
  const target = call.sizes(1, "shape");
  if (!target) throw new Refusal("has no shape");
  const held = call.held(0);
  const { batch } = call.importing;
  if (target.includes(0) && call.integer("allowzero", 0)) throw new Refusal("makes a tensor of no numbers");
  const sizes = newSizesOf(held.sizes, target, { batch: held.isSample ? undefined : batch });
  const isSameShape = sizes.length === held.rank && sizes.every((size, axis) => isSame(size, held.sizes[axis]));
  return isSameShape ? held : reshaped(call, held, sizes);
};

const flatten: Operator = (call) => {
  const held = call.held(0);
  const given = call.integer("axis", 1);
  const axis = given < 0 ? given + held.rank : given;
  const sizes = held.sizes;
  return reshaped(call, held, [productOf(sizes.slice(0, axis)), productOf(sizes.slice(axis))]);
};

const transpose: Operator = (call) => {
  const held = settled(call.held(0));
  const order = call.integers(-1, "perm") ?? upTo(held.rank).reverse();
  if (order.length !== held.rank) throw new Refusal(`orders ${order.length} axes of ${held.rank}`);
  return new Held(
    held.node,
    order.map((axis) => held.axes[axisIn(axis, held.rank)]),
    held.meaning,
  );
};

const squeeze: Operator = (call) => {
  const held = settled(call.held(0));
  const given = call.integers(1, "axes");
  const axes = given?.map((axis) => axisIn(axis, held.rank));
  const gone = axes ?? upTo(held.rank).filter((axis) => isSame(held.sizes[axis], 1));
  return withoutAxes(held, gone);
};

/** Without axes that are 1 long. */
export function withoutAxes(held: Held, gone: readonly number[]): Held {
  const sizes = held.sizes;
  const long = gone.find((axis) => !isSame(sizes[axis], 1));
  if (long !== undefined) throw new Refusal(`drops axis ${long} of ${showDimensions(sizes)}, which is not 1 long`);
  const goneOfNode = gone.map((axis) => held.axes[axis]);
  const node = shaped(
    held.node,
    held.node.dimensions.filter((_, axis) => !goneOfNode.includes(axis)),
  );
  const kept = held.axes.filter((_, axis) => !gone.includes(axis));
  return new Held(
    node,
    kept.map((axis) => axis - goneOfNode.filter((other) => other < axis).length),
    held.meaning,
  );
}

const unsqueeze: Operator = (call) => {
  const held = settled(call.held(0));
  const given = call.integers(1, "axes") ?? [];
  const rank = held.rank + given.length;
  if (rank > MOST_AXES) throw new Refusal(`makes ${rank} axes; ${MOST_AXES} are possible`);
  return withAxes(
    held,
    given.map((axis) => axisIn(axis, rank)).sort((a, b) => a - b),
  );
};

/** With axes of length 1, counted in the result, in rising order. */
export function withAxes(given: Held, added: readonly number[]): Held {
  let held = given;
  for (const axis of added) {
    const { node, axes, isSample } = held;
    // Beside the axis that it is in front of; the batch stays the first.
    const beside = axes[axis] ?? node.dimensions.length;
    const at = Math.max(beside, node.isBatched || isSample ? 1 : 0);
    const dimensions = [...node.dimensions.slice(0, at), 1, ...node.dimensions.slice(at)];
    const moved = axes.map((own) => (own >= at ? own + 1 : own));
    held = new Held(shaped(node, dimensions), [...moved.slice(0, axis), at, ...moved.slice(axis)], held.meaning);
  }
  return held;
}

/** The sizes of tensors that are repeated along each other. */
export function broadcastSizes(a: readonly Dimension[], b: readonly Dimension[]): Dimension[] {
  const rank = Math.max(a.length, b.length);
  return upTo(rank).map((axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (isSame(x, 1)) return y;
    if (isSame(y, 1) || isSame(x, y)) return x;
    throw new Refusal(`repeats ${showDimensions(a)} to ${showDimensions(b)}`);
  });
}

/** Sizes in which the number that stands for the batch is the batch, where the value has it. */
function withBatch(target: readonly Dimension[], held: Held, batch: number | undefined): Dimension[] {
  const axis = held.batchAxis;
  const place = axis < 0 ? -1 : target.length - held.rank + axis;
  return target.map((size, i) => (i === place && batch !== undefined && size === batch ? BATCH : size));
}

const expand: Operator = (call) => {
  const target = call.sizes(1, "shape") ?? [];
  const held = call.held(0);
  const sizes = broadcastSizes(held.sizes, withBatch(target, held, call.importing.batch));
  if (sizes.length === held.rank && sizes.every((size, axis) => isSame(size, held.sizes[axis]))) return held;
  const node = inOrder(held);
  if (!held.isSample) return plainly(ops.broadcastTo(node, newSizes(sizes)), false, held.meaning);
  const missing = new Array(sizes.length - held.rank).fill(1);
  const ofRank = shaped(node, [BATCH, ...missing, ...node.dimensions.slice(1)]);
  return plainly(ops.broadcastTo(ofRank, newSizes([BATCH, ...sizes])), true, held.meaning);
};

/** How often a tensor is repeated at most: each time is a node. */
const MOST_REPEATS = 4096;

const tile: Operator = (call) => {
  const held = settled(call.held(0));
  const repeats = call.integers(1, "repeats") ?? [];
  if (repeats.every((times) => times === 1)) return held;
  const most = Math.max(...repeats);
  if (repeats.length !== held.rank || most > MOST_REPEATS)
    throw new Refusal(`repeats ${held.rank} axes [${repeats}] times`);
  const order = orderOf(held).map((axis) => repeats[axis]);
  return held.with(ops.tile(held.node, held.isSample ? [1, ...order] : order));
};

/** A weight that all samples have, such as the class token of a ViT; undefined for what is not learnt. */
function repeatedWeight(call: Call, own: Constant, wanted: readonly NewSize[], like: Node): Node | undefined {
  if (!isWeight(own) || !like.isBatched) return undefined;
  const make = (name: { name?: string }) =>
    layers.custom({
      ...name,
      weights: { weight: { shape: own.shape, initializer: "zeros" } },
      call: (_, { weight }) => ops.broadcastTo(weight, wanted),
    });
  return call.layer({ kind: "token", options: [own.shape, wanted], make, weights: { weight: own } }, like);
}

const concat: Operator = (call) => {
  const values = call.values.map((_, i) => call.need(i));
  const helds = values.filter((value) => value instanceof Held).map(settled);
  const [first] = helds;
  const axis = axisIn(call.integer("axis", 1), first.rank);
  if (values.length === 1) return first;
  const order = orderOf(first);
  const others = first.sizes;
  const nodes = values.map((given): Node => {
    const value =
      given instanceof Held
        ? given
        : withoutBatch(given, first.batchAxis === axis ? -1 : first.batchAxis, call.importing.batch);
    if (value instanceof Held) {
      const axes = order.map((own) => value.axes[own]);
      const node = settled(value).node;
      const full = value.isSample ? [0, ...axes] : axes;
      return full.every((own, i) => own === i) ? node : ops.transpose(node, full);
    }
    // What is the same for all samples is repeated for each.
    const sizes = others.map((size, i) => (i === axis ? value.sizes[i] : size));
    const own = reordered(
      value.with(value.shape, () => value.numbers),
      order,
    );
    const wanted = newSizes([...(first.isSample ? [BATCH] : []), ...order.map((one) => sizes[one])]);
    return repeatedWeight(call, own, wanted, first.node) ?? ops.broadcastTo(nodeOfConstant(own), wanted);
  });
  if (nodes.every((node) => node.isBatched) && first.axes[axis] > 0) {
    const make = (name: { name?: string }) => layers.concatenate({ ...name, axis: first.axes[axis] });
    return first.with(call.layer({ kind: "concatenate", make }, nodes));
  }
  return first.with(ops.concatenate(nodes, { axis: first.axes[axis] }));
};

export const shapingOperators: Readonly<Record<string, Operator>> = {
  Concat: concat,
  Expand: expand,
  Flatten: flatten,
  Identity: (call) => call.need(0),
  Reshape: reshape,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
