import { resolveActivation } from "../activations/activations";
import { ArgumentError, ShapeError } from "../errors";
import type { Node } from "../graph/node";
import { INSTRUCTION_NAMES, instruction, type InstructionName } from "../ops/formulas/instructions";
import { integer, oneOf, show } from "../options";
import { sizeOf } from "../tensor/shape";
import { Tensor } from "../tensor/tensor";
import { activate } from "./activations";
import { broadcastTo, concatenate, pad, reshape, strided, transpose } from "./axes";
import { oneHot, sortedRows, takeAlongAxis, takeRowsOf } from "./choosing";
import { instructionNode } from "./elementwise";
import { remask } from "./masking";
import { cast, constant } from "./operation";
import { products } from "./products";
import { randomBernoulli, randomNormal, randomUniform } from "./random";
import { cumSum, logSoftmax, reduceAxes, RUN_NAMES, softmax } from "./reductions";

/** Options of an operation as a file has them: each reader checks its own. */
type Options = Readonly<Record<string, never>>;

/** How operations other than instructions and reductions are made again: of so many inputs, or of any number. */
const makers: Readonly<Record<string, { inputs: number; make: (inputs: Node[], options: Options) => Node }>> = {
  constant: { inputs: 0, make: (_, options) => constant(readConstant(options)) },
  reshape: { inputs: 1, make: ([x], { newShape }) => reshape(x, newShape) },
  transpose: { inputs: 1, make: ([x], { axes }) => transpose(x, axes) },
  broadcastTo: { inputs: 1, make: ([x], { shape }) => broadcastTo(x, shape) },
  concatenate: { inputs: Number.POSITIVE_INFINITY, make: (xs, { axis }) => concatenate(xs, { axis }) },
  strided: { inputs: 1, make: ([x], { slices }) => strided(x, slices) },
  pad: { inputs: 1, make: ([x], { padWidth, constantValues }) => pad(x, padWidth, { constantValues }) },
  cumSum: { inputs: 1, make: ([x], { axis, reverse }) => cumSum(x, { axis, reverse }) },
  softmax: { inputs: 1, make: ([x]) => softmax(x) },
  logSoftmax: { inputs: 1, make: ([x]) => logSoftmax(x) },
  products: { inputs: 2, make: ([a, b], { transposeA, transposeB }) => products(a, b, { transposeA, transposeB }) },
  takeRows: { inputs: 2, make: ([x, ids]) => takeRowsOf(x, ids) },
  takeAlongAxis: { inputs: 2, make: ([x, ids], { axis }) => takeAlongAxis(x, ids, { axis }) },
  oneHot: { inputs: 1, make: ([x], { numClasses }) => oneHot(x, numClasses) },
  sortValues: { inputs: 1, make: ([x], options) => sortedRows(x, readSorting(options))[0] },
  sortPlaces: { inputs: 1, make: ([x], options) => sortedRows(x, readSorting(options))[1] },
  remask: { inputs: Number.POSITIVE_INFINITY, make: (inputs) => readMasked(inputs) },
  cast: { inputs: 1, make: ([x], { dtype }) => cast(x, dtype) },
  randomNormal: { inputs: 0, make: (_, { shape, ...options }) => randomNormal(shape, options) },
  randomUniform: { inputs: 0, make: (_, { shape, ...options }) => randomUniform(shape, options) },
  randomBernoulli: { inputs: 0, make: (_, { shape, ...options }) => randomBernoulli(shape, options) },
  activation: { inputs: 1, make: ([x], options) => activate(x, resolveActivation(options, "ops")) },
};

/** A node with a mask, or without any. */
function readMasked(inputs: Node[]): Node {
  if (inputs.length !== 1 && inputs.length !== 2) {
    throw new ArgumentError(`ops.remask: expects a node and perhaps a mask, got ${inputs.length} nodes.`);
  }
  return remask(inputs[0], inputs[1]);
}

function readSorting({ descending, kept }: Options): { descending: boolean; kept?: number } {
  const count = kept === null || kept === undefined ? undefined : integer("ops.sort", "kept", kept, { min: 1 });
  return { descending: descending === true, ...(count === undefined ? {} : { kept: count }) };
}

/** JSON has no infinities. */
const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

function readConstant({ values, shape, dtype }: Options): Tensor {
  const who = "ops.constant";
  const [list, sizes]: unknown[] = [values, shape];
  const isWhole = oneOf(who, "dtype", dtype, ["float32", "int32"]) === "int32";
  if (!Array.isArray(list) || !Array.isArray(sizes))
    throw new ArgumentError(`${who}: values and shape must be arrays.`);
  const checked = sizes.map((size) => integer(who, "each size", size, { min: 1 }));
  if (sizeOf(checked) !== list.length) throw new ShapeError(`${who}: ${list.length} numbers do not fill [${checked}].`);
  const numbers = list.map((value) => {
    const number = typeof value === "string" ? SPECIAL[value] : value;
    if (typeof number !== "number") throw new ArgumentError(`${who}: values must be numbers, got ${show(value)}.`);
    return number;
  });
  return new Tensor(isWhole ? Int32Array.from(numbers) : Float32Array.from(numbers), checked);
}

/**
 * The node that an operation of a file makes of others. Everything is checked as if a user had called the function.
 *
 * @throws ArgumentError for an operation that there is not, or not of so many inputs; what the function throws
 */
export function nodeOf(name: string, options: Readonly<Record<string, unknown>>, inputs: Node[]): Node {
  const wanted = (INSTRUCTION_NAMES as readonly string[]).includes(name)
    ? instruction(name as InstructionName).arity
    : RUN_NAMES.includes(name)
      ? 1
      : Object.hasOwn(makers, name)
        ? makers[name].inputs
        : undefined;
  if (wanted === undefined) throw new ArgumentError(`there is no operation ${show(name)} in this version of wasmgrad.`);
  if (Number.isFinite(wanted) && inputs.length !== wanted) {
    throw new ArgumentError(`ops.${name}: expects ${wanted} nodes, got ${inputs.length}.`);
  }
  if (Object.hasOwn(makers, name)) return makers[name].make(inputs, options as Options);
  if (RUN_NAMES.includes(name)) return reduceAxes(name, inputs[0], options as never);
  return instructionNode(name as InstructionName, inputs);
}
