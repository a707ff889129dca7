// Products of the rows of two matrices, for every sample its own.
//
//   y_ij = Σ_k a_ik·b_jk        a [batch, rowsOfA, depth]   b [batch, rowsOfB, depth]   y [batch, rowsOfA, rowsOfB]
//   da_ik = Σ_j dy_ij·b_jk      db_jk = Σ_i dy_ij·a_ik
//
// Samples are what threads share. Loops for matrices of a few rows: large ones are the work of the gemm family.
//
// Sums of up to 49 numbers, or 49 in each of four lanes, are in float32. Of more, 32 at a time are, and float64 takes the
// sums of those blocks.
import { FEW_NUMBERS, FLOAT32_BLOCK } from "../loops/reduce";
import { addFloat64, addHigh, addLow, joinHalves, loadLanes, loadSome, storeLanes, storeSome, sum2 } from "../simd/lanes";
import { wholeBytes } from "../loops/rows";
import { shareEnd, shareStart } from "../executor/threads";
import { sum4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class DotRow {
  forward: u32;
  backward: u32;
  a: usize;
  da: usize;
  addDa: i32;
  b: usize;
  db: usize;
  addDb: i32;
  y: usize;
  dy: usize;
  batch: i32;
  rowsOfA: i32;
  rowsOfB: i32;
  depth: i32;
}

/** Of so many bytes of a row the sum is in float32. */
const FEW_BYTES: usize = 16 * FEW_NUMBERS;
/** Bytes of the vectors that are added in float32 before float64 takes their sum. */
const BLOCK_BYTES: usize = 16 * FLOAT32_BLOCK;

/** Σ_k a_k·b_k */
// @ts-ignore: decorator
@inline
function product(a: usize, b: usize, whole: usize, part: i32): f32 {
  if (whole > FEW_BYTES) return productOfMany(a, b, whole, part);
  let sums = f32x4.splat(0);
  for (let k: usize = 0; k < whole; k += 16) sums = f32x4.add(sums, f32x4.mul(v128.load(a + k), v128.load(b + k)));
  if (part) sums = f32x4.add(sums, f32x4.mul(loadLanes(a + whole, part), loadLanes(b + whole, part)));
  return sum4(sums);
}

/** The same for long rows. */
function productOfMany(a: usize, b: usize, whole: usize, part: i32): f32 {
  let total = f64x2.splat(0);
  for (let k: usize = 0; k < whole; ) {
    let sums = f32x4.splat(0);
    for (const end = min(whole, k + BLOCK_BYTES); k < end; k += 16) {
      sums = f32x4.add(sums, f32x4.mul(v128.load(a + k), v128.load(b + k)));
    }
    total = addFloat64(total, sums);
  }
  if (part) total = addFloat64(total, f32x4.mul(loadLanes(a + whole, part), loadLanes(b + whole, part)));
  return <f32>sum2(total);
}

/** target (=|+=) factor·source */
// @ts-ignore: decorator
@inline
function addScaled(source: usize, target: usize, factor: f32, whole: usize, part: i32, add: bool): void {
  const factors = f32x4.splat(factor);
  for (let k: usize = 0; k < whole; k += 16) {
    const scaled = f32x4.mul(factors, v128.load(source + k));
    v128.store(target + k, add ? f32x4.add(v128.load(target + k), scaled) : scaled);
  }
  if (part) {
    const scaled = f32x4.mul(factors, loadLanes(source + whole, part));
    storeLanes(target + whole, add ? f32x4.add(loadLanes(target + whole, part), scaled) : scaled, part);
  }
}

/** target (=|+=) Σ_j factor_j·source_j for four columns, or for `part` of them, of many rows. */
function addManyScaled(
  rows: i32,
  source: usize,
  stride: usize,
  factors: usize,
  along: usize,
  target: usize,
  add: i32,
  part: i32,
): void {
  let low = f64x2.splat(0);
  let high = low;
  for (let j = 0; j < rows; ) {
    let sum = f32x4.splat(0);
    for (const end = min(rows, j + FLOAT32_BLOCK); j < end; j++) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(factors), loadSome(source, part)));
      source += stride;
      factors += along;
    }
    low = addLow(low, sum);
    high = addHigh(high, sum);
  }
  const sum = joinHalves(low, high);
  storeSome(target, add ? f32x4.add(loadSome(target, part), sum) : sum, part);
}

export function dotForward(row: usize, step: usize): void {
  const r = changetype<DotRow>(row);
  const rowsOfA = r.rowsOfA;
  const rowsOfB = r.rowsOfB;
  const whole = wholeBytes(r.depth);
  const part = r.depth & 3;
  const stride = <usize>r.depth << 2;
  const from = shareStart(r.batch, 1) * rowsOfA;
  const to = shareEnd(r.batch, 1) * rowsOfA;
  let y = r.y + (<usize>(from * rowsOfB) << 2);
  for (let i = from; i < to; i++) {
    const a = r.a + <usize>i * stride;
    let b = r.b + <usize>((i / rowsOfA) * rowsOfB) * stride;
    for (let j = 0; j < rowsOfB; j++) {
      store<f32>(y, product(a, b, whole, part));
      y += 4;
      b += stride;
    }
  }
}

/**
 * out_i (=|+=) Σ_j dy_ij·other_j for this thread's samples; `across` and `along` are the bytes between dy_ij and
 * dy_(i+1)j, and between dy_ij and dy_i(j+1).
 */
function gradientOf(
  r: DotRow,
  rows: i32,
  others: i32,
  other: usize,
  out: usize,
  add: i32,
  across: usize,
  along: usize,
): void {
  const whole = wholeBytes(r.depth);
  const part = r.depth & 3;
  const stride = <usize>r.depth << 2;
  const from = shareStart(r.batch, 1);
  const to = shareEnd(r.batch, 1);
  const dy = r.dy;
  for (let s = from; s < to; s++) {
    const upstream = dy + (<usize>(s * rows * others) << 2);
    const source = other + <usize>(s * others) * stride;
    for (let i = 0; i < rows; i++) {
      const target = out + <usize>(s * rows + i) * stride;
      if (others > FEW_NUMBERS) {
        const factors = upstream + <usize>i * across;
        for (let k: usize = 0; k < whole; k += 16) {
          addManyScaled(others, source + k, stride, factors, along, target + k, add, 0);
        }
        if (part) addManyScaled(others, source + whole, stride, factors, along, target + whole, add, part);
        continue;
      }
      for (let j = 0; j < others; j++) {
        const factor = load<f32>(upstream + <usize>i * across + <usize>j * along);
        addScaled(source + <usize>j * stride, target, factor, whole, part, add != 0 || j > 0);
      }
    }
  }
}

export function dotBackward(row: usize, step: usize): void {
  const r = changetype<DotRow>(row);
  const rowBytes = <usize>r.rowsOfB << 2;
  if (r.da) gradientOf(r, r.rowsOfA, r.rowsOfB, r.b, r.da, r.addDa, rowBytes, 4);
  if (r.db) gradientOf(r, r.rowsOfB, r.rowsOfA, r.a, r.db, r.addDb, 4, rowBytes);
}
