import { sizeOf, type Shape } from "../../tensor/shape";
import type { WeightTensor } from "./modelParts";

/**
 * How the numbers of a weight are laid out anew for another format, step by step. No step changes a number, and each can be undone, so
 * that a file gives the weight back to the bit.
 */
export type WeightStep =
  /** Another shape. */
  | readonly ["reshape", Shape]
  /** Axis i of the result is axis order[i]. */
  | readonly ["transpose", readonly number[]]
  /** The first axis in equal parts, part i of the result is part order[i]. */
  | readonly ["parts", readonly number[]]
  /** So many zeros behind a vector. */
  | readonly ["zeros", number];

/** Under this name the metadata of a file of ONNX say which numbers each weight is, and by which steps. */
export const WEIGHTS_NAME = "wasmgrad.weights";

/** The numbers in row-major order with axes in another order. */
export function transposed({ shape, data }: WeightTensor, order: readonly number[]): WeightTensor {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const target = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const result = new Float32Array(data.length);
  const rank = target.length;
  if (rank === 0) return { shape, data: data.slice() };
  const places = new Array<number>(rank).fill(0);
  const [lastSize, lastStep] = [target[rank - 1], steps[rank - 1]];
  let from = 0;
  for (let to = 0; to < data.length; ) {
    for (let i = 0, at = from; i < lastSize; i++, at += lastStep) result[to++] = data[at];
    for (let axis = rank - 2; axis >= 0; axis--) {
      from += steps[axis];
      if (++places[axis] < target[axis]) break;
      from -= steps[axis] * target[axis];
      places[axis] = 0;
    }
  }
  return { shape: target, data: result };
}

const inverse = (order: readonly number[]) => order.map((_, i) => order.indexOf(i));

function inParts({ shape, data }: WeightTensor, order: readonly number[]): WeightTensor {
  const size = data.length / order.length;
  const result = new Float32Array(data.length);
  for (const [i, part] of order.entries()) result.set(data.subarray(part * size, (part + 1) * size), i * size);
  return { shape, data: result };
}

/** The shape behind a step. */
function shapeBehind(shape: Shape, step: WeightStep): Shape {
  if (step[0] === "reshape") return step[1];
  if (step[0] === "transpose") return step[1].map((axis) => shape[axis]);
  return step[0] === "zeros" ? [shape[0] + step[1]] : shape;
}

/** The weight behind all steps. */
export function applySteps(weight: WeightTensor, steps: readonly WeightStep[]): WeightTensor {
  return steps.reduce<WeightTensor>((so, step) => {
    if (step[0] === "reshape") return { shape: step[1], data: so.data };
    if (step[0] === "transpose") return transposed(so, step[1]);
    if (step[0] === "parts") return inParts(so, step[1]);
    const data = new Float32Array(so.data.length + step[1]);
    data.set(so.data);
    return { shape: [data.length], data };
  }, weight);
}

/**
 * The weight of this shape that became these numbers.
 *
 * @returns undefined where their shape is not the one that the steps make, or parts are not of one size
 */
export function undoSteps(found: WeightTensor, shape: Shape, steps: readonly WeightStep[]): WeightTensor | undefined {
  const shapes = [shape];
  for (const step of steps) shapes.push(shapeBehind(shapes[shapes.length - 1], step));
  const end = shapes[shapes.length - 1];
  const areUneven = steps.some(([kind, order]) => kind === "parts" && found.data.length % order.length !== 0);
  if (areUneven || end.length !== found.shape.length || end.some((size, axis) => size !== found.shape[axis]))
    return undefined;
  return steps.reduceRight<WeightTensor>((so, step, i) => {
    if (step[0] === "reshape") return { shape: shapes[i], data: so.data };
    if (step[0] === "transpose") return transposed(so, inverse(step[1]));
    if (step[0] === "parts") return inParts(so, inverse(step[1]));
    return { shape: shapes[i], data: so.data.slice(0, sizeOf(shapes[i])) };
  }, found);
}
