import { type Activation, activations } from "../../activations/activations";
import { show } from "../../options";
import * as ops from "../../nodes/index";
import type { Node } from "../../graph/node";
import { isJson, type Json } from "./config";
import { type Origin, unsupported } from "./origin";
import { activationsOfKeras } from "../activationNames";

const logSigmoid = (x: Node) => ops.negative(ops.softplus(ops.negative(x)));
const shrunk = (x: Node, threshold: number) => ops.greater(ops.abs(x), threshold);

/** By formulas over nodes. Those with options have the defaults of Keras. */
const FORMULAS: Readonly<Record<string, (x: Node) => Node>> = {
  hard_silu: (x) => ops.multiply(x, ops.hardSigmoid(x)),
  hard_swish: (x) => ops.multiply(x, ops.hardSigmoid(x)),
  hard_tanh: (x) => ops.clip(x, -1, 1),
  celu: (x) => ops.add(ops.maximum(x, 0), ops.minimum(ops.expm1(x), 0)),
  log_sigmoid: logSigmoid,
  tanh_shrink: (x) => ops.subtract(x, ops.tanh(x)),
  hard_shrink: (x) => ops.where(shrunk(x, 0.5), x, 0),
  soft_shrink: (x) => ops.where(shrunk(x, 0.5), ops.subtract(x, ops.multiply(ops.sign(x), 0.5)), 0),
  squareplus: (x) => ops.multiply(0.5, ops.add(x, ops.sqrt(ops.add(ops.square(x), 4)))),
  sparse_plus: (x) =>
    ops.where(ops.lessEqual(x, -1), 0, ops.where(ops.less(x, 1), ops.multiply(0.25, ops.square(ops.add(x, 1))), x)),
  sparse_sigmoid: (x) => ops.clip(ops.multiply(0.5, ops.add(x, 1)), 0, 1),
  sparsemax,
};

/**
 * Sparsemax (Martins & Astudillo 2016) along the last axis as Keras computes it, which adds up the sums of all numbers in the support where
 * the paper has the last of these sums.
 */
function sparsemax(x: Node): Node {
  const sorted = ops.negative(ops.sort(ops.negative(x)));
  const sums = ops.cumSum(sorted, { axis: -1 });
  const columns = x.dimensions.at(-1) as number;
  const ranks = ops.constant(Array.from({ length: columns }, (_, i) => i + 1));
  const isIn = ops.greater(sorted, ops.divide(ops.subtract(sums, 1), ranks));
  const count = ops.sum(isIn, { axis: -1, keepDims: true });
  const within = ops.sum(ops.multiply(isIn, sums), { axis: -1, keepDims: true });
  return ops.maximum(ops.subtract(x, ops.divide(ops.subtract(within, 1), count)), 0);
}

/** What is 0.2·x + 0.5 before Keras 3, and in TensorFlow.js. */
function hardSigmoid({ major }: Origin): Activation {
  return major < 3 ? activations.hardSigmoid({ slope: 0.2 }) : activations.hardSigmoid();
}

/** One by its name and options of Keras. */
function byName(name: string, options: Json, origin: Origin): Activation {
  const number = (...keys: string[]) => {
    const given = keys.map((key) => options[key]).find((value) => typeof value === "number");
    return given as number | undefined;
  };
  if (name === "hard_sigmoid") return hardSigmoid(origin);
  if (name === "gelu_new") return activations.gelu({ approximate: true });
  if (name === "gelu") return activations.gelu({ approximate: options.approximate === true });
  if (name === "leaky_relu") {
    return activations.leakyRelu({ negativeSlope: number("negative_slope", "alpha") ?? 0.2 });
  }
  if (name === "elu") return activations.elu({ alpha: number("alpha") ?? 1 });
  const own = Object.hasOwn(activationsOfKeras, name) ? activationsOfKeras[name] : undefined;
  if (own) return activations[own]();
  if (Object.hasOwn(FORMULAS, name)) return activations.custom(FORMULAS[name]);
  throw unsupported(`its activation ${show(name)} is not known`);
}

const snakeOf = (name: string) => name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();

/**
 * An activation as Keras writes it: a name, a function as an object, or a layer that is one.
 *
 * @throws Unsupported for functions that nobody can know
 */
export function activationOf(given: unknown, origin: Origin): Activation {
  if (typeof given === "string") return byName(given.includes(">") ? given : snakeOf(given), {}, origin);
  if (!isJson(given)) throw unsupported(`its activation is ${show(given)}`);
  const { class_name: className, config, registered_name: registered } = given;
  if (className === "function" && typeof config === "string") return byName(config, {}, origin);
  if (typeof registered === "string" && registered.includes(">"))
    throw unsupported(`its activation ${show(registered)} is one of somebody's own`);
  if (typeof className !== "string") throw unsupported(`its activation is ${show(given)}`);
  const options = isJson(config) ? config : {};
  if (className === "ReLU" || className === "Softmax" || className === "PReLU")
    return layerAsActivation(className, options);
  // The layer of Keras has another slope than the function.
  if (className === "LeakyReLU") return byName("leaky_relu", { negative_slope: 0.3, ...options }, origin);
  if (className === "ELU") return byName("elu", options, origin);
  if (className === "Activation") return activationOf(options.activation, origin);
  throw unsupported(`its activation ${show(className)} is not known`);
}

function layerAsActivation(className: string, options: Json): Activation {
  if (className === "PReLU") throw unsupported("its activation is a layer with weights (PReLU)");
  if (className === "Softmax") {
    const axis = Array.isArray(options.axis) ? options.axis[0] : (options.axis ?? -1);
    if (axis === -1) return activations.softmax();
    return activations.custom((x) => ops.softmax(x, { axis: axis as number }));
  }
  return reluOf(options);
}

/** x − threshold times the slope below the threshold, x from there on, at most the maximum. */
export function reluOf(options: Readonly<Record<string, unknown>>): Activation {
  const { max_value: maximum, threshold, negative_slope: slope } = options;
  const [from, below] = [threshold, slope].map((value) => (typeof value === "number" ? value : 0));
  const most = typeof maximum === "number" ? maximum : undefined;
  if (from === 0 && below === 0 && most === undefined) return activations.relu();
  if (from === 0 && below === 0 && most === 6) return activations.relu6();
  if (from === 0 && below >= 0 && most === undefined) return activations.leakyRelu({ negativeSlope: below });
  return activations.custom((x) => {
    const kept = ops.where(ops.greaterEqual(x, from), x, below === 0 ? 0 : ops.multiply(below, ops.subtract(x, from)));
    return most === undefined ? kept : ops.minimum(kept, most);
  });
}
