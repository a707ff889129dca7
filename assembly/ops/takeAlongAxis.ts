// Numbers by their places along an axis.
//
//   y[o, k, i] = x[o, ids[o, k, i], i]      dx[o, l, i] = Σ_{ids[o, k, i] = l} dy[o, k, i]
//   x [outer, length, inner]   ids, int32 [outer, count, inner]   y [outer, count, inner]
import { rowOf } from "../loops/rowIds";
import { shareEnd, shareStart, workspaceOf } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class TakeAlongAxisRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  workspace: usize;
  ids: usize;
  outer: i32;
  length: i32;
  inner: i32;
  count: i32;
}

export function takeAlongAxisForward(row: usize, step: usize): void {
  const r = changetype<TakeAlongAxisRow>(row);
  const inner = r.inner;
  const length = r.length;
  const stride = <usize>inner << 2;
  const lines = r.outer * r.count;
  const end = shareEnd(lines, 1);
  for (let line = shareStart(lines, 1); line < end; line++) {
    let source = r.x + <usize>(line / r.count) * <usize>length * stride;
    let at = <usize>line * stride;
    for (const lineEnd = at + stride; at < lineEnd; at += 4) {
      const place = rowOf(load<i32>(r.ids + at), length);
      store<f32>(r.y + at, place < 0 ? NaN : load<f32>(source + <usize>place * stride));
      source += 4;
    }
  }
}

export function takeAlongAxisBackward(row: usize, step: usize): void {
  const r = changetype<TakeAlongAxisRow>(row);
  const inner = r.inner;
  const length = r.length;
  const add = r.addDx;
  const stride = <usize>inner << 2;
  const sums = workspaceOf(r.workspace);
  const lines = r.outer * inner;
  const end = shareEnd(lines, 1);
  for (let line = shareStart(lines, 1); line < end; line++) {
    const o = <usize>(line / inner);
    const column = <usize>(line % inner) << 2;
    memory.fill(sums, 0, <usize>length << 3);
    let at = o * <usize>r.count * stride + column;
    for (let k = 0; k < r.count; k++) {
      const place = rowOf(load<i32>(r.ids + at), length);
      const sum = sums + (<usize>place << 3);
      if (place >= 0) store<f64>(sum, load<f64>(sum) + <f64>load<f32>(r.dy + at));
      at += stride;
    }
    let target = r.dx + o * <usize>length * stride + column;
    for (let l = 0; l < length; l++) {
      const sum = <f32>load<f64>(sums + (<usize>l << 3));
      store<f32>(target, add ? load<f32>(target) + sum : sum);
      target += stride;
    }
  }
}
