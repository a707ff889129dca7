import { FormatError } from "../../errors";
import { quoted } from "../json";

/** What the header of an array of NumPy is made of. A tuple comes as a list. */
export type PythonLiteral = string | number | boolean | null | PythonLiteral[] | Map<string, PythonLiteral>;

/** Deeper than any description of a number, of which structured ones nest. */
const MAXIMUM_DEPTH = 16;

/**
 * Reads one literal of Python, of those kinds that NumPy writes into headers: a dictionary, tuples, lists, texts, whole
 * numbers, True, False and None. Nothing is evaluated.
 *
 * @throws FormatError at the first character that is something else
 */
export function readPythonLiteral(text: string, who: string): PythonLiteral {
  let at = 0;
  const fail = (what: string): never => {
    throw new FormatError(`${who}: ${what} at character ${at} of the header.`);
  };
  const peek = (): string => {
    while (at < text.length && " \t\r\n".includes(text[at])) at++;
    return text.charAt(at);
  };
  const expect = (character: string): void => {
    if (peek() !== character) fail(`expected ${quoted(character)}`);
    at++;
  };
  /** Reads up to the closing bracket, and says whether a comma stands before it. */
  const sequence = (close: string, item: () => void): boolean => {
    let isOpen = false;
    at++;
    while (peek() !== close) {
      item();
      isOpen = peek() === ",";
      if (isOpen) at++;
      else if (peek() !== close) fail(`expected "," or ${quoted(close)}`);
    }
    at++;
    return isOpen;
  };
  const string = (): string => {
    const quote = text[at];
    const end = text.indexOf(quote, at + 1);
    if (end < 0) fail("a text does not end");
    const value = text.slice(at + 1, end);
    if (/[\\\n]/.test(value)) fail("a text is escaped");
    at = end + 1;
    return value;
  };
  /** `(3)` is a number in brackets, `(3,)` a tuple. */
  const tuple = (depth: number): PythonLiteral => {
    const items: PythonLiteral[] = [];
    const isTuple = sequence(")", () => items.push(value(depth)));
    return isTuple || items.length !== 1 ? items : items[0];
  };
  const list = (depth: number): PythonLiteral => {
    const items: PythonLiteral[] = [];
    sequence("]", () => items.push(value(depth)));
    return items;
  };
  const dictionary = (depth: number): PythonLiteral => {
    const members = new Map<string, PythonLiteral>();
    sequence("}", () => {
      if (!"'\"".includes(peek()) || peek() === "") fail("expected a name");
      const name = string();
      if (members.has(name)) fail(`the name ${quoted(name)} stands twice`);
      expect(":");
      members.set(name, value(depth));
    });
    return members;
  };
  const value = (depth: number): PythonLiteral => {
    const first = peek();
    if (depth === 0) fail("too deep nesting");
    if (first === "{") return dictionary(depth - 1);
    if (first === "(") return tuple(depth - 1);
    if (first === "[") return list(depth - 1);
    if (first === "'" || first === '"') return string();
    // Python 2 wrote long numbers with an L behind.
    const [token = "", number] = /^(?:(-?\d{1,20})L?|True|False|None)(?!\w)/.exec(text.slice(at, at + 24)) ?? [];
    if (token === "") fail("expected a value");
    at += token.length;
    if (number !== undefined) return Number(number);
    return token === "None" ? null : token === "True";
  };
  const result = value(MAXIMUM_DEPTH);
  if (peek() !== "") fail("expected the end");
  return result;
}
