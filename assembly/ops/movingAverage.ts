// An average over the steps that forgets the distant ones.
//
//   moving = momentum·moving + (1 − momentum)·value
import { loadLanes, storeLanes } from "../simd/lanes";
import { wholeBytes } from "../loops/rows";
import { isFirstThread } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class MovingAverageRow {
  forward: u32;
  backward: u32;
  moving: usize;
  value: usize;
  count: i32;
  momentum: f64;
}

export function movingAverageForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<MovingAverageRow>(row);
  const moving = r.moving;
  const value = r.value;
  const whole = wholeBytes(r.count);
  const part = r.count & 3;
  const kept = f32x4.splat(<f32>r.momentum);
  const taken = f32x4.splat(<f32>(1 - r.momentum));
  for (let i: usize = 0; i < whole; i += 16) {
    const sum = f32x4.add(f32x4.mul(kept, v128.load(moving + i)), f32x4.mul(taken, v128.load(value + i)));
    v128.store(moving + i, sum);
  }
  if (part) {
    const old = f32x4.mul(kept, loadLanes(moving + whole, part));
    storeLanes(moving + whole, f32x4.add(old, f32x4.mul(taken, loadLanes(value + whole, part))), part);
  }
}
