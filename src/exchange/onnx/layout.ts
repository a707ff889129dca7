import { BATCH, type Dimension, isSame, showDimensions } from "../../graph/dimension";
import type { Node } from "../../graph/node";
import * as layers from "../../layers/index";
import { broadcastTo, newSizes, reshape, transpose } from "../../nodes/axes";
import { constant } from "../../nodes/operation";
import { Tensor } from "../../tensor/tensor";
import { Refusal } from "./refusal";
import { type Constant, Held, type Meaning, type Value } from "./values";

/** The axes 0 … count − 1. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A node with these sizes: as many numbers in the same order. */
export function shaped(node: Node, sizes: readonly Dimension[]): Node {
  const isLike = sizes.length === node.dimensions.length && sizes.every((size, i) => isSame(size, node.dimensions[i]));
  return isLike ? node : reshape(node, newSizes(sizes));
}

/** The axes of a node in another order, without work where only axes of length 1 move. */
export function ordered(node: Node, order: readonly number[]): Node {
  if (order.every((axis, i) => axis === i)) return node;
  const sizes = order.map((axis) => node.dimensions[axis]);
  const longer = order.filter((axis) => !isSame(node.dimensions[axis], 1));
  if (longer.every((axis, i) => i === 0 || axis > longer[i - 1])) return shaped(node, sizes);
  if (node.isBatched && order[0] === 0 && order.length <= 6 && !node.isWhole && !node.isOpen) {
    return layers.permute({ dims: order.slice(1) }).apply(node);
  }
  return transpose(node, order);
}

/** Puts places of the last axis in the file's order where that was put off. */
export function settled(held: Held): Held {
  if (!held.places) return held;
  throw new Refusal("is behind a flattened image in a way that only fully connected layers can be");
}

/** The node with its axes as in the file; of a sample behind the batch. */
export function inOrder(given: Held): Node {
  const held = settled(given);
  const order = held.isSample ? [0, ...held.axes] : [...held.axes];
  return ordered(held.node, order);
}

/** What is in the file's order, as a value. */
export function plainly(node: Node, isSample: boolean, meaning: Meaning = "float"): Held {
  const rank = node.dimensions.length - (isSample ? 1 : 0);
  return new Held(
    node,
    upTo(rank).map((axis) => axis + (isSample ? 1 : 0)),
    meaning,
  );
}

/** With its axes in this order of the file's axes: `[0, 2, 3, 1]` has the channels of images last. */
export function withOrder(given: Held, order: readonly number[]): Node {
  const held = settled(given);
  const axes = order.map((axis) => held.axes[axis]);
  return ordered(held.node, held.isSample ? [0, ...axes] : axes);
}

/** The order in which wasmgrad has images: the batch, places, channels. */
export const channelsLast = (rank: number): number[] => [0, ...upTo(rank).slice(2), 1].slice(0, rank);

/** A value of this node, whose axes stand in this order of the file's axes. */
export function heldIn(node: Node, order: readonly number[], meaning: Meaning = "float"): Held {
  return new Held(
    node,
    order.map((_, axis) => order.indexOf(axis)),
    meaning,
  );
}

/** Images as layers take them: batch, places, channels. Of a sample whose first axis is 1 long, that axis goes. */
export function asImages(given: Held, rank = given.rank): Node {
  const held = settled(given);
  if (held.rank !== rank) throw new Refusal(`expects ${rank} axes, got ${showDimensions(held.sizes)}`);
  if (!held.isSample) {
    if (held.batchAxis === 0) return withOrder(held, channelsLast(rank));
    throw new Refusal(`needs the batch as its first axis, got ${showDimensions(held.sizes)}`);
  }
  if (!isSame(held.sizes[0], 1)) {
    throw new Refusal("works on several images, where the batch must be their first axis: leave out batchAxis: null");
  }
  const node = withOrder(held, channelsLast(rank));
  return shaped(node, [BATCH, ...node.dimensions.slice(2)]);
}

/** What layers made of images, as a value like the one they came from. */
export function fromImages(node: Node, like: Held): Held {
  const rank = node.dimensions.length;
  const held = heldIn(node, channelsLast(rank));
  if (!like.isSample) return held;
  const [, ...rest] = node.dimensions;
  return new Held(
    shaped(node, [BATCH, 1, ...rest]),
    held.axes.map((axis) => axis + 1),
  );
}

/** Strides of numbers row by row. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** The places of a walk through numbers, row by row, by sizes and strides of each axis. */
export function placesOf(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let places = Int32Array.of(start);
  shape.forEach((size, axis) => {
    const next = new Int32Array(places.length * size);
    for (let i = 0; i < places.length; i++) {
      for (let j = 0; j < size; j++) next[i * size + j] = places[i] + j * strides[axis];
    }
    places = next;
  });
  return places;
}

/** Numbers by their places. */
export function pick<Numbers extends ArrayLike<unknown>>(numbers: Numbers, places: Int32Array): Numbers {
  if (numbers instanceof Float32Array) return Float32Array.from(places, (i) => numbers[i]) as never;
  return Array.from(places, (i) => numbers[i]) as never;
}

/** A constant with its axes in another order. */
export function reordered(constant: Constant, order: readonly number[]): Constant {
  if (order.every((axis, i) => axis === i)) return constant;
  const { shape } = constant;
  const strides = stridesOf(shape);
  const sizes = order.map((axis) => constant.sizes[axis]);
  return constant.with(
    order.map((axis) => shape[axis]),
    () =>
      pick(
        constant.numbers,
        placesOf(
          order.map((axis) => shape[axis]),
          order.map((axis) => strides[axis]),
        ),
      ),
    sizes,
  );
}

/** The numbers of a constant as float32. @throws Refusal where sizes of the batch are among them */
export function floats(constant: Constant): Float32Array {
  const { plain } = constant;
  if (!plain) throw new Refusal("computes with the size of the batch");
  return plain instanceof Float32Array ? plain : Float32Array.from(plain);
}

/** Numbers that a constant has at most that is no weight of a layer. */
const LARGEST_CONSTANT = 2 ** 22;

/** Numbers as a node. */
export function nodeOfNumbers(given: Constant): Node {
  if (given.count <= LARGEST_CONSTANT) return constant(new Tensor(floats(given), given.shape));
  throw new Refusal(`takes a constant of ${given.count} numbers, which is no weight of a layer`);
}

/** A constant as a node, in the file's order. */
export function nodeOfConstant(given: Constant): Node {
  const node = nodeOfNumbers(given);
  return given.isOpen ? broadcastTo(node, newSizes(given.sizes)) : node;
}

/** A value as a node with its axes as in the file. */
export function toNode(value: Value): Node {
  return value instanceof Held ? inOrder(value) : nodeOfConstant(value);
}
