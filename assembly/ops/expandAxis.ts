// Repeats numbers along a new axis.
//
//   y[o, l, i] = x[o, i]      dx[o, i] = Σ_l dy[o, l, i]      x [outer, inner]   y [outer, length, inner]
import { spreadAlong, sumAlong } from "../loops/axes";

// @ts-ignore: decorator
@unmanaged
class ExpandAxisRow {
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
}

export function expandAxisForward(row: usize, step: usize): void {
  const r = changetype<ExpandAxisRow>(row);
  spreadAlong(r.x, r.y, r.outer, r.length, r.inner, 1, 0);
}

export function expandAxisBackward(row: usize, step: usize): void {
  const r = changetype<ExpandAxisRow>(row);
  sumAlong(r.dy, r.dx, r.outer, r.length, r.inner, 1, r.addDx);
}
