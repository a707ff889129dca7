import type { Column, Feeds } from "./lower";
import { type Kind, type Lowering, lowerFor, type Recipe } from "./compile";
import { sizeOf } from "../tensor/shape";

/** Graphs that are kept: the one unused for longest makes room. */
const KEPT = 256;

/** What tells the graphs of a recipe apart. Types and places of columns do not: rows get them when they are written. */
export interface LoweringKey {
  readonly kind: Kind;
  readonly batchSize: number;
  /** Whether samples have weights: those are one more column. */
  readonly isWeighted: boolean;
}

/** The graphs of a recipe, each lowered when it is first needed. */
export class Lowerings {
  /** Most recently used last. */
  readonly #kept = new Map<string, Lowering>();

  constructor(readonly recipe: Recipe) {}

  of({ kind, batchSize, isWeighted }: LoweringKey): Lowering {
    const key = `${kind}:${batchSize}:${isWeighted}`;
    const lowering =
      this.#kept.get(key) ?? lowerFor(this.recipe, kind, batchSize, placeholderFeeds(this.recipe, isWeighted));
    this.#kept.delete(key);
    this.#kept.set(key, lowering);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return lowering;
  }
}

/** Feeds that stand for any data of the right shape: planning does not depend on types and places of columns. */
export function placeholderFeeds(recipe: Recipe, isWeighted: boolean): Feeds {
  const column = (size: number): Column => ({ dtype: "float32", offset: 0, size });
  const { inputs, outputs } = recipe.model;
  const targetSize = (shape: readonly number[], i: number) =>
    recipe.objectives[i]?.loss.targets === "sparse" ? sizeOf(shape) / shape.at(-1)! : sizeOf(shape);
  return {
    x: inputs.map(({ shape }) => column(sizeOf(shape))),
    y: outputs.map(({ shape }, i) => column(targetSize(shape, i))),
    sampleWeights: outputs.map(() => (isWeighted ? column(1) : undefined)),
  };
}

/** Whether any output has weights of samples. */
export function areWeighted({ sampleWeights }: Feeds): boolean {
  return sampleWeights.some((column) => column !== undefined);
}
