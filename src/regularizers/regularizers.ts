import { ArgumentError } from "../errors";
import type { Node } from "../graph/node";
import type { Regularizer } from "../graph/regularizer";
import { TracedFunction } from "../graph/traced";
import { checkArity, type Described, oneOf, show } from "../options";
import { notNegative, type OptionsOf, type OptionTable, readOptions } from "../optionTable";

export type { Regularizer };

/** The name of a regularizer. */
export type RegularizerName = Exclude<keyof typeof regularizers, "custom">;

/** What is accepted where a regularizer is expected: a name, a regularizer, its JSON, or nothing. */
export type RegularizerLike = RegularizerName | Regularizer | Described | null | undefined;

/** How options of `l1` are read. */
const l1Options = {
  /** Default 0.01. */
  l1: [notNegative, 0.01],
} as const;

/** How options of `l2` are read. */
const l2Options = {
  /** Default 0.01. */
  l2: [notNegative, 0.01],
} as const;

/** How options of `l1l2` are read. */
const l1l2Options = {
  /** Default 0. */
  l1: [notNegative, 0],
  /** Default 0. */
  l2: [notNegative, 0],
} as const;

/** Options of `l1`. */
export interface L1Options extends OptionsOf<typeof l1Options> {}

/** Options of `l2`. */
export interface L2Options extends OptionsOf<typeof l2Options> {}

/** Options of `l1l2`. */
export interface L1L2Options extends OptionsOf<typeof l1l2Options> {}

function penaltyOf(name: string, options: L1L2Options, table: OptionTable): Regularizer {
  return { name, options: { ...options }, l1: 0, l2: 0, ...readOptions(`regularizers.${name}`, options, table) };
}

/** l1·Σ|w|: pulls weights to exactly 0. */
function l1(options: L1Options = {}): Regularizer {
  return penaltyOf("l1", options, l1Options);
}

/** l2·Σw²: keeps weights small. */
function l2(options: L2Options = {}): Regularizer {
  return penaltyOf("l2", options, l2Options);
}

/** l1·Σ|w| + l2·Σw². */
function l1l2(options: L1L2Options = {}): Regularizer {
  return penaltyOf("l1l2", options, l1l2Options);
}

/**
 * A penalty of your own: a function of a weight, a node of its shape, that returns one number, a node `[]`. It is called once for
 * each shape, when a layer is applied, and kept in model files as a graph.
 *
 *     regularizers.custom((w) => ops.multiply(0.01, ops.sum(ops.power(ops.abs(w), 1.5))))
 *
 * @throws ArgumentError when it is no function, or options come behind it
 */
function custom(call: (w: Node) => Node, ...rest: []): Regularizer {
  checkArity("regularizers.custom", rest, "regularizers.custom((w) => node)");
  return ofFunction(new TracedFunction("regularizers.custom", call));
}

function ofFunction(traced: TracedFunction): Regularizer {
  return { name: "custom", options: {}, l1: 0, l2: 0, traced };
}

/** The regularizers: those of the library are made from an object of options, `custom` from a function over nodes. */
export const regularizers = { l1, l2, l1l2, custom };

const names = ["l1", "l2", "l1l2"] as const satisfies RegularizerName[];

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
    const hint = typeof value === "function" ? " A function of your own: regularizers.custom((w) => node)." : "";
    throw new ArgumentError(
      `${who}: a regularizer must be a name or made by one of regularizers, got ${show(value)}.${hint}`,
    );
  }
  const { name, options, traced } = value as Partial<Regularizer>;
  if (traced instanceof TracedFunction) return ofFunction(traced);
  return regularizers[oneOf(who, "regularizer", name, names)](options);
}
