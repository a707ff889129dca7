import { BATCH, isSame, productOf } from "../../../graph/dimension";
import { dividedBy } from "../../../graph/sizeArithmetic";
import type { Node } from "../../../graph/node";
import * as layers from "../../../layers/index";
import * as ops from "../../../nodes/index";
import { constantOfRank } from "../broadcast";
import type { Call, Operator } from "../call";
import { floats, inOrder, nodeOfConstant, plainly, reordered, settled, shaped } from "../layout";
import { Refusal } from "../refusal";
import { Constant, Held, type Value } from "../values";
import type { NodeProto } from "../proto";

/** A constant times a number. */
export function scaled(constant: Constant, factor: number): Constant {
  if (factor === 1) return constant;
  return constant.with(constant.shape, () => floats(constant).map((number) => number * factor));
}

/** The rows of a kernel in the order in which the flattened image has its numbers. */
function withRowsMoved(kernel: Constant, places: Int32Array): Constant {
  const [rows, columns] = kernel.shape;
  return kernel.with([rows, columns], () => {
    const numbers = floats(kernel);
    const moved = new Float32Array(numbers.length);
    for (let row = 0; row < rows; row++) {
      moved.set(numbers.subarray(places[row] * columns, (places[row] + 1) * columns), row * columns);
    }
    return moved;
  });
}

/** A bias of one number for each column, if the constant is one. */
export function biasOf(value: Value | undefined, columns: number): Constant | undefined {
  if (!(value instanceof Constant) || value.isOpen || value.meaning !== "float") return undefined;
  const { shape, count } = value;
  const isRow = shape.every((size, axis) => size === 1 || (axis === shape.length - 1 && size === columns));
  if (!isRow) return undefined;
  if (count === columns) return value.with([columns], () => value.numbers);
  return value.with([columns], () => new Float32Array(columns).fill(floats(value)[0]));
}

/** The constant that the only user of an output adds to it, and that user. */
export function addedBehind(
  call: Call,
  read: (value: Value | undefined) => Constant | undefined,
): { bias: Constant; user: NodeProto } | undefined {
  const [output] = call.proto.outputs;
  const users = call.importing.usersOf(output);
  const [user] = users;
  if (users.length !== 1 || user === "" || user === undefined || user.type !== "Add" || user.domain !== "")
    return undefined;
  const [a, b] = user.inputs;
  const bias = a === b ? undefined : read(call.importing.valueOf(a === output ? b : a));
  return bias && { bias, user };
}

/** Applies a layer to the last axis, whatever is before it. */
export function alongRows(node: Node, apply: (batched: Node) => Node): Node {
  if (node.isBatched) return apply(node);
  const rows = productOf(node.dimensions.slice(0, -1));
  const each = dividedBy(rows, BATCH);
  const width = node.dimensions.at(-1)!;
  if (each === undefined) throw new Refusal("has no batch among the rows of its input");
  // Rows are independent of each other: which of them count as one sample is all the same.
  const result = apply(shaped(node, isSame(each, 1) ? [BATCH, width] : [BATCH, each, width]));
  return shaped(result, [...node.dimensions.slice(0, -1), result.dimensions.at(-1)!]);
}

/** Whether the batch is among the rows of a node. */
function hasBatch(node: Node): boolean {
  return node.dimensions.slice(0, -1).some((size) => typeof size !== "number" && size.power === 1);
}

/** x · kernel + bias as a layer, with a bias that is added behind it. */
function dense(call: Call, given: Held, kernel: Constant, bias: Constant | undefined): Held {
  const [features, units] = kernel.shape;
  const { places } = given;
  const held = new Held(given.node, given.axes, "float");
  const isLast = held.axes[held.rank - 1] === held.node.dimensions.length - 1;
  const x = isLast ? held.node : inOrder(held);
  if (!isSame(x.dimensions.at(-1) ?? 0, features))
    throw new Refusal(`has a kernel of ${features} rows that do not fit`);
  if (!hasBatch(x)) {
    const product = ops.matmul(x, nodeOfConstant(kernel));
    return plainly(bias ? ops.add(product, nodeOfConstant(bias)) : product, held.isSample);
  }
  const added = bias ? undefined : addedBehind(call, (value) => biasOf(value, units));
  const ownBias = bias ?? added?.bias;
  const weights = { kernel: places ? withRowsMoved(kernel, places) : kernel, bias: ownBias };
  if (places) call.convert(`${call.title}: the rows of its weights are in the order of channels-last images.`);
  const options = { units, useBias: ownBias !== undefined };
  const make = (name: { name?: string }) => layers.dense({ ...name, ...options });
  const node = alongRows(x, (rows) =>
    call.layer({ kind: "dense", options: [options, places?.length], make, weights }, rows),
  );
  const result = isLast ? new Held(node, held.axes) : plainly(node, held.isSample);
  if (added) call.importing.settle(added.user, result);
  return result;
}

