import { BATCH, type Dimension } from "../../../graph/dimension";
import type { Node } from "../../../graph/node";
import { newSizes } from "../../../nodes/axes";
import * as ops from "../../../nodes/index";
import { Tensor } from "../../../tensor/tensor";
import { constantOfRank, withoutBatch } from "../broadcast";
import type { Call, Operator } from "../call";
import { inOrder, nodeOfConstant, plainly, shaped } from "../layout";
import { Refusal } from "../refusal";
import { Constant, Held, type Value } from "../values";

/** Queries, keys or values as [batch, heads, places, numbers], however the file has them. */
function headsOf(value: Value | undefined, count: number, what: string): Node {
  if (!(value instanceof Held) || value.isSample) throw new Refusal(`needs computed ${what} with a batch`);
  const node = inOrder(value);
  if (node.dimensions.length === 4) return node;
  const [batch, places, width] = node.dimensions;
  if (!count || typeof width !== "number") throw new Refusal(`does not say how many heads its ${what} have`);
  return ops.transpose(shaped(node, [batch, places, count, width / count]), [0, 2, 1, 3]);
}

function sizeOfAxis(node: Node, axis: number, what: string): number {
  const size = node.dimensions[axis];
  if (typeof size === "number") return size;
  throw new Refusal(`has an open number of ${what}`);
}

/** As many heads as there are of queries: each is used for several, one after the other. */
function repeatHeads(node: Node, heads: number): Node {
  const own = sizeOfAxis(node, 1, "heads");
  if (own === heads) return node;
  const [batch, , places, width] = node.dimensions;
  const each = [batch, own, heads / own, places, width];
  return shaped(ops.broadcastTo(ops.expandDims(node, 2), newSizes(each)), [batch, heads, places, width]);
}

/** What a query may see: undefined where it sees all. */
interface Sight {
  readonly allowed?: Node | undefined;
  /** Added to scores. */
  readonly bias?: Node | undefined;
}

const both = (a: Node | undefined, b: Node | undefined): Node | undefined => (a && b ? ops.logicalAnd(a, b) : (a ?? b));

/** The mask of the file: truths, or numbers that are added. */
function readMask(call: Call, keys: number): Sight {
  const value = call.at(3);
  if (!value) return {};
  let node: Node;
  if (value instanceof Held) {
    node = inOrder(value);
    if (node.dimensions.length !== 4) throw new Refusal("has a computed mask of fewer than four axes");
  } else {
    const rank = Math.max(4, value.shape.length);
    const plain = withoutBatch(constantOfRank(value, rank), 0, call.importing.batch);
    const ones = plain.shape.findIndex((size) => size !== 1);
    const shape = plain.shape.slice(Math.min(ones < 0 ? rank - 1 : ones, rank - 2));
    node = nodeOfConstant(new Constant(shape, plain.numbers, plain.meaning));
  }
  const missing = keys - sizeOfAxis(node, node.dimensions.length - 1, "keys");
  const longer = (short: Node): Node => {
    if (missing <= 0) return short;
    return ops.pad(
      short,
      short.dimensions.map((_, axis): [number, number] => [0, axis === short.dimensions.length - 1 ? missing : 0]),
    );
  };
  if (value.meaning === "bool") return { allowed: longer(ops.notEqual(node, 0)) };
  // What is −∞ is not seen, also by a query that sees nothing.
  const allowed = ops.greater(node, Number.NEGATIVE_INFINITY);
  return { allowed: longer(allowed), bias: longer(ops.where(allowed, node, 0)) };
}

