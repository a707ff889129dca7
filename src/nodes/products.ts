import { ArgumentError, ShapeError } from "../errors";
import { type Dimension, isSame, productOf, sizeAt } from "../graph/dimension";
import type { Node } from "../graph/node";
import { matmul as matmulOp } from "../ops/matmul";
import { show } from "../options";
import { expandDims, newSizes, repeatTo, reshape, squeeze, transpose } from "./axes";
import { multiply } from "./elementwise";
import { constant, makeNode, type NodeLike, showNode, toFloat } from "./operation";
import { sum } from "./reductions";

/** @internal Products of the last two axes of nodes whose other axes are equal, or of which one has no others. */
export function products(
  a: NodeLike,
  b: NodeLike,
  { transposeA = false, transposeB = false }: { transposeA?: boolean; transposeB?: boolean },
): Node {
  const who = "ops.matmul";
  const [first, second] = [toFloat(a, who), toFloat(b, who)];
  const batchOfA = first.dimensions.slice(0, -2);
  const batchOfB = second.dimensions.slice(0, -2);
  const sharedA = batchOfA.length === 0 && batchOfB.length > 0;
  const sharedB = batchOfB.length === 0 && batchOfA.length > 0;
  const [rows, depth] = matrixOf(who, first, transposeA);
  const [depthOfB, columns] = matrixOf(who, second, transposeB);
  const batch = sharedA ? batchOfB : batchOfA;
  const fits =
    sharedA ||
    sharedB ||
    (batchOfA.length === batchOfB.length && batchOfA.every((size, i) => isSame(size, batchOfB[i])));
  if (!fits || !isSame(depth, depthOfB)) {
    throw new ShapeError(
      `${who}: cannot multiply ${showNode(first)} by ${showNode(second)}: the inner sizes must be equal.`,
    );
  }
  const options = { transposeA, transposeB };
  const count = productOf(batch);
  return makeNode("products", options, [first, second], [...batch, rows, columns], (graph, [x, y], shape, owner) => {
    const at = (size: Dimension) => sizeAt(size, graph);
    const counts = {
      batch: at(count),
      rows: at(rows),
      depth: at(depth),
      columns: at(columns),
      transposeA: transposeA ? 1 : 0,
      transposeB: transposeB ? 1 : 0,
      sharedA: sharedA ? 1 : 0,
      sharedB: sharedB ? 1 : 0,
    };
    return graph.emit(matmulOp, owner, { a: x, b: y }, shape, { counts });
  });
}

function matrixOf(who: string, node: Node, isTransposed: boolean): [Dimension, Dimension] {
  const [rows, columns] = node.dimensions.slice(-2);
  if (rows === undefined || columns === undefined)
    throw new ShapeError(`${who}: expects two axes or more, got ${showNode(node)}.`);
  return isTransposed ? [columns, rows] : [rows, columns];
}

/** Options of `matmul`. */
export interface MatmulOptions {
  /** Whether the last two axes of the first node change places first. Costs nothing. Default false. */
  transposeA?: boolean | undefined;
  /** The same of the second. */
  transposeB?: boolean | undefined;
}

/**
 * Matrix products along the last two axes: `[…, rows, depth]` by `[…, depth, columns]`. Other axes are broadcast. A vector is a
 * row on the left and a column on the right, as in NumPy.
 *
 * @throws ShapeError when the inner sizes differ
 */
export function matmul(x1: NodeLike, x2: NodeLike, options: MatmulOptions = {}): Node {
  const who = "ops.matmul";
  const [a, b] = [toFloat(x1, who), toFloat(x2, who)];
  const [isRow, isColumn] = [a.dimensions.length === 1, b.dimensions.length === 1];
  if (a.dimensions.length === 0 || b.dimensions.length === 0) {
    throw new ShapeError(
      `${who}: expects an axis or more, got ${showNode(a)} and ${showNode(b)}. ops.multiply scales.`,
    );
  }
  let [first, second] = [isRow ? expandDims(a, 0) : a, isColumn ? expandDims(b, 1) : b];
  [first, second] = withSameBatch(first, second);
  const transposes = {
    transposeA: !isRow && (options.transposeA ?? false),
    transposeB: !isColumn && (options.transposeB ?? false),
  };
  const product = products(first, second, transposes);
  const gone = [...(isRow ? [-2] : []), ...(isColumn ? [-1] : [])];
  return gone.length ? squeeze(product, { axis: gone }) : product;
}

/** Both with the same axes before the last two, unless one has none. */
function withSameBatch(a: Node, b: Node): [Node, Node] {
  const [batchOfA, batchOfB] = [a, b].map(({ dimensions }) => dimensions.slice(0, -2));
  const isSameBatch = batchOfA.length === batchOfB.length && batchOfA.every((size, i) => isSame(size, batchOfB[i]));
  if (isSameBatch || batchOfA.length === 0 || batchOfB.length === 0) return [a, b];
  const batch = broadcastBatch(batchOfA, batchOfB, a, b);
  const repeat = (node: Node) => {
    const wanted = [...batch, ...node.dimensions.slice(-2)];
    return repeatTo(node, wanted, { shape: newSizes(wanted) }, "broadcastTo");
  };
  return [repeat(a), repeat(b)];
}

function broadcastBatch(a: readonly Dimension[], b: readonly Dimension[], first: Node, second: Node): Dimension[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    if (isSame(x, y) || isSame(y, 1)) return x;
    if (isSame(x, 1)) return y;
    throw new ShapeError(
      `ops.matmul: cannot broadcast ${showNode(first)} and ${showNode(second)} along their first axes.`,
    );
  });
}

