// Zeros around images: y[top + i, left + j] = x[i, j], 0 elsewhere; dx[i, j] = dy[top + i, left + j].
//
//   x [batch, height, width, channels]       y [batch, outHeight, outWidth, channels]
import { addFloats } from "../convolution/patches";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class ZeroPadding2dRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  batch: i32;
  height: i32;
  width: i32;
  channels: i32;
  outHeight: i32;
  outWidth: i32;
  top: i32;
  left: i32;
}

export function zeroPadding2dForward(row: usize, step: usize): void {
  const r = changetype<ZeroPadding2dRow>(row);
  const inner = <usize>(r.width * r.channels) << 2;
  const outer = <usize>(r.outWidth * r.channels) << 2;
  const before = <usize>(r.left * r.channels) << 2;
  const rows = r.batch * r.outHeight;
  for (let i = shareStart(rows, 1); i < shareEnd(rows, 1); i++) {
    const y = r.y + <usize>i * outer;
    const source = (i % r.outHeight) - r.top;
    if (<u32>source >= <u32>r.height) {
      memory.fill(y, 0, outer);
      continue;
    }
    memory.fill(y, 0, before);
    memory.copy(y + before, r.x + <usize>((i / r.outHeight) * r.height + source) * inner, inner);
    memory.fill(y + before + inner, 0, outer - before - inner);
  }
}

export function zeroPadding2dBackward(row: usize, step: usize): void {
  const r = changetype<ZeroPadding2dRow>(row);
  const rowLength = r.width * r.channels;
  const inner = <usize>rowLength << 2;
  const outer = <usize>(r.outWidth * r.channels) << 2;
  const rows = r.batch * r.height;
  for (let i = shareStart(rows, 1); i < shareEnd(rows, 1); i++) {
    const padded = (i / r.height) * r.outHeight + r.top + (i % r.height);
    const from = r.dy + <usize>padded * outer + (<usize>(r.left * r.channels) << 2);
    const to = r.dx + <usize>i * inner;
    if (r.addDx) addFloats(from, to, rowLength);
    else memory.copy(to, from, inner);
  }
}
