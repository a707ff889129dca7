import { sizeOf } from "../tensor/shape";
import { ArgumentError } from "../errors";
import type { Graph, Value } from "../graph/graph";
import { elu as eluOp } from "../ops/elu";
import { exponential } from "../ops/exponential";
import { gelu as geluOp } from "../ops/gelu";
import { geluApproximate } from "../ops/geluApproximate";
import { hardSigmoid } from "../ops/hardSigmoid";
import { leakyRelu as leakyReluOp } from "../ops/leakyRelu";
import { logSoftmax } from "../ops/logSoftmax";
import { mish } from "../ops/mish";
import type { Op } from "../ops/op";
import { relu } from "../ops/relu";
import { relu6 } from "../ops/relu6";
import { selu } from "../ops/selu";
import { sigmoid } from "../ops/sigmoid";
import { silu } from "../ops/silu";
import { softmax } from "../ops/softmax";
import { softplus } from "../ops/softplus";
import { softsign } from "../ops/softsign";
import { tanh } from "../ops/tanh";
import { boolean, checkOptions, type Described, finiteNumber, oneOf, show } from "../options";

/** What a layer does to its output. `name` and `options` are all that a file needs to keep. */
export interface Activation {
  /** The factory that made it, as in `activations.relu`. */
  readonly name: string;
  /** As given. */
  readonly options: Readonly<Record<string, unknown>>;
  /** @internal The operation that computes it; absent for `linear`. */
  readonly op?: Op;
  /** @internal The operation's numbers. */
  readonly numbers: Readonly<Record<string, number>>;
  /** @internal Works along the last axis instead of element by element. */
  readonly rowwise: boolean;
}

/** What is accepted where an activation is expected: a name, an activation, its JSON, or nothing, which is `linear`. */
export type ActivationLike = ActivationName | Activation | Described | null | undefined;

/** The name of an activation, as in `activations.relu`. */
export type ActivationName = keyof typeof activations;

/** Options of `activations.leakyRelu`. */
export interface LeakyReluOptions {
  /** Slope where x is negative, at least 0. Default 0.2. */
  negativeSlope?: number | undefined;
}

/** Options of `activations.elu`. */
export interface EluOptions {
  /** Minus the limit for very negative x, at least 0. Default 1. */
  alpha?: number | undefined;
}

/** Options of `activations.gelu`. */
export interface GeluOptions {
  /** Uses a hyperbolic tangent in place of the error function. Default false. */
  approximate?: boolean | undefined;
}

/** x where positive, negativeSlope·x elsewhere (Maas et al. 2013) */
function leakyRelu(options: LeakyReluOptions = {}): Activation {
  const who = "activations.leakyRelu";
  checkOptions(who, options, ["negativeSlope"]);
  const negativeSlope = finiteNumber(who, "negativeSlope", options.negativeSlope ?? 0.2, { min: 0 });
  return { name: "leakyRelu", options: { ...options }, op: leakyReluOp, numbers: { negativeSlope }, rowwise: false };
}

/** x where positive, alpha·(eˣ − 1) elsewhere (Clevert et al. 2015) */
function elu(options: EluOptions = {}): Activation {
  const who = "activations.elu";
  checkOptions(who, options, ["alpha"]);
  const alpha = finiteNumber(who, "alpha", options.alpha ?? 1, { min: 0 });
  return { name: "elu", options: { ...options }, op: eluOp, numbers: { alpha }, rowwise: false };
}

/** x·Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016) */
function gelu(options: GeluOptions = {}): Activation {
  const who = "activations.gelu";
  checkOptions(who, options, ["approximate"]);
  const approximate = boolean(who, "approximate", options.approximate ?? false);
  const op = approximate ? geluApproximate : geluOp;
  return { name: "gelu", options: { ...options }, op, numbers: {}, rowwise: false };
}

/** The factory of an activation without options. */
function plain(name: string, op?: Op, rowwise = false): (options?: Record<string, never>) => Activation {
  return (options) => {
    checkOptions(`activations.${name}`, options, []);
    return { name, options: {}, op, numbers: {}, rowwise };
  };
}

/**
 * The activations, as functions that return what a layer's `activation` takes. Names and defaults are those of Keras 3.
 * With σ(x) = 1/(1 + e⁻ˣ):
 */
export const activations = {
  /** x */
  linear: plain("linear"),
  /** max(x, 0) */
  relu: plain("relu", relu),
  /** min(max(x, 0), 6) */
  relu6: plain("relu6", relu6),
  leakyRelu,
  elu,
  /** 1.0507·x where positive, 1.0507·1.6733·(eˣ − 1) elsewhere (Klambauer et al. 2017) */
  selu: plain("selu", selu),
  gelu,
  /** x·σ(x) (Elfwing et al. 2017) */
  silu: plain("silu", silu),
  /** Another name of `silu`. */
  swish: plain("silu", silu),
  /** x·tanh(log(1 + eˣ)) (Misra 2019) */
  mish: plain("mish", mish),
  /** σ(x) */
  sigmoid: plain("sigmoid", sigmoid),
  /** min(max(x + 3, 0), 6)/6 */
  hardSigmoid: plain("hardSigmoid", hardSigmoid),
  /** Hyperbolic tangent. */
  tanh: plain("tanh", tanh),
  /** log(1 + eˣ) */
  softplus: plain("softplus", softplus),
  /** x/(1 + |x|) */
  softsign: plain("softsign", softsign),
  /** eˣ / Σ eˣ along the last axis */
  softmax: plain("softmax", softmax, true),
  /** log(eˣ / Σ eˣ) along the last axis */
  logSoftmax: plain("logSoftmax", logSoftmax, true),
  /** eˣ */
  exponential: plain("exponential", exponential),
};

const names = Object.keys(activations) as ActivationName[];

/**
 * The activation that a value stands for: a name, an activation, or the `{ name, options }` that is left of one in JSON.
 * Nothing gives `linear`.
 *
 * @param who as error messages begin: the layer's name.
 * @throws ArgumentError when the name or an option is unknown, or an option is out of range
 */
export function resolveActivation(value: unknown, who: string): Activation {
  if (value === undefined || value === null) return activations.linear();
  if (typeof value === "string") return activations[oneOf(who, "activation", value, names)]();
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new ArgumentError(`${who}: activation must be a name or made by one of activations, got ${show(value)}.`);
  }
  const { name, options } = value as { name?: unknown; options?: Record<string, never> };
  return activations[oneOf(who, "activation", name, names)](options);
}

/** Adds an activation of `x` to the graph, and returns its output, of the same shape; `x` itself for `linear`. */
export function emitActivation(graph: Graph, activation: Activation, x: Value, owner: string): Value {
  const { op, numbers, rowwise } = activation;
  if (!op) return x;
  const count = sizeOf(x.shape);
  const columns = x.shape[x.shape.length - 1];
  const counts: Record<string, number> = rowwise ? { rows: count / columns, columns } : { count };
  return graph.emit(op, owner, { x }, x.shape, { counts, numbers });
}
