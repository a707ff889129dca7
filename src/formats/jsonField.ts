import { FormatError } from "../errors";
import { show } from "../options";
import { type JsonValue, quoted } from "./json";

/**
 * A value of a parsed JSON text together with the way to it. It is read as what it must be; anything else is a
 * FormatError that names the place: `model file: layers[2].kind must be text, got 7.`
 */
export class JsonField {
  /**
   * @param who stands in front of every message
   * @param path from the whole text to this value; empty for the whole
   */
  constructor(
    readonly value: JsonValue,
    private readonly who: string,
    private readonly path = "",
  ) {}

  /** Who and where, as messages begin. */
  get place(): string {
    return `${this.who}: ${this.path || "its JSON"}`;
  }

  /** An error that says where it was found. */
  error(message: string): FormatError {
    return new FormatError(`${this.place} ${message}`);
  }

  #expected(what: string): FormatError {
    const got = typeof this.value === "string" ? quoted(this.value) : show(this.value);
    return this.error(`must be ${what}, got ${got}.`);
  }

  /** Any object, without prototype. */
  record(): { readonly [name: string]: JsonValue } {
    if (this.value === null || typeof this.value !== "object" || Array.isArray(this.value)) {
      throw this.#expected("an object");
    }
    return this.value;
  }

  /** The members of an object that has all of `needed`, perhaps some of `optional`, and no others. */
  members<Needed extends string, Optional extends string = never>(
    needed: readonly Needed[],
    optional: readonly Optional[] = [],
  ): Record<Needed, JsonField> & Partial<Record<Optional, JsonField>> {
    const record = this.record();
    const known: readonly string[] = [...needed, ...optional];
    for (const name of needed) if (!(name in record)) throw this.error(`lacks ${quoted(name)}.`);
    const names = Object.keys(record);
    for (const name of names) if (!known.includes(name)) throw this.error(`has an unknown member ${quoted(name)}.`);
    const fields = names.map((name) => [
      name,
      new JsonField(record[name], this.who, this.path ? `${this.path}.${name}` : name),
    ]);
    return Object.fromEntries(fields);
  }

  /** The elements of an array that has at most so many. */
  elements(maximum: number): JsonField[] {
    if (!Array.isArray(this.value)) throw this.#expected("an array");
    if (this.value.length > maximum) throw this.error(`has ${this.value.length} elements, at most ${maximum} can be.`);
    return this.value.map((element, i) => new JsonField(element, this.who, `${this.path}[${i}]`));
  }

  string(): string {
    if (typeof this.value !== "string") throw this.#expected("text");
    return this.value;
  }

  boolean(): boolean {
    if (typeof this.value !== "boolean") throw this.#expected("true or false");
    return this.value;
  }

  number(): number {
    if (typeof this.value !== "number" || !Number.isFinite(this.value)) throw this.#expected("a finite number");
    return this.value;
  }

  /** An integer from 0 to `maximum`. */
  integer(maximum: number): number {
    const value = this.number();
    if (!Number.isInteger(value) || value < 0 || value > maximum) {
      throw this.#expected(`an integer from 0 to ${maximum}`);
    }
    return value;
  }
}
