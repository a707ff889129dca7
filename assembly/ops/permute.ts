// The same numbers with axes in another order.
//
//   y[i0, …, i4] = x[i0·stride0 + … + i4·stride4]      dx = dy, back where each came from
//
// The last axis of y is a run: vectors where its numbers are neighbours in x too. Where those of the axis before it are, the two
// are a matrix to transpose, unless it is so narrow that little of it is whole vectors. Else it goes one number after the other.
import { transpose } from "../gemm/pack";
import { loadLanes, storeLanes } from "../simd/lanes";
import { wholeBytes } from "../loops/rows";
import { shareEnd, shareStart } from "../executor/threads";

/** Fewest rows and columns of a matrix that is transposed as one. */
const MATRIX: i32 = 8;

// @ts-ignore: decorator
@unmanaged
class PermuteRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  size0: i32;
  size1: i32;
  size2: i32;
  size3: i32;
  size4: i32;
  stride0: i32;
  stride1: i32;
  stride2: i32;
  stride3: i32;
  stride4: i32;
}

// @ts-ignore: decorator
@unmanaged
class Gather {
  /** The run of y at `ordered` from the numbers of x at `strewn`, which stand `stride` bytes apart. */
  // @ts-ignore: decorator
  @inline
  run(strewn: usize, ordered: usize, count: i32, stride: usize, add: i32): void {
    if (stride == 4) {
      copyRun(strewn, ordered, count, 0);
      return;
    }
    for (let end = ordered + (<usize>count << 2); ordered < end; ordered += 4) {
      store<f32>(ordered, load<f32>(strewn));
      strewn += stride;
    }
  }

  /** `rows` runs, one behind the other, of numbers whose places in x are those of the matrix transposed. */
  // @ts-ignore: decorator
  @inline
  matrix(strewn: usize, ordered: usize, rows: i32, count: i32, stride: usize): void {
    transpose(count, rows, strewn, stride, ordered, <usize>count << 2);
  }
}

// @ts-ignore: decorator
@unmanaged
class Scatter {
  /** The run of dy at `ordered` to where its numbers belong in dx. */
  // @ts-ignore: decorator
  @inline
  run(strewn: usize, ordered: usize, count: i32, stride: usize, add: i32): void {
    if (stride == 4) {
      copyRun(ordered, strewn, count, add);
      return;
    }
    for (let end = ordered + (<usize>count << 2); ordered < end; ordered += 4) {
      const gradient = load<f32>(ordered);
      store<f32>(strewn, add ? load<f32>(strewn) + gradient : gradient);
      strewn += stride;
    }
  }

  /** The way back of `Gather.matrix`. */
  // @ts-ignore: decorator
  @inline
  matrix(strewn: usize, ordered: usize, rows: i32, count: i32, stride: usize): void {
    transpose(rows, count, ordered, <usize>count << 2, strewn, stride);
  }
}

/** target (=|+=) source, both without gaps. */
function copyRun(source: usize, target: usize, count: i32, add: i32): void {
  const whole = wholeBytes(count);
  const part = count & 3;
  for (let j: usize = 0; j < whole; j += 16) {
    const numbers = v128.load(source + j);
    v128.store(target + j, add ? f32x4.add(v128.load(target + j), numbers) : numbers);
  }
  if (part) {
    const numbers = loadLanes(source + whole, part);
    storeLanes(target + whole, add ? f32x4.add(loadLanes(target + whole, part), numbers) : numbers, part);
  }
}

/** Walks over the runs of this thread's samples. */
// @ts-ignore: decorator
@inline
function overRuns<F>(row: usize, strewn: usize, ordered: usize, add: i32): void {
  const r = changetype<PermuteRow>(row);
  const size1 = r.size1;
  const size2 = r.size2;
  const size3 = r.size3;
  const size4 = r.size4;
  const stride0 = <usize>r.stride0 << 2;
  const stride1 = <usize>r.stride1 << 2;
  const stride2 = <usize>r.stride2 << 2;
  const stride3 = <usize>r.stride3 << 2;
  const stride4 = <usize>r.stride4 << 2;
  const runBytes = <usize>size4 << 2;
  const isMatrix = r.stride3 == 1 && min(size3, size4) >= MATRIX && !add;
  const from = shareStart(r.size0, 1);
  const to = shareEnd(r.size0, 1);
  let run = ordered + <usize>(from * size1 * size2 * size3) * runBytes;
  for (let i0 = from; i0 < to; i0++) {
    for (let i1 = 0; i1 < size1; i1++) {
      for (let i2 = 0; i2 < size2; i2++) {
        let start = strewn + <usize>i0 * stride0 + <usize>i1 * stride1 + <usize>i2 * stride2;
        if (isMatrix) {
          changetype<F>(0).matrix(start, run, size3, size4, stride4);
          run += <usize>size3 * runBytes;
          continue;
        }
        for (let i3 = 0; i3 < size3; i3++) {
          changetype<F>(0).run(start, run, size4, stride4, add);
          start += stride3;
          run += runBytes;
        }
      }
    }
  }
}

export function permuteForward(row: usize, step: usize): void {
  const r = changetype<PermuteRow>(row);
  overRuns<Gather>(row, r.x, r.y, 0);
}

export function permuteBackward(row: usize, step: usize): void {
  const r = changetype<PermuteRow>(row);
  overRuns<Scatter>(row, r.dx, r.dy, r.addDx);
}
