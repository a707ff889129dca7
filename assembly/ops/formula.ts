// A formula of every element, a block of elements at a time.
//
//   y_i = f(x0_i, x1_i, …)        dx_k = ∂f/∂x_k · dy
//
// The code (src/ops/formulas/code.ts) is a list of steps over registers: the blocks of operands, y, dy and gradients, which
// move along the tensors, and blocks of scratch memory for results in between, which stay in the nearest cache. A step is one
// loop over a block, so that finding out what it is costs little. Blocks that are not whole run in scratch memory and are
// copied, so that no step has a tail and no padding is touched.
import { shareEnd, shareStart, workspaceOf } from "../executor/threads";
import { wholeBytes } from "../loops/rows";
import { loadLanes, sign4, storeLanes } from "../simd/lanes";
import { power } from "../simd/power";
import { cos4, sin4 } from "../simd/trigonometric";
import {
  erf4,
  exp4,
  expMinusOne4,
  log4,
  logOnePlus4,
  sigmoid4,
  tanh4,
} from "../simd/vector";

/** Tensors that one formula reads at most. */
const OPERANDS: i32 = 10;
const Y: i32 = OPERANDS;
const DY: i32 = OPERANDS + 1;
const GRADIENTS: i32 = OPERANDS + 2;
/** The first register that is no tensor. */
const FIRST: i32 = 2 * OPERANDS + 2;
const SPARE_REGISTERS: i32 = 40;
/** Elements of a register. */
const BLOCK: i32 = 256;
const BLOCK_BYTES: usize = <usize>BLOCK << 2;
const CONSTANT: i32 = 255;
const HEADER_BYTES: usize = 16;

// @ts-ignore: decorator
@unmanaged
class FormulaRow {
  forward: u32;
  backward: u32;
  x0: usize;
  dx0: usize;
  addDx0: i32;
  x1: usize;
  dx1: usize;
  addDx1: i32;
  x2: usize;
  dx2: usize;
  addDx2: i32;
  x3: usize;
  dx3: usize;
  addDx3: i32;
  x4: usize;
  dx4: usize;
  addDx4: i32;
  x5: usize;
  dx5: usize;
  addDx5: i32;
  x6: usize;
  dx6: usize;
  addDx6: i32;
  x7: usize;
  dx7: usize;
  addDx7: i32;
  x8: usize;
  dx8: usize;
  addDx8: i32;
  x9: usize;
  dx9: usize;
  addDx9: i32;
  y: usize;
  dy: usize;
  workspace: usize;
  code: usize;
  count: i32;
}

/** Bytes from one operand's address to the next in the row, and of the first from its beginning. */
const OPERAND_STRIDE: usize = 12;
const FIRST_OPERAND: usize = 8;

/** Where the registers stand: one address each. Behind them in scratch memory stand the blocks. */
// @ts-ignore: decorator
@inline
function registerOf(table: usize, register: i32): usize {
  return load<usize>(table + (<usize>register << 2));
}

/** The address of the tensor that a register stands for, 0 where there is none. */
function tensorOf(row: usize, register: i32): usize {
  const r = changetype<FormulaRow>(row);
  if (register < OPERANDS) return load<usize>(row + FIRST_OPERAND + <usize>register * OPERAND_STRIDE);
  if (register == Y) return r.y;
  if (register == DY) return r.dy;
  return load<usize>(row + FIRST_OPERAND + 4 + <usize>(register - GRADIENTS) * OPERAND_STRIDE);
}

