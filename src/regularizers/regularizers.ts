import { ArgumentError } from "../errors";
import { checkOptions, type Described, finiteNumber, oneOf, show } from "../options";

/** A penalty on a weight w that is added to the loss: l1·Σ|w| + l2·Σw². */
export interface Regularizer {
  /** The factory that made it, as in `regularizers.l2`. */
  readonly name: string;
  /** As given: with the name, all that a file needs to keep. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Factor of the sum of sizes. */
  readonly l1: number;
  /** Factor of the sum of squares. */
  readonly l2: number;
}

/** The name of a regularizer. */
export type RegularizerName = keyof typeof regularizers;

/** What is accepted where a regularizer is expected: a name, a regularizer, its JSON, or nothing. */
export type RegularizerLike = RegularizerName | Regularizer | Described | null | undefined;

/** Options of `l1`. */
export interface L1Options {
  /** Default 0.01. */
  l1?: number | undefined;
}

/** Options of `l2`. */
export interface L2Options {
  /** Default 0.01. */
  l2?: number | undefined;
}

/** Options of `l1l2`. */
export interface L1L2Options {
  /** Default 0. */
  l1?: number | undefined;
  /** Default 0. */
  l2?: number | undefined;
}

function penaltyOf(name: string, options: L1L2Options, defaults: { l1?: number; l2?: number }): Regularizer {
  const who = `regularizers.${name}`;
  checkOptions(who, options, Object.keys(defaults));
  const read = (option: "l1" | "l2") => finiteNumber(who, option, options[option] ?? defaults[option] ?? 0, { min: 0 });
  return { name, options: { ...options }, l1: read("l1"), l2: read("l2") };
}

/** l1·Σ|w|: pulls weights to exactly 0. */
function l1(options: L1Options = {}): Regularizer {
  return penaltyOf("l1", options, { l1: 0.01 });
}

/** l2·Σw²: keeps weights small. */
function l2(options: L2Options = {}): Regularizer {
  return penaltyOf("l2", options, { l2: 0.01 });
}

/** l1·Σ|w| + l2·Σw². */
function l1l2(options: L1L2Options = {}): Regularizer {
  return penaltyOf("l1l2", options, { l1: 0, l2: 0 });
}

/** The regularizers, each made from an object of options. */
export const regularizers = { l1, l2, l1l2 };

const names = Object.keys(regularizers) as (keyof typeof regularizers)[];

/**
 * The regularizer that a value stands for: a name, a regularizer, or the `{ name, options }` that is left of one in JSON.
 * Nothing gives nothing.
 *
 * @param who as error messages begin: the layer's name.
 */
export function resolveRegularizer(value: unknown, who: string): Regularizer | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return regularizers[oneOf(who, "regularizer", value, names)]();
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new ArgumentError(`${who}: a regularizer must be a name or made by one of regularizers, got ${show(value)}.`);
  }
  const { name, options } = value as Partial<Regularizer>;
  return regularizers[oneOf(who, "regularizer", name, names)](options);
}
