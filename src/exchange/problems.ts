import { FormatError } from "../errors";

/** Most problems that an error shows. */
const SHOWN = 40;

/** A layer or node that cannot be taken over. */
interface Problem {
  /** Its type, as its format calls it. */
  readonly type: string;
  readonly name: string;
  readonly reason: string;
}

/** Collects all that cannot be taken over, so that one error names all of it. */
export class Problems {
  readonly #found: Problem[] = [];
  readonly #known = new Set<string>();

  add(type: string, name: string, reason: string): void {
    const key = JSON.stringify([type, name, reason]);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#found.push({ type, name, reason });
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /**
   * Ends an import that has found any.
   *
   * @param what the file, as in `"this Keras model"`
   * @param waysOut what to do, in sentences
   * @throws FormatError that names all of them
   */
  check(who: string, what: string, waysOut: string): void {
    if (this.isEmpty) return;
    const lines = this.#found.slice(0, SHOWN).map(({ type, name, reason }) => `\n  ${type} "${name}": ${reason}`);
    const rest = this.#found.length - SHOWN;
    if (rest > 0) lines.push(`\n  and ${rest} more`);
    const count = this.#found.length === 1 ? "one part" : `${this.#found.length} parts`;
    throw new FormatError(`${who}: ${count} of ${what} cannot be taken over:${lines.join("")}\n${waysOut}`);
  }
}
