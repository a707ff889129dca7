import { BATCH, type Dimension, isSame, showDimensions } from "../../../graph/dimension";
import { plus } from "../../../graph/sizeArithmetic";
import * as layers from "../../../layers/index";
import { strided } from "../../../nodes/axes";
import { describeSize } from "../../../graph/dimension";
import type { Node } from "../../../graph/node";
import * as ops from "../../../nodes/index";
import { Tensor } from "../../../tensor/tensor";
import type { Call, Operator } from "../call";
import { inOrder, nodeOfConstant, plainly, settled, shaped, toNode, upTo } from "../layout";
import { Refusal } from "../refusal";
import { Constant, Held } from "../values";
import { axisIn, withoutAxes } from "./shaping";

/** A part of an axis of the file's tensor. */
interface Part {
  readonly axis: number;
  readonly start: Dimension;
  readonly size: Dimension;
  readonly step: number;
}

/** Parts of some axes, the others whole. */
export function partsOf(given: Held, parts: readonly Part[]): Held {
  const held = settled(given);
  const taken = parts.filter(
    ({ axis, start, size, step }) => start !== 0 || step !== 1 || !isSame(size, held.sizes[axis]),
  );
  if (taken.length === 0) return held;
  const slices = held.node.dimensions.map((_, axis) => {
    const part = taken.find((one) => held.axes[one.axis] === axis);
    return part ? { start: describeSize(part.start), size: describeSize(part.size), step: part.step } : null;
  });
  return held.with(strided(held.node, slices as never));
}

/** A place along an axis, from 0 to its size, as Python counts. */
function placeIn(place: Dimension, size: Dimension, [low, high]: readonly [number, Dimension]): Dimension {
  if (typeof place === "number" && typeof size === "number") {
    const from = place < 0 ? place + size : place;
    return Math.max(low, Math.min(from, high as number));
  }
  if (typeof place !== "number") {
    if (isSame(place, size)) return high;
    throw new Refusal("ends at a place that depends on the batch");
  }
  // Beyond any size.
  if (place >= 2 ** 30) return high;
  if (place <= -(2 ** 30)) return low;
  const from = place < 0 ? plus(size, place) : place;
  if (from === undefined) throw new Refusal("takes a part of the batch");
  return from;
}

/** The part of an axis that a slice takes. */
export function sliceOf(size: Dimension, start: Dimension, end: Dimension, step: number): Omit<Part, "axis"> {
  const last = typeof size === "number" ? size - 1 : size;
  const [from, to] =
    step > 0
      ? [placeIn(start, size, [0, size]), placeIn(end, size, [0, size])]
      : [placeIn(start, size, [0, last]), placeIn(end, size, [-1, last])];
  if (typeof from === "number" && typeof to === "number") {
    return { start: from, size: Math.max(0, Math.ceil((to - from) / step)), step };
  }
  const count = from === 0 ? to : typeof from === "number" ? plus(to, -from) : undefined;
  if (step !== 1 || count === undefined) throw new Refusal("takes steps of an axis whose size is open");
  return { start: from, size: count, step };
}

const slice: Operator = (call) => {
  const held = call.held(0);
  const starts = call.sizes(1, "starts") ?? [];
  const ends = call.sizes(2, "ends") ?? [];
  const axes = call.integers(3, "axes") ?? upTo(starts.length);
  const steps = call.integers(4, "steps") ?? starts.map(() => 1);
  const parts = starts.map((start, i) => {
    const axis = axisIn(axes[i], held.rank);
    const part = { axis, ...sliceOf(held.sizes[axis], start, ends[i], steps[i]) };
    if (part.size === 0) throw new Refusal("takes nothing");
    return part;
  });
  return partsOf(held, parts);
};

const split: Operator = (call) => {
  const held = call.held(0);
  const axis = axisIn(call.integer("axis", 0), held.rank);
  const size = held.sizes[axis];
  const count = call.proto.outputs.length;
  const given = call.integers(1, "split");
  if (typeof size !== "number") throw new Refusal(`splits an axis of ${showDimensions([size])} places`);
  const each = Math.ceil(size / count);
  const sizes = given ?? upTo(count).map((i) => Math.min(each, size - i * each));
  if (sizes.some((one) => one <= 0)) throw new Refusal("makes a part of nothing");
  let start = 0;
  return sizes.map((one) => {
    const part = partsOf(held, [{ axis, start, size: one, step: 1 }]);
    start += one;
    return part;
  });
};

