// How a cross-entropy reads its target: four columns of a row at a time, before label smoothing.
import { loadLanes } from "../simd/lanes";

/** Targets are a matrix of probabilities. What locates row i is the address of its first column. */
// @ts-ignore: decorator
@unmanaged
export class DenseTarget {
  // @ts-ignore: decorator
  @inline
  locate(target: usize, i: i32, strideBytes: usize): usize {
    return target + <usize>i * strideBytes;
  }

  /** Four columns from byte `j` of the row on. */
  // @ts-ignore: decorator
  @inline
  at(location: usize, j: usize): v128 {
    return v128.load(location + j);
  }

  /** The last columns of the row, 0 in the other lanes. */
  // @ts-ignore: decorator
  @inline
  tailAt(location: usize, j: usize, tail: i32): v128 {
    return loadLanes(location + j, tail);
  }
}

/**
 * Targets are class numbers. What locates row i is the byte of its class within the row; a number that is no class
 * matches no column.
 */
// @ts-ignore: decorator
@unmanaged
export class SparseTarget {
  // @ts-ignore: decorator
  @inline
  locate(target: usize, i: i32, strideBytes: usize): usize {
    return <usize>(<i32>load<f32>(target + ((<usize>i) << 2)) << 2);
  }

  // @ts-ignore: decorator
  @inline
  at(location: usize, j: usize): v128 {
    const isClass = i32x4.eq(i32x4.splat(<i32>(location - j)), i32x4(0, 4, 8, 12));
    return v128.and(isClass, f32x4.splat(1));
  }

  // @ts-ignore: decorator
  @inline
  tailAt(location: usize, j: usize, tail: i32): v128 {
    return this.at(location, j);
  }
}

/**
 * One of the two, by an address that is 1 for class numbers and 0 for probabilities: for builds that are made to be small,
 * where one kernel serves both.
 */
// @ts-ignore: decorator
@unmanaged
export class EitherTarget {
  // @ts-ignore: decorator
  @inline
  locate(target: usize, i: i32, strideBytes: usize): usize {
    return changetype<usize>(this)
      ? changetype<SparseTarget>(0).locate(target, i, strideBytes)
      : changetype<DenseTarget>(0).locate(target, i, strideBytes);
  }

  // @ts-ignore: decorator
  @inline
  at(location: usize, j: usize): v128 {
    return changetype<usize>(this)
      ? changetype<SparseTarget>(0).at(location, j)
      : changetype<DenseTarget>(0).at(location, j);
  }

  // @ts-ignore: decorator
  @inline
  tailAt(location: usize, j: usize, tail: i32): v128 {
    return changetype<usize>(this)
      ? changetype<SparseTarget>(0).tailAt(location, j, tail)
      : changetype<DenseTarget>(0).tailAt(location, j, tail);
  }
}
