// Activations of gates, over parts of rows of any length that begin at any float32, and the slopes that follow from their values.
// The numbers are the positions of the names in src/ops/recurrent/cells.ts.
import { loadLanes, storeLanes } from "../simd/lanes";
import { clamp4, expMinusOne4, exp4, select4, sigmoid4, softplus4, tanh4 } from "../simd/vector";

const LINEAR: i32 = 0;
const TANH: i32 = 1;
const SIGMOID: i32 = 2;
const RELU: i32 = 3;
const HARD_SIGMOID: i32 = 4;
const RELU6: i32 = 5;
const ELU: i32 = 6;
const SELU: i32 = 7;
const LEAKY_RELU: i32 = 8;
const SOFTPLUS: i32 = 9;
const SOFTSIGN: i32 = 10;

const SELU_SCALE: f32 = 1.0507009873554805;
const SELU_LIMIT: f32 = 1.0507009873554805 * 1.6732632423543772;
const SIXTH: f32 = 1.0 / 6.0;

/** Bytes of the floats that a turn of a loop covers: V8 makes the constants of a formula anew in every turn. */
const TURN: usize = 64;

// @ts-ignore: decorator
@unmanaged
class Tanh {
  // @ts-ignore: decorator
  @inline
  value(x: v128): v128 {
    return tanh4(x);
  }

  // @ts-ignore: decorator
  @inline
  slope(y: v128): v128 {
    return f32x4.sub(f32x4.splat(1), f32x4.mul(y, y));
  }
}

// @ts-ignore: decorator
@unmanaged
class Sigmoid {
  // @ts-ignore: decorator
  @inline
  value(x: v128): v128 {
    return sigmoid4(x);
  }

  // @ts-ignore: decorator
  @inline
  slope(y: v128): v128 {
    return f32x4.mul(y, f32x4.sub(f32x4.splat(1), y));
  }
}

/** One of the others. */
function otherValue(kind: i32, option: v128, x: v128): v128 {
  const zero = f32x4.splat(0);
  const isPositive = f32x4.gt(x, zero);
  switch (kind) {
    case LINEAR:
      return x;
    case RELU:
      return f32x4.pmax(x, zero);
    case HARD_SIGMOID:
      // The sixth of Keras 3 times six is exactly 1.
      return f32x4.mul(
        clamp4(f32x4.add(f32x4.mul(f32x4.mul(option, f32x4.splat(6)), x), f32x4.splat(3)), 0, 6),
        f32x4.splat(SIXTH),
      );
    case RELU6:
      return clamp4(x, 0, 6);
    case ELU:
      return select4(isPositive, x, f32x4.mul(option, expMinusOne4(x)));
    case SELU:
      return select4(
        isPositive,
        f32x4.mul(f32x4.splat(SELU_SCALE), x),
        f32x4.mul(f32x4.splat(SELU_LIMIT), expMinusOne4(x)),
      );
    case LEAKY_RELU:
      return select4(isPositive, x, f32x4.mul(option, x));
    case SOFTPLUS:
      return softplus4(x);
    case SOFTSIGN:
      return f32x4.div(x, f32x4.add(f32x4.splat(1), f32x4.abs(x)));
    default:
      return exp4(x);
  }
}

/** The slope of one of the others, where its value is y. */
function otherSlope(kind: i32, option: v128, y: v128): v128 {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const isPositive = f32x4.gt(y, zero);
  switch (kind) {
    case LINEAR:
      return one;
    case RELU:
      return v128.and(one, isPositive);
    case HARD_SIGMOID:
      return v128.and(option, v128.and(isPositive, f32x4.lt(y, one)));
    case RELU6:
      return v128.and(one, v128.and(isPositive, f32x4.lt(y, f32x4.splat(6))));
    case ELU:
      return select4(isPositive, one, f32x4.add(y, option));
    case SELU:
      return select4(isPositive, f32x4.splat(SELU_SCALE), f32x4.add(y, f32x4.splat(SELU_LIMIT)));
    case LEAKY_RELU:
      return select4(isPositive, one, option);
    case SOFTPLUS:
      return f32x4.neg(expMinusOne4(f32x4.neg(y)));
    case SOFTSIGN: {
      const rest = f32x4.sub(one, f32x4.abs(y));
      return f32x4.mul(rest, rest);
    }
    default:
      return y;
  }
}