/** Places that count from the end below 0, as they count from 0. */
function fromFront(places: ArrayLike<number>, size: Dimension): number[] {
  return Array.from(places, (place) => {
    if (place >= 0) return place;
    if (typeof size !== "number") throw new Refusal("takes places from the end of an axis whose size is open");
    return place + size;
  });
}

const isRun = (places: readonly number[]) => places.length > 0 && places.every((place, i) => place === places[0] + i);

/** Entries of a computed tensor at known places. */
function gatherKnown(held: Held, axis: number, indices: Constant): Held {
  const { plain } = indices;
  const size = held.sizes[axis];
  if (!plain || indices.isOpen) throw new Refusal("takes places that depend on the batch");
  if (plain.length === 0) throw new Refusal("takes nothing");
  const places = fromFront(plain, size);
  if (typeof size === "number" && places.some((place) => place < 0 || place >= size)) {
    throw new Refusal(`takes a place beyond the ${size} of axis ${axis}`);
  }
  if (indices.shape.length === 0) {
    // The last step of a sequence of any length stays the last.
    const start = plain[0] < 0 ? (plus(size, plain[0]) ?? places[0]) : places[0];
    return withoutAxes(partsOf(held, [{ axis, start, size: 1, step: 1 }]), [axis]);
  }
  if (indices.shape.length === 1 && isRun(places)) {
    return partsOf(held, [{ axis, start: places[0], size: places.length, step: 1 }]);
  }
  const ids = new Tensor(Int32Array.from(places), indices.shape);
  const settledHeld = settled(held);
  if (indices.shape.length === 1) {
    return settledHeld.with(ops.take(settledHeld.node, ids, { axis: settledHeld.axes[axis] }));
  }
  const offset = held.isSample ? 1 : 0;
  return plainly(ops.take(inOrder(held), ids, { axis: axis + offset }), held.isSample, held.meaning);
}

/** Rows of a table that is learnt, by computed ids. */
function embed(call: Call, table: Constant, ids: Held): Held {
  const [inputDim, outputDim] = table.shape;
  const places = inOrder(ids);
  if (!places.isBatched || !table.about.origin) {
    return plainly(ops.take(nodeOfConstant(table), places, { axis: 0 }), ids.isSample, table.meaning);
  }
  const options = { inputDim, outputDim };
  const make = (name: { name?: string }) => layers.embedding({ ...name, ...options });
  return plainly(
    call.layer({ kind: "embedding", options, make, weights: { embeddings: table } }, places),
    ids.isSample,
  );
}

const gather: Operator = (call) => {
  const [data, indices] = [call.need(0), call.need(1)];
  const rank = data instanceof Held ? data.rank : data.shape.length;
  const axis = axisIn(call.integer("axis", 0), rank);
  if (data instanceof Held) {
    if (indices instanceof Constant) return gatherKnown(data, axis, indices);
    throw new Refusal("takes computed places of what is computed, for all samples at once");
  }
  const ids = settled(indices as Held);
  if (data.shape.length === 2 && axis === 0 && data.meaning === "float") return embed(call, data, ids);
  const offset = ids.isSample ? 1 : 0;
  const node = ops.take(nodeOfConstant(data), inOrder(ids), { axis });
  if (axis !== 0 && offset) throw new Refusal("takes places along an axis that is not the first");
  return plainly(node, ids.isSample, data.meaning);
};

