// Products along an axis, taken in float64.
//
//   y[o, i] = Π_l x[o, l, i]      dx[o, l, i] = dy[o, i]·Π_{k≠l} x[o, k, i]      x [outer, length, inner]   y [outer, inner]
//
// Up to four neighbours behind the axis go together. The products of what is behind each number stand in the workspace.
import { highHalf, joinHalves, loadSome, storeSome } from "../simd/lanes";
import { shareEnd, shareStart, workspaceOf } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class ProdAxisRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  workspace: usize;
  outer: i32;
  length: i32;
  inner: i32;
}

/** product, two float64 lanes, times lanes 0 and 1 of v. */
// @ts-ignore: decorator
@inline
function times(product: v128, v: v128): v128 {
  return f64x2.mul(product, f64x2.promote_low_f32x4(v));
}

export function prodAxisForward(row: usize, step: usize): void {
  const r = changetype<ProdAxisRow>(row);
  const inner = r.inner;
  const stride = <usize>inner << 2;
  const bytes = <usize>r.length * stride;
  const groups = (inner + 3) >> 2;
  const end = shareEnd(r.outer * groups, 1);
  for (let item = shareStart(r.outer * groups, 1); item < end; item++) {
    const o = <usize>(item / groups);
    const j = (item % groups) << 2;
    const part = min(4, inner - j) & 3;
    const first = r.x + o * bytes + (<usize>j << 2);
    let low = f64x2.splat(1);
    let high = low;
    for (let l: usize = 0; l < bytes; l += stride) {
      const numbers = loadSome(first + l, part);
      low = times(low, numbers);
      high = times(high, highHalf(numbers));
    }
    storeSome(r.y + o * stride + (<usize>j << 2), joinHalves(low, high), part);
  }
}

export function prodAxisBackward(row: usize, step: usize): void {
  const r = changetype<ProdAxisRow>(row);
  const inner = r.inner;
  const stride = <usize>inner << 2;
  const bytes = <usize>r.length * stride;
  const groups = (inner + 3) >> 2;
  const behind = workspaceOf(r.workspace);
  const end = shareEnd(r.outer * groups, 1);
  for (let item = shareStart(r.outer * groups, 1); item < end; item++) {
    const o = <usize>(item / groups);
    const j = (item % groups) << 2;
    const part = min(4, inner - j) & 3;
    const first = o * bytes + (<usize>j << 2);
    const gradient = loadSome(r.dy + o * stride + (<usize>j << 2), part);
    lineBackward(r.x + first, r.dx + first, r.length, stride, gradient, behind, r.addDx, part);
  }
}

/** dx of four lines along the axis, or of `part` where that is not 0. */
function lineBackward(
  x: usize,
  dx: usize,
  length: i32,
  stride: usize,
  dy: v128,
  behind: usize,
  add: i32,
  part: i32,
): void {
  let low = f64x2.splat(1);
  let high = low;
  for (let l = length - 1; l >= 0; l--) {
    const at = behind + (<usize>l << 5);
    v128.store(at, low);
    v128.store(at, high, 16);
    const numbers = loadSome(x + <usize>l * stride, part);
    low = times(low, numbers);
    high = times(high, highHalf(numbers));
  }
  const dyLow = f64x2.promote_low_f32x4(dy);
  const dyHigh = f64x2.promote_low_f32x4(highHalf(dy));
  low = f64x2.splat(1);
  high = low;
  for (const end = x + <usize>length * stride; x < end; x += stride) {
    const lowGradient = f64x2.mul(f64x2.mul(low, v128.load(behind)), dyLow);
    const highGradient = f64x2.mul(f64x2.mul(high, v128.load(behind, 16)), dyHigh);
    const gradient = joinHalves(lowGradient, highGradient);
    const numbers = loadSome(x, part);
    storeSome(dx, add ? f32x4.add(loadSome(dx, part), gradient) : gradient, part);
    low = times(low, numbers);
    high = times(high, highHalf(numbers));
    behind += 32;
    dx += stride;
  }
}
