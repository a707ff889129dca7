import type { WasmgradError } from "../errors";

/**
 * What is said where a text is no table, by a reader that has other options than `data.table`, whose own sentences stand where they
 * are said.
 */
export interface Wording {
  /** An error for what is above a limit. */
  tooMuch(message: string): WasmgradError;
  /** Of a quote that is not closed, or closed in the middle of a cell: what Papa Parse says of it. */
  quote(found: string): string;
  /** Of a row that has not as many cells as `reference` says. */
  rowLength(cells: number, reference: string): string;
  /** Of two columns that have one name. */
  sameName(name: string): string;
  /** Of a byte that is no character, in a line. */
  encoding(line: number): string;
  /** The way out when characters were lost before. */
  readonly lost: string;
  /** The ways out of a question about what a column holds. */
  readonly waysOut: string;
}
