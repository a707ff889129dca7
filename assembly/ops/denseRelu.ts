// A fully connected layer and a rectified linear unit in one row.
//
//   y = relu(x·w + b)        dz = dy · relu′, from y, written over dy        dx, dw, db as of dense, from dz
import { synchronize } from "../executor/threads";
import { denseBackward, denseForward, DenseRow } from "./dense";
import { rectify, rectifyGradient } from "./relu";

// Threads share products by columns or rows of y, and what comes element by element in equal parts: they synchronize in between.

export function denseReluForward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  denseForward(row, step);
  synchronize();
  rectify(r.y, r.y, r.rows * r.units);
}

export function denseReluBackward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  rectifyGradient(r.y, r.dy, r.dy, 0, r.rows * r.units);
  synchronize();
  denseBackward(row, step);
}
