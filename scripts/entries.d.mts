/** An entry of the package: its name in imports, its name in files, and its source. */
export interface Entry {
  readonly name: string;
  readonly file: string;
  readonly types: string;
  readonly source: string;
}

export function entries(manifest?: { name: string; exports: Record<string, unknown> }): Entry[];
