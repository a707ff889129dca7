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

/** Finds the ends of values by their brackets and quotes; what stands between is left to JSON.parse. */
class Scanner {
  #rest = "";
  #at = 0;
  #line = 1;
  /** The line on which the open value begins. */
  #begun = 0;
  #depth = 0;
  #start = -1;
  #isInString = false;
  /** Whether all is one array: undefined before the first character. */
  #isArray: boolean | undefined;
  #isOver = false;
  #needsComma = false;

  constructor(private readonly options: JsonOptions) {}

  add(piece: string): JsonValue[] {
    this.#rest += piece;
    const values: JsonValue[] = [];
    const text = this.#rest;
    const special = /["\\{}[\],\n]|[^\s]/g;
    const inValue = /["{}[\]\n]/g;
    const inString = /["\\\n]/g;
    while (this.#at < text.length) {
      const pattern = this.#isInString
        ? inString
        : this.#start >= 0
          ? this.#depth > 0
            ? inValue
            : /[\s,\]]/g
          : special;
      pattern.lastIndex = this.#at;
      const found = pattern.exec(text);
      if (!found) {
        this.#at = text.length;
        break;
      }
      const place = found.index;
      if (this.#isInString && found[0] === "\\" && place + 1 >= text.length) {
        this.#at = place;
        break;
      }
      this.#at = place + 1;
      this.#character(found[0], place, values);
    }
    const from = this.#start >= 0 ? this.#start : this.#at;
    this.#rest = text.slice(from);
    this.#at -= from;
    if (this.#start >= 0) this.#start = 0;
    if (this.#rest.length > this.options.maximumLineLength) {
      throw new LimitError(
        `${this.options.who}: line ${this.#begun}: a value is longer than ${this.options.maximumLineLength} characters. Raise maximumLineLength if that is meant.`,
      );
    }
    return values;
  }

  #character(character: string, place: number, values: JsonValue[]): void {
    if (character === "\n") this.#line++;
    if (this.#isInString) {
      if (character === "\\") this.#at++;
      else if (character === '"') {
        this.#isInString = false;
        if (this.#depth === 0) this.#finish(place + 1, values);
      }
      return;
    }
    if (this.#start >= 0) {
      this.#within(character, place, values);
      return;
    }
    if (this.#isOver && character !== "\n") throw this.#malformed(`there is ${show(character)} behind the end`);
    if (character === "\n") return;
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
    values.push({ value: this.#parse(this.#rest.slice(this.#start, end)), line: this.#begun });
    this.#start = -1;
    this.#needsComma = true;
  }

  end(): JsonValue[] {
    const values: JsonValue[] = [];
    if (this.#start >= 0 && this.#depth === 0 && !this.#isInString) this.#finish(this.#rest.length, values);
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