// @ts-ignore: decorator
@inline
function valuesOf<F>(x: usize, sums: usize, to: usize, count: i32): void {
  const end = x + (<usize>(count & ~3) << 2);
  for (; x + TURN <= end; x += TURN) {
    const y0 = changetype<F>(0).value(f32x4.add(v128.load(x), v128.load(sums)));
    const y1 = changetype<F>(0).value(f32x4.add(v128.load(x, 16), v128.load(sums, 16)));
    const y2 = changetype<F>(0).value(f32x4.add(v128.load(x, 32), v128.load(sums, 32)));
    const y3 = changetype<F>(0).value(f32x4.add(v128.load(x, 48), v128.load(sums, 48)));
    v128.store(to, y0);
    v128.store(to, y1, 16);
    v128.store(to, y2, 32);
    v128.store(to, y3, 48);
    sums += TURN;
    to += TURN;
  }
  for (; x < end; x += 16) {
    v128.store(to, changetype<F>(0).value(f32x4.add(v128.load(x), v128.load(sums))));
    sums += 16;
    to += 16;
  }
  const part = count & 3;
  if (part) {
    storeLanes(to, changetype<F>(0).value(f32x4.add(loadLanes(x, part), loadLanes(sums, part))), part);
  }
}

/** to[j] = φ(x[j] + sums[j]) for `count` floats, of which none need stand at a multiple of four. */
export function activateSums(kind: i32, option: f32, x: usize, sums: usize, to: usize, count: i32): void {
  if (kind == TANH) return valuesOf<Tanh>(x, sums, to, count);
  if (kind == SIGMOID) return valuesOf<Sigmoid>(x, sums, to, count);
  const option4 = f32x4.splat(option);
  const end = x + (<usize>(count & ~3) << 2);
  for (; x < end; x += 16) {
    v128.store(to, otherValue(kind, option4, f32x4.add(v128.load(x), v128.load(sums))));
    sums += 16;
    to += 16;
  }
  const part = count & 3;
  if (part) storeLanes(to, otherValue(kind, option4, f32x4.add(loadLanes(x, part), loadLanes(sums, part))), part);
}

// @ts-ignore: decorator
@inline
function plainValuesOf<F>(x: usize, to: usize, count: i32): void {
  const end = x + (<usize>(count & ~3) << 2);
  for (; x + TURN <= end; x += TURN) {
    const y0 = changetype<F>(0).value(v128.load(x));
    const y1 = changetype<F>(0).value(v128.load(x, 16));
    const y2 = changetype<F>(0).value(v128.load(x, 32));
    const y3 = changetype<F>(0).value(v128.load(x, 48));
    v128.store(to, y0);
    v128.store(to, y1, 16);
    v128.store(to, y2, 32);
    v128.store(to, y3, 48);
    to += TURN;
  }
  for (; x < end; x += 16) {
    v128.store(to, changetype<F>(0).value(v128.load(x)));
    to += 16;
  }
  const part = count & 3;
  if (part) storeLanes(to, changetype<F>(0).value(loadLanes(x, part)), part);
}

/** to[j] = φ(x[j]) */
export function activate(kind: i32, option: f32, x: usize, to: usize, count: i32): void {
  if (kind == TANH) return plainValuesOf<Tanh>(x, to, count);
  if (kind == SIGMOID) return plainValuesOf<Sigmoid>(x, to, count);
  const option4 = f32x4.splat(option);
  const end = x + (<usize>(count & ~3) << 2);
  for (; x < end; x += 16) {
    v128.store(to, otherValue(kind, option4, v128.load(x)));
    to += 16;
  }
  const part = count & 3;
  if (part) storeLanes(to, otherValue(kind, option4, loadLanes(x, part)), part);
}

// @ts-ignore: decorator
@inline
function slopesOf<F>(y: usize, d: usize, count: i32): void {
  const end = y + (<usize>(count & ~3) << 2);
  for (; y < end; y += 16) {
    v128.store(d, f32x4.mul(v128.load(d), changetype<F>(0).slope(v128.load(y))));
    d += 16;
  }
  const part = count & 3;
  if (part) storeLanes(d, f32x4.mul(loadLanes(d, part), changetype<F>(0).slope(loadLanes(y, part))), part);
}

/** d[j] = d[j]·φ' where the value is y[j] */
export function multiplySlopes(kind: i32, option: f32, y: usize, d: usize, count: i32): void {
  if (kind == TANH) return slopesOf<Tanh>(y, d, count);
  if (kind == SIGMOID) return slopesOf<Sigmoid>(y, d, count);
  const option4 = f32x4.splat(option);
  const end = y + (<usize>(count & ~3) << 2);
  for (; y < end; y += 16) {
    v128.store(d, f32x4.mul(v128.load(d), otherSlope(kind, option4, v128.load(y))));
    d += 16;
  }
  const part = count & 3;
  if (part) storeLanes(d, f32x4.mul(loadLanes(d, part), otherSlope(kind, option4, loadLanes(y, part))), part);
}
