import type { Table } from "wasmgrad";

/** A network, and how fast and how strictly it learns. */
export interface Recipe {
  readonly hidden: readonly number[];
  /** The share of units that a step leaves out. */
  readonly dropout: number;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** How a table is learnt. */
export interface Plan {
  /** Networks to choose from, by rows that they have not seen. */
  readonly recipes: readonly Recipe[];
  /** How many parts the rows are cut into to choose; 1: one part of them is put aside. */
  readonly folds: number;
  /** The share of rows that is put aside, where there are no folds. */
  readonly validation: number;
  readonly batchSize: number;
  /** Passes over the rows, at most. */
  readonly epochs: number;
  /** Passes without a better result, after which it is enough. */
  readonly patience: number;
}

/** What somebody has set. */
export interface PlanOptions {
  readonly hidden?: readonly number[] | undefined;
  readonly epochs?: number | undefined;
}

/** Tables of fewer rows are cut into folds: one small part would say little. */
const FEW_ROWS = 2000;
const FOLDS = 5;
/** From so many rows on networks are wider, and from so many there is one to choose from. */
const WIDE_FROM_ROWS = 8000;
const MANY_ROWS = 20_000;
/** More rows than these say nothing that they do not say. */
const MOST_VALIDATION_ROWS = 5000;
/** Steps after which patience ends, at least. */
const PATIENT_STEPS = 1000;

const between = (least: number, value: number, most: number) => Math.min(most, Math.max(least, value));

/** A plan by the number of rows, without a look at what is in them. */
export function planFor({ rowCount }: Pick<Table, "rowCount">, { hidden, epochs }: PlanOptions): Plan {
  const isSmall = rowCount < FEW_ROWS;
  const batchSize = between(16, 2 ** Math.round(Math.log2(rowCount / 40)), 256);
  const stepsAnEpoch = Math.ceil(rowCount / batchSize);
  return {
    recipes: recipesFor(rowCount, hidden),
    folds: isSmall ? Math.min(FOLDS, rowCount) : 1,
    validation: Math.min(0.15, MOST_VALIDATION_ROWS / rowCount),
    batchSize,
    epochs: epochs ?? (isSmall ? 600 : 200),
    patience: between(8, Math.ceil(PATIENT_STEPS / stepsAnEpoch), 40),
  };
}

/** The fewer the rows, the more a network is held back; what held back too much shows by the rows put aside. */
function recipesFor(rowCount: number, hidden: readonly number[] | undefined): Recipe[] {
  const usual = rowCount < WIDE_FROM_ROWS ? [64, 64] : [128, 128];
  const free: Recipe = { hidden: hidden ?? usual, dropout: 0.1, learningRate: 0.002, weightDecay: 0.01 };
  if (rowCount >= MANY_ROWS) return [{ ...free, dropout: 0 }];
  if (rowCount >= FEW_ROWS)
    return [
      { ...free, dropout: 0 },
      { ...free, dropout: 0.2 },
    ];
  const held: Recipe = { hidden: hidden ?? [64], dropout: 0.3, learningRate: 0.002, weightDecay: 1 };
  const linear: Recipe = { hidden: [], dropout: 0, learningRate: 0.01, weightDecay: 0.01 };
  const tight: Recipe = { ...free, dropout: 0 };
  return hidden ? [free, tight, held] : [free, tight, held, linear];
}
