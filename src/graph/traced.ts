import { ArgumentError, StateError } from "../errors";
import { show } from "../options";
import type { Dtype } from "../tensor/tensor";
import { sameShape } from "../tensor/shape";
import { BATCH, type Dimension, shapeAt, showDimensions } from "./dimension";
import { emitNodes, type NodeList } from "./emitNodes";
import type { Graph, Value } from "./graph";
import { describeNode, Node } from "./node";

/** What a function over nodes is called with. */
export interface Placeholder {
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  readonly dtype?: Dtype;
  /** Sizes of its mask, if it has one: a further input of the trace, behind all others. */
  readonly mask?: readonly Dimension[] | undefined;
}

/** Begins the names of placeholders that are masks of others. */
const MASK_OF = "mask of ";

/** Whether an argument of a trace is the mask of another. */
export function isMask({ name }: { readonly name?: string | undefined }): boolean {
  return name?.startsWith(MASK_OF) ?? false;
}

/** A function over nodes as a graph. Placeholders that the function does not use are among the inputs, too. */
export interface Trace extends NodeList {
  readonly inputs: readonly Node[];
}

/** A graph of a layer of functions over nodes, whose outputs are those of the layer, then its states, then its losses. */
export interface LayerTrace extends Trace {
  /** Whether it is that of training; undefined where training and prediction have the same. */
  readonly training?: boolean | undefined;
  /** The names of the states that get new values. */
  readonly states?: readonly string[] | undefined;
  /** How many losses there are. */
  readonly lossCount?: number | undefined;
}

/** The nodes between placeholders and outputs, in an order in which each stands behind what it needs. */
function nodesBetween(who: string, inputs: readonly Node[], outputs: readonly Node[]): Node[] {
  const seen = new Set<Node>(inputs);
  const nodes: Node[] = [];
  const enter = (output: Node) => {
    const way = [{ node: output, next: 0 }];
    while (way.length) {
      const step = way[way.length - 1];
      const from = step.node.inputs[step.next++];
      if (from && !seen.has(from)) {
        seen.add(from);
        way.push({ node: from, next: 0 });
      } else if (!from) {
        const { node } = way.pop()!;
        if (!inputs.includes(node)) nodes.push(node);
      }
    }
  };
  for (const output of outputs) {
    if (!seen.has(output)) {
      seen.add(output);
      enter(output);
    }
  }
  for (const node of nodes) {
    if (node.operation) continue;
    const what = node.layer ? `uses the layer ${node.layer.name}` : `uses ${describeNode(node)} of another model`;
    throw new ArgumentError(`${who}: the function ${what}. Only ops over its own arguments can be kept.`);
  }
  return nodes;
}

/**
 * A function over nodes that is called when a model is built or compiled, and never again: it leaves a graph for each kind of
 * arguments. Of a file only the graphs are there.
 */
export class TracedFunction {
  readonly #traces = new Map<string, Trace>();

  constructor(
    readonly who: string,
    private readonly call?: (...nodes: Node[]) => unknown,
    /** Those of a file, which has no function. */
    traces?: readonly Trace[],
  ) {
    if (!traces && typeof call !== "function") {
      throw new ArgumentError(`${who}: expects a function over nodes, got ${show(call)}.`);
    }
    for (const trace of traces ?? []) this.#traces.set(keyOf(trace.inputs), trace);
  }

