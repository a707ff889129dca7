// The executor. A program is an array of rows; a row begins with the function-table slots of its two kernels, 0 where it
// has none. Forward walks rows up, backward walks the same rows down, and the rows behind them update the weights.
// Nothing else in assembly/ calls indirectly. Layouts: src/program/layout.ts.

import { isFirstThread, synchronize } from "./threads";

/** Bytes of a row: two slots and the fields of its operation. */
export const rowBytes: i32 = 192;
/** Bytes of a step. Every thread has its own, one behind the other. */
export const STEP_BYTES: i32 = 64;
/** What `run` returns when a thread did not arrive at a barrier in time. */
const THREAD_LOST: i32 = -1;

// @ts-ignore: decorator
@unmanaged
export class Row {
  forward: u32;
  backward: u32;
}

// @ts-ignore: decorator
@unmanaged
export class Program {
  rows: usize;
  /** Rows that run upwards. */
  forwardCount: i32;
  /** How many of them run downwards again; 0 when nothing is trained. */
  backwardCount: i32;
  /** Rows behind the forward rows that run once the gradients are there. */
  updateCount: i32;
  /** Samples a step takes from the order. */
  batchSize: i32;
  /** The float64 sum that the program's loss rows add to. */
  loss: usize;
}

// @ts-ignore: decorator
@unmanaged
export class Step {
  /** Updates done before this step. */
  index: i32;
  /** The int32 numbers of this step's samples. */
  order: usize;
  learningRate: f64;
}

/**
 * Runs `count` steps and returns how many were completed: fewer when a loss is not finite, in which case that step
 * changed no weight; THREAD_LOST when threads no longer come. `learningRates` and `losses` hold one float64 a step.
 *
 * Threads wait for each other behind every row, and at the end, so that none reads what the next call may change.
 */
export function run(program: usize, step: usize, count: i32, learningRates: usize, losses: usize): i32 {
  const p = changetype<Program>(program);
  const s = changetype<Step>(step);
  const firstRow = p.rows;
  const afterForward = firstRow + <usize>(p.forwardCount * rowBytes);
  const afterUpdate = afterForward + <usize>(p.updateCount * rowBytes);
  const lastBackward = firstRow + <usize>((p.backwardCount - 1) * rowBytes);
  const updates = p.updateCount > 0;
  const orderStride = <usize>p.batchSize << 2;
  const loss = p.loss;

  for (let i = 0; i < count; i++) {
    s.learningRate = load<f64>(learningRates + ((<usize>i) << 3));
    if (isFirstThread()) store<f64>(loss, 0);
    for (let row = firstRow; row < afterForward; row += rowBytes) {
      call_indirect<void>(changetype<Row>(row).forward, row, step);
      if (!synchronize()) return THREAD_LOST;
    }
    const value = load<f64>(loss);
    if (isFirstThread()) store<f64>(losses + ((<usize>i) << 3), value);
    if (updates && value - value != 0) return synchronize() ? i : THREAD_LOST;
    for (let row = lastBackward; row >= firstRow; row -= rowBytes) {
      const slot = changetype<Row>(row).backward;
      if (!slot) continue;
      call_indirect<void>(slot, row, step);
      if (!synchronize()) return THREAD_LOST;
    }
    for (let row = afterForward; row < afterUpdate; row += rowBytes) {
      call_indirect<void>(changetype<Row>(row).forward, row, step);
      if (!synchronize()) return THREAD_LOST;
    }
    s.order += orderStride;
    s.index++;
  }
  return synchronize() ? count : THREAD_LOST;
}
