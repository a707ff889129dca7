export interface Mutant {
  readonly name: string;
  readonly edits: readonly (readonly [file: string, find: string, replace: string])[];
  readonly tests: readonly string[];
  readonly named?: string;
}
export const mutants: readonly Mutant[];
export function findStale(mutant: Mutant, read: (file: string) => string | undefined): string[];
export function mutantsOf(files: readonly string[], among?: readonly Mutant[]): Mutant[];
