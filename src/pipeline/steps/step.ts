import type { JsonField } from "../../formats/jsonField";
import type { Column } from "../../table/columns/column";

/** Where the numbers of a column go: those of row r begin at `values[r·stride + offset]`. */
export interface Place {
  readonly values: Float32Array;
  readonly stride: number;
  readonly offset: number;
}

/** What one column becomes, as it was learnt from the rows of training. Plain data: `describe` gives it, `read…` takes it back. */
export interface Step {
  /** The column's name. */
  readonly column: string;
  /** What its numbers are called. */
  readonly names: readonly string[];
  /** @internal Writes the numbers of all rows of a column of the type that it has learnt from. */
  write(column: Column, place: Place): void;
  /** What files keep. */
  describe(): StepDescription;
}

/** What a file keeps of a step. */
export interface StepDescription {
  readonly kind: string;
  readonly column: string;
  readonly [name: string]: unknown;
}

/** Numbers of a file. */
export const numbersOf = (field: JsonField, most: number): number[] => field.elements(most).map((one) => one.number());

/** Words of a file, each once. */
export function wordsOf(field: JsonField, most: number): string[] {
  const words = field.elements(most).map((one) => one.string());
  if (new Set(words).size < words.length) throw field.error("must have each word once.");
  return words;
}
