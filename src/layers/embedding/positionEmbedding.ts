import { ShapeError } from "../../errors";
import { showDimensions } from "../../graph/dimension";
import type { Graph, Value } from "../../graph/graph";
import { Layer, type LayerOptions, type OutputMask, passMask, type WeightSpec } from "../../graph/layer";
import type { LayerCall, Node } from "../../graph/node";
import type { Fitted } from "../../graph/openShapes";
import { add } from "../../ops/add";
import { expandAxis } from "../../ops/expandAxis";
import { emitTakeStep, type Stepping } from "../../graph/steps";
import { type OptionsOf, readSettings, type SettingsOf, size } from "../../optionTable";
import { type Shape, sizeOf } from "../../tensor/shape";
import { initializer, regularizer } from "../options";
import { emitRows } from "./emitRows";

/** How options of `positionEmbedding` are read. */
const positionOptions = {
  /** How many positions there are: the longest sequences. */
  sequenceLength: size,
  /** Of the table. Default `"glorotUniform"`. */
  initializer: [initializer, "glorotUniform"],
  /** Of the table. Default: none. */
  regularizer,
} as const;

/** Options of `positionEmbedding`. */
export interface PositionEmbeddingOptions extends LayerOptions, OptionsOf<typeof positionOptions> {}

class PositionEmbedding extends Layer {
  readonly #settings: SettingsOf<typeof positionOptions>;

  constructor(options: PositionEmbeddingOptions) {
    super("positionEmbedding", options, Object.keys(positionOptions));
    this.#settings = readSettings(this.name, this.options, positionOptions);
  }

  override get longest(): number {
    return this.#settings.sequenceLength;
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.single(inputs);
  }

  override fitNodes(inputs: readonly Node[]): Fitted {
    const [{ dimensions }] = inputs;
    if (inputs.length !== 1 || dimensions.length !== 3 || typeof dimensions[2] !== "number") {
      const got = inputs.map((node) => showDimensions(node.dimensions)).join(" and ");
      throw new ShapeError(`${this.name}: expects one input [batch, time, features], got ${got}.`);
    }
    if (typeof dimensions[1] === "number" && dimensions[1] > this.longest) {
      throw new ShapeError(
        `${this.name}: has ${this.longest} positions, got sequences of length ${dimensions[1]}. Give it a larger sequenceLength.`,
      );
    }
    return { outputs: [dimensions], areSeveral: false, weights: this.weights([0, dimensions[2]]) };
  }

  override weights([, features]: Shape): WeightSpec[] {
    const { sequenceLength, initializer, regularizer } = this.#settings;
    const table = { name: "embeddings", shape: [sequenceLength, features], initializer };
    return [{ ...table, ...(regularizer && { regularizer }) }];
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  override stepping(): Stepping {
    return (graph, [x], [table], _, past) => {
      past.limit(this.name, this.longest);
      const [rows, width] = table.shape;
      return this.#add(
        graph,
        x,
        emitTakeStep(graph, this.name, graph.view(table, [1, rows, width], table.owner), [width]),
      );
    };
  }

  emit(graph: Graph, [x]: Value[], [table]: Value[]): Value {
    const time = x.shape[1];
    const positions = graph.constant(
      this.name,
      Int32Array.from({ length: time }, (_, i) => i),
    );
    return this.#add(graph, x, emitRows(graph, this.name, table, positions));
  }

  /** The rows are those of every sample. */
  #add(graph: Graph, x: Value, rows: Value): Value {
    const [batch, time, features] = x.shape;
    const counts = { outer: 1, length: batch, inner: time * features };
    const b = graph.emit(expandAxis, this.name, { x: rows }, x.shape, { counts });
    return graph.emit(add, this.name, { a: x, b }, x.shape, { counts: { count: sizeOf(x.shape) } });
  }
}

/**
 * Adds a vector for each position, which is learnt: input and output `[batch, time, features]`. Sequences may be shorter than
 * `sequenceLength`, longer ones are an error before the first step. Masks are passed on. Weights: `embeddings`
 * `[sequenceLength, features]`. Keras-hub's layer of this name returns the vectors without adding them.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function positionEmbedding(options: PositionEmbeddingOptions): Layer {
  return new PositionEmbedding(options);
}