/** What queries see by their places: the past, a window, what is no padding. */
function sightOfPlaces(call: Call, queries: number, keys: number, past: number): Node | undefined {
  const isCausal = call.integer("is_causal", 0) !== 0;
  const [left, right] = [call.integer("left_window_size", -1), call.integer("right_window_size", -1)];
  const lengths = call.at(6);
  const count =
    lengths instanceof Held
      ? shaped(ops.cast(inOrder(lengths), "float32"), [BATCH, 1, 1, 1])
      : lengths && shaped(nodeOfConstant(withoutBatch(lengths, 0, call.importing.batch)), [1, 1, 1, 1]);
  const places = new Tensor(
    Float32Array.from({ length: keys }, (_, i) => i),
    [1, keys],
  );
  const own = new Tensor(
    Float32Array.from({ length: queries }, (_, i) => i + (count ? -queries : past)),
    [queries, 1],
  );
  // With lengths the queries are the last of what is there.
  const standing = count ? ops.add(own, count) : ops.constant(own);
  let allowed: Node | undefined;
  if (isCausal || right >= 0) {
    const reach = isCausal ? 0 : right;
    allowed = both(
      allowed,
      ops.lessEqual(places, ops.add(standing, isCausal && right >= 0 ? Math.min(reach, right) : reach)),
    );
  }
  if (left >= 0) allowed = both(allowed, ops.greaterEqual(places, ops.subtract(standing, left)));
  if (count) allowed = both(allowed, ops.less(places, count));
  return allowed;
}

/** softmax over what is allowed: 0 for a query that sees nothing. */
function weightsOf(scores: Node, allowed: Node | undefined): Node {
  if (!allowed) return ops.softmax(scores);
  const largest = -1e30;
  return ops.multiply(ops.softmax(ops.where(allowed, scores, largest)), allowed);
}

const attention: Operator = (call) => {
  const [heads, ofKeys] = [call.integer("q_num_heads", 0), call.integer("kv_num_heads", 0)];
  const query = headsOf(call.at(0), heads, "queries");
  const isFlat = (call.at(0) as Held).rank === 3;
  const join = (pastIndex: number, node: Node): { node: Node; past: number } => {
    const past = call.at(pastIndex);
    if (!past) return { node, past: 0 };
    const before = headsOf(past, ofKeys, "past");
    return { node: ops.concatenate([before, node], { axis: 2 }), past: sizeOfAxis(before, 2, "past places") };
  };
  const { node: keys, past } = join(4, headsOf(call.at(1), ofKeys, "keys"));
  const { node: values } = join(5, headsOf(call.at(2), ofKeys, "values"));
  const count = sizeOfAxis(query, 1, "heads");
  const [queries, places] = [sizeOfAxis(query, 2, "queries"), sizeOfAxis(keys, 2, "keys")];
  const scale = call.proto.attributes.get("scale")?.float ?? 1 / Math.sqrt(sizeOfAxis(query, 3, "numbers"));
  const products = ops.multiply(ops.matmul(query, repeatHeads(keys, count), { transposeB: true }), scale);
  const mask = readMask(call, places);
  const allowed = both(mask.allowed, sightOfPlaces(call, queries, places, past));
  const softcap = call.number("softcap", 0);
  const capped = softcap > 0 ? ops.multiply(ops.tanh(ops.divide(products, softcap)), softcap) : products;
  const biased = mask.bias ? ops.add(capped, mask.bias) : capped;
  const weights = weightsOf(biased, allowed);
  const result = ops.matmul(weights, repeatHeads(values, count));
  const width = sizeOfAxis(values, 3, "numbers");
  const output = isFlat
    ? shaped(ops.transpose(result, [0, 2, 1, 3]), [BATCH, queries, count * width] as Dimension[])
    : result;
  const shown = () => {
    const mode = call.integer("qk_matmul_output_mode", 0);
    if (mode === 0) return products;
    if (mode === 3) return weights;
    if (mode === 1) return capped;
    return allowed ? ops.where(allowed, biased, Number.NEGATIVE_INFINITY) : biased;
  };
  const held = (node: Node) => plainly(node, false);
  return [
    held(output),
    call.isWanted(1) ? held(keys) : undefined,
    call.isWanted(2) ? held(values) : undefined,
    call.isWanted(3) ? held(shown()) : undefined,
  ];
};

export const attentionOperators: Readonly<Record<string, Operator>> = { Attention: attention };
