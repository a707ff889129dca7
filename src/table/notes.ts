/** Something that was done with a table and is to be said: what was recognised, left out or guessed. */
export interface TableNote {
  /** The column it is about; absent for the whole table. */
  readonly column?: string | undefined;
  /** A sentence. */
  readonly text: string;
}

/** How a text was cut into rows and cells; absent for tables that were no text. */
export interface TextLayout {
  /** "csv" or "json". */
  readonly format: "csv" | "json";
  /** What stands between cells, "whitespace" or "fixed". */
  readonly delimiter?: string | undefined;
  /** Whether the first row names the columns. */
  readonly header?: boolean | undefined;
  /** What stands around cells. */
  readonly quote?: string | undefined;
  /** How bytes are characters; absent where no bytes were given. */
  readonly encoding?: string | undefined;
  /** What begins a line that is no row. */
  readonly comment?: string | undefined;
  /** Lines that were left out at the beginning. */
  readonly skipRows?: number | undefined;
}
