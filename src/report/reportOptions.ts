import type { RawRows } from "../pipeline/pipeline";
import type { History } from "../training/history";
import type { FoldSummary } from "./reportData";

/** Options of `report`. */
export interface ReportOptions {
  /** What `fit` has returned, for learning curves. */
  readonly history?: Pick<History, "epoch" | "history"> | undefined;
  /** The rows of training, to compare with what simple models learn from them. */
  readonly train?: RawRows | undefined;
  /** The column by which earlier rows are for training and later ones for testing: compares with the last value before each row. */
  readonly time?: string | undefined;
  /** Determines what is drawn: how values change places, and which rows are looked at where there are many. Default 0. */
  readonly seed?: number | undefined;
  /** How many of the largest mistakes are told. Default 10. */
  readonly mistakes?: number | undefined;
  /** What cross-validation has found, to be told beside what this test has. */
  readonly crossValidation?: FoldSummary | undefined;
  /** The title of the page. */
  readonly title?: string | undefined;
}
