import { ArgumentError } from "./errors";

/**
 * Checks of what a user passes in. Each names who asks, what was expected, what came, and returns the value it checked,
 * so that a constructor reads as a list of its options.
 */

/**
 * The number of edits between two names, for "did you mean": a character put in, left out or replaced (Levenshtein 1966),
 * or two neighbours exchanged (Damerau 1964), no part being edited twice. Case does not count.
 */
function editDistance(first: string, second: string): number {
  const [a, b] = [first.toLowerCase(), second.toLowerCase()];
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const areExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const exchanged = areExchanged ? beforePrevious[j - 2] + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(replaced, exchanged, previous[j] + 1, current[j - 1] + 1));
    }
    [beforePrevious, previous] = [previous, current];
  }
  return previous[b.length];
}

/** Longer texts are told by their beginning. */
const SHOWN_CHARACTERS = 60;

/** A text, or its beginning and its length. */
export function shorten(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS / 2)}… (${text.length} characters)`;
}

/** ` Did you mean "adam"?` when a known name is near, the list of all names when none is. */
export function didYouMean(name: string, known: readonly string[]): string {
  if (name.length > SHOWN_CHARACTERS) return ` Known: ${shorten(known.join(", "))}.`;
  const plain = (text: string) => text.replace(/[_\s-]/g, "");
  let best = "";
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(plain(name), plain(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return bestDistance <= Math.max(1, Math.floor(name.length / 3))
    ? ` Did you mean "${best}"?`
    : ` Known: ${known.join(", ")}.`;
}

/** How a value looks in an error message: short, and never throwing. */
export function show(value: unknown): string {
  if (typeof value === "string") {
    if (value.length <= SHOWN_CHARACTERS) return JSON.stringify(value);
    return `${JSON.stringify(value.slice(0, SHOWN_CHARACTERS / 2))}… (${value.length} characters)`;
  }
  if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
  if (Array.isArray(value)) return value.length > 8 ? `an array of ${value.length}` : `[${value.map(show).join(", ")}]`;
  if (value !== null && typeof value === "object") return `an object (${value.constructor?.name ?? "no prototype"})`;
  return typeof value === "bigint" ? `${value}n` : String(value);
}

/**
/**
 * Refuses arguments behind the last that a function takes: they would be ignored.
 *
 * @param rest what came behind; `undefined` counts as nothing
 * @param form how the function is called
 */
export function checkArity(who: string, rest: readonly unknown[], form: string): void {
  const extra = rest.find((argument) => argument !== undefined);
  if (extra !== undefined)
    throw new ArgumentError(`${who}: got ${show(extra)} as one argument too many. Write ${form}.`);
}

/**
 * Refuses anything but a plain record of options with known names. An absent record is an empty one, and an option that is
 * undefined counts as not given, whatever its name.
 */
export function checkOptions(who: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    throw new ArgumentError(`${who}: expects an object of options, got ${show(options)}.`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name) || (options as Record<string, unknown>)[name] === undefined) continue;
    throw new ArgumentError(`${who}: unknown option ${show(name)}.${didYouMean(name, known)}`);
  }
}

/** One of a fixed set of names. */
export function oneOf<T extends string>(who: string, option: string, value: unknown, known: readonly T[]): T {
  if (typeof value === "string" && (known as readonly string[]).includes(value)) return value as T;
  const hint = typeof value === "string" ? didYouMean(value, known) : ` Known: ${known.join(", ")}.`;
  throw new ArgumentError(`${who}: ${option} cannot be ${show(value)}.${hint}`);
}

/** What is left in JSON of what a factory made. */
export interface Described {
  /** The factory. */
  readonly name: string;
  /** What it was called with. */
  readonly options?: object | undefined;
}

/** Bounds of a number; absent ones do not bind. */
export interface Range {
  min?: number;
  max?: number;
  /** Excludes `min` itself. */
  above?: number;
  /** Excludes `max` itself. */
  below?: number;
}

function describe({ min, max, above, below }: Range): string {
  const parts: string[] = [];
  if (min !== undefined) parts.push(`≥ ${min}`);
  if (above !== undefined) parts.push(`> ${above}`);
  if (max !== undefined) parts.push(`≤ ${max}`);
  if (below !== undefined) parts.push(`< ${below}`);
  return parts.length ? ` ${parts.join(" and ")}` : "";
}

function within(value: number, { min, max, above, below }: Range): boolean {
  return (
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  );
}

/** A finite number, by default any. */
export function finiteNumber(who: string, option: string, value: unknown, range: Range = {}): number {
  if (typeof value === "number" && Number.isFinite(value) && within(value, range)) return value;
  throw new ArgumentError(`${who}: ${option} must be a finite number${describe(range)}, got ${show(value)}.`);
}

/** A safe integer, by default at least 1. */
export function integer(who: string, option: string, value: unknown, range: Range = { min: 1 }): number {
  if (Number.isSafeInteger(value) && within(value as number, range)) return value as number;
  throw new ArgumentError(`${who}: ${option} must be an integer${describe(range)}, got ${show(value)}.`);
}

/** True or false, nothing that merely looks like it. */
export function boolean(who: string, option: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new ArgumentError(`${who}: ${option} must be true or false, got ${show(value)}.`);
}
