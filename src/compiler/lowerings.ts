import type { Column, Feeds } from "./lower";
import { type Kind, type Lowering, lowerFor, type Recipe } from "./compile";
import { CustomLoss } from "../losses/custom";
import { targetShapeOf } from "../losses/losses";
import { shapeOf } from "../graph/node";
import { usualLength } from "../graph/openShapes";
import { sizeOf } from "../tensor/shape";

/** Graphs that are kept: the one unused for longest makes room. */
const KEPT = 256;

/** What tells the graphs of a recipe apart. Types and places of columns do not: rows get them when they are written. */
export interface LoweringKey {
  readonly kind: Kind;
  readonly batchSize: number;
  /** How many weights a sample of each output has; absent: samples have none. */
  readonly weightSizes?: readonly number[] | undefined;
  /** Of the sequences, where a model leaves that open. */
  readonly length?: number | undefined;
}

/** The graphs of a recipe, each lowered when it is first needed. */
export class Lowerings {
  /** Most recently used last. */
  readonly #kept = new Map<string, Lowering>();

  constructor(readonly recipe: Recipe) {}

  /** Whether the model leaves the length of its sequences open. */
  get isOpen(): boolean {
    return this.recipe.model.inputs.some((node) => node.isOpen);
  }

  /**
   * A training step that tells which weights are trained, which neither its batch nor the length of its sequences changes: of one
   * sample, of a usual length.
   */
  get trainingStep(): LoweringKey {
    const { model, maxLength } = this.recipe;
    return { kind: "train", batchSize: 1, length: maxLength ?? usualLength(model) };
  }

  of({ kind, batchSize, weightSizes, length }: LoweringKey): Lowering {
    const key = `${kind}:${batchSize}:${weightSizes ?? ""}:${length ?? ""}`;
    const lowering =
      this.#kept.get(key) ?? lowerFor(this.recipe, kind, batchSize, placeholderFeeds(this.recipe, weightSizes, length));
    this.#kept.delete(key);
    this.#kept.set(key, lowering);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return lowering;
  }
}

/** Feeds that stand for any data of the right shape: planning does not depend on types and places of columns. */
export function placeholderFeeds(recipe: Recipe, weightSizes?: readonly number[], length?: number): Feeds {
  const column = (size: number): Column => ({ dtype: "float32", offset: 0, size });
  const { inputs, outputs } = recipe.model;
  const targetSize = (shape: readonly number[], i: number) =>
    sizeOf(recipe.objectives[i] ? targetShapeOf(recipe.objectives[i].loss, shape) : shape);
  return {
    x: inputs.map((node) => column(sizeOf(shapeOf(node, length)))),
    y: outputs.map((node, i) => column(targetSize(shapeOf(node, length), i))),
    sampleWeights: outputs.map((_, i) => weightSizes && column(weightSizes[i])),
  };
}

/** The most weights a sample of each output can have: one for every number of its loss. Fewer find room where these do. */
export function mostWeights({ model, objectives }: Recipe, length?: number): number[] {
  return model.outputs.map((node, i) => {
    const loss = objectives[i]?.loss;
    if (!(loss instanceof CustomLoss)) return sizeOf(shapeOf(node, length).slice(0, -1));
    return sizeOf(shapeOf(loss.trace(node.dimensions.slice(1)).outputs[0], length));
  });
}

/** How many weights a sample of each output has; undefined when samples have none. */
export function weightSizesOf({ sampleWeights }: Feeds): readonly number[] | undefined {
  return sampleWeights.every((column) => column !== undefined) && sampleWeights.length > 0
    ? sampleWeights.map((column) => column!.size)
    : undefined;
}