/**
 * Sums of products by Einstein's convention, of one or two nodes: `"bij,bjk->bik"`. What stands on both sides is kept, what
 * stands on the left only is summed over; a letter that a node has twice takes its diagonal. Contractions become matrix products.
 *
 * @throws ArgumentError for an equation that does not fit the nodes
 */
export function einsum(equation: string, ...operands: NodeLike[]): Node {
  const who = "ops.einsum";
  const given = operands.map((operand) => toFloat(operand, who));
  const { terms: letters, result } = readEquation(who, equation, given);
  const diagonals = given.map((node, i) => diagonalOf(who, node, letters[i]));
  const [nodes, terms] = [diagonals.map(({ node }) => node), diagonals.map(({ axes }) => axes)];
  if (nodes.length === 1) return reorder(sumOver(nodes[0], terms[0], result), result);
  const [a, b] = [0, 1].map((i) => sumOver(nodes[i], terms[i], terms[1 - i] + result));
  const inBoth = [...a.axes].filter((axis) => b.axes.includes(axis));
  const batch = inBoth.filter((axis) => result.includes(axis));
  const depth = inBoth.filter((axis) => !result.includes(axis));
  const rows = [...a.axes].filter((axis) => !inBoth.includes(axis));
  const columns = [...b.axes].filter((axis) => !inBoth.includes(axis));
  const sizes = new Map<string, Dimension>();
  for (const { node, axes } of [a, b]) {
    [...axes].forEach((axis, i) => {
      sizes.set(axis, node.dimensions[i]);
    });
  }
  const merged = (part: { node: Node; axes: string }, groups: string[][]) => {
    const ordered = reorder(part, groups.flat().join(""));
    return shaped(
      ordered,
      groups.map((group) => productOf(group.map((axis) => sizes.get(axis)!))),
    );
  };
  const product = products(merged(a, [batch, rows, depth]), merged(b, [batch, depth, columns]), {});
  const all = [...batch, ...rows, ...columns];
  const node = shaped(
    product,
    all.map((axis) => sizes.get(axis)!),
  );
  return reorder({ node, axes: all.join("") }, result);
}

/** A node with axes that have letters. */
interface Lettered {
  readonly node: Node;
  readonly axes: string;
}

function readEquation(who: string, equation: unknown, nodes: readonly Node[]): { terms: string[]; result: string } {
  const match =
    typeof equation === "string" &&
    /^([a-zA-Z]*)(?:,([a-zA-Z]*))?(?:->([a-zA-Z]*))?$/.exec(equation.replaceAll(" ", ""));
  if (!match) throw new ArgumentError(`${who}: expects an equation such as "bij,bjk->bik", got ${show(equation)}.`);
  const terms = [match[1], match[2]].filter((term) => term !== undefined);
  if (terms.length !== nodes.length)
    throw new ArgumentError(`${who}: "${equation}" is for ${terms.length} nodes, got ${nodes.length}.`);
  const counts = new Map<string, number>();
  for (const letter of terms.join("")) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const result =
    match[3] ??
    [...counts]
      .flatMap(([letter, count]) => (count === 1 ? letter : []))
      .sort()
      .join("");
  const sizes = new Map<string, Dimension>();
  terms.forEach((term, i) => {
    const { dimensions } = nodes[i];
    if (term.length !== dimensions.length)
      throw new ArgumentError(`${who}: "${term}" has not as many letters as ${showNode(nodes[i])} has axes.`);
    [...term].forEach((letter, axis) => {
      const known = sizes.get(letter);
      if (known !== undefined && !isSame(known, dimensions[axis]))
        throw new ArgumentError(`${who}: axes called "${letter}" differ in size.`);
      sizes.set(letter, dimensions[axis]);
    });
  });
  if (new Set(result).size < result.length || [...result].some((letter) => !sizes.has(letter))) {
    throw new ArgumentError(`${who}: "${result}" on the right must be letters of the left, each once.`);
  }
  return { terms, result };
}

/** Of axes with the same letter only the diagonal: times 1 there and 0 elsewhere, summed over the last of them. */
function diagonalOf(who: string, node: Node, axes: string): Lettered {
  const last = [...axes].findIndex((letter, i) => axes.indexOf(letter) < i);
  if (last < 0) return { node, axes };
  const first = axes.indexOf(axes[last]);
  const size = node.dimensions[last];
  if (typeof size !== "number") throw new ArgumentError(`${who}: there is no diagonal of the batch.`);
  const identity = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const shape = node.dimensions.map((_, axis) => (axis === first || axis === last ? size : 1));
  const diagonal = sum(multiply(node, constant({ data: identity, shape })), { axis: last });
  return diagonalOf(who, diagonal, axes.slice(0, last) + axes.slice(last + 1));
}

/** Summed over the axes that nobody needs. */
function sumOver(node: Node, axes: string, needed: string): Lettered {
  const gone = [...axes].flatMap((axis, i) => (needed.includes(axis) ? [] : i));
  if (gone.length === 0) return { node, axes };
  return { node: sum(node, { axis: gone }), axes: [...axes].filter((axis) => needed.includes(axis)).join("") };
}

function reorder({ node, axes }: Lettered, order: string): Node {
  if (axes === order) return node;
  return transpose(
    node,
    [...order].map((axis) => axes.indexOf(axis)),
  );
}

function shaped(node: Node, dimensions: readonly Dimension[]): Node {
  return reshape(node, newSizes(dimensions));
}