const gatherElements: Operator = (call) => {
  const [data, indices] = [call.need(0), call.need(1)];
  const held = data instanceof Held ? data : (indices as Held);
  const axis = axisIn(call.integer("axis", 0), held.rank);
  const offset = held.isSample ? 1 : 0;
  const size = data instanceof Held ? data.sizes[axis] : data.shape[axis];
  if (axis === held.batchAxis) throw new Refusal("takes places of other samples");
  if (indices instanceof Constant) {
    const { plain } = indices;
    if (!plain) throw new Refusal("takes places that depend on the batch");
    const places = new Constant(indices.shape, fromFront(plain, size), "int", indices.about);
    const ids = ops.cast(nodeOfConstant(places), "int32");
    const others = (data as Held).sizes.map((own, i) => (i === axis ? indices.shape[i] : own));
    const wanted = held.isSample ? [BATCH, ...others] : others;
    return plainly(
      ops.takeAlongAxis(inOrder(data as Held), repeated(ids, wanted), { axis: axis + offset }),
      held.isSample,
      data.meaning,
    );
  }
  const ids = inOrder(indices);
  const sizes = ids.dimensions.map((own, i) => (i === axis + offset ? size : own));
  return plainly(
    ops.takeAlongAxis(repeated(toNode(data), sizes), ids, { axis: axis + offset }),
    held.isSample,
    data.meaning,
  );
};

function repeated(node: Node, sizes: readonly Dimension[]): Node {
  if (node.dimensions.length === sizes.length && sizes.every((size, i) => isSame(size, node.dimensions[i])))
    return node;
  const float = ops.broadcastTo(
    node,
    sizes.map((size) => (typeof size === "number" ? size : null)),
  );
  return float;
}

/** Blocks of pixels from channels, and back. */
const depthToSpace: Operator = (call) => {
  const held = call.held(0);
  const block = call.integer("blocksize", 1);
  const node = inOrder(held);
  const [batch, channels, height, width] = node.dimensions.slice(-4);
  if (held.isSample && !isSame(batch, 1)) throw new Refusal("works on several images without a batch");
  const first = held.isSample ? BATCH : batch;
  const depth = (channels as number) / block ** 2;
  const isByRows = call.text("mode", "DCR") === "DCR";
  const apart = isByRows ? [block, block, depth] : [depth, block, block];
  const order = isByRows ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
  const blocks = ops.transpose(shaped(node, [first, ...apart, height, width]), order);
  const sizes = [depth, (height as number) * block, (width as number) * block];
  return plainly(shaped(blocks, held.isSample ? [BATCH, 1, ...sizes] : [first, ...sizes]), held.isSample);
};

const spaceToDepth: Operator = (call) => {
  const held = call.held(0);
  const block = call.integer("blocksize", 1);
  const node = inOrder(held);
  const [batch, channels, height, width] = node.dimensions.slice(-4);
  if (held.isSample && !isSame(batch, 1)) throw new Refusal("works on several images without a batch");
  const first = held.isSample ? BATCH : batch;
  const [rows, columns] = [(height as number) / block, (width as number) / block];
  const apart = shaped(node, [first, channels, rows, block, columns, block]);
  const order = call.text("mode", "DCR") === "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
  const sizes = [(channels as number) * block ** 2, rows, columns];
  const result = shaped(ops.transpose(apart, order), held.isSample ? [BATCH, 1, ...sizes] : [first, ...sizes]);
  return plainly(result, held.isSample);
};

/** The upper or lower triangle of matrices: the rest is 0. */
const trilu: Operator = (call) => {
  const held = call.held(0);
  const node = inOrder(held);
  const [rows, columns] = node.dimensions.slice(-2);
  if (typeof rows !== "number" || typeof columns !== "number") throw new Refusal("needs matrices of known sizes");
  call.importing.bounds.make(rows * columns);
  const diagonal = call.maybeConstant(1, "k")?.plain?.[0] ?? 0;
  const isUpper = call.integer("upper", 1) !== 0;
  const kept = Float32Array.from({ length: rows * columns }, (_, i) => {
    const distance = (i % columns) - Math.floor(i / columns);
    return (isUpper ? distance >= diagonal : distance <= diagonal) ? 1 : 0;
  });
  return plainly(ops.where(new Tensor(kept, [rows, columns]), node, 0), held.isSample, held.meaning);
};

export const takingOperators: Readonly<Record<string, Operator>> = {
  DepthToSpace: depthToSpace,
  Gather: gather,
  GatherElements: gatherElements,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Trilu: trilu,
};