  /** All graphs there are. */
  get traces(): readonly Trace[] {
    return [...this.#traces.values()];
  }

  /**
   * The graph for arguments of these kinds.
   *
   * @throws ArgumentError when the function returns no node, or uses layers; StateError when a file lacks the graph
   */
  trace(placeholders: readonly Placeholder[]): Trace {
    const key = keyOf(withMasks(placeholders));
    const known = this.#traces.get(key);
    if (known) return known;
    if (!this.call) {
      const kinds = placeholders.map(({ dimensions }) => showDimensions(dimensions)).join(" and ");
      throw new StateError(`${this.who}: the file has no graph for arguments of ${kinds}.`);
    }
    const named = placeholders.map(placeholder);
    const inputs = [...named, ...named.flatMap(({ mask }) => mask ?? [])];
    const outputs = readNodes(this.who, this.call(...named));
    const trace = traceOf(this.who, inputs, outputs);
    this.#traces.set(key, trace);
    return trace;
  }
}

/** Whether the arguments of a trace have the shapes of these values and masks of them in a graph. */
export function fitsTrace(
  graph: Graph,
  { inputs }: Trace,
  values: readonly Value[],
  masks: readonly (Value | undefined)[] = [],
): boolean {
  const given = [...values, ...masks.flatMap((mask) => mask ?? [])];
  const masked = inputs.slice(0, values.length).flatMap(({ name }, i) => (masks[i] ? MASK_OF + name : []));
  return (
    inputs.length === given.length &&
    inputs.every(({ dimensions, isOpen, isWhole, name }, i) => {
      if (i < values.length ? isMask({ name }) : name !== masked[i - values.length]) return false;
      if (isWhole !== given[i].isWhole) return false;
      return (graph.length !== undefined || !isOpen) && sameShape(given[i].shape, shapeAt(dimensions, graph));
    })
  );
}

/** The trace whose arguments have the shapes of these values, and of masks of them, in a graph. */
export function traceFor(
  graph: Graph,
  traced: TracedFunction,
  values: readonly Value[],
  masks?: readonly (Value | undefined)[],
): Trace | undefined {
  return traced.traces.find((trace) => fitsTrace(graph, trace, values, masks));
}

/** What an argument of a function over nodes holds. */
export function dtypeOf(isWhole: boolean): "int32" | "float32" {
  return isWhole ? "int32" : "float32";
}

/** The sizes of values `[batch, …]`; in a graph that functions are traced in, the open ones as such. */
export function dimensionsOf({ openSizes }: Graph, { shape }: Value): Dimension[] {
  return [BATCH, ...shape.slice(1).map((size) => openSizes?.get(size) ?? size)];
}

/** What a function over nodes is called with. */
export function placeholder({ name, dimensions, dtype, mask }: Placeholder): Node {
  const places = mask && placeholder({ name: MASK_OF + name, dimensions: mask });
  return new Node(undefined, [], dimensions, name, dtype, undefined, undefined, undefined, places);
}

/**
 * What a function over nodes returned: a node or several.
 *
 * @throws ArgumentError for anything else
 */
export function readNodes(who: string, result: unknown): Node[] {
  const nodes: readonly unknown[] = Array.isArray(result) ? result : [result];
  if (nodes.length > 0 && nodes.every((node) => node instanceof Node)) return [...nodes] as Node[];
  const hint = isPromise(result) ? " It must not be async." : " Use the functions of ops.";
  throw new ArgumentError(`${who}: the function must return a node, got ${show(result)}.${hint}`);
}

/** Also one of another realm. */
export function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/**
 * The graph from placeholders to what a function made of them.
 *
 * @throws ArgumentError when that depends on anything else
 */
export function traceOf(who: string, inputs: readonly Node[], outputs: readonly Node[]): Trace {
  return { inputs, outputs, nodes: nodesBetween(who, inputs, outputs) };
}

/** All arguments of a trace: placeholders, then their masks. */
export function withMasks(placeholders: readonly Placeholder[]): Omit<Placeholder, "mask">[] {
  const masks = placeholders.flatMap(({ name, mask }) => (mask ? { name: MASK_OF + name, dimensions: mask } : []));
  return [...placeholders, ...masks];
}

/** What tells graphs apart that a function leaves for different arguments. */
export function keyOf(
  inputs: readonly { name?: string | undefined; dimensions: readonly Dimension[]; dtype?: Dtype }[],
): string {
  return inputs
    .map(({ name, dimensions, dtype = "float32" }) => `${isMask({ name }) ? name : dtype}${showDimensions(dimensions)}`)
    .join();
}

/** Adds the operations of a trace to a graph; returns the values of its outputs. */
export function emitTrace(graph: Graph, trace: Trace, inputs: readonly Value[]): Value[] {
  return emitNodes(graph, trace, inputs, () => []);
}
