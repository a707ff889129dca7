// Sums along an axis, times a number.
//
//   y[o, i] = scale·Σ_l x[o, l, i]      dx[o, l, i] = scale·dy[o, i]      x [outer, length, inner]   y [outer, inner]
import { spreadAlong, sumAlong } from "../loops/axes";

// @ts-ignore: decorator
@unmanaged
class SumAxisRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  outer: i32;
  length: i32;
  inner: i32;
  scale: f64;
}

export function sumAxisForward(row: usize, step: usize): void {
  const r = changetype<SumAxisRow>(row);
  sumAlong(r.x, r.y, r.outer, r.length, r.inner, r.scale, 0);
}

export function sumAxisBackward(row: usize, step: usize): void {
  const r = changetype<SumAxisRow>(row);
  spreadAlong(r.dy, r.dx, r.outer, r.length, r.inner, r.scale, r.addDx);
}
