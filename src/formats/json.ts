import { FormatError } from "../errors";

/** What a JSON text can hold. Objects have no prototype, so that no name in them can mean anything but itself. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

/** A name from a file as an error message shows it: escaped, and cut when it is long. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

const digit0 = 48;
const digit9 = 57;
const quote = 34;
const backslash = 92;

/**
 * A strict reader of JSON (RFC 8259) that is pulled by whoever knows what must come next, so that a hostile text fails
 * at its first wrong character instead of growing into objects first. It refuses two things `JSON.parse` lets pass:
 * an object that has a name twice (whose meaning depends on the reader), and a lone surrogate (which is not text).
 */
export class JsonReader {
  private position = 0;

  constructor(
    private readonly text: string,
    /** Stands in front of every error message. */
    private readonly who: string,
  ) {}

  /** An error that says where in the text it was found. */
  error(message: string): FormatError {
    return new FormatError(`${this.who}: ${message} (JSON character ${this.position}).`);
  }

  /** The next character that is not white space, without moving past it; empty at the end of the text. */
  peek(): string {
    this.skipSpace();
    return this.text.charAt(this.position);
  }

  /** Reads an object. `member` is called after each name and must read exactly the value that follows. */
  object(member: (name: string) => void): void {
    const names = new Set<string>();
    this.sequence("{", "}", () => {
      const name = this.string();
      if (names.has(name)) throw this.error(`the name ${quoted(name)} stands twice in one object`);
      names.add(name);
      this.expect(":");
      member(name);
    });
  }

  /** Reads an array. `element` is called before each element and must read exactly that one. */
  array(element: () => void): void {
    this.sequence("[", "]", element);
  }

  string(): string {
    if (this.peek() !== '"') throw this.error(`expected a string, got ${this.shown()}`);
    let end = this.position + 1;
    while (end < this.text.length && this.text.charCodeAt(end) !== quote) {
      end += this.text.charCodeAt(end) === backslash ? 2 : 1;
    }
    if (end >= this.text.length) throw this.error("a string does not end");
    const value = this.token(end + 1) as string;
    if (/\p{Surrogate}/u.test(value)) throw this.error("a string is not valid Unicode");
    return value;
  }

  /** Reads an integer from 0 to 2^53 − 1, written in digits only. */
  unsignedInteger(): number {
    this.skipSpace();
    const start = this.position;
    const value = this.number();
    if (!Number.isSafeInteger(value) || !/^[0-9]+$/.test(this.text.slice(start, this.position))) {
      throw this.error("expected an integer from 0 to 2^53 - 1");
    }
    return value;
  }

  number(): number {
    const first = this.peek();
    if (first !== "-" && !isDigit(this.text.charCodeAt(this.position))) {
      throw this.error(`expected a number, got ${this.shown()}`);
    }
    let end = this.position + 1;
    while (end < this.text.length && (isDigit(this.text.charCodeAt(end)) || "+-.eE".includes(this.text[end]))) end++;
    return this.token(end) as number;
  }

  /** Reads `true`, `false` or `null`. */
  word(): boolean | null {
    this.skipSpace();
    for (const word of ["true", "false", "null"]) {
      if (this.text.startsWith(word, this.position)) return this.token(this.position + word.length) as boolean | null;
    }
    throw this.error(`expected a value, got ${this.shown()}`);
  }

  /** Refuses anything but white space in the rest of the text. */
  end(): void {
    if (this.peek() !== "") throw this.error(`expected the end, got ${this.shown()}`);
  }

  private skipSpace(): void {
    while (this.position < this.text.length && " \t\n\r".includes(this.text[this.position])) this.position++;
  }

  private sequence(open: string, close: string, item: () => void): void {
    this.expect(open);
    if (this.peek() !== close) {
      item();
      while (this.peek() === ",") {
        this.position++;
        item();
      }
    }
    this.expect(close);
  }

  private expect(character: string): void {
    if (this.peek() !== character) throw this.error(`expected "${character}", got ${this.shown()}`);
    this.position++;
  }

  /** Decodes the text up to `end`, one string, number or word, by the platform's own rules. */
  private token(end: number): unknown {
    let value: unknown;
    try {
      value = JSON.parse(this.text.slice(this.position, end));
    } catch {
      throw this.error(`${quoted(this.text.slice(this.position, end))} is not JSON`);
    }
    this.position = end;
    return value;
  }

  private shown(): string {
    const character = this.peek();
    return character === "" ? "the end" : quoted(character);
  }
}

function isDigit(code: number): boolean {
  return code >= digit0 && code <= digit9;
}

/** What `parseJson` accepts at most: a deeper or larger text is refused before it can exhaust stack or memory. */
export interface JsonLimits {
  /** Arrays and objects inside each other. Default 64. */
  depth?: number;
  /** Values of all kinds together. Default 1,000,000. */
  values?: number;
}

/**
 * Parses a whole JSON text from an untrusted file. Objects come without a prototype, and the name `__proto__` is refused,
 * because code that copies objects would take it for one.
 *
 * @param who stands in front of every error message, such as `model.safetensors`
 * @throws FormatError when the text is not JSON, has a name twice in one object, or exceeds the limits
 */
export function parseJson(text: string, who: string, { depth = 64, values = 1_000_000 }: JsonLimits = {}): JsonValue {
  const reader = new JsonReader(text, who);
  let count = 0;

  function value(depthLeft: number): JsonValue {
    if (++count > values) throw reader.error(`more than ${values} values`);
    const first = reader.peek();
    if ((first === "{" || first === "[") && depthLeft === 0) throw reader.error(`nested more than ${depth} deep`);
    if (first === "{") return record(depthLeft - 1);
    if (first === "[") return list(depthLeft - 1);
    if (first === '"') return reader.string();
    return /[-0-9]/.test(first) ? reader.number() : reader.word();
  }

  function record(depthLeft: number): JsonValue {
    const members: { [name: string]: JsonValue } = Object.create(null);
    reader.object((name) => {
      if (name === "__proto__") throw reader.error('the name "__proto__" is not allowed');
      members[name] = value(depthLeft);
    });
    return members;
  }

  function list(depthLeft: number): JsonValue {
    const elements: JsonValue[] = [];
    reader.array(() => elements.push(value(depthLeft)));
    return elements;
  }

  const result = value(depth);
  reader.end();
  return result;
}
