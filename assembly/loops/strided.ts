// Numbers that stand in order in one tensor and with strides in another: permutations, slices, flips, padding.
//
//   ordered[i0, …, i5]  and  strewn[offset + i0·stride0 + … + i5·stride5], strides of any sign
//
// The last axis is a run: vectors where its numbers are neighbours in both. Where those of the axis before it are, the two
// are a matrix to transpose, unless it is so narrow that little of it is whole vectors. Else it goes one number after the other.
import { transpose } from "../gemm/pack";
import { loadLanes, storeLanes } from "../simd/lanes";
import { shareEnd, shareStart } from "../executor/threads";
import { wholeBytes } from "./rows";

/** Fewest rows and columns of a matrix that is transposed as one. */
const MATRIX: i32 = 8;

/** The part of a row that says where numbers stand. */
// @ts-ignore: decorator
@unmanaged
export class Strides {
  size0: i32;
  size1: i32;
  size2: i32;
  size3: i32;
  size4: i32;
  size5: i32;
  stride0: i32;
  stride1: i32;
  stride2: i32;
  stride3: i32;
  stride4: i32;
  stride5: i32;
  offset: i32;
}

// @ts-ignore: decorator
@unmanaged
class Gather {
  /** ordered (=|+=) the numbers at `strewn`, which stand `stride` bytes apart. */
  // @ts-ignore: decorator
  @inline
  run(strewn: usize, ordered: usize, count: i32, stride: usize, add: i32): void {
    if (stride == 4) {
      copyRun(strewn, ordered, count, add);
      return;
    }
    for (let end = ordered + (<usize>count << 2); ordered < end; ordered += 4) {
      const number = load<f32>(strewn);
      store<f32>(ordered, add ? load<f32>(ordered) + number : number);
      strewn += stride;
    }
  }

  /** `rows` runs, one behind the other, of numbers whose places are those of the matrix transposed. */
  // @ts-ignore: decorator
  @inline
  matrix(strewn: usize, ordered: usize, rows: i32, count: i32, stride: usize): void {
    transpose(count, rows, strewn, stride, ordered, <usize>count << 2);
  }
}

// @ts-ignore: decorator
@unmanaged
class Scatter {
  /** The numbers at `strewn`, which stand `stride` bytes apart, (=|+=) ordered. */
  // @ts-ignore: decorator
  @inline
  run(strewn: usize, ordered: usize, count: i32, stride: usize, add: i32): void {
    if (stride == 4) {
      copyRun(ordered, strewn, count, add);
      return;
    }
    for (let end = ordered + (<usize>count << 2); ordered < end; ordered += 4) {
      const number = load<f32>(ordered);
      store<f32>(strewn, add ? load<f32>(strewn) + number : number);
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
export function copyRun(source: usize, target: usize, count: i32, add: i32): void {
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

/** ordered (=|+=) strewn: this thread's share. */
export function gatherStrided(strides: usize, strewn: usize, ordered: usize, add: i32): void {
  overRuns<Gather>(strides, strewn, ordered, add);
}

/** strewn (=|+=) ordered: this thread's share. */
export function scatterStrided(strides: usize, strewn: usize, ordered: usize, add: i32): void {
  overRuns<Scatter>(strides, strewn, ordered, add);
}

/** Walks over the runs of this thread's share of the first four axes. */
// @ts-ignore: decorator
@inline
function overRuns<F>(strides: usize, strewn: usize, ordered: usize, add: i32): void {
  const s = changetype<Strides>(strides);
  const size1 = s.size1;
  const size2 = s.size2;
  const size3 = s.size3;
  const size4 = s.size4;
  const size5 = s.size5;
  const stride4 = <usize>s.stride4 << 2;
  const stride5 = <usize>s.stride5 << 2;
  const runBytes = <usize>size5 << 2;
  const isMatrix = s.stride4 == 1 && min(size4, size5) >= MATRIX && !add;
  const blocks = s.size0 * size1 * size2 * size3;
  const end = shareEnd(blocks, 1);
  let block = shareStart(blocks, 1);
  let run = ordered + <usize>(block * size4) * runBytes;
  let i3 = block % size3;
  let i2 = (block / size3) % size2;
  let i1 = (block / (size3 * size2)) % size1;
  let i0 = block / (size3 * size2 * size1);
  for (; block < end; block++) {
    let start = strewn + (<usize>(s.offset + i0 * s.stride0 + i1 * s.stride1 + i2 * s.stride2 + i3 * s.stride3) << 2);
    if (isMatrix) {
      changetype<F>(0).matrix(start, run, size4, size5, stride5);
      run += <usize>size4 * runBytes;
    } else {
      for (let i4 = 0; i4 < size4; i4++) {
        changetype<F>(0).run(start, run, size5, stride5, add);
        start += stride4;
        run += runBytes;
      }
    }
    if (++i3 < size3) continue;
    i3 = 0;
    if (++i2 < size2) continue;
    i2 = 0;
    if (++i1 < size1) continue;
    i1 = 0;
    i0++;
  }
}
