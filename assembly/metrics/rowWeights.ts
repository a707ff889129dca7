// Weights of the rows of a metric: that of row i is weight_⌊i / rowsPerWeight⌋, 1 where there are none.

// @ts-ignore: decorator
@inline
export function weightOf(weight: usize, i: i32, rowsPerWeight: i32): f64 {
  return weight ? <f64>load<f32>(weight + ((<usize>(i / rowsPerWeight)) << 2)) : 1;
}
