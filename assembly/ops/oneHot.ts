// Whole numbers as rows with one number in the place they name.
//
//   y[k, c] = c = ids[k] ? on : off      ids, int32 [count]   y [count, classes]
import { fillRun } from "../loops/axes";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class OneHotRow {
  forward: u32;
  backward: u32;
  y: usize;
  dy: usize;
  ids: usize;
  count: i32;
  classes: i32;
  on: f64;
  off: f64;
}

export function oneHotForward(row: usize, step: usize): void {
  const r = changetype<OneHotRow>(row);
  const classes = r.classes;
  const start = shareStart(r.count, 1);
  const end = shareEnd(r.count, 1);
  const rowBytes = <usize>classes << 2;
  let y = r.y + <usize>start * rowBytes;
  fillRun(y, (end - start) * classes, <f32>r.off, 0);
  for (let k = start; k < end; k++) {
    const id = load<i32>(r.ids + (<usize>k << 2));
    if (<u32>id < <u32>classes) store<f32>(y + (<usize>id << 2), <f32>r.on);
    y += rowBytes;
  }
}
