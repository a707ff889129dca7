import { productOf } from "../../../graph/dimension";
import type { Call } from "../call";
import { refusal } from "../refusal";
import { Constant, Held, whole } from "../values";
import { arithmeticFolds } from "./arithmetic";
import { productFolds } from "./products";
import { type Fold, isOpenSize, kept } from "./rule";
import { shapeFolds } from "./shapes";

const constantOfShape: Fold = (call, [shape]) => {
  const value = call.tensor("value") ?? new Constant([1], Float32Array.of(0), "float");
  const sizes = Array.from(shape.numbers);
  const own = sizes.map((size) => (typeof size === "number" ? size : 1));
  const count = own.reduce((all, size) => all * size, 1);
  call.importing.bounds.fill(count);
  const fill = value.numbers[0] as number;
  const make = () =>
    value.meaning === "float" ? new Float32Array(count).fill(fill) : new Float64Array(count).fill(fill);
  // Some nets have their weights made so.
  const origin = value.meaning === "float" && count > 1 ? call.proto.outputs[0] : undefined;
  return new Constant(own, make, value.meaning, {
    origin,
    isFilled: true,
    sizes: sizes.some(isOpenSize) ? sizes : undefined,
  });
};

const range: Fold = (call, inputs) => {
  const [start, limit, delta] = inputs.map((one) => one.numbers[0]);
  if (typeof start !== "number" || typeof limit !== "number" || typeof delta !== "number") {
    throw refusal("counts up to the size of the batch");
  }
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  call.importing.bounds.make(count);
  const { meaning } = inputs[0];
  return new Constant(
    [count],
    kept(
      Array.from({ length: count }, (_, i) => start + i * delta),
      meaning,
    ),
    meaning,
  );
};

const constant: Fold = (call) => {
  const { attributes } = call.proto;
  const tensor = call.tensor("value");
  if (tensor) return tensor;
  const float = attributes.get("value_float")?.float;
  if (float !== undefined) return new Constant([], Float32Array.of(float), "float");
  const floats_ = attributes.get("value_floats")?.floats;
  if (floats_) return new Constant([floats_.length], Float32Array.from(floats_), "float");
  const integer = attributes.get("value_int")?.integer;
  if (integer !== undefined) return new Constant([], [integer], "int");
  const integers = attributes.get("value_ints")?.integers;
  if (integers) return whole(integers);
  throw refusal("is of a text or sparse, not of numbers");
};

const identity: Fold = (_, [x]) => x;

const folds: Readonly<Record<string, Fold>> = {
  ...arithmeticFolds,
  ...productFolds,
  ...shapeFolds,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Dropout: (call, [x, ratio, training]) =>
    training?.numbers[0] && ratio?.numbers[0] !== 0 ? undefined : identity(call, [x]),
  Identity: identity,
  Range: range,
};

/** What a node computes of constants, if it can be known; undefined where the model must compute it. */
export function fold(call: Call): readonly Constant[] | undefined {
  const { type } = call.proto;
  if (type === "Shape" || type === "Size") return [shapeOf(call)];
  if (call.values.some((value) => value instanceof Held)) return undefined;
  const rule = Object.hasOwn(folds, type) ? folds[type] : undefined;
  const inputs = call.values.filter((value) => value instanceof Constant);
  if (!rule || (inputs.length === 0 && type !== "Constant")) return undefined;
  const made = rule(call, inputs);
  return made && (made instanceof Constant ? [made] : made);
}

/** The sizes of a tensor: those of the batch are the batch. */
function shapeOf(call: Call): Constant {
  const sizes = call.need(0).sizes;
  if (call.proto.type === "Size") return new Constant([], [productOf(sizes)], "int");
  const at = (place: number) => Math.max(0, Math.min(sizes.length, place < 0 ? place + sizes.length : place));
  const found = sizes.slice(at(call.integer("start", 0)), at(call.integer("end", sizes.length)));
  return whole(found);
}