/** Runs `constants` and `steps` from `code` on over this thread's share; results are the registers from `first` to `last`. */
function runFormula(row: usize, code: usize, constants: i32, steps: i32, first: i32, last: i32): void {
  const r = changetype<FormulaRow>(row);
  const table = workspaceOf(r.workspace);
  const blocks = table + BLOCK_BYTES;
  for (let i = FIRST; i < FIRST + SPARE_REGISTERS; i++) store<usize>(table + (<usize>i << 2), blocks + <usize>i * BLOCK_BYTES);
  for (let i = 0; i < constants; i++) {
    const block = registerOf(table, (load<i32>(code) >>> 8) & 255);
    const value = f32x4.splat(load<f32>(code, 4));
    for (let j: usize = 0; j < BLOCK_BYTES; j += 16) v128.store(block + j, value);
    code += 8;
  }
  const end = shareEnd(r.count, BLOCK);
  for (let i = shareStart(r.count, BLOCK); i < end; i += BLOCK) {
    const offset = <usize>i << 2;
    const count = min(BLOCK, end - i);
    const bytes = <usize>count << 2;
    const isWhole = count == BLOCK;
    for (let k = 0; k < FIRST; k++) {
      const tensor = tensorOf(row, k);
      const block = blocks + <usize>k * BLOCK_BYTES;
      const isDirect = tensor != 0 && isWhole && !addsTo(row, k);
      store<usize>(table + (<usize>k << 2), isDirect ? tensor + offset : block);
      if (tensor != 0 && !isWhole && k < first) memory.copy(block, tensor + offset, bytes);
    }
    runSteps(table, code, steps, isWhole ? BLOCK_BYTES : (bytes + 63) & ~63);
    for (let k = first; k <= last; k++) {
      const tensor = tensorOf(row, k);
      const block = blocks + <usize>k * BLOCK_BYTES;
      if (!tensor) continue;
      if (addsTo(row, k)) addBlock(block, tensor + offset, count);
      else if (!isWhole) memory.copy(tensor + offset, block, bytes);
    }
  }
}

/** Whether the gradient of a register is added to what stands there. */
// @ts-ignore: decorator
@inline
function addsTo(row: usize, register: i32): bool {
  if (register < GRADIENTS) return false;
  return load<i32>(row + FIRST_OPERAND + 8 + <usize>(register - GRADIENTS) * OPERAND_STRIDE) != 0;
}

/** target += block */
function addBlock(block: usize, target: usize, count: i32): void {
  const whole = wholeBytes(count);
  const part = count & 3;
  for (let j: usize = 0; j < whole; j += 16) {
    v128.store(target + j, f32x4.add(v128.load(target + j), v128.load(block + j)));
  }
  if (part) storeLanes(target + whole, f32x4.add(loadLanes(target + whole, part), v128.load(block + whole)), part);
}

/** Bytes from the beginning of the code to what runs backward. */
function backwardOffset(code: usize): usize {
  return HEADER_BYTES + (<usize>(load<i32>(code) + load<i32>(code, 4)) << 3);
}

export function formulaForward(row: usize, step: usize): void {
  const code = changetype<FormulaRow>(row).code;
  runFormula(row, code + HEADER_BYTES, load<i32>(code), load<i32>(code, 4), Y, Y);
}

export function formulaBackward(row: usize, step: usize): void {
  const code = changetype<FormulaRow>(row).code;
  runFormula(row, code + backwardOffset(code), load<i32>(code, 8), load<i32>(code, 12), GRADIENTS, FIRST - 1);
}

/** target = F.apply(a), four vectors a turn as V8 makes the constants of a formula anew in every turn. */
// @ts-ignore: decorator
@inline
function unary<F>(a: usize, target: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 64) {
    v128.store(target + i, changetype<F>(0).apply(v128.load(a + i)));
    v128.store(target + i, changetype<F>(0).apply(v128.load(a + i, 16)), 16);
    v128.store(target + i, changetype<F>(0).apply(v128.load(a + i, 32)), 32);
    v128.store(target + i, changetype<F>(0).apply(v128.load(a + i, 48)), 48);
  }
}

/** target = F.apply(a, b) */
// @ts-ignore: decorator
@inline
function binary<F>(a: usize, b: usize, target: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 64) {
    v128.store(target + i, changetype<F>(0).apply(v128.load(a + i), v128.load(b + i)));
    v128.store(target + i, changetype<F>(0).apply(v128.load(a + i, 16), v128.load(b + i, 16)), 16);
    v128.store(target + i, changetype<F>(0).apply(v128.load(a + i, 32), v128.load(b + i, 32)), 32);
    v128.store(target + i, changetype<F>(0).apply(v128.load(a + i, 48), v128.load(b + i, 48)), 48);
  }
}

