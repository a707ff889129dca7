import { ArgumentError } from "./errors";
import { boolean, checkOptions, finiteNumber, integer, show } from "./options";

/**
 * Options written once. A table has an entry for each option: how it is read, and its default if it has one. The types that
 * users see (`OptionsOf`), the names that are known, the checks and what the code works with (`SettingsOf`) all come from the
 * table. Comments on its members are what editors and the reference show.
 *
 *     const denseOptions = { units: size, useBias: [flag, true] } as const;
 *     export interface DenseOptions extends OptionsOf<typeof denseOptions> {}
 *     const { units, useBias } = readOptions("dense", options, denseOptions);
 *
 * A table is an object of plain functions and values, nothing is called to make it, so that bundlers drop it together with
 * what uses it.
 */

/**
 * Reads one option: checks what was given, and returns the form in which it is used. `who` begins the message of an error,
 * `option` is the name in the table.
 */
export type Option<Given, Setting = Given> = (given: Given, who: string, option: string) => Setting;

/** Options by name. An entry is how the option is read, or that and a default: undefined where there is none to give. */
export type OptionTable = Readonly<
  Record<string, Option<never, unknown> | readonly [read: Option<never, unknown>, byDefault: unknown]>
>;

/** What may be given for an entry. A default of another kind makes it `never`. */
type GivenOf<Entry> = Entry extends readonly [Option<infer Given, unknown>, infer Default]
  ? Default extends Given | undefined
    ? Given | undefined
    : never
  : Entry extends Option<infer Given, unknown>
    ? Given
    : never;

/** The object of options that a table describes. What has a default, or takes undefined, may be left out. */
export type OptionsOf<Table> = {
  -readonly [Name in keyof Table as undefined extends GivenOf<Table[Name]> ? never : Name]: GivenOf<Table[Name]>;
} & {
  -readonly [Name in keyof Table as undefined extends GivenOf<Table[Name]> ? Name : never]?: GivenOf<Table[Name]>;
};

/** What is left of one option once it is read. */
type SettingOf<Entry> = Entry extends readonly [Option<never, infer Setting>, infer Default]
  ? Setting | (undefined extends Default ? undefined : never)
  : Entry extends Option<never, infer Setting>
    ? Setting
    : never;

/** What is left of options once they are read: every name of the table, checked, defaults filled in. */
export type SettingsOf<Table> = { readonly [Name in keyof Table]: SettingOf<Table[Name]> };

/**
 * Reads options that have a table, without asking for names that are not in it.
 *
 * @throws what the readers throw: an ArgumentError for the first option, in the order of the table, that is out of range
 */
export function readSettings<Table extends OptionTable>(who: string, options: object, table: Table): SettingsOf<Table> {
  const given = options as Readonly<Record<string, unknown>>;
  const settings = Object.entries(table).map(([name, entry]) => {
    const [read, byDefault] = typeof entry === "function" ? [entry] : entry;
    // A null stands for the default, too: JSON has it where JavaScript left something out.
    const value = given[name] ?? byDefault ?? given[name];
    const isLeftOut = value === undefined && typeof entry !== "function";
    return [name, isLeftOut ? undefined : read(value as never, who, name)];
  });
  return Object.fromEntries(settings) as SettingsOf<Table>;
}

/**
 * Reads options that have a table.
 *
 * @throws ArgumentError when `options` is no object, has a name that is not in the table, or an option is out of range
 */
export function readOptions<Table extends OptionTable>(who: string, options: unknown, table: Table): SettingsOf<Table> {
  checkOptions(who, options, Object.keys(table));
  return readSettings(who, options ?? {}, table);
}

/** Numbers of 4 bytes in the 4 GB that WebAssembly can address: no size can be larger. */
const MOST_ELEMENTS = 2 ** 30;

/** Refuses a count that no memory holds. `what` says who has how many of what. */
export function checkCount(count: number, what: string): void {
  if (count <= MOST_ELEMENTS) return;
  throw new ArgumentError(`${what}, more than any memory holds. At most ${MOST_ELEMENTS}.`);
}

/** An integer from `min` to what memory can hold. */
export function checkSize(who: string, option: string, value: unknown, min = 1): number {
  const count = integer(who, option, value, { min });
  checkCount(count, `${who}: ${option} is ${count}`);
  return count;
}

/** How many there are of something, at least 1. */
export const size: Option<number> = (given, who, option) => checkSize(who, option, given);

/** True or false. */
export const flag: Option<boolean> = (given, who, option) => boolean(who, option, given);

/** Any finite number. */
export const finite: Option<number> = (given, who, option) => finiteNumber(who, option, given);

/** A finite number that is not below 0. */
export const notNegative: Option<number> = (given, who, option) => finiteNumber(who, option, given, { min: 0 });

/** A finite number above 0. */
export const positive: Option<number> = (given, who, option) => finiteNumber(who, option, given, { above: 0 });

/** A seed of random numbers, of 32 bits. */
export const seed: Option<number> = (given, who, option) => integer(who, option, given, { min: 0, max: 2 ** 32 - 1 });

/** Any text. */
export const text: Option<string> = (given, who, option) => {
  if (typeof given === "string") return given;
  throw new ArgumentError(`${who}: ${option} must be a text, got ${show(given)}.`);
};
