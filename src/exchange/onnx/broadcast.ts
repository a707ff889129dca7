import { isSame, showDimensions } from "../../graph/dimension";
import type { Node } from "../../graph/node";
import type { NodeLike } from "../../nodes/operation";
import {
  nodeOfConstant,
  nodeOfNumbers,
  ordered,
  pick,
  placesOf,
  reordered,
  settled,
  shaped,
  stridesOf,
  upTo,
} from "./layout";
import { Refusal } from "./refusal";
import { Constant, Held, type Value } from "./values";

/** The file's axes in the order in which the node has them. */
export function orderOf({ axes, rank }: Held): number[] {
  return upTo(rank).sort((a, b) => axes[a] - axes[b]);
}

/** With axes of length 1 in front of the file's axes. The batch stays the node's first axis. */
function withRank(given: Held, rank: number): Held {
  const held = settled(given);
  const added = rank - held.rank;
  if (added <= 0) return held;
  const { dimensions, isBatched } = held.node;
  const front = isBatched ? 1 : 0;
  const node = shaped(held.node, [
    ...dimensions.slice(0, front),
    ...new Array(added).fill(1),
    ...dimensions.slice(front),
  ]);
  const moved = held.axes.map((axis) => (axis < front ? axis : axis + added));
  return new Held(node, [...upTo(added).map((axis) => axis + front), ...moved], held.meaning);
}

/** A constant with axes of length 1 in front. */
export function constantOfRank(given: Constant, rank: number): Constant {
  const ones = new Array(Math.max(0, rank - given.shape.length)).fill(1);
  if (ones.length === 0) return given;
  return given.with(
    [...ones, ...given.shape],
    () => given.numbers,
    given.about.sizes && [...ones, ...given.about.sizes],
  );
}

/** A constant that has the file's batch along an axis, and the same numbers for each: with length 1 there. */
export function withoutBatch(given: Constant, axis: number, batch: number | undefined): Constant {
  if (axis < 0 || given.shape[axis] !== batch || batch === 1) return given;
  const strides = stridesOf(given.shape);
  const shape = given.shape.map((size, i) => (i === axis ? 1 : size));
  const first = pick(given.numbers, placesOf(shape, strides));
  for (let sample = 1; sample < batch!; sample++) {
    const others = pick(given.numbers, placesOf(shape, strides, sample * strides[axis]));
    for (let i = 0; i < first.length; i++) {
      if (Object.is(others[i], first[i])) continue;
      throw new Refusal(
        `has other constants for each of the ${batch} samples of the batch with which the model was exported`,
      );
    }
  }
  return given.with(shape, first);
}

/** Values of one rank and layout. */
export interface Aligned {
  readonly nodes: readonly Node[];
  /** One of them, whose axes all have. */
  readonly like: Held;
}

/** A constant in the layout of a value, without needless axes of length 1 in front. */
export function constantLike(given: Constant, like: Held, batch: number | undefined): Constant {
  const ofRank = constantOfRank(given, like.rank);
  const plain = reordered(withoutBatch(ofRank, like.batchAxis, batch), orderOf(like));
  const isRepeated = plain.isOpen;
  const ones = plain.shape.findIndex((size) => size !== 1);
  const kept = plain.shape.slice(ones < 0 ? plain.shape.length : ones);
  return isRepeated && !fits(plain, like) ? plain : plain.with(kept, () => plain.numbers);
}

/** Whether what a constant is repeated along is there without it. */
function fits(constant_: Constant, like: Held): boolean {
  const own = like.isSample ? like.node.dimensions.slice(1) : like.node.dimensions;
  return constant_.sizes.every((size, axis) => typeof size === "number" || isSame(size, own[axis]));
}

/** Brings values into one layout, so that functions over nodes can repeat them along each other. */
export function align(values: readonly Value[], batch: number | undefined): Aligned {
  const rank = Math.max(...values.map((value) => (value instanceof Held ? value.rank : value.shape.length)));
  const helds = values.map((value) => (value instanceof Held ? withRank(value, rank) : undefined));
  const computed = helds.filter((held) => held !== undefined);
  if (computed.length === 0) {
    const nodes = values.map((value) => nodeOfConstant(value as Constant));
    return { nodes, like: new Held(nodes[0], upTo(rank)) };
  }
  if (new Set(computed.map(({ isSample }) => isSample)).size > 1) {
    const shown = computed.map(({ sizes }) => showDimensions(sizes)).join(" and ");
    throw new Refusal(`combines ${shown}, of which only one has the batch`);
  }
  // What is largest stays as it is.
  const longest = Math.max(...values.map((value) => (value instanceof Held ? value.rank : 0)));
  const like =
    helds.find(
      (held, i) =>
        held && (values[i] as Held).rank === longest && (held.isSample || held.batchAxis >= 0 || computed.length === 1),
    ) ?? computed[0];
  const order = orderOf(like);
  const nodes = values.map((value, i) => {
    const held = helds[i];
    if (!held) return nodeLike(value as Constant, like, batch);
    const axes = order.map((axis) => held.axes[axis]);
    return ordered(held.node, held.isSample ? [0, ...axes] : axes);
  });
  return { nodes, like };
}

function nodeLike(given: Constant, like: Held, batch: number | undefined): Node {
  const fitting = constantLike(given, like, batch);
  return fitting.isOpen ? nodeOfConstant(fitting) : nodeOfNumbers(fitting);
}

/** A single number that is known. */
export function scalarOf(value: Value | undefined): number | undefined {
  if (!(value instanceof Constant) || value.count !== 1 || value.isOpen) return undefined;
  const { plain } = value;
  return plain && (value.meaning === "float" ? Math.fround(plain[0]) : plain[0]);
}

/** A number as nodes take it, if it is a single one; else the node. */
export function numberOr(value: Value, node: Node): NodeLike {
  return scalarOf(value) ?? node;
}
