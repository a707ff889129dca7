import { DataError, FormatError, LimitError } from "../../errors";
import { show } from "../../options";

/** What is set of JSON. */
export interface JsonOptions {
  readonly who: string;
  readonly path?: string | undefined;
  readonly maximumLineLength: number;
}

/** A value of a JSON text, and the line it begins on. */
export interface JsonValue {
  readonly value: unknown;
  readonly line: number;
}

/**
 * The values of a JSON text as they come: those of an array that is all of it, else those that follow each other, as in JSON lines.
 * Memory does not grow with the text.
 *
 * @throws FormatError naming the line of what is no JSON
 */
export async function* readJson(
  pieces: AsyncIterable<string>,
  options: JsonOptions,
): AsyncGenerator<readonly JsonValue[]> {
  if (options.path !== undefined) return yield await valuesAt(pieces, options);
  const scanner = new Scanner(options);
  for await (const piece of pieces) {
    const values = scanner.add(piece);
    if (values.length > 0) yield values;
  }
  const rest = scanner.end();
  if (rest.length > 0) yield rest;
}

/** What is looked for: within a text, within brackets, within a number or a word, and between values. */
const IN_STRING = /["\\\n]/g;
const IN_BRACKETS = /["{}[\]\n]/g;
const IN_WORD = /[\s,\]]/g;
const BETWEEN = /[\n]|[^\s]/g;

/** Finds the ends of values by their brackets and quotes; what stands between is left to JSON.parse. */
class Scanner {
  /** The pieces of the open value before this one, never joined before it ends. */
  #parts: string[] = [];
  #length = 0;
  #piece = "";
  #at = 0;
  #line = 1;
  /** The line on which the open value begins. */
  #begun = 0;
  #depth = 0;
  /** Where the open value begins in this piece; −1 without one. */
  #start = -1;
  #isInString = false;
  /** Whether all is one array: undefined before the first character. */
  #isArray: boolean | undefined;
  #isOver = false;
  #needsComma = false;

  constructor(private readonly options: JsonOptions) {}

  add(piece: string): JsonValue[] {
    const values: JsonValue[] = [];
    this.#piece = piece;
    // A backslash at the end of a piece has put the place behind the beginning of this one.
    while (this.#at < piece.length) {
      const pattern = this.#pattern();
      pattern.lastIndex = this.#at;
      const found = pattern.exec(piece);
      if (!found) {
        this.#at = piece.length;
        break;
      }
      this.#at = found.index + 1;
      this.#character(found[0], found.index, values);
    }
    this.#at -= piece.length;
    if (this.#start >= 0) {
      this.#parts.push(piece.slice(this.#start));
      this.#length += piece.length - this.#start;
      this.#start = 0;
    }
    const { who, maximumLineLength } = this.options;
    if (this.#length > maximumLineLength) {
      throw new LimitError(
        `${who}: line ${this.#begun}: a value is longer than ${maximumLineLength} characters. Raise maximumLineLength if that is meant.`,
      );
    }
    return values;
  }

  #pattern(): RegExp {
    if (this.#isInString) return IN_STRING;
    if (this.#start < 0) return BETWEEN;
    return this.#depth > 0 ? IN_BRACKETS : IN_WORD;
  }

  #character(character: string, place: number, values: JsonValue[]): void {
    if (character === "\n") this.#line++;
    if (this.#isInString) {
      if (character === "\\") this.#at++;
      else if (character === '"') {
        this.#isInString = false;
        if (this.#depth === 0) this.#finish(place + 1, values);
      }
    } else if (this.#start >= 0) this.#within(character, place, values);
    else this.#between(character, place);
  }

  #between(character: string, place: number): void {
    if (character === "\n") return;
    if (this.#isOver) throw this.#malformed(`there is ${show(character)} behind the end`);
    if (this.#isArray === undefined) {
      this.#isArray = character === "[";
      if (this.#isArray) return;
    }
    if (this.#isArray && character === "]") {
      this.#isOver = true;
      return;
    }
    if (character === ",") {
      if (!this.#isArray || !this.#needsComma) throw this.#malformed("there is a comma too many");
      this.#needsComma = false;
      return;
    }
    if (this.#isArray && this.#needsComma) throw this.#malformed("a comma is missing");
    this.#start = place;
    this.#begun = this.#line;
    if (character === '"') this.#isInString = true;
    else if (character === "{" || character === "[") this.#depth = 1;
    else if (character === "}" || character === "]") throw this.#malformed(`there is ${show(character)} too many`);
  }

  #within(character: string, place: number, values: JsonValue[]): void {
    if (this.#depth === 0) {
      // A number, true, false or null ends where something else begins.
      this.#finish(place, values);
      this.#at = place;
      if (character === "\n") this.#line--;
    } else if (character === '"') this.#isInString = true;
    else if (character === "{" || character === "[") this.#depth++;
    else if (character === "}" || character === "]") {
      this.#depth--;
      if (this.#depth === 0) this.#finish(place + 1, values);
    }
  }

  #finish(end: number, values: JsonValue[]): void {
    const text = this.#parts.join("") + this.#piece.slice(this.#start, end);
    values.push({ value: this.#parse(text), line: this.#begun });
    this.#parts = [];
    this.#length = 0;
    this.#start = -1;
    this.#needsComma = true;
  }

  end(): JsonValue[] {
    const values: JsonValue[] = [];
    this.#piece = "";
    if (this.#start >= 0 && this.#depth === 0 && !this.#isInString) this.#finish(0, values);
    if (this.#start >= 0 || (this.#isArray && !this.#isOver)) {
      throw this.#malformed(
        `the text ends in the middle${this.#begun > 0 ? ` of what begins on line ${this.#begun}` : ""}`,
      );
    }
    return values;
  }

  #parse(text: string): unknown {
    try {
      return parseExactly(text);
    } catch (cause) {
      throw this.#malformed((cause as Error).message, cause);
    }
  }

  #malformed(problem: string, cause?: unknown): FormatError {
    return new FormatError(
      `${this.options.who}: line ${this.#begun || this.#line} is not JSON: ${problem}. Set format: "csv" if it is a table of rows.`,
      { cause },
    );
  }
}

/** Whole numbers that JSON.parse would round stay as they are written, as texts. */
function parseExactly(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const exact = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (part) =>
    !/^-?\d{16,}$/.test(part) || BigInt(Number(part)) === BigInt(part) ? part : `"${part}"`,
  );
  return JSON.parse(exact);
}

/** The rows at a path of one JSON value, which is read as a whole. */
async function valuesAt(pieces: AsyncIterable<string>, { who, path }: JsonOptions): Promise<readonly JsonValue[]> {
  let text = "";
  for await (const piece of pieces) text += piece;
  let value: unknown;
  try {
    value = parseExactly(text);
  } catch (cause) {
    throw new FormatError(`${who}: the text is not JSON: ${(cause as Error).message}.`, { cause });
  }
  for (const name of path!.split(".")) {
    const isObject = value !== null && typeof value === "object";
    if (!isObject || !Object.hasOwn(value as object, name)) {
      const known = isObject
        ? Object.keys(value as object)
            .slice(0, 20)
            .join(", ")
        : show(value);
      throw new DataError(`${who}: path: there is no ${show(name)} of ${show(path)}. There is ${known}.`);
    }
    value = (value as Record<string, unknown>)[name];
  }
  const values = Array.isArray(value) ? value : [value];
  return values.map((one, i) => ({ value: one, line: i + 1 }));
}