const gemm: Operator = (call) => {
  const [alpha, beta] = [call.number("alpha", 1), call.number("beta", 1)];
  const [isTransposedA, isTransposedB] = [call.integer("transA", 0) !== 0, call.integer("transB", 0) !== 0];
  const [a, b, c] = [call.need(0), call.need(1), call.at(2)];
  const canBeDense = a instanceof Held && b instanceof Constant && !isTransposedA && b.shape.length === 2;
  if (canBeDense) {
    const kernel = scaled(isTransposedB ? reordered(b, [1, 0]) : b, alpha);
    const row = c && biasOf(c, kernel.shape[1]);
    if (!c || row) return dense(call, a, kernel, row && scaled(row, beta));
  }
  const [first, second] = [a, b].map((value) => (value instanceof Held ? settled(value) : value));
  const isSample = first instanceof Held ? first.isSample : (second as Held).isSample;
  const product = times(first, second, { transposeA: isTransposedA, transposeB: isTransposedB });
  const scaledProduct = alpha === 1 ? product : ops.multiply(product, alpha);
  if (!c) return plainly(scaledProduct, isSample);
  const term = c instanceof Held ? inOrder(c) : nodeOfConstant(c);
  return plainly(ops.add(scaledProduct, beta === 1 ? term : ops.multiply(term, beta)), isSample);
};

/** Matrix products of values; samples are matrices of their own. */
function times(a: Value, b: Value, transposes: { transposeA?: boolean; transposeB?: boolean } = {}): Node {
  const isSample = [a, b].some((value) => value instanceof Held && value.isSample);
  const rank = Math.max(rankOf(a), rankOf(b));
  const nodeFor = (value: Value) => {
    if (value instanceof Constant) return nodeOfConstant(value);
    const node = inOrder(value);
    // Axes of samples must be counted from the same end.
    const missing = isSample && value.rank > 1 ? rank - value.rank : 0;
    if (missing <= 0) return node;
    const [batch, ...rest] = node.dimensions;
    return shaped(node, [batch, ...new Array(missing).fill(1), ...rest]);
  };
  return ops.matmul(nodeFor(a), nodeFor(b), transposes);
}

const rankOf = (value: Value) => (value instanceof Held ? value.rank : value.shape.length);

/** Swaps the last two axes where the node has them the other way round, and says so. */
function withSwap(value: Value): { value: Value; isSwapped: boolean } {
  if (!(value instanceof Held) || value.places || value.rank < 2) return { value, isSwapped: false };
  const { node, axes, rank } = value;
  const swapped = [...axes.slice(0, -2), axes[rank - 1], axes[rank - 2]];
  const offset = value.isSample ? 1 : 0;
  const isSwapped = swapped.every((axis, i) => axis === i + offset);
  return isSwapped ? { value: new Held(node, swapped), isSwapped } : { value, isSwapped };
}

/** Vectors of samples as matrices, which products tell apart by their axes. */
function asMatrix(value: Value, isRow: boolean): Value {
  if (!(value instanceof Held) || value.rank !== 1 || !value.isSample) return value;
  const [batch, size] = value.node.dimensions;
  return plainly(shaped(value.node, isRow ? [batch, 1, size] : [batch, size, 1]), true);
}

const matmul: Operator = (call) => {
  const [a, b] = [call.need(0), call.need(1)];
  if (a instanceof Held && b instanceof Constant && b.shape.length === 2) return dense(call, a, b, undefined);
  const isSample = [a, b].some((value) => value instanceof Held && value.isSample);
  const [isRow, isColumn] = [rankOf(a) === 1, rankOf(b) === 1];
  const lift = (value: Value, row: boolean): Value => {
    if (!isSample) return value;
    if (value instanceof Held) return asMatrix(value, row);
    return value.shape.length === 1 && !row
      ? value.with([...value.shape, 1], () => value.numbers)
      : constantOfRank(value, 2);
  };
  const [first, second] = [withSwap(lift(a, true)), withSwap(lift(b, false))];
  const product = times(first.value, second.value, { transposeA: first.isSwapped, transposeB: second.isSwapped });
  if (!isSample) return plainly(product, false);
  const gone = [...(isRow ? [-2] : []), ...(isColumn ? [-1] : [])];
  return plainly(gone.length ? ops.squeeze(product, { axis: gone }) : product, true);
};

/** Sums of products by Einstein's convention. */
const einsum: Operator = (call) => {
  const helds = call.values.map((_, i) => call.need(i));
  if (helds.some((value) => value instanceof Held && value.isSample)) throw new Refusal("has no batch axis");
  const nodes = helds.map((value) => (value instanceof Held ? inOrder(value) : nodeOfConstant(value)));
  return plainly(ops.einsum(call.text("equation", "").replace(/\s/g, ""), ...nodes), false);
};

export const productOperators: Readonly<Record<string, Operator>> = { Einsum: einsum, Gemm: gemm, MatMul: matmul };
