import type { Tensor } from "../tensor/tensor";
import { ArgumentError, ShapeError, StateError } from "../errors";
import { input, Node } from "../graph/node";
import { Layer, type LayerResult } from "../graph/layer";
import { showShape } from "../tensor/shape";
import { checkOptions, integer, show } from "../options";
import { Model } from "./model";
import { structureOf } from "../graph/structure";

/** Options of `sequential`. */
export interface SequentialOptions {
  /** The first needs `inputShape`, unless `input()` stands before it. */
  layers?: readonly (Layer | Model | Node)[] | undefined;
  /** Default "sequential". */
  name?: string | undefined;
  /** Determines initial weights, order of samples and dropout. An integer from 0 to 2³² − 1, default 0. */
  seed?: number | undefined;
}

/** Options of `model`. */
export interface GraphOptions<Outputs extends Node | readonly Node[] = Node | readonly Node[]> {
  /** What `input()` returned, one or several. */
  inputs: Node | readonly Node[];
  /** What the model predicts: what `layer.apply` returned, one or several. */
  outputs: Outputs;
  /**
   * Nodes that are added to the loss in training and evaluation: `[batch, …]`, whose mean counts, or `[]`. For what is not a
   * function of one output alone, such as the divergence of a variational autoencoder. Default: none.
   */
  losses?: readonly Node[] | undefined;
  /** Default "model". */
  name?: string | undefined;
  /** Determines initial weights, order of samples and dropout. An integer from 0 to 2³² − 1, default 0. */
  seed?: number | undefined;
}

/** What a model of these outputs predicts: of one a tensor, even if it came as an array, of several an array of tensors. */
export type PredictionOf<Outputs extends Node | readonly Node[]> = Outputs extends Node | readonly [Node]
  ? Tensor<"float32">
  : Outputs extends readonly [Node, Node, ...Node[]]
    ? { -readonly [Index in keyof Outputs]: Tensor<"float32"> }
    : Tensor<"float32"> | Tensor<"float32">[];

/** A seed counts modulo 2³² in the generator, so no other may stand for the same. */
export function checkSeed(who: string, seed: unknown): number {
  return integer(who, "seed", seed ?? 0, { min: 0, max: 2 ** 32 - 1 });
}

/** A model's name begins its messages. */
function checkName(kind: "sequential" | "model", name: unknown = kind): string {
  if (typeof name === "string" && name !== "") return name;
  throw new ArgumentError(`${kind}: name must be a text, got ${show(name)}.`);
}

/** A model in which every layer works on the output of the one before. */
export class Sequential extends Model {
  #input?: Node;
  #output?: Node;

  /** @internal */
  protected override get kind(): "sequential" {
    return "sequential";
  }

  /** Adds a layer, or a model as one, behind the last; the first one needs `inputShape`. */
  add(added: Layer | Model | Node): this {
    const layer: Layer<LayerResult> | Node = added instanceof Model ? added.asLayer : added;
    if (layer instanceof Node && !layer.layer) {
      if (this.#output) throw new StateError(`${this.name}: input() belongs before the first layer.`);
      this.#input = layer;
      this.#output = layer;
      return this;
    }
    if (!(layer instanceof Layer)) {
      throw new ArgumentError(
        `${this.name}: add expects a layer such as layers.dense({ units: 1 }), got ${show(layer)}.`,
      );
    }
    if (!this.#output) {
      if (!layer.inputShape) {
        throw new ShapeError(
          `${this.name}: the first layer (${layer.name}) needs inputShape, the shape of one sample, such as [784].`,
        );
      }
      this.#input = input({ shape: layer.inputShape });
      this.#output = this.#input;
    }
    const { shape } = this.#output;
    if (layer.inputShape && showShape(layer.inputShape) !== showShape(shape)) {
      throw new ShapeError(
        `${layer.name}: its inputShape is ${showShape(layer.inputShape)}, what comes in is ${showShape(shape)}. ` +
          "Only the first layer needs one.",
      );
    }
    const output = layer.apply(this.#output);
    if (!(output instanceof Node)) {
      throw new ShapeError(
        `${this.name}: ${layer.name} has ${output.length} outputs, a layer of a sequential model has one. Write model({ inputs, outputs }).`,
      );
    }
    this.define(structureOf([this.#input!], [output]));
    this.#output = output;
    return this;
  }
}

/**
 * A model of layers in a row.
 *
 * @throws ShapeError when the first layer has no `inputShape` or a layer does not fit the one before
 */
export function sequential(options: SequentialOptions = {}): Sequential {
  if (Array.isArray(options)) {
    throw new ArgumentError(
      "sequential: expects an object of options, got an array. Write sequential({ layers: […] }).",
    );
  }
  checkOptions("sequential", options, ["layers", "name", "seed"]);
  const result = new Sequential(checkName("sequential", options.name), checkSeed("sequential", options.seed));
  const { layers = [] } = options;
  if (!Array.isArray(layers)) throw new ArgumentError(`sequential: layers must be an array, got ${show(layers)}.`);
  for (const layer of layers) result.add(layer);
  return result;
}

/**
 * A model of any shape: what leads from `inputs` to `outputs`, made with `input()` and `layer.apply()`.
 *
 * @throws ArgumentError when an output depends on an input that is not listed, or an input leads nowhere
 */
export function model<const Outputs extends Node | readonly Node[]>(
  options: GraphOptions<Outputs>,
): Model<PredictionOf<Outputs>> {
  checkOptions("model", options, ["inputs", "outputs", "losses", "name", "seed"]);
  const list = (option: "inputs" | "outputs" | "losses") => {
    const given = options?.[option];
    const nodes = given instanceof Node ? [given] : given;
    if (Array.isArray(nodes) && nodes.length > 0 && nodes.every((node) => node instanceof Node)) return nodes as Node[];
    throw new ArgumentError(`model: ${option} must be what input() or apply() returned, or an array of those.`);
  };
  const inputs = list("inputs");
  if (inputs.some(({ layer }) => layer)) throw new ArgumentError("model: inputs must be made by input().");
  if (new Set(inputs).size < inputs.length) throw new ArgumentError("model: one of the inputs is listed twice.");
  const { losses } = options;
  const added = losses === undefined || (Array.isArray(losses) && losses.length === 0) ? [] : list("losses");
  const structure = structureOf(inputs, list("outputs"), added);
  return new Model(checkName("model", options.name), checkSeed("model", options.seed), structure);
}
