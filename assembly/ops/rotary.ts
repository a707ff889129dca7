// Turns pairs of numbers by angles that grow with their position.
//
//   y_j = c·x_j − s·x_(j + half)        y_(j + half) = c·x_(j + half) + s·x_j        c, s: cosine and sine at (position, j)
//   dx_j = c·dy_j + s·dy_(j + half)     dx_(j + half) = c·dy_(j + half) − s·dy_j
//
//   x, y [batch, positions, heads, 2·half]   table [2, positions, half]
import { loadSome, storeSome } from "../simd/lanes";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class RotaryRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  table: usize;
  batch: i32;
  positions: i32;
  heads: i32;
  half: i32;
}

export function rotaryForward(row: usize, step: usize): void {
  const r = changetype<RotaryRow>(row);
  turn(r, r.x, r.y, false, false);
}

export function rotaryBackward(row: usize, step: usize): void {
  const r = changetype<RotaryRow>(row);
  turn(r, r.dy, r.dx, true, r.addDx != 0);
}

/** to (=|+=) all pairs of `from`, turned by their angles or back. */
function turn(r: RotaryRow, from: usize, to: usize, back: bool, add: bool): void {
  const half = r.half;
  const heads = r.heads;
  const positions = r.positions;
  const halfBytes = <usize>half << 2;
  const sines = <usize>positions * halfBytes;
  const lines = r.batch * positions;
  const end = shareEnd(lines, 1);
  const first = shareStart(lines, 1);
  let at = <usize>first * heads * halfBytes * 2;
  for (let line = first; line < end; line++) {
    const cosines = r.table + <usize>(line % positions) * halfBytes;
    for (let head = 0; head < heads; head++) {
      for (let j = 0; j < half; j += 4) {
        const part = min(4, half - j) & 3;
        const offset = <usize>j << 2;
        turnFour(from + at + offset, to + at + offset, cosines + offset, halfBytes, sines, part, back, add);
      }
      at += halfBytes << 1;
    }
  }
}

// @ts-ignore: decorator
@inline
function turnFour(
  from: usize,
  to: usize,
  cosines: usize,
  halfBytes: usize,
  sines: usize,
  part: i32,
  back: bool,
  add: bool,
): void {
  const c = loadSome(cosines, part);
  const sine = loadSome(cosines + sines, part);
  const s = back ? f32x4.neg(sine) : sine;
  const x = loadSome(from, part);
  const other = loadSome(from + halfBytes, part);
  let low = f32x4.sub(f32x4.mul(c, x), f32x4.mul(s, other));
  let high = f32x4.add(f32x4.mul(c, other), f32x4.mul(s, x));
  if (add) {
    low = f32x4.add(loadSome(to, part), low);
    high = f32x4.add(loadSome(to + halfBytes, part), high);
  }
  storeSome(to, low, part);
  storeSome(to + halfBytes, high, part);
}
