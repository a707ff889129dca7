import { sizeOf } from "../tensor/shape";
import { ArgumentError, ShapeError } from "../errors";
import { showDimensions } from "../graph/dimension";
import type { Graph, Value } from "../graph/graph";
import { checkFloat, type Node } from "../graph/node";
import { dimensionsOf, emitTrace, TracedFunction, traceFor } from "../graph/traced";
import { elu } from "../ops/elu";
import { exponential } from "../ops/exponential";
import { gelu as geluOp } from "../ops/gelu";
import { geluApproximate } from "../ops/geluApproximate";
import { hardSigmoid } from "../ops/hardSigmoid";
import { leakyRelu } from "../ops/leakyRelu";
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
import { checkArity, checkOptions, type Described, oneOf, show } from "../options";
import { flag, notNegative, type OptionsOf, type OptionTable, readOptions } from "../optionTable";

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
  /** @internal The function over nodes, of an activation of the user's own. */
  readonly traced?: TracedFunction;
}

/** What is accepted where an activation is expected: a name, an activation, its JSON, or nothing, which is `linear`. */
export type ActivationLike = ActivationName | Activation | Described | null | undefined;

/** The name of an activation, as in `activations.relu`. */
export type ActivationName = Exclude<keyof typeof activations, "custom">;

/** How options of `activations.leakyRelu` are read. */
const leakyReluOptions = {
  /** Slope where x is negative, at least 0. Default 0.2. */
  negativeSlope: [notNegative, 0.2],
} as const;

/** How options of `activations.elu` are read. */
const eluOptions = {
  /** Minus the limit for very negative x, at least 0. Default 1. */
  alpha: [notNegative, 1],
} as const;

/** How options of `activations.gelu` are read. */
const geluOptions = {
  /** Uses a hyperbolic tangent in place of the error function. Default false. */
  approximate: [flag, false],
} as const;

/** How options of `activations.hardSigmoid` are read. */
const hardSigmoidOptions = {
  /** Slope at 0, at least 0. Default `1 / 6`, as in Keras 3; Keras 2 and TensorFlow.js have 0.2. */
  slope: [notNegative, 1 / 6],
} as const;

/** Options of `activations.hardSigmoid`. */
export interface HardSigmoidOptions extends OptionsOf<typeof hardSigmoidOptions> {}

/** Options of `activations.leakyRelu`. */
export interface LeakyReluOptions extends OptionsOf<typeof leakyReluOptions> {}

/** Options of `activations.elu`. */
export interface EluOptions extends OptionsOf<typeof eluOptions> {}

/** Options of `activations.gelu`. */
export interface GeluOptions extends OptionsOf<typeof geluOptions> {}

/** x·Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016) */
function gelu(options: GeluOptions = {}): Activation {
  const { approximate } = readOptions("activations.gelu", options, geluOptions);
  const op = approximate ? geluApproximate : geluOp;
  return { name: "gelu", options: { ...options }, op, numbers: {}, rowwise: false };
}

/**
 * An activation of your own: a function of what a layer computes, a node `[batch, …]`, that returns a node of the same shape. It
 * is called once for each shape, when a layer is applied, and kept in model files as a graph.
 *
 *     layers.dense({ units: 64, activation: activations.custom((x) => ops.multiply(x, ops.tanh(ops.exp(x)))) })
 *
 * @throws ArgumentError when it is no function, or options come behind it
 */
function custom(call: (x: Node) => Node, ...rest: []): Activation {
  checkArity("activations.custom", rest, "activations.custom((x) => node)");
  return ofFunction(new TracedFunction("activations.custom", call));
}

function ofFunction(traced: TracedFunction): Activation {
  return { name: "custom", options: {}, numbers: {}, rowwise: false, traced };
}

/** The factory of an activation whose options are the numbers of its operation. */
function withNumbers<const Table extends OptionTable>(name: string, op: Op, table: Table) {
  return (options?: OptionsOf<Table>): Activation => {
    const numbers = readOptions(`activations.${name}`, options, table) as Readonly<Record<string, number>>;
    return { name, options: { ...(options as Record<string, unknown>) }, op, numbers, rowwise: false };
  };
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
  /** x where positive, negativeSlope·x elsewhere (Maas et al. 2013) */
  leakyRelu: withNumbers("leakyRelu", leakyRelu, leakyReluOptions) as (options?: LeakyReluOptions) => Activation,
  /** x where positive, alpha·(eˣ − 1) elsewhere (Clevert et al. 2015) */
  elu: withNumbers("elu", elu, eluOptions) as (options?: EluOptions) => Activation,
  /** 1.0507·x where positive, 1.0507·1.6733·(eˣ − 1) elsewhere (Klambauer et al. 2017) */
  selu: plain("selu", selu),
  gelu,
  custom,
  /** x·σ(x) (Elfwing et al. 2017) */
  silu: plain("silu", silu),
  /** Another name of `silu`. */
  swish: plain("silu", silu),
  /** x·tanh(log(1 + eˣ)) (Misra 2019) */
  mish: plain("mish", mish),
  /** σ(x) */
  sigmoid: plain("sigmoid", sigmoid),
  /** min(max(slope·x + ½, 0), 1) */
  hardSigmoid: withNumbers("hardSigmoid", hardSigmoid, hardSigmoidOptions) as (
    options?: HardSigmoidOptions,
  ) => Activation,
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

const names = Object.keys(activations).filter((name) => name !== "custom") as ActivationName[];

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
    const hint = typeof value === "function" ? " A function of your own: activations.custom((x) => node)." : "";
    throw new ArgumentError(
      `${who}: activation must be a name or made by one of activations, got ${show(value)}.${hint}`,
    );
  }
  const { name, options, traced } = value as { name?: unknown; options?: Record<string, never>; traced?: unknown };
  if (traced instanceof TracedFunction) return ofFunction(traced);
  return activations[oneOf(who, "activation", name, names)](options);
}

/** Adds an activation of `x` to the graph, and returns its output, of the same shape; `x` itself for `linear`. */
export function emitActivation(graph: Graph, activation: Activation, x: Value, owner: string): Value {
  const { op, numbers, rowwise, traced } = activation;
  if (traced) return emitFunction(graph, traced, x);
  if (!op) return x;
  const count = sizeOf(x.shape);
  const columns = x.shape[x.shape.length - 1];
  const counts: Record<string, number> = rowwise ? { rows: count / columns, columns } : { count };
  return graph.emit(op, owner, { x }, x.shape, { counts, numbers });
}

function emitFunction(graph: Graph, traced: TracedFunction, x: Value): Value {
  const known = traceFor(graph, traced, [x]);
  const trace = known ?? traced.trace([{ name: "x", dimensions: dimensionsOf(graph, x) }]);
  const [output] = trace.outputs;
  checkFloat(traced.who, output);
  const [wanted, got] = [trace.inputs[0], output].map(({ dimensions }) => showDimensions(dimensions));
  if (trace.outputs.length !== 1 || got !== wanted) {
    const shapes = trace.outputs.map((node) => showDimensions(node.dimensions)).join(" and ");
    throw new ShapeError(`${traced.who}: the function must return a node of the shape of x, ${wanted}, got ${shapes}.`);
  }
  return emitTrace(graph, trace, [x])[0];
}
