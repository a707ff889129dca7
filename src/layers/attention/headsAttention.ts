import { ArgumentError, ShapeError } from "../../errors";
import { type Dimension, isSame, showDimensions } from "../../graph/dimension";
import type { Graph, Value } from "../../graph/graph";
import { Layer, type LayerOptions, type LayerResult, type OutputMask, type WeightSpec } from "../../graph/layer";
import { type CallOptions, type LayerCall, Node, shapeOf } from "../../graph/node";
import type { Fitted } from "../../graph/openShapes";
import { emitPutStep, type Past, type Stepping } from "../../graph/steps";
import type { InitializerLike } from "../../initializers/initializer";
import { broadcastTo, expandDims, newSizes } from "../../nodes/axes";
import { logicalAnd } from "../../nodes/elementwise";
import { boolean, checkOptions } from "../../options";
import { flag, type OptionsOf, seed, size } from "../../optionTable";
import { dense } from "../../ops/dense";
import type { Regularizer } from "../../regularizers/regularizers";
import { sizeOf, type Shape } from "../../tensor/shape";
import { broadcastMask } from "../masks";
import { initializer, regularizer } from "../options";
import { type AttentionCall, dropRate } from "./call";
import { emitAttention } from "./emitAttention";
import { checkPairs, emitRotary, type RotarySettings, rotaryWithin } from "./rotary";

/** How options are read that all attention over heads has. */
export const headsOptions = {
  /** Whether the projections add a bias. Default true. */
  useBias: [flag, true],
  /** Whether a query sees only keys at its place and before it. Default false. */
  useCausalMask: [flag, false],
  /** Share of scores that training sets to 0, in [0, 1). Default 0. */
  dropout: [dropRate, 0],
  /** A query sees keys less than so many places away. Default: all. */
  slidingWindow: [size, undefined],
  /** Turns queries and keys by angles that grow with their position. Default: not. */
  rotaryEmbedding: [rotaryWithin, undefined],
  /** Whether the scores, `[batch, heads, queries, keys]`, are a second output. Default false. */
  returnAttentionScores: [flag, false],
  /** Of the four kernels. Default `"glorotUniform"`. */
  kernelInitializer: [initializer, "glorotUniform"],
  /** Of the biases. Default `"zeros"`. */
  biasInitializer: [initializer, "zeros"],
  /** Of the four kernels. Default: none. */
  kernelRegularizer: regularizer,
  /** Of the biases. Default: none. */
  biasRegularizer: regularizer,
  /** Of dropout. By default the model's seed. */
  seed: [seed, undefined],
} as const;

/** Options that all attention over heads has. */
export interface HeadsAttentionOptions extends LayerOptions, OptionsOf<typeof headsOptions> {}

/** What attention over heads is made of, whatever the names of its options. */
export interface HeadsSettings {
  readonly heads: number;
  /** Heads of keys and values, each shared by as many heads of queries. */
  readonly keyHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  /** Sizes of the output behind the queries; undefined: that of the queries. */
  readonly outputShape: readonly number[] | undefined;
  readonly useBias: boolean;
  readonly useCausalMask: boolean;
  readonly dropout: number;
  readonly slidingWindow: number | undefined;
  readonly rotaryEmbedding: RotarySettings | undefined;
  readonly returnAttentionScores: boolean;
  readonly kernelInitializer: InitializerLike;
  readonly biasInitializer: InitializerLike;
  readonly kernelRegularizer: Regularizer | undefined;
  readonly biasRegularizer: Regularizer | undefined;
  readonly seed: number | undefined;
}

/**
 * Attention over heads as a layer: projections of queries, keys and values, `ops/attention`, a projection of what the heads found.
 * Inputs are [query], [query, value] or [query, value, key], and behind them the attention mask if there is one.
 */
export class HeadsAttention extends Layer<LayerResult> {
  readonly #settings: HeadsSettings;

  constructor(
    kind: string,
    options: LayerOptions,
    known: readonly string[],
    read: (layer: HeadsAttention) => HeadsSettings,
  ) {
    super(kind, options, known);
    this.#settings = read(this);
  }

  protected override get callOptions(): readonly string[] {
    return ["attentionMask", "returnAttentionScores"];
  }

