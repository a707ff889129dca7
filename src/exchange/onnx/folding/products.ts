import type { Dimension } from "../../../graph/dimension";
import { plus } from "../../../graph/sizeArithmetic";
import type { Call } from "../call";
import { floats, reordered } from "../layout";
import { axisIn } from "../operators/shaping";
import { Constant } from "../values";
import { combine } from "./arithmetic";
import type { Fold } from "./rule";

/** Products that a fold computes at most. */
const MOST_PRODUCTS = 2 ** 24;

/** Products of matrices, such as that of a first state of zeros with its kernel. */
function product(
  call: Call,
  a: Constant,
  b: Constant,
  [rows, depth, columns]: readonly number[],
  sizes?: readonly Dimension[],
): Constant | undefined {
  if (rows * depth * columns > MOST_PRODUCTS) return undefined;
  call.importing.bounds.make(rows * columns);
  const [x, y] = [floats(a), floats(b)];
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += x[row * depth + k] * y[k * columns + column];
      result[row * columns + column] = sum;
    }
  }
  return new Constant([...a.shape.slice(0, -1), columns], result, "float", { sizes });
}

const matmul: Fold = (call, [a, b]) => {
  if (b.shape.length !== 2 || b.isOpen || a.shape.length < 1 || a.shape.at(-1) !== b.shape[0]) return undefined;
  const [depth, columns] = b.shape;
  return product(
    call,
    a,
    b,
    [a.count / depth, depth, columns],
    a.isOpen ? [...a.sizes.slice(0, -1), columns] : undefined,
  );
};

const gemm: Fold = (call, [a, b, c]) => {
  const isPlain = call.number("alpha", 1) === 1 && call.number("beta", 1) === 1 && !call.integer("transA", 0);
  const kernel = call.integer("transB", 0) ? reordered(b, [1, 0]) : b;
  const made = isPlain && a.shape.length === 2 ? matmul(call, [a, kernel]) : undefined;
  return made && c ? combine(call, [made as Constant, c], plus, "float") : made;
};

/** Weights that are kept as small integers. */
const dequantize: Fold = (call, [x, scale, zero]) => {
  const axis = scale.count === 1 ? 0 : axisIn(call.integer("axis", 1), x.shape.length);
  if (scale.shape.length > 1) return undefined;
  const inner = x.shape.slice(axis + 1).reduce((all, size) => all * size, 1);
  const [factors, zeros] = [floats(scale), zero && floats(zero)];
  const numbers = () => {
    const own = x.plain!;
    return Float32Array.from({ length: x.count }, (_, i) => {
      const group = scale.count === 1 ? 0 : Math.floor(i / inner) % x.shape[axis];
      return (own[i] - (zeros?.[group] ?? 0)) * factors[group];
    });
  };
  return new Constant(x.shape, numbers, "float", { origin: x.about.origin });
};

export const productFolds: Readonly<Record<string, Fold>> = {
  DequantizeLinear: dequantize,
  Gemm: gemm,
  MatMul: matmul,
};
