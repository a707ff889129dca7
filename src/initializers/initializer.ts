import { ArgumentError } from "../errors";
import { type Described, oneOf, show } from "../options";

/**
 * Initial values of a weight. The same key and shape give the same values, bit for bit, wherever they are drawn.
 * Names and formulas are those of Keras 3.
 */
export interface Initializer {
  /** The factory that made it, as in `initializers.heNormal`. */
  readonly name: string;
  /** As given: with the name, all that a file needs to keep. */
  readonly options: Readonly<Record<string, unknown>>;
  /**
   * @internal Writes all values of a weight.
   *
   * @param shape of the weight: `[inputs, units]`, or `[…kernel, inputs, filters]` of a convolution.
   * @param key from `deriveKey`, one for every weight; an initializer with a `seed` of its own uses that instead.
   */
  fill(target: Float32Array, shape: readonly number[], key: number): void;
}

/** What is accepted where an initializer is expected: a name, an initializer, or its JSON. */
export type InitializerLike = InitializerName | Initializer | Described;

/** Those that the library has, which files can name. */
export const INITIALIZER_NAMES = [
  "zeros",
  "ones",
  "constant",
  "randomUniform",
  "randomNormal",
  "truncatedNormal",
  "glorotUniform",
  "glorotNormal",
  "heNormal",
  "heUniform",
  "lecunNormal",
  "lecunUniform",
  "orthogonal",
  "identity",
  "varianceScaling",
] as const;

/** The name of an initializer. */
export type InitializerName = (typeof INITIALIZER_NAMES)[number];

/**
 * An initializer as a layer notes it: a name, an initializer (also one of the user's own, an object with `fill`), or the
 * `{ name, options }` that is left of one in JSON. Values are drawn by who has the numbers: a layer that is only loaded to
 * predict needs none.
 *
 * @param who as error messages begin: the layer's name.
 */
export function readInitializer(value: unknown, who: string): InitializerLike {
  if (typeof value === "string") return oneOf(who, "initializer", value, INITIALIZER_NAMES);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new ArgumentError(
      `${who}: an initializer must be a name or made by one of initializers, got ${show(value)}.`,
    );
  }
  if (typeof (value as Partial<Initializer>).fill !== "function") {
    oneOf(who, "initializer", (value as { name?: unknown }).name, INITIALIZER_NAMES);
  }
  return value as InitializerLike;
}