  override apply(input: Node | readonly Node[], call: AttentionCall = {}): LayerResult {
    const inputs: readonly Node[] = Array.isArray(input) ? input : [input];
    const who = `${this.name}: apply`;
    checkOptions(who, call, this.callOptions);
    const { attentionMask, returnAttentionScores = this.#settings.returnAttentionScores } = call;
    const returnsScores = boolean(who, "returnAttentionScores", returnAttentionScores);
    const options: CallOptions = returnsScores ? { returnAttentionScores: true } : {};
    if (attentionMask === undefined) return this.applyAs(inputs, options);
    if (!(attentionMask instanceof Node)) {
      throw new ArgumentError(`${this.name}: attentionMask must be a node [batch, queries, keys].`);
    }
    return this.applyAs([...inputs, this.#ofSamples(attentionMask, inputs[0])], { ...options, attentionMask: true });
  }

  /** A mask that is the same for all samples, for each of them. */
  #ofSamples(mask: Node, query: Node): Node {
    if (mask.dimensions.length !== 2 || mask.isBatched || !(query instanceof Node)) return mask;
    return broadcastTo(expandDims(mask, 0), newSizes([query.dimensions[0], ...mask.dimensions]));
  }

  override fitNodes(inputs: readonly Node[], options: CallOptions): Fitted {
    const { query, key, value, mask } = this.#roles(inputs, options);
    const named = { query, value, key };
    for (const [name, node] of Object.entries(named)) {
      if (node.dimensions.length === 3) continue;
      throw new ShapeError(
        `${this.name}: expects a ${name} [batch, time, features], got ${showDimensions(node.dimensions)}.`,
      );
    }
    const [batch, queries] = query.dimensions;
    const keys = value.dimensions[1];
    if (!isSame(keys, key.dimensions[1])) {
      const [ofValue, ofKey] = [value, key].map((node) => showDimensions(node.dimensions));
      throw new ShapeError(`${this.name}: value and key must be of one length, got ${ofValue} and ${ofKey}.`);
    }
    const wanted = [batch, queries, keys];
    if (mask && !(mask.dimensions.length === 3 && mask.dimensions.every((size, i) => isSame(size, wanted[i])))) {
      throw new ShapeError(
        `${this.name}: attentionMask must be ${showDimensions(wanted)} or ${showDimensions(wanted.slice(1))}, ` +
          `got ${showDimensions(mask.dimensions)}.`,
      );
    }
    const output: Dimension[] = [batch, queries, ...(this.#settings.outputShape ?? query.dimensions.slice(2))];
    const scores = [batch, this.#settings.heads, queries, keys];
    const areSeveral = options.returnAttentionScores === true;
    const weights = this.weights(shapeOf(query, 1), shapeOf(value, 1), shapeOf(key, 1));
    return { outputs: areSeveral ? [output, scores] : [output], areSeveral, weights };
  }

  outputShape(query: Shape): Shape {
    return [...query.slice(0, 1), ...(this.#settings.outputShape ?? query.slice(1))];
  }

  /** The inputs, or their values, by what they are. */
  #roles<T>(inputs: readonly T[], { attentionMask }: CallOptions): { query: T; value: T; key: T; mask?: T } {
    const [query, value = query, key = value, ...more] = attentionMask ? inputs.slice(0, -1) : inputs;
    if (query === undefined || more.length) {
      throw new ShapeError(
        `${this.name}: expects a query, or [query, value] or [query, value, key], got ${inputs.length} inputs.`,
      );
    }
    return { query, value, key, ...(attentionMask ? { mask: inputs[inputs.length - 1] } : {}) };
  }

  override weights(query: Shape, value: Shape = query, key: Shape = value): WeightSpec[] {
    const { heads, keyHeads, keyDim, valueDim, outputShape = query.slice(1) } = this.#settings;
    return [
      ...this.#projection("query", [query[1]], [heads, keyDim]),
      ...this.#projection("key", [key[1]], [keyHeads, keyDim]),
      ...this.#projection("value", [value[1]], [keyHeads, valueDim]),
      ...this.#projection("attentionOutput", [heads, valueDim], outputShape),
    ];
  }

  #projection(name: string, from: readonly number[], to: readonly number[]): WeightSpec[] {
    const { useBias, kernelInitializer, biasInitializer, kernelRegularizer, biasRegularizer } = this.#settings;
    const kernel = { name: `${name}/kernel`, shape: [...from, ...to], initializer: kernelInitializer };
    const bias = { name: `${name}/bias`, shape: [...to], initializer: biasInitializer };
    const specs: WeightSpec[] = [{ ...kernel, ...(kernelRegularizer && { regularizer: kernelRegularizer }) }];
    if (useBias) specs.push({ ...bias, ...(biasRegularizer && { regularizer: biasRegularizer }) });
    return specs;
  }

  /** That of the queries, then that of the keys: where the value and the key count. */
  protected override usedMasks(inputs: readonly Node[], options: CallOptions): readonly (Node | undefined)[] {
    const { query, value, key } = this.#roles(inputs, options);
    const [ofQuery, ofValue, ofKey] = [query, value, key].map((node) => this.#placesOf(node));
    const ofBoth = ofValue && ofKey && value.mask !== key.mask ? logicalAnd(ofValue, ofKey) : (ofValue ?? ofKey);
    return ofQuery || ofBoth ? [ofQuery, ofBoth] : [];
  }

  #placesOf(node: Node): Node | undefined {
    if (!node.mask || node.mask.dimensions.length === 2) return node.mask;
    if (node.mask.dimensions.length === 1) return broadcastMask(node.mask, node, 2);
    throw new ArgumentError(
      `${this.name}: expects masks of places [batch, time], got ${showDimensions(node.mask.dimensions)}.`,
    );
  }

  /** The places of the output are those of the queries. */
  protected override outputMask({ inputs: [query] }: LayerCall): OutputMask {
    return query.mask;
  }

  /** A query that goes with time meets keys that do not, or, if it sees none behind itself, those of all steps before it. */
  override stepping({ inputs, options }: LayerCall): Stepping {
    const { query, value, key, mask } = this.#roles(inputs, options);
    const { useCausalMask, slidingWindow, rotaryEmbedding } = this.#settings;
    if (mask || options.returnAttentionScores) return undefined;
    if (!value.isOpen && !key.isOpen) return useCausalMask || slidingWindow || rotaryEmbedding ? undefined : "each";
    if (!useCausalMask || ![query, value, key].every(({ isOpen }) => isOpen)) return undefined;
    return (graph, values, weights, masks, past) => this.#emit(graph, values, weights, masks, options, past);
  }

  emit(
    graph: Graph,
    inputs: Value[],
    weights: Value[],
    masks: readonly (Value | undefined)[],
    options: CallOptions,
  ): readonly Value[] {
    return this.#emit(graph, inputs, weights, masks, options);
  }

  /** @param past where it is computed step by step */
  #emit(
    graph: Graph,
    inputs: Value[],
    weights: Value[],
    masks: readonly (Value | undefined)[],
    options: CallOptions,
    past?: Past,
  ): readonly Value[] {
    const { query, value, key, mask } = this.#roles(inputs, options);
    const steps = past?.room(this.name);
    const { heads, keyHeads, keyDim, valueDim, outputShape, rotaryEmbedding, ...settings } = this.#settings;
    const [ofQuery, ofKey, ofValue, ofOutput] = this.#weightsOf(weights);
    const turned = (x: Value, count: number) =>
      rotaryEmbedding ? emitRotary(graph, this.name, x, count, rotaryEmbedding, steps) : x;
    const q = turned(this.#project(graph, query, ofQuery, [heads * keyDim]), heads);
    const k = turned(this.#project(graph, key, ofKey, [keyHeads * keyDim]), keyHeads);
    const v = this.#project(graph, value, ofValue, [keyHeads * valueDim]);
    // Of every step before there are keys, values and, where some do not count, which do.
    const all = (x: Value) => (past ? this.#remember(graph, x, past) : x);
    const { y, scores } = emitAttention(
      graph,
      this.name,
      { q, k: all(k), v: all(v) },
      {
        ...{ heads, keyHeads, scale: 1 / Math.sqrt(keyDim), causal: settings.useCausalMask },
        ...{ window: settings.slidingWindow ?? 0, rate: settings.dropout, seed: settings.seed },
        ...{
          returnsScores: options.returnAttentionScores === true,
          queryMask: masks[0],
          keyMask: masks[1] && all(masks[1]),
          mask,
        },
        streams: past !== undefined,
      },
    );
    const output = this.#project(graph, y, ofOutput, outputShape ?? query.shape.slice(2));
    return scores ? [output, scores] : [output];
  }

  /** What a step brings beside what the steps before have brought: [batch, room, …] of [batch, 1, …]. */
  #remember(graph: Graph, x: Value, past: Past): Value {
    const [batch] = x.shape;
    const state = past.state(this.name, [batch, past.room(this.name), sizeOf(x.shape) / batch]);
    emitPutStep(graph, this.name, x, state);
    return state;
  }

  /** Kernel and bias of each projection. */
  #weightsOf(weights: readonly Value[]): Value[][] {
    const step = this.#settings.useBias ? 2 : 1;
    return [0, 1, 2, 3].map((i) => weights.slice(i * step, (i + 1) * step));
  }

  /** A dense row: [batch, time, …] by a kernel [all numbers of …, sizes]. */
  #project(graph: Graph, x: Value, [kernel, bias]: readonly Value[], sizes: readonly number[]): Value {
    const [batch, time] = x.shape;
    const [inputs, units] = [sizeOf(x.shape.slice(2)), sizeOf(sizes)];
    const values: Record<string, Value> = { x, w: graph.view(kernel, [inputs, units], kernel.owner) };
    if (bias) values.b = graph.view(bias, [units], bias.owner);
    const counts = { rows: batch * time, inputs, units };
    return graph.emit(dense, this.name, values, [batch, time, ...sizes], { counts });
  }
}

/** Refuses rotary positions where the numbers of a head do not come in pairs. */
export function checkRotary(who: string, option: string, settings: HeadsSettings): HeadsSettings {
  if (settings.rotaryEmbedding) checkPairs(who, option, settings.keyDim);
  return settings;
}