/** target = a is not 0 ? b : c */
function whereNot0(a: usize, b: usize, c: usize, target: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(target + i, v128.bitselect(v128.load(b + i), v128.load(c + i), f32x4.ne(v128.load(a + i), zero)));
  }
}

/** target = a to the power of b, in float64 so that the error does not grow with the exponent. */
function powers(a: usize, b: usize, target: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 4) {
    store<f32>(target + i, power(<f64>load<f32>(a + i), <f64>load<f32>(b + i)));
  }
}

/** 1 where a mask is all ones, 0 elsewhere. */
// @ts-ignore: decorator
@inline
function truth4(mask: v128): v128 {
  return v128.and(mask, f32x4.splat(1));
}

// @ts-ignore: decorator
@unmanaged
class Copy {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return a;
  }
}

// @ts-ignore: decorator
@unmanaged
class StopGradient {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return a;
  }
}

// @ts-ignore: decorator
@unmanaged
class Negative {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return f32x4.neg(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Abs {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return f32x4.abs(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Sign {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return sign4(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Square {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return f32x4.mul(a, a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Sqrt {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return f32x4.sqrt(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Rsqrt {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return f32x4.div(f32x4.splat(1), f32x4.sqrt(a));
  }
}

// @ts-ignore: decorator
@unmanaged
class Reciprocal {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return f32x4.div(f32x4.splat(1), a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Exp {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return exp4(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Expm1 {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return expMinusOne4(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Log {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return log4(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Log1p {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return logOnePlus4(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Sin {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return sin4(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Cos {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return cos4(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Tanh {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return tanh4(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Sigmoid {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return sigmoid4(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Erf {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return erf4(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Floor {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return f32x4.floor(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Ceil {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return f32x4.ceil(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class Round {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return f32x4.nearest(a);
  }
}

// @ts-ignore: decorator
@unmanaged
class LogicalNot {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return truth4(f32x4.eq(a, f32x4.splat(0)));
  }
}

// @ts-ignore: decorator
@unmanaged
class IsNan {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return truth4(f32x4.ne(a, a));
  }
}

// @ts-ignore: decorator
@unmanaged
class IsFinite {
  // @ts-ignore: decorator
  @inline
  apply(a: v128): v128 {
    return truth4(f32x4.eq(f32x4.sub(a, a), f32x4.splat(0)));
  }
}

// @ts-ignore: decorator
@unmanaged
class Add {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

// @ts-ignore: decorator
@unmanaged
class Subtract {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}

// @ts-ignore: decorator
@unmanaged
class Multiply {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

// @ts-ignore: decorator
@unmanaged
class Divide {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

// @ts-ignore: decorator
@unmanaged
class Maximum {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.bitselect(a, b, v128.or(f32x4.ge(a, b), f32x4.ne(a, a)));
  }
}

// @ts-ignore: decorator
@unmanaged
class Minimum {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.bitselect(a, b, v128.or(f32x4.le(a, b), f32x4.ne(a, a)));
  }
}

// @ts-ignore: decorator
@unmanaged
class Equal {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return truth4(f32x4.eq(a, b));
  }
}

// @ts-ignore: decorator
@unmanaged
class NotEqual {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return truth4(f32x4.ne(a, b));
  }
}

// @ts-ignore: decorator
@unmanaged
class Greater {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return truth4(f32x4.gt(a, b));
  }
}

// @ts-ignore: decorator
@unmanaged
class GreaterEqual {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return truth4(f32x4.ge(a, b));
  }
}

// @ts-ignore: decorator
@unmanaged
class LogicalAnd {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return truth4(v128.and(f32x4.ne(a, f32x4.splat(0)), f32x4.ne(b, f32x4.splat(0))));
  }
}

// @ts-ignore: decorator
@unmanaged
class LogicalOr {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return truth4(v128.or(f32x4.ne(a, f32x4.splat(0)), f32x4.ne(b, f32x4.splat(0))));
  }
}

/** A gradient times a slope: 0 where there is none, whatever the slope. */
// @ts-ignore: decorator
@unmanaged
class PassOn {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.mul(a, b), f32x4.ne(a, f32x4.splat(0)));
  }
}

/** Runs steps over blocks of so many bytes, a multiple of 64. */
function runSteps(table: usize, code: usize, steps: i32, bytes: usize): void {
  for (const end = code + (<usize>steps << 3); code < end; code += 8) {
    const word = load<u32>(code);
    const target = registerOf(table, <i32>(word >> 8) & 255);
    const a = registerOf(table, <i32>(word >> 16) & 255);
    const b = registerOf(table, <i32>(word >> 24));
    switch (word & 255) {
      case 0: // copy
        unary<Copy>(a, target, bytes);
        break;
      case 1: // stopGradient
        unary<StopGradient>(a, target, bytes);
        break;
      case 2: // negative
        unary<Negative>(a, target, bytes);
        break;
      case 3: // abs
        unary<Abs>(a, target, bytes);
        break;
      case 4: // sign
        unary<Sign>(a, target, bytes);
        break;
      case 5: // square
        unary<Square>(a, target, bytes);
        break;
      case 6: // sqrt
        unary<Sqrt>(a, target, bytes);
        break;
      case 7: // rsqrt
        unary<Rsqrt>(a, target, bytes);
        break;
      case 8: // reciprocal
        unary<Reciprocal>(a, target, bytes);
        break;
      case 9: // exp
        unary<Exp>(a, target, bytes);
        break;
      case 10: // expm1
        unary<Expm1>(a, target, bytes);
        break;
      case 11: // log
        unary<Log>(a, target, bytes);
        break;
      case 12: // log1p
        unary<Log1p>(a, target, bytes);
        break;
      case 13: // sin
        unary<Sin>(a, target, bytes);
        break;
      case 14: // cos
        unary<Cos>(a, target, bytes);
        break;
      case 15: // tanh
        unary<Tanh>(a, target, bytes);
        break;
      case 16: // sigmoid
        unary<Sigmoid>(a, target, bytes);
        break;
      case 17: // erf
        unary<Erf>(a, target, bytes);
        break;
      case 18: // floor
        unary<Floor>(a, target, bytes);
        break;
      case 19: // ceil
        unary<Ceil>(a, target, bytes);
        break;
      case 20: // round
        unary<Round>(a, target, bytes);
        break;
      case 21: // logicalNot
        unary<LogicalNot>(a, target, bytes);
        break;
      case 22: // isNan
        unary<IsNan>(a, target, bytes);
        break;
      case 23: // isFinite
        unary<IsFinite>(a, target, bytes);
        break;
      case 24: // add
        binary<Add>(a, b, target, bytes);
        break;
      case 25: // subtract
        binary<Subtract>(a, b, target, bytes);
        break;
      case 26: // multiply
        binary<Multiply>(a, b, target, bytes);
        break;
      case 27: // divide
        binary<Divide>(a, b, target, bytes);
        break;
      case 28: // power
        powers(a, b, target, bytes);
        break;
      case 29: // maximum
        binary<Maximum>(a, b, target, bytes);
        break;
      case 30: // minimum
        binary<Minimum>(a, b, target, bytes);
        break;
      case 31: // equal
        binary<Equal>(a, b, target, bytes);
        break;
      case 32: // notEqual
        binary<NotEqual>(a, b, target, bytes);
        break;
      case 33: // greater
        binary<Greater>(a, b, target, bytes);
        break;
      case 34: // greaterEqual
        binary<GreaterEqual>(a, b, target, bytes);
        break;
      case 35: // logicalAnd
        binary<LogicalAnd>(a, b, target, bytes);
        break;
      case 36: // logicalOr
        binary<LogicalOr>(a, b, target, bytes);
        break;
      case 37: // where
        whereNot0(a, b, registerOf(table, load<i32>(code, 4)), target, bytes);
        break;
      case 38: // passOn
        binary<PassOn>(a, b, target, bytes);
        break;
      default:
        unreachable();
    }
  }
}
