import { ArgumentError } from "../errors";
import { BATCH, isSame, LENGTH } from "../graph/dimension";
import { castValue, emitNodes, type NodeList } from "../graph/emitNodes";
import type { Graph, Value } from "../graph/graph";
import type { Layer } from "../graph/layer";
import { describeNode, type Node } from "../graph/node";
import type { Past } from "../graph/steps";
import { expandAxis } from "../ops/expandAxis";
import { tensorBytes } from "../program/layout";
import { type Shape, sizeOf } from "../tensor/shape";

/** Which parts of a model can be computed step by step, and how. */

/** Whether a node goes with time, which is its second axis then. */
function goesWithTime({ dimensions, isOpen }: Node): boolean {
  return isOpen && dimensions.length > 1 && isSame(dimensions[0], BATCH) && isSame(dimensions[1], LENGTH);
}

/** Whether its sizes depend on the open length in no other way. */
function hasOneTime(node: Node): boolean {
  if (!node.dimensions.some((size) => typeof size !== "number" && size.lengths.length > 0)) return true;
  return goesWithTime(node) && node.dimensions.slice(2).every((size) => typeof size === "number");
}

type Options = Readonly<Record<string, never>>;
const isNothing = (pair: unknown) => Array.isArray(pair) && pair.every((width) => width === 0);
const last = ({ dimensions }: Node) => dimensions.length - 1;

/** Whether a step of what these operations make depends on that step of what they read alone, by name; others are elementwise. */
const stepwise: Readonly<Record<string, (node: Node, options: Options) => boolean>> = {
  reshape: () => true,
  transpose: (_, { axes }) => axes[0] === 0 && axes[1] === 1,
  concatenate: (_, { axis }) => axis > 1,
  strided: (_, { slices }) => slices[0] === null && slices[1] === null,
  pad: (_, { padWidth }) => isNothing(padWidth[0]) && isNothing(padWidth[1]),
  cumSum: ({ dimensions }, { axis }) => ((axis as number) + dimensions.length) % dimensions.length > 1,
  softmax: (node) => last(node) > 1,
  logSoftmax: (node) => last(node) > 1,
  sortValues: (node) => last(node) > 1,
  sortPlaces: (node) => last(node) > 1,
  products: ({ inputs: [a, b] }, { transposeA }) => {
    // Neither the axis of the sum nor the columns of the second may be time; an axis that both share may.
    const between = a.dimensions.length - 2;
    if (goesWithTime(b)) return between > 1 && b.dimensions.length === a.dimensions.length;
    return transposeA ? between > 1 : last(a) > 1;
  },
  takeRows: ({ inputs: [table] }) => !goesWithTime(table),
  takeAlongAxis: ({ inputs: [x] }, { axis }) => ((axis as number) + x.dimensions.length) % x.dimensions.length > 1,
};
/** Operations whose inputs need not have as many axes as the result. */
const CHANGE_RANK = new Set(["reshape", "takeRows", "oneHot", "products"]);

function isStepwiseOperation(node: Node): boolean {
  const { operation, inputs } = node;
  if (!inputs.some(goesWithTime)) return hasOneTime(node) && !goesWithTime(node);
  if (![node, ...inputs].every(hasOneTime) || !goesWithTime(node)) return false;
  const { name, options } = operation!;
  const isReduction = inputs.length === 1 && node.dimensions.length < inputs[0].dimensions.length;
  // Broadcasting would lay the time of one input along another axis of the result.
  const sameRank = inputs.every((from) => !goesWithTime(from) || from.dimensions.length === node.dimensions.length);
  if (!sameRank && !isReduction && !CHANGE_RANK.has(name)) return false;
  return Object.hasOwn(stepwise, name) ? stepwise[name](node, options as Options) : true;
}

/** The first node of a graph that cannot be computed step by step; undefined where all can. */
export function findUnsteppable({ nodes }: NodeList): Node | undefined {
  // What a sequence ends with, such as the last state of a recurrent layer: in a stream that of the steps so far.
  const ends = new Set<Node>();
  return nodes.find((node) => {
    const { needs } = node;
    // What is drawn at random would be drawn otherwise for a whole sequence.
    if (node.operation?.name.startsWith("random")) return true;
    const isOfTime = needs.some(({ isOpen }) => isOpen);
    const isOfEnds = needs.some((need) => ends.has(need));
    // Every step would have to know the end.
    if (isOfTime && isOfEnds) return true;
    if (isOfEnds || (isOfTime && !node.isOpen)) ends.add(node);
    if (!isOfTime) return false;
    if (!node.call) return !isStepwiseOperation(node);
    return !hasOneTime(node) || !node.call.layer.stepping(node.call, canStep);
  });
}

const canStep = (list: NodeList) => !findUnsteppable(list);

/** What is wrong with a node that cannot be computed step by step. */
export function unsteppable(who: string, node: Node): ArgumentError {
  return new ArgumentError(
    `${who}: ${describeNode(node)} looks into the future, or at how many steps there are: it cannot be computed step by step.`,
  );
}

/** Adds the operations of one step of all nodes to a graph of length 1. */
export function emitSteps(
  graph: Graph,
  list: NodeList,
  inputs: readonly Value[],
  weightsOf: (layer: Layer) => Value[],
  past: Past,
): Value[] {
  return emitNodes(graph, list, inputs, weightsOf, (call, operands, weights, masks) => {
    const stepping = call.inputs.some(({ isOpen }) => isOpen) ? call.layer.stepping(call, canStep) : "each";
    if (stepping === "each") return call.layer.emit(graph, operands, weights, masks, call.options);
    return stepping!(graph, operands, weights, masks, past);
  });
}

/** A number that lasts, by the layer that keeps it. */
export interface PastState {
  readonly owner: string;
  readonly value: Value;
}

/** The states of one graph: each has a place in the region "past". */
export class PastStates implements Past {
  readonly states: PastState[] = [];
  /** Bytes of all of them. */
  bytes = 0;
  /** Who has room for the fewest steps. */
  shortest?: { readonly owner: string; readonly steps: number };
  readonly #kept: { readonly state: Value; readonly next: Value }[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly steps?: number,
  ) {}

  state(owner: string, shape: Shape): Value {
    const value = this.graph.value(owner, shape, { place: { region: "past", offset: this.bytes } });
    this.bytes += tensorBytes(sizeOf(shape));
    this.states.push({ owner, value });
    return value;
  }

  emitNodes(list: NodeList, inputs: readonly Value[], weightsOf: (layer: Layer) => Value[]): Value[] {
    return emitSteps(this.graph, list, inputs, weightsOf, this);
  }

  keep(state: Value, next: Value): void {
    this.#kept.push({ state, next });
  }

  limit(owner: string, steps: number): void {
    if (!this.shortest || steps < this.shortest.steps) this.shortest = { owner, steps };
  }

  room(owner: string): number {
    const steps = Math.min(this.steps ?? Number.POSITIVE_INFINITY, this.shortest?.steps ?? Number.POSITIVE_INFINITY);
    if (steps === Number.POSITIVE_INFINITY) {
      throw new ArgumentError(`stream: ${owner} keeps all steps. Say for how many there is to be room: { maxLength }.`);
    }
    this.limit(owner, steps);
    return steps;
  }

  /** Adds the operations that write what is kept: behind all that read it. */
  emitKept(): void {
    for (const { state, next } of this.#kept) {
      const counts = { outer: 1, length: 1, inner: sizeOf(state.shape) };
      const source = castValue(this.graph, next, false);
      this.graph.emitSink(expandAxis, state.owner, { x: source, y: state }, { counts });
    }
  }
}
