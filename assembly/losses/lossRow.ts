// Rows of the losses that are one number for each row of a matrix.

/** x, target [rows, columns] (or target [rows], class numbers) and y [rows]. */
// @ts-ignore: decorator
@unmanaged
export class LossRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  target: usize;
  rows: i32;
  columns: i32;
}

/** The same, with label smoothing: the fields above stand at the same places. */
// @ts-ignore: decorator
@unmanaged
export class SmoothedLossRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  target: usize;
  rows: i32;
  columns: i32;
  labelSmoothing: f64;
}

/** Rows a share never splits: one cache line of y. */
export const LOSS_GRAIN: i32 = 16;

/** 1e-7, Keras's backend epsilon. */
export const EPSILON: f32 = 1e-7;
/** The float32 next to 1 − 1e-7. */
export const ONE_MINUS_EPSILON: f32 = 0.9999999;
