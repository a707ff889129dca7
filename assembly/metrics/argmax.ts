// Which class a row of numbers stands for. The readable twin is src/ops/metrics/argmax.ts.

/** The first index of the largest of `count` numbers at `row`, −1 when all are NaN: NaN is never the largest. */
// @ts-ignore: decorator
@inline
export function argmax(row: usize, count: i32): i32 {
  return count < 4 ? argmaxOfFew(row, count) : argmaxOfMany(row, count);
}

function argmaxOfFew(row: usize, count: i32): i32 {
  let best = -1;
  let largest: f32 = 0;
  for (let j = 0; j < count; j++) {
    const value = load<f32>(row + ((<usize>j) << 2));
    if (best < 0 ? value == value : value > largest) {
      best = j;
      largest = value;
    }
  }
  return best;
}

/** First the largest number, then where it stands. The last vector overlaps the one before, so there is no tail. */
function argmaxOfMany(row: usize, count: i32): i32 {
  const last = row + ((<usize>(count - 4)) << 2);
  // pmax(a, b) is a when b is NaN, so that NaN never gets in.
  let lanes = f32x4.pmax(f32x4.splat(-Infinity), v128.load(last));
  for (let at = row; at < last; at += 16) lanes = f32x4.pmax(lanes, v128.load(at));
  lanes = f32x4.pmax(lanes, i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  lanes = f32x4.pmax(lanes, i8x16.shuffle(lanes, lanes, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  for (let at = row; at < last; at += 16) {
    const mask = i32x4.bitmask(f32x4.eq(v128.load(at), lanes));
    if (mask) return (<i32>((at - row) >> 2)) + ctz(mask);
  }
  const mask = i32x4.bitmask(f32x4.eq(v128.load(last), lanes));
  return mask ? count - 4 + ctz(mask) : -1;
}

/** The class that row i of a target stands for: the label itself, or the place of the largest of `columns` numbers. */
// @ts-ignore: decorator
@inline
export function targetClass(target: usize, i: i32, columns: i32, sparse: i32): i32 {
  if (sparse) return <i32>load<f32>(target + ((<usize>i) << 2));
  return argmax(target + ((<usize>(i * columns)) << 2), columns);
}
