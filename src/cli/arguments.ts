import { parseArgs } from "node:util";
import { UsageError, unknownName } from "./failures";

/** An option of a command. */
export interface Flag {
  /** What stands for its value in the help; absent when it takes none. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly isList?: boolean;
  /** Whether it may be given without its value, which is a number: what follows and is none is something else. */
  readonly isOptional?: boolean;
  /** A letter that stands for it. */
  readonly short?: string;
  readonly help: string;
}

/** Options by their names, without the dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/** Whole numbers. */
interface Range {
  readonly min: number;
  readonly max?: number;
}

/** What was given on a command line, checked against what a command knows. */
export class Given {
  /** @param values of each option, as often as it was given */
  constructor(
    readonly operands: readonly string[],
    private readonly values: ReadonlyMap<string, readonly string[]>,
  ) {}

  /** All of it as words of a command line. */
  words(): string[] {
    const options = [...this.values].flatMap(([name, all]) => all.flatMap((value) => [`--${name}`, value]));
    return [...this.operands, ...options];
  }

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The value of an option. */
  text(name: string): string | undefined {
    return this.values.get(name)?.at(-1);
  }

  /** All values of an option. */
  all(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /** Names with commas between them; `\,` is a comma within one. */
  names(name: string): string[] | undefined {
    if (!this.has(name)) return undefined;
    const parts = this.all(name).flatMap((value) => value.split(/(?<!\\),/));
    return parts.map((part) => part.replaceAll("\\,", ",").trim()).filter((part) => part !== "");
  }

  /** One of some words. */
  choice<T extends string>(name: string, known: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined || known.includes(value as T)) return value as T | undefined;
    throw unknownName(`--${name}`, value, known);
  }

  /** A whole number. */
  whole(name: string, range: Range): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : wholeNumber(`--${name}`, value, range);
  }

  /** Several whole numbers; "" for none. */
  wholes(name: string, range: Range): number[] | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    return value === "" ? [] : value.split(",").map((part) => wholeNumber(`--${name}`, part.trim(), range));
  }

  /** A number from `min` on, below `below`. */
  share(name: string, { min, below }: { min: number; below: number }): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d*\.?\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number < below) return number;
    throw new UsageError(`--${name} must be a number from ${min} on, below ${below}, got ${JSON.stringify(value)}.`);
  }
}

/** Digits only: `Number` would take "", "0x10" and "1e3", too. */
function wholeNumber(option: string, text: string, { min, max = Number.MAX_SAFE_INTEGER }: Range): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  const upTo = max === Number.MAX_SAFE_INTEGER ? "" : ` and at most ${max}`;
  throw new UsageError(`${option} must be a whole number, at least ${min}${upTo}, got ${JSON.stringify(text)}.`);
}

/** The same with `--search=` for a `--search` that no number follows. */
function withEmptyValues(args: readonly string[], flags: Flags): string[] {
  const end = args.indexOf("--");
  return args.map((arg, place) => {
    const isBefore = end < 0 || place < end;
    const isOptional = isBefore && Object.entries(flags).some(([name, flag]) => flag.isOptional && arg === `--${name}`);
    return isOptional && !/^[+-]?\.?\d/.test(args[place + 1] ?? "") ? `${arg}=` : arg;
  });
}

/**
 * Reads what stands behind the name of a command.
 *
 * @throws UsageError for options that are unknown or without their value
 */
export function readArguments(args: readonly string[], flags: Flags): Given {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value, short }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), ...(short ? { short } : {}) },
    ]),
  );
  const { tokens } = parseArgs({ args: withEmptyValues(args, flags), options, strict: false, tokens: true });
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    if (!Object.hasOwn(flags, name)) {
      throw unknownName(
        "option",
        rawName,
        Object.keys(flags).map((flag) => `--${flag}`),
      );
    }
    const flag = flags[name];
    // Without "=", what looks like an option is one, and the value has been forgotten.
    const isMissing = value === undefined || (!inlineValue && /^--?[a-z]/i.test(value));
    if (flag.value !== undefined && isMissing) {
      throw new UsageError(`${rawName} needs a value: ${rawName} ${flag.value}.`);
    }
    if (flag.value === undefined && value !== undefined) {
      throw new UsageError(`${rawName} takes no value, got ${JSON.stringify(value)}.`);
    }
    const before = values.get(name) ?? [];
    if (before.length > 0 && flag.value !== undefined && !flag.isList)
      throw new UsageError(`${rawName} is given twice.`);
    values.set(name, [...before, value ?? ""]);
  }
  return new Given(operands, values);
}
