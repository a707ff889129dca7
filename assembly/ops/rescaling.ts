// Brings numbers to another range.
//
//   y = scale·x + offset        dx = scale·dy
import { optionBackward, optionForward } from "../loops/elementwise";

// @ts-ignore: decorator
@unmanaged
class RescalingRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  count: i32;
  scale: f64;
  offset: f64;
}

// @ts-ignore: decorator
@unmanaged
class Rescaling {
  // @ts-ignore: decorator
  @inline
  forward(x: v128, scale: v128, offset: v128): v128 {
    return f32x4.add(f32x4.mul(x, scale), offset);
  }

  // @ts-ignore: decorator
  @inline
  backward(saved: v128, dy: v128, scale: v128, offset: v128): v128 {
    return f32x4.mul(dy, scale);
  }
}

export function rescalingForward(row: usize, step: usize): void {
  const r = changetype<RescalingRow>(row);
  optionForward<Rescaling>(r.x, r.y, r.count, r.scale, r.offset);
}

export function rescalingBackward(row: usize, step: usize): void {
  const r = changetype<RescalingRow>(row);
  // Nothing is saved: the formula ignores what it reads there.
  optionBackward<Rescaling>(r.dy, r.dy, r.dx, r.addDx, r.count, r.scale, r.offset);
}
